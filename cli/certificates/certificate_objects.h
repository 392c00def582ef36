#ifndef COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_OBJECTS_H_
#define COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_OBJECTS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/json.h"
#include "cli/certificates/certificate_options.h"
#include "crypto/certificate.h"
#include "kube/client/object_store.h"

namespace countersign::cli {

// Where an object is, and what is there: null if nothing is.
struct FoundObject {
  kube::ObjectPath path;
  base::Json object;
};

// Everything that certificates are in.
struct CertificateObjects {
  FoundObject authorities;            // Secret countersign-ca
  std::vector<FoundObject> leaves;    // as LeafSpecs has them
  std::vector<FoundObject> webhooks;  // as WebhookPaths has them
};

// Where to look for them.
CertificateObjects PathsOf(const CertificateOptions& options);

struct CertificateWrite {
  kube::ObjectPath path;
  base::Json object;
  bool is_new = false;  // to be created; otherwise replaced
  std::string reason;   // for people: what is new, and why
};

// For people: "2026-01-02T03:04:05Z".
std::string DescribeTime(absl::Time time);

// For people: as much of it as tells one from another.
std::string DescribeCertificate(const crypto::Certificate& certificate);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_OBJECTS_H_
