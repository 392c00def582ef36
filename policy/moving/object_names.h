#ifndef COUNTERSIGN_POLICY_MOVING_OBJECT_NAMES_H_
#define COUNTERSIGN_POLICY_MOVING_OBJECT_NAMES_H_

#include <set>
#include <string>
#include <string_view>

namespace countersign::policy {

// The names of the objects that one translation makes: each once, as an object takes the place of
// another with its name when it is applied. For one thread.
class ObjectNames {
 public:
  // The name, or one like it that is not given yet and that Kubernetes takes (RFC 1123, at most 253
  // bytes): what a name cannot have becomes '-', what is too long is cut, and a number tells it from
  // others.
  std::string Take(std::string_view wanted);

 private:
  std::set<std::string> taken_;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_OBJECT_NAMES_H_
