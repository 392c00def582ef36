#ifndef COUNTERSIGN_POLICY_SIGSTORE_GLOB_DETAILS_H_
#define COUNTERSIGN_POLICY_SIGSTORE_GLOB_DETAILS_H_

#include <string>
#include <string_view>

namespace countersign::policy {

// What is wrong with a glob of images that is not empty, in the Policy Controller's words, the two checks
// in its order; "": nothing. Printable. Pure.
//   glob is invalid: syntax error in pattern     not a pattern of Go's filepath.Match
//   glob is invalid: invalid glob "…"            characters other than a-z A-Z 0-9 - _ : / * . @
std::string GlobDetails(std::string_view glob);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_GLOB_DETAILS_H_
