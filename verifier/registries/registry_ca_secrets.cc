#include "verifier/registries/registry_ca_secrets.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "http/client/ca_bundle.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "registry-ca";
constexpr std::string_view kCertificate = "-----BEGIN CERTIFICATE-----";

// The certificates in `secret`, and what is wrong with it.
std::vector<std::string> Collect(const kube::Secret& secret, std::vector<std::string>& faults) {
  std::vector<std::string> certificates;
  for (const auto& [key, value] : secret.data) {
    if (!absl::StrContains(value, kCertificate)) continue;
    absl::StatusOr<std::string> pem = http::NormalizeCertificates(value);
    if (pem.ok()) {
      certificates.push_back(*std::move(pem));
    } else {
      faults.push_back(absl::StrCat(key, ": ", pem.status().message()));
    }
  }
  if (certificates.empty() && faults.empty()) faults.push_back("it holds no PEM certificates");
  return certificates;
}

}  // namespace

absl::StatusOr<RegistryCaSecrets::SecretName> RegistryCaSecrets::ParseName(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == 0 || slash == std::string_view::npos || slash + 1 == text.size() ||
      text.find('/', slash + 1) != std::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat(text, ": must be the namespace and the name of a Secret, NAMESPACE/NAME"));
  }
  return SecretName{.secret_namespace = std::string(text.substr(0, slash)),
                    .name = std::string(text.substr(slash + 1))};
}

RegistryCaSecrets::RegistryCaSecrets(kube::Api* api, const std::vector<SecretName>& names,
                                     Apply apply, Options options)
    : api_(api), apply_(std::move(apply)), options_(options) {
  for (const SecretName& name : names) sources_.push_back({.name = name, .pem = {}, .fault = {}});
  if (sources_.empty()) return;
  const absl::Duration wait = Look();
  thread_ = std::thread([this, wait] { Follow(wait); });
}

RegistryCaSecrets::~RegistryCaSecrets() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void RegistryCaSecrets::Follow(absl::Duration wait) {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), wait)) return;
    }
    wait = Look();
  }
}

absl::Duration RegistryCaSecrets::Look() {
  bool is_complete = true;
  std::vector<std::string> pem;
  for (Source& source : sources_) {
    Read(source);
    is_complete = is_complete && source.fault.empty();
    pem.insert(pem.end(), source.pem.begin(), source.pem.end());
  }
  if (pem != applied_) {
    const absl::Status applied = apply_(pem);
    if (applied.ok()) {
      base::LogInfo(kLogger, "The authorities for registries have changed.",
                    {{"values", absl::StrCat(pem.size())}});
    } else {
      base::LogError(kLogger, "The authorities for registries could not be changed.",
                     {{"error", std::string(applied.message())}});
    }
    applied_ = std::move(pem);
  }
  return is_complete ? options_.interval : options_.retry_interval;
}

void RegistryCaSecrets::Read(Source& source) {
  const absl::StatusOr<kube::Secret> secret = api_->FetchSecret(
      source.name.secret_namespace, source.name.name, absl::Now() + options_.read_timeout);
  std::vector<std::string> faults;
  if (secret.ok()) {
    source.pem = Collect(*secret, faults);
  } else if (absl::IsNotFound(secret.status())) {
    source.pem.clear();
    faults.push_back("not found");
  } else {
    faults.push_back(std::string(secret.status().message()));
  }
  const std::string fault = absl::StrJoin(faults, "; ");
  if (fault == source.fault) return;
  source.fault = fault;
  if (fault.empty()) return;
  base::LogError(
      kLogger, "Certificates of authorities for registries cannot be read from a Secret.",
      {{"object", absl::StrCat("Secret ", source.name.secret_namespace, "/", source.name.name)},
       {"error", fault}});
}

}  // namespace countersign::verifier
