#ifndef COUNTERSIGN_POLICY_SIGSTORE_FINDING_H_
#define COUNTERSIGN_POLICY_SIGSTORE_FINDING_H_

#include <string>

namespace countersign::policy {

// Something about an object that its author should know: where (a JSON pointer), and what, with the
// remedy, printable.
struct Finding {
  std::string pointer;
  std::string reason;
  // Whether the object is not to be put in force so. One that is in force all the same cannot pass, as
  // far as this part of it goes.
  bool refuses = true;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_FINDING_H_
