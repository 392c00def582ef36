#ifndef COUNTERSIGN_CRYPTO_SIGNED_ATTRIBUTES_H_
#define COUNTERSIGN_CRYPTO_SIGNED_ATTRIBUTES_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/certificate_id.h"

namespace countersign::crypto {

// What a CMS signature is over (RFC 5652 section 5.3): SignedAttributes, as views into their DER.
struct SignedAttributes {
  std::string_view content_type;  // the contents of an OBJECT IDENTIFIER
  std::string_view message_digest;
  std::optional<absl::Time> signing_time;
  // Which certificate is the signer's; at least one of them.
  std::optional<CertificateId> signing_certificate;
  std::optional<CertificateId> signing_certificate_v2;
  // The very bytes that are signed (RFC 5652 section 5.4): a DER SET OF, whose order DER says.
  std::string signed_bytes;
};

// Reads `element`, the signedAttrs of a SignerInfo with their tag. Each attribute is there once and
// has one value; those that are not above may be any.
//
// InvalidArgument, in words that go on a sentence about the timestamp ("it has a signed attribute
// twice"), if that is not so, or one that is needed is missing or malformed.
absl::StatusOr<SignedAttributes> ReadSignedAttributes(std::string_view element);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_SIGNED_ATTRIBUTES_H_
