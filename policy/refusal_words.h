#ifndef COUNTERSIGN_POLICY_REFUSAL_WORDS_H_
#define COUNTERSIGN_POLICY_REFUSAL_WORDS_H_

#include <optional>
#include <string>

#include "cosign/item.h"
#include "cosign/signer.h"

namespace countersign::policy {

// Of an item that is refused, what cosign (pkg/cosign/verify.go), and so the Policy Controller, says of it
// in words that callers may look for. Printable and short. Pure.

// "none of the expected identities matched what was in the certificate, got subjects [S] with issuer I",
// of an item whose certificate is of none of the identities that the signer may be: that is what the
// certificate says, whoever issued it. Empty: it has none that can be read, a key is asked for, or only
// what cosign does not look at differs. Subjects are in the certificate's order, at most three.
std::string OtherIdentityWords(const cosign::Item& item, const cosign::Signer& signer);

// The predicate type of its statement, whoever made it; nullopt: it is a signature, or cannot be read.
std::optional<std::string> StatedType(const cosign::Item& item);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_REFUSAL_WORDS_H_
