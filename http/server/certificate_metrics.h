#ifndef COUNTERSIGN_HTTP_SERVER_CERTIFICATE_METRICS_H_
#define COUNTERSIGN_HTTP_SERVER_CERTIFICATE_METRICS_H_

#include <string>

#include "base/metrics.h"

namespace countersign::http {

// Adds countersign_certificate_expiry_timestamp_seconds{use}: when the first certificate of a PEM
// file ends, read whenever the metrics are written; 0 if there is no certificate in it. Nothing is
// added for a file that is not named.
void AddCertificateMetric(const std::string& use, const std::string& file, base::Metrics* metrics);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_CERTIFICATE_METRICS_H_
