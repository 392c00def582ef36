#ifndef COUNTERSIGN_POLICY_SIGSTORE_REGEXP_WORDING_H_
#define COUNTERSIGN_POLICY_SIGSTORE_REGEXP_WORDING_H_

#include <string>
#include <string_view>

namespace countersign::policy {

// What is wrong with a regular expression (RE2's syntax), in the words of Go's package regexp:
// "error parsing regexp: missing closing ): `(a`"; "": it compiles, within what one may take
// (base/regexp.h). Printable, but for the backquotes around it. Pure.
std::string RegexpFault(std::string_view expression);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_REGEXP_WORDING_H_
