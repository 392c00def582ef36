#ifndef COUNTERSIGN_POLICY_DIFFERENCE_H_
#define COUNTERSIGN_POLICY_DIFFERENCE_H_

#include "policy/verdict.h"

namespace countersign::policy {

// How two languages in force differ about an image, by what each of them says by itself. Policies that only
// warn are taken at their word: what they warn of they would deny. There is no difference where one of the
// two asks nothing of the image, or what it says could not be found out. Pure.
Difference DifferenceOf(const Verdict& sign, const Verdict& sigstore);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_DIFFERENCE_H_
