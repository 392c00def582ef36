#ifndef COUNTERSIGN_COSIGN_SIGNER_CERTIFICATE_H_
#define COUNTERSIGN_COSIGN_SIGNER_CERTIFICATE_H_

#include <cstddef>
#include <optional>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cosign/refusal.h"
#include "cosign/trusted_root.h"
#include "crypto/certificate.h"

namespace countersign::cosign {

// Those that have issued `leaf` to sign with, each directly above it in a path to a trusted authority
// that holds at every one of the `times` (at least one); or kBadCertificate,
// kCertificateNotValidThen or kLimit. Pure; takes a search (crypto/certificate_chain.h) for each
// authority and time.
std::variant<Refusal, std::vector<crypto::Certificate>> FindIssuers(
    const crypto::Certificate& leaf, absl::Span<const absl::Time> times,
    const std::vector<TrustedCertificateAuthority>& authorities);

// Why FindIssuers refuses `leaf` whoever issued it: at one of the `times` it did not hold itself
// (kCertificateNotValidThen). Pure; takes no public-key operation.
std::optional<Refusal> WhyItCannotHold(const crypto::Certificate& leaf,
                                       absl::Span<const absl::Time> times);

// Whether one of the authorities has issued `leaf`, whenever and for whatever; else FindIssuers refuses
// it. Pure; takes a search for each authority.
bool IsOfTrusted(const crypto::Certificate& leaf,
                 const std::vector<TrustedCertificateAuthority>& authorities);

// Why fewer than `wanted` of the trusted `logs` of certificates say in `leaf` that they have seen it,
// as one of `issuers` issued it (RFC 6962); nullopt: as many do. kBadCertificateTimestamp or kLimit.
// Pure; takes at most a verification for each of crypto::kMaxScts and each issuer.
std::optional<Refusal> WhyTooFewLogsSawIt(const crypto::Certificate& leaf,
                                          absl::Span<const crypto::Certificate> issuers,
                                          const std::vector<TrustedLog>& logs, size_t wanted);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_SIGNER_CERTIFICATE_H_
