#ifndef COUNTERSIGN_POLICY_PROBLEM_H_
#define COUNTERSIGN_POLICY_PROBLEM_H_

#include "base/json_place.h"

namespace countersign::policy {

// Something wrong in a policy object: a JSON pointer into it, such as
// "/spec/verification/keys/0/publicKey" ("": the object itself), and a reason for its author,
// printable, without the pointer: "must be a string".
using Problem = base::JsonFault;

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_PROBLEM_H_
