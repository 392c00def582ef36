#ifndef COUNTERSIGN_CRYPTO_CERTIFICATE_CHAIN_H_
#define COUNTERSIGN_CRYPTO_CERTIFICATE_CHAIN_H_

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "crypto/certificate.h"

namespace countersign::crypto {

// What more than this would be needed for is refused as kLimit, whether or not there is a path.
inline constexpr size_t kMaxChainCertificates = 10;  // in `authority`, and in `extra`
inline constexpr size_t kMaxPathLength = 8;          // certificates, leaf and anchor included
inline constexpr size_t kMaxSignatureChecks = 32;    // for one leaf: authorities may cross-sign

enum class CertificatePurpose { kUnspecified = 0, kCodeSigning, kTimeStamping };

enum class ChainFault {
  kUnspecified = 0,
  kUntrusted,     // no path to the anchor
  kNotValidThen,  // a path to it, but not at that time
  kUnfit,  // a path to it, but not for that: purpose, key usage, constraints, critical extension
  kLimit,
};

struct ChainRefusal {
  ChainFault fault = ChainFault::kUnspecified;
  std::string sentence;  // for people: "the certificate is …"; nothing of what strangers wrote
};

// Finds a path from `leaf` to a trusted certificate, and judges it (RFC 5280 section 6, Sigstore's
// hybrid model). Pure, and bounded by the limits above.
//
// `authority` is trusted: its last certificate is the anchor, a root or an intermediate, and the
// others, in whatever order, are candidates for the way to it. `extra` are candidates that nobody
// vouches for. None of them is trusted for being there: a path ends at the anchor alone.
//
// A path is the leaf first and the anchor last, two to kMaxPathLength certificates. In it
//   each is issued by the next: names equal as bytes, and the signature holds, by ECDSA or RSA
//     PKCS #1 v1.5 with SHA-256, SHA-384 or SHA-512, or by Ed25519, and a key that PublicKey takes
//   each but the first is an authority, may certify, and allows a path of that length with those
//     names; the first is no authority, may sign, and is no precertificate
//   each holds at `time`, both ends included: the anchor too
//   the first has an extKeyUsage with the purpose, and all others that have one have the purpose
//     or anyExtendedKeyUsage; for time stamping it is the only one there, and critical (RFC 3161
//     section 2.3)
//   none has a critical extension other than keyUsage, subjectAltName, basicConstraints,
//     nameConstraints and extKeyUsage
// Which certificates are there, not how they were read, decides: each is read strictly again, and
// what then is malformed is no candidate.
std::variant<ChainRefusal, std::vector<Certificate>> FindPath(
    const Certificate& leaf, absl::Span<const Certificate> authority,
    absl::Span<const Certificate> extra, absl::Time time, CertificatePurpose purpose);

// Why FindPath finds none at this time that holds, whatever the authority: the leaf itself does not
// (kNotValidThen). nullopt: it does. Pure; takes no public-key operation.
std::optional<ChainRefusal> FindTimeRefusal(const Certificate& leaf, absl::Time time);

// Whether a path of names and signatures leads from `leaf` to the authority's anchor, at whatever time
// and for whatever purpose, or may do so beyond the limits above. Takes what FindPath takes.
bool IsIssuedBy(const Certificate& leaf, absl::Span<const Certificate> authority);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_CERTIFICATE_CHAIN_H_
