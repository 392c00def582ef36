#include "verifier/registries/registry_identities.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/log.h"
#include "oci/host_and_port.h"
#include "oci/registry_name.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "registry-client-cert";
constexpr std::string_view kCertificate = "tls.crt";
constexpr std::string_view kKey = "tls.key";

FollowedSecrets<http::ClientIdentity>::Reading ReadIdentity(const kube::Secret& secret) {
  const std::string* const certificate = secret.Find(kCertificate);
  const std::string* const key = secret.Find(kKey);
  if (certificate == nullptr || certificate->empty() || key == nullptr || key->empty()) {
    return {.value = {}, .fault = absl::StrCat("it has no ", kCertificate, " and ", kKey)};
  }
  return {.value = {.certificate_pem = *certificate, .key_pem = *key}, .fault = ""};
}

std::vector<FollowedSecret> SecretsOf(
    const std::vector<RegistryIdentities::Assignment>& assignments) {
  std::vector<FollowedSecret> names;
  for (const RegistryIdentities::Assignment& assignment : assignments) {
    names.push_back(assignment.secret);
  }
  return names;
}

bool TakeOver(const RegistryIdentities::Apply& apply,
              const std::vector<RegistryIdentities::Assignment>& assignments,
              const std::vector<http::ClientIdentity>& values) {
  RegistryIdentities::Identities identities;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].IsGiven()) identities[assignments[i].host] = values[i];
  }
  return LogChange(kLogger, "The client certificates for registries",
                   {"registries", identities.size()}, apply(identities));
}

}  // namespace

absl::StatusOr<RegistryIdentities::Assignment> RegistryIdentities::Parse(std::string_view text) {
  const std::pair<std::string_view, std::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('=', 1));
  std::optional<FollowedSecret> secret = FollowedSecret::Parse(parts.second);
  const absl::StatusOr<std::string> host = oci::ParseRegistryName(parts.first);
  if (!host.ok() || !secret.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat(text,
                     ": must be a registry's host and the namespace and name of a Secret, "
                     "HOST=NAMESPACE/NAME"));
  }
  return Assignment{.host = std::string(oci::WithoutHttpsPort(*host)),
                    .secret = *std::move(secret)};
}

RegistryIdentities::RegistryIdentities(kube::SecretReader* reader,
                                       const std::vector<Assignment>& assignments, Apply apply,
                                       const FollowOptions& options)
    : secrets_(
          reader, SecretsOf(assignments), ReadIdentity,
          [apply = std::move(apply), assignments](const std::vector<http::ClientIdentity>& values) {
            return TakeOver(apply, assignments, values);
          },
          [assignments](size_t place, const std::string& fault) {
            base::LogError(kLogger,
                           "A client certificate for a registry cannot be read from a Secret.",
                           {{"registry", assignments[place].host},
                            {"object", assignments[place].secret.Describe()},
                            {"error", fault}});
          },
          options) {}

}  // namespace countersign::verifier
