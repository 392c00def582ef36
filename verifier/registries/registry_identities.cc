#include "verifier/registries/registry_identities.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "oci/registry_name.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "registry-client-cert";
constexpr std::string_view kCertificate = "tls.crt";
constexpr std::string_view kKey = "tls.key";

}  // namespace

absl::StatusOr<RegistryIdentities::Assignment> RegistryIdentities::Parse(std::string_view text) {
  const std::pair<std::string_view, std::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('=', 1));
  const std::vector<std::string_view> secret = absl::StrSplit(parts.second, '/');
  const absl::StatusOr<std::string> host = oci::ParseRegistryName(parts.first);
  if (!host.ok() || secret.size() != 2 || secret[0].empty() || secret[1].empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(text,
                     ": must be a registry's host and the namespace and name of a Secret, "
                     "HOST=NAMESPACE/NAME"));
  }
  return Assignment{.host = std::string(absl::StripSuffix(*host, ":443")),
                    .secret_namespace = std::string(secret[0]),
                    .secret_name = std::string(secret[1])};
}

RegistryIdentities::RegistryIdentities(kube::Api* api, const std::vector<Assignment>& assignments,
                                       Apply apply, Options options)
    : api_(api), apply_(std::move(apply)), options_(options) {
  for (const Assignment& assignment : assignments) {
    sources_.push_back({.assignment = assignment, .identity = {}, .fault = {}});
  }
  if (sources_.empty()) return;
  const absl::Duration wait = Look();
  thread_ = std::thread([this, wait] { Follow(wait); });
}

RegistryIdentities::~RegistryIdentities() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void RegistryIdentities::Follow(absl::Duration wait) {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), wait)) return;
    }
    wait = Look();
  }
}

absl::Duration RegistryIdentities::Look() {
  bool is_complete = true;
  Identities identities;
  for (Source& source : sources_) {
    Read(source);
    is_complete = is_complete && source.fault.empty();
    if (source.identity.IsGiven()) identities[source.assignment.host] = source.identity;
  }
  if (identities != applied_) {
    const absl::Status applied = apply_(identities);
    if (applied.ok()) {
      base::LogInfo(kLogger, "The client certificates for registries have changed.",
                    {{"registries", absl::StrCat(identities.size())}});
    } else {
      base::LogError(kLogger, "The client certificates for registries could not be changed.",
                     {{"error", std::string(applied.message())}});
    }
    applied_ = std::move(identities);
  }
  return is_complete ? options_.interval : options_.retry_interval;
}

void RegistryIdentities::Read(Source& source) {
  const Assignment& assignment = source.assignment;
  const absl::StatusOr<kube::Secret> secret = api_->FetchSecret(
      assignment.secret_namespace, assignment.secret_name, absl::Now() + options_.read_timeout);
  std::string fault;
  if (secret.ok()) {
    const std::string* const certificate = secret->Find(kCertificate);
    const std::string* const key = secret->Find(kKey);
    if (certificate != nullptr && !certificate->empty() && key != nullptr && !key->empty()) {
      source.identity = {.certificate_pem = *certificate, .key_pem = *key};
    } else {
      source.identity = {};
      fault = absl::StrCat("it has no ", kCertificate, " and ", kKey);
    }
  } else if (absl::IsNotFound(secret.status())) {
    source.identity = {};
    fault = "not found";
  } else {
    fault = std::string(secret.status().message());
  }
  if (fault == source.fault) return;
  source.fault = fault;
  if (fault.empty()) return;
  base::LogError(kLogger, "A client certificate for a registry cannot be read from a Secret.",
                 {{"registry", assignment.host},
                  {"object", absl::StrCat("Secret ", assignment.secret_namespace, "/",
                                          assignment.secret_name)},
                  {"error", fault}});
}

}  // namespace countersign::verifier
