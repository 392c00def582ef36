#ifndef COUNTERSIGN_POLICY_SIGSTORE_REGEXP_WORDING_H_
#define COUNTERSIGN_POLICY_SIGSTORE_REGEXP_WORDING_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace countersign::policy {

// What is wrong with a regular expression (RE2's syntax), in the words of Go's package regexp:
// "error parsing regexp: missing closing ): `(a`"; "": it compiles, within what one may take
// (base/regexp.h). Printable, but for the backquotes around it. Pure.
std::string RegexpFault(std::string_view expression);

// The same of the expressions of one object, as long as there is room for what they take together: for
// each byte as much work as 8 instructions, and for one that does not compile as much as for a large one.
// For one thread.
class RegexpFaults {
 public:
  explicit RegexpFaults(size_t instructions) : left_(instructions) {}

  // "" also of those that are not looked at any more, once it is full.
  std::string Of(const std::string& expression);
  bool is_full() const { return is_full_; }

 private:
  std::map<std::string, std::string> known_;
  size_t left_;
  bool is_full_ = false;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_REGEXP_WORDING_H_
