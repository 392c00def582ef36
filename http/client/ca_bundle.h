#ifndef COUNTERSIGN_HTTP_CLIENT_CA_BUNDLE_H_
#define COUNTERSIGN_HTTP_CLIENT_CA_BUNDLE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace countersign::http {

// The certificates of a PEM text (RFC 7468, "CERTIFICATE" blocks; text outside of blocks is
// ignored), written anew in one form. That each is a DER encoded Certificate is checked as far as
// its outermost structure (RFC 5280, section 4.1), so that a file with one broken block is refused
// by name instead of making TLS fail for every host. InvalidArgument says which block is broken and
// how; also if there is no block, or one that is no certificate (such as a private key).
absl::StatusOr<std::string> NormalizeCertificates(std::string_view pem);

// The PEM text of what to trust: the system's roots, then `extra_pem`, each of which must pass
// NormalizeCertificates; its error is given with "extra certificates N: " in front, counted from 1.
// The system's roots are the file that the environment variable SSL_CERT_FILE names or, if that is
// not set, Debian's; a file that is absent is no root at all.
absl::StatusOr<std::string> BuildCaBundle(const std::vector<std::string>& extra_pem);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_CA_BUNDLE_H_
