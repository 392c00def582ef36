#ifndef COUNTERSIGN_COSIGN_KEY_DETAILS_H_
#define COUNTERSIGN_COSIGN_KEY_DETAILS_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "crypto/key_algorithm.h"
#include "crypto/public_key.h"
#include "crypto/signature_scheme.h"

namespace countersign::cosign {

// What Sigstore's messages say of a public key (PublicKeyDetails in sigstore_common.proto): what
// kind of key it is, and how it signs.
struct KeyDetails {
  crypto::KeyAlgorithm algorithm;
  size_t rsa_bits;  // 0: any; also of other algorithms
  crypto::SignatureScheme scheme;
  // The key is written as an RSAPublicKey (RFC 8017 appendix A.1.1), not as SubjectPublicKeyInfo.
  bool is_pkcs1;
};

// By their name, such as "PKIX_ECDSA_P256_SHA_256"; nullopt: none that is known here.
std::optional<KeyDetails> KeyDetailsNamed(std::string_view name);

// Whether the key is of that kind.
bool IsKeyOf(const KeyDetails& details, const crypto::PublicKey& key);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_KEY_DETAILS_H_
