#ifndef COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_OPTIONS_H_
#define COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_OPTIONS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace countersign::cli {

// What `countersign certificates` is asked for.
struct CertificateOptions {
  std::string secret_namespace = "image-policy-system";
  // Webhook configurations whose caBundle is written.
  std::vector<std::string> mutating_webhooks = {"image-policy-mutating-webhook-configuration"};
  std::vector<std::string> validating_webhooks = {"image-policy-validating-webhook-configuration",
                                                  "image-policy-final-webhook-configuration"};
  std::string webhook_service = "image-policy-webhook-service";
  std::string verifier_service = "countersign-verifier";
  // DNS names and IP addresses that the serving certificates have besides their services'.
  std::vector<std::string> more_shim_names;
  std::vector<std::string> more_verifier_names;

  absl::Duration ca_lifetime = absl::Hours(24 * 365);
  absl::Duration leaf_lifetime = absl::Hours(24 * 90);
  // How long it takes at most until what was written is in use everywhere: the kubelet's next look
  // at a mounted Secret and the programs' at their files.
  absl::Duration propagation_time = absl::Minutes(10);

  // Make a new authority now, whatever the old one's age.
  bool replace_authority = false;
  // Write over Secrets that this command did not make.
  bool take_over = false;
};

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_OPTIONS_H_
