#include "kube/client/cluster_access.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace countersign::kube {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;
// So that no request is on its way when its token or certificate ends.
constexpr absl::Duration kRenewBeforeExpiry = absl::Seconds(10);

absl::StatusOr<std::string> LoadPem(const PemSource& source) {
  if (!source.pem.empty() || source.file.empty()) return source.pem;
  absl::StatusOr<std::string> pem = base::LoadFile(source.file, kMaxFileBytes);
  // Nothing would be taken for not given.
  if (pem.ok() && pem->empty()) {
    return absl::FailedPreconditionError(absl::StrCat(source.file, ": is empty"));
  }
  return pem;
}

absl::StatusOr<std::string> LoadToken(const ClusterConfig& config) {
  if (config.token_file.empty()) return config.token;
  const absl::StatusOr<std::string> text = base::LoadFile(config.token_file, kMaxFileBytes);
  if (!text.ok()) {
    // As for kubectl, a token in the configuration stands in for the file's.
    return config.token.empty() ? text : config.token;
  }
  const std::string token(absl::StripAsciiWhitespace(*text));
  if (token.empty() || token.find_first_of("\r\n") != std::string::npos) {
    return absl::FailedPreconditionError(
        absl::StrCat(config.token_file, ": does not hold one token"));
  }
  return token;
}

}  // namespace

absl::StatusOr<ClusterAccess> ClusterAccessSource::LoadFiles() const {
  ClusterAccess access;
  CS_ASSIGN_OR_RETURN(access.tls.ca_pem, LoadPem(config_.certificate_authority));
  CS_ASSIGN_OR_RETURN(access.tls.client_certificate_pem, LoadPem(config_.client_certificate));
  CS_ASSIGN_OR_RETURN(access.tls.client_key_pem, LoadPem(config_.client_key));
  CS_ASSIGN_OR_RETURN(access.token, LoadToken(config_));
  return access;
}

absl::StatusOr<ClusterAccess> ClusterAccessSource::Load(bool refused, absl::Time deadline) {
  CS_ASSIGN_OR_RETURN(ClusterAccess access, LoadFiles());
  if (!config_.exec.has_value()) return access;
  const bool holds = from_plugin_.has_value() && !refused &&
                     clock_->Now() < from_plugin_->expiry - kRenewBeforeExpiry;
  if (!holds) {
    CS_ASSIGN_OR_RETURN(from_plugin_, RunExecPlugin(config_, access.tls.ca_pem, deadline));
  }
  access.token = from_plugin_->token;
  access.tls.client_certificate_pem = from_plugin_->client_certificate_pem;
  access.tls.client_key_pem = from_plugin_->client_key_pem;
  access.expiry = from_plugin_->expiry - kRenewBeforeExpiry;
  return access;
}

}  // namespace countersign::kube
