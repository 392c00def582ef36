#ifndef COUNTERSIGN_COSIGN_LOGGED_SIGNATURE_H_
#define COUNTERSIGN_COSIGN_LOGGED_SIGNATURE_H_

#include <string_view>

#include "crypto/certificate.h"
#include "crypto/hash_algorithm.h"
#include "crypto/message.h"
#include "crypto/public_key.h"
#include "crypto/signature_scheme.h"

namespace countersign::cosign {

// A signature that holds, and what an entry of a transparency log must say of it to be about it.
// Views of what the caller keeps.
struct LoggedSignature {
  enum class Content { kUnspecified = 0, kMessage, kEnvelope };

  Content content = Content::kUnspecified;
  std::string_view signature;                                              // raw bytes
  crypto::SignatureScheme scheme = crypto::SignatureScheme::kUnspecified;  // it holds by this one
  // What it is over: the artifact, or what DSSE makes of an envelope's payload. Null: of an artifact
  // only one digest is known, which is by this algorithm, and raw.
  const crypto::Message* signed_bytes = nullptr;
  crypto::HashAlgorithm digest_algorithm = crypto::HashAlgorithm::kUnspecified;
  std::string_view digest;
  // Of an envelope.
  std::string_view payload_type;
  std::string_view payload;  // decoded
  // Of an envelope that is kept as the text that was logged: the hex SHA-256 of that, and the text,
  // if somebody may have stamped it. "" and null: another text may have been logged.
  std::string_view text_sha256;
  const crypto::Message* text = nullptr;
  // Who signed: the certificate, and its key; without one the policy's key. Never null: the key.
  const crypto::Certificate* certificate = nullptr;
  const crypto::PublicKey* key = nullptr;
  // Of a signature by the policy's key, a certificate of that key that stands beside it, which was
  // logged for the key, if anything was. Null: none.
  const crypto::Certificate* key_certificate = nullptr;
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_LOGGED_SIGNATURE_H_
