#ifndef COUNTERSIGN_CRYPTO_SCT_H_
#define COUNTERSIGN_CRYPTO_SCT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/certificate.h"
#include "crypto/public_key.h"
#include "crypto/sha256.h"
#include "crypto/signature_scheme.h"

namespace countersign::crypto {

inline constexpr size_t kMaxScts = 16;

// A signed certificate timestamp of version 1 (RFC 6962 section 3.2): a certificate transparency
// log's promise that it has seen a certificate. Nothing of it is believed.
struct Sct {
  Sha256Digest log_id = {};  // the SHA-256 of the log's public key
  absl::Time time;           // whole milliseconds, until the year 9999
  std::string extensions;    // which are signed, and mean nothing here
  // kEcdsaSha256 or kRsaPkcs1Sha256; kUnspecified: by something else, which no log may use.
  SignatureScheme scheme = SignatureScheme::kUnspecified;
  std::string signature;
};

// Those of a SignedCertificateTimestampList (section 3.3), in their order: the contents of the
// extension 1.3.6.1.4.1.11129.2.4.2, a DER OCTET STRING. What is of another version is left out.
// InvalidArgument, in words that go on a sentence about the certificate, if anything of it is
// malformed; ResourceExhausted if there are more than kMaxScts, of whatever version.
absl::StatusOr<std::vector<Sct>> ParseSctList(std::string_view extension_value);

// Those that are embedded in a certificate; none if it has no list. Errors as ParseSctList, and
// InvalidArgument if the certificate is not one that FromDerStrictly reads, or a precertificate.
absl::StatusOr<std::vector<Sct>> EmbeddedScts(const Certificate& leaf);

// What a log signs that saw `leaf`, as its precertificate, which `issuer` has issued (section 3.2).
// Nullopt if `leaf` has no list, or one of the two is malformed.
std::optional<std::string> SctSignedBytes(const Sct& sct, const Certificate& leaf,
                                          const Certificate& issuer);

// Whether the log with this key has signed that: `issuer` is the certificate above `leaf` in a path
// that was verified. The log's id, and the time, are for the caller to look at.
bool VerifySct(const Sct& sct, const Certificate& leaf, const Certificate& issuer,
               const PublicKey& log);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_SCT_H_
