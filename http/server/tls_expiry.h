#ifndef COUNTERSIGN_HTTP_SERVER_TLS_EXPIRY_H_
#define COUNTERSIGN_HTTP_SERVER_TLS_EXPIRY_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace countersign::http {

// When the first of the certificates in a PEM text ends (RFC 5280 section 4.1.2.5, notAfter). Text
// outside of the blocks is ignored. InvalidArgument if there is no certificate, or a broken one.
absl::StatusOr<absl::Time> CertificateExpiry(std::string_view pem);

// The same of a file; also the errors of base::LoadFile.
absl::StatusOr<absl::Time> CertificateFileExpiry(const std::string& file);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_TLS_EXPIRY_H_
