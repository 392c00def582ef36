#ifndef COUNTERSIGN_CLI_CERTIFICATES_WEBHOOK_BUNDLE_H_
#define COUNTERSIGN_CLI_CERTIFICATES_WEBHOOK_BUNDLE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/json.h"
#include "cli/certificates/certificate_options.h"
#include "crypto/certificate.h"
#include "kube/client/object_store.h"

namespace countersign::cli {

// The webhook configurations that `options` names (admissionregistration.k8s.io/v1).
std::vector<kube::ObjectPath> WebhookPaths(const CertificateOptions& options);

// Of a webhook configuration only the webhooks that call the shim are looked at: those whose
// clientConfig has the shim's service, or a URL, as the configuration was given by name. Its
// caBundle (base64 of PEM) is taken to be ours.

// The authorities in all of them; bundles that cannot be read count as empty.
std::vector<crypto::Certificate> TrustedByWebhooks(const base::Json& configuration,
                                                   const CertificateOptions& options);

// Makes each of them trust `bundle` and nobody else. Says how many did not; 0: nothing changed.
int SetWebhookBundles(const std::vector<crypto::Certificate>& bundle,
                      const CertificateOptions& options, base::Json* configuration);

// FailedPrecondition if cert-manager's injector looks after the configuration.
absl::Status CheckMayBeWritten(const kube::ObjectPath& path, const base::Json& configuration);

// Whether two bundles hold the same certificates, in any order.
bool HoldTheSame(const std::vector<crypto::Certificate>& a,
                 const std::vector<crypto::Certificate>& b);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_CERTIFICATES_WEBHOOK_BUNDLE_H_
