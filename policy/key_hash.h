#ifndef COUNTERSIGN_POLICY_KEY_HASH_H_
#define COUNTERSIGN_POLICY_KEY_HASH_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "crypto/public_key.h"

namespace countersign::policy {

// The key for signatures by the hash that a policy of policy.sigstore.dev names for it (`hashAlgorithm`:
// sha256, sha384 or sha512, in any case, with white space around it); "" is the default, the key as it is.
// Ed25519 keys ignore it (crypto::PublicKey::For).
//
// InvalidArgument, in words for the author of the policy, if it names another hash. The Policy Controller
// knows sha224, too, which nothing that signs images makes: with other keys than Ed25519 it is refused here.
absl::StatusOr<crypto::PublicKey> KeyWithHash(const crypto::PublicKey& key,
                                              std::string_view hash_algorithm);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_KEY_HASH_H_
