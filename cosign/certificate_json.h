#ifndef COUNTERSIGN_COSIGN_CERTIFICATE_JSON_H_
#define COUNTERSIGN_COSIGN_CERTIFICATE_JSON_H_

#include <vector>

#include "absl/status/statusor.h"
#include "base/json_place.h"
#include "crypto/certificate.h"

namespace countersign::cosign {

// The certificate at `place`, in the form of Sigstore's X509Certificate: {"rawBytes": DER}, read
// strictly. Members beside it are not looked at.
absl::StatusOr<crypto::Certificate> ReadCertificate(const base::JsonPlace& place);

// The certificates at `place`, in the form of its X509CertificateChain: {"certificates": […]}, at
// least one and at most crypto::kMaxChainCertificates, in their order.
absl::StatusOr<std::vector<crypto::Certificate>> ReadCertificateChain(const base::JsonPlace& place);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_CERTIFICATE_JSON_H_
