#include "cli/certificates/certificate_objects.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/utc_seconds.h"
#include "cli/certificates/leaf_certificate.h"
#include "cli/certificates/webhook_bundle.h"

namespace countersign::cli {
namespace {

constexpr std::string_view kAuthoritySecret = "countersign-ca";

kube::ObjectPath SecretPath(const CertificateOptions& options, std::string_view name) {
  return {.version = "v1",
          .object_namespace = options.secret_namespace,
          .resource = "secrets",
          .name = std::string(name)};
}

}  // namespace

CertificateObjects PathsOf(const CertificateOptions& options) {
  CertificateObjects objects;
  objects.authorities.path = SecretPath(options, kAuthoritySecret);
  for (const LeafSpec& spec : LeafSpecs(options)) {
    objects.leaves.push_back({SecretPath(options, spec.secret_name), nullptr});
  }
  for (kube::ObjectPath& path : WebhookPaths(options)) {
    objects.webhooks.push_back({std::move(path), nullptr});
  }
  return objects;
}

std::string DescribeTime(absl::Time time) { return base::WriteUtcSeconds(time); }

std::string DescribeCertificate(const crypto::Certificate& certificate) {
  return absl::StrCat(certificate.subject(), " (", certificate.Fingerprint().substr(0, 23), "…)");
}

}  // namespace countersign::cli
