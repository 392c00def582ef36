#ifndef COUNTERSIGN_CRYPTO_NAME_CONSTRAINTS_H_
#define COUNTERSIGN_CRYPTO_NAME_CONSTRAINTS_H_

#include <string_view>

namespace countersign::crypto {

// Whether the names of `certificate`, subject and alternative names, are such as the
// nameConstraints of `authority` allow (RFC 5280 section 4.2.1.10). Both are DER certificates; with
// an authority that constrains nothing it is true, and false whenever it cannot be told: one of
// them is malformed, or a constraint is of a kind of names that is not supported and that the
// certificate has.
bool IsWithinNameConstraints(std::string_view certificate, std::string_view authority);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_NAME_CONSTRAINTS_H_
