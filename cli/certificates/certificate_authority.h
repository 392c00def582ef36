#ifndef COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_AUTHORITY_H_
#define COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_AUTHORITY_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/certificates/private_key.h"
#include "crypto/certificate.h"

namespace countersign::cli {

// A certificate and the private key that it certifies.
struct KeyPair {
  crypto::Certificate certificate;
  PrivateKey key;
};

// From when and until when a certificate is to hold, in whole seconds (RFC 5280 section 4.1.2.5).
struct Validity {
  absl::Time not_before;
  absl::Time not_after;
};

// A new certificate authority: a self-signed certificate of version 3 for a new P-256 key. Of RFC
// 5280 it has: a random serial number of 16 bytes (4.1.2.2), the subject CN=`name` (4.1.2.6),
// basicConstraints with cA and no authority below it (4.2.1.9), keyUsage keyCertSign and cRLSign
// (4.2.1.3), both critical, and a subjectKeyIdentifier (4.2.1.2, RFC 7093 section 2 method 1).
//
// InvalidArgument if the validity is empty or before 1970, or the name is not of 1 to 64 bytes.
absl::StatusOr<KeyPair> MakeAuthority(std::string_view name, const Validity& validity);

struct LeafRequest {
  std::string common_name;
  // DNS names and IP addresses, as text; at least one.
  std::vector<std::string> names;
  bool for_servers = false;
  bool for_clients = false;
  Validity validity;
};

// A certificate of `authority` for a new P-256 key: as above, but with cA false, keyUsage
// digitalSignature, extKeyUsage serverAuth or clientAuth or both (4.2.1.12), subjectAltName
// (4.2.1.6) and the authorityKeyIdentifier (4.2.1.1).
//
// InvalidArgument if `authority` is none, or its key another's; if the request is for nobody, has
// no name or one that is neither an IP address nor a DNS name (letters, digits, hyphens, dots, and
// `*.` before them); if its validity is not within the authority's.
absl::StatusOr<KeyPair> IssueLeaf(const KeyPair& authority, const LeafRequest& request);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_AUTHORITY_H_
