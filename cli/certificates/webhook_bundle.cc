#include "cli/certificates/webhook_bundle.h"

#include <set>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/base64.h"
#include "kube/metadata.h"

namespace countersign::cli {
namespace {

using base::Json;
using crypto::Certificate;

// The clientConfig that calls the shim, or null.
Json* FindClientConfig(Json& webhook, const CertificateOptions& options) {
  if (base::FindMember(webhook, "clientConfig") == nullptr) return nullptr;
  Json& config = webhook["clientConfig"];
  if (!config.is_object()) return nullptr;
  if (base::FindMember(config, "url") != nullptr) return &config;
  const Json* const service = base::FindMember(config, "service");
  if (service == nullptr) return nullptr;
  const bool is_shim = base::FindString(*service, "name") == options.webhook_service &&
                       base::FindString(*service, "namespace") == options.secret_namespace;
  return is_shim ? &config : nullptr;
}

std::vector<Json*> ClientConfigs(Json& configuration, const CertificateOptions& options) {
  std::vector<Json*> found;
  if (base::FindMember(configuration, "webhooks") == nullptr) return found;
  Json& webhooks = configuration["webhooks"];
  if (!webhooks.is_array()) return found;
  for (Json& webhook : webhooks) {
    if (Json* const config = FindClientConfig(webhook, options)) found.push_back(config);
  }
  return found;
}

std::vector<Certificate> ReadBundle(const Json& config) {
  const absl::StatusOr<std::string> pem =
      base::DecodeBase64(base::FindString(config, "caBundle"), base::LineBreaks::kIgnored);
  if (!pem.ok()) return {};
  return Certificate::ParseChain(*pem).value_or(std::vector<Certificate>{});
}

std::set<std::string> Bytes(const std::vector<Certificate>& certificates) {
  std::set<std::string> all;
  for (const Certificate& certificate : certificates) all.insert(certificate.der());
  return all;
}

}  // namespace

std::vector<kube::ObjectPath> WebhookPaths(const CertificateOptions& options) {
  std::vector<kube::ObjectPath> paths;
  const auto add = [&](std::string_view resource, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (name.empty()) continue;
      paths.push_back({.group = "admissionregistration.k8s.io",
                       .version = "v1",
                       .resource = std::string(resource),
                       .name = name});
    }
  };
  add("mutatingwebhookconfigurations", options.mutating_webhooks);
  add("validatingwebhookconfigurations", options.validating_webhooks);
  return paths;
}

std::vector<Certificate> TrustedByWebhooks(const Json& configuration,
                                           const CertificateOptions& options) {
  Json copy = configuration;
  std::vector<Certificate> trusted;
  for (const Json* config : ClientConfigs(copy, options)) {
    for (const Certificate& certificate : ReadBundle(*config)) trusted.push_back(certificate);
  }
  return trusted;
}

int SetWebhookBundles(const std::vector<Certificate>& bundle, const CertificateOptions& options,
                      Json* configuration) {
  int changed = 0;
  for (Json* config : ClientConfigs(*configuration, options)) {
    if (HoldTheSame(ReadBundle(*config), bundle)) continue;
    (*config)["caBundle"] = absl::Base64Escape(crypto::WriteChain(bundle));
    ++changed;
  }
  return changed;
}

absl::Status CheckMayBeWritten(const kube::ObjectPath& path, const Json& configuration) {
  const Json* const annotations = kube::FindAnnotations(configuration);
  if (annotations == nullptr) return absl::OkStatus();
  for (const auto& [key, value] : annotations->items()) {
    if (!absl::StartsWith(key, "cert-manager.io/inject-")) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        path.Describe(), ": cert-manager writes its caBundle (annotation ", key,
        "); either let cert-manager make all certificates and do not run this command, or remove "
        "the annotation"));
  }
  return absl::OkStatus();
}

bool HoldTheSame(const std::vector<Certificate>& a, const std::vector<Certificate>& b) {
  return Bytes(a) == Bytes(b);
}

}  // namespace countersign::cli
