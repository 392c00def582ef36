#include "verifier/registries/registry_ca_secrets.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/log.h"
#include "base/pem_block.h"
#include "http/client/ca_bundle.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "registry-ca";

FollowedSecrets<std::vector<std::string>>::Reading Collect(const kube::Secret& secret) {
  std::vector<std::string> certificates;
  std::vector<std::string> faults;
  for (const auto& [key, value] : secret.data) {
    if (!base::BeginsPemBlock(value, "CERTIFICATE")) continue;
    absl::StatusOr<std::string> pem = http::NormalizeCertificates(value);
    if (pem.ok()) {
      certificates.push_back(*std::move(pem));
    } else {
      faults.push_back(absl::StrCat(key, ": ", pem.status().message()));
    }
  }
  if (certificates.empty() && faults.empty()) faults.push_back("it holds no PEM certificates");
  return {.value = std::move(certificates), .fault = absl::StrJoin(faults, "; ")};
}

bool TakeOver(const RegistryCaSecrets::Apply& apply,
              const std::vector<std::vector<std::string>>& values) {
  std::vector<std::string> all;
  for (const std::vector<std::string>& pem : values) all.insert(all.end(), pem.begin(), pem.end());
  return LogChange(kLogger, "The authorities for registries", {"values", all.size()}, apply(all));
}

}  // namespace

absl::StatusOr<FollowedSecret> RegistryCaSecrets::ParseName(std::string_view text) {
  std::optional<FollowedSecret> name = FollowedSecret::Parse(text);
  if (name.has_value()) return *std::move(name);
  return absl::InvalidArgumentError(
      absl::StrCat(text, ": must be the namespace and the name of a Secret, NAMESPACE/NAME"));
}

RegistryCaSecrets::RegistryCaSecrets(kube::SecretReader* reader,
                                     const std::vector<FollowedSecret>& names, Apply apply,
                                     const FollowOptions& options)
    : secrets_(
          reader, names, Collect,
          [apply = std::move(apply)](const std::vector<Pem>& values) {
            return TakeOver(apply, values);
          },
          [names](size_t place, const std::string& fault) {
            base::LogError(
                kLogger, "Certificates of authorities for registries cannot be read from a Secret.",
                {{"object", names[place].Describe()}, {"error", fault}});
          },
          options) {}

}  // namespace countersign::verifier
