#include "http/server/certificate_metrics.h"

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "http/server/tls_expiry.h"

namespace countersign::http {

void AddCertificateMetric(const std::string& use, const std::string& file, base::Metrics* metrics) {
  if (file.empty()) return;
  metrics->SampleGauge("countersign_certificate_expiry_timestamp_seconds",
                       "When the first of the certificates in use ends; 0 if they cannot be read.",
                       {{"use", use}}, [file]() -> double {
                         const absl::StatusOr<absl::Time> expiry = CertificateFileExpiry(file);
                         return expiry.ok() ? static_cast<double>(absl::ToUnixSeconds(*expiry)) : 0;
                       });
}

}  // namespace countersign::http
