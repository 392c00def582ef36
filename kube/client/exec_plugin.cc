#include "kube/client/exec_plugin.h"

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "base/subprocess.h"

namespace countersign::kube {
namespace {

using base::Json;
using base::JsonPlace;

constexpr std::string_view kLogger = "kubernetes";
constexpr size_t kMaxOutputBytes = 1 << 20;

// Values that go into a header must not end it.
bool IsToken(std::string_view token) {
  return token.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

absl::StatusOr<absl::Time> ReadExpiry(const JsonPlace& status) {
  CS_ASSIGN_OR_RETURN(const std::string text, status.OptionalString("expirationTimestamp"));
  if (text.empty()) return absl::InfiniteFuture();
  CS_ASSIGN_OR_RETURN(const JsonPlace expiry, status.Required("expirationTimestamp"));
  return expiry.Time();
}

absl::Status CheckKind(const JsonPlace& answer, std::string_view api_version) {
  if (!answer.json().is_object()) return absl::InvalidArgumentError("not an object");
  CS_ASSIGN_OR_RETURN(const std::string kind, answer.OptionalString("kind"));
  if (kind != "ExecCredential") return answer.MemberError("kind", "must be ExecCredential");
  CS_ASSIGN_OR_RETURN(const std::string version, answer.OptionalString("apiVersion"));
  if (version == api_version) return absl::OkStatus();
  return answer.MemberError("apiVersion", absl::StrCat("must be ", api_version, ", as configured"));
}

absl::StatusOr<PluginIdentity> ReadAnswer(const base::CommandResult& result,
                                          std::string_view api_version) {
  if (!result.Succeeded()) return absl::FailedPreconditionError(result.HowItEnded());
  absl::StatusOr<PluginIdentity> identity = ParsePluginIdentity(result.output, api_version);
  if (identity.ok()) return identity;
  return absl::FailedPreconditionError(
      absl::StrCat("it printed no usable ExecCredential: ", identity.status().message()));
}

absl::Status PluginError(const ExecPlugin& plugin, const absl::Status& why) {
  std::string message =
      absl::StrCat("the credential plugin ", base::Quoted(plugin.command), ": ", why.message());
  if (!plugin.install_hint.empty() && !absl::IsDeadlineExceeded(why)) {
    absl::StrAppend(&message, " (", base::Printable(plugin.install_hint), ")");
  }
  return absl::Status(why.code(), message);
}

}  // namespace

absl::StatusOr<PluginIdentity> ParsePluginIdentity(std::string_view text,
                                                   std::string_view api_version) {
  CS_ASSIGN_OR_RETURN(const Json json, base::ParseJson(text));
  const JsonPlace answer(json);
  CS_RETURN_IF_ERROR(CheckKind(answer, api_version));
  CS_ASSIGN_OR_RETURN(const JsonPlace status, answer.RequiredObject("status"));
  PluginIdentity identity;
  CS_ASSIGN_OR_RETURN(identity.token, status.OptionalString("token"));
  if (!IsToken(identity.token)) {
    return status.MemberError("token", "must not hold line breaks");
  }
  CS_ASSIGN_OR_RETURN(identity.client_certificate_pem,
                      status.OptionalString("clientCertificateData"));
  CS_ASSIGN_OR_RETURN(identity.client_key_pem, status.OptionalString("clientKeyData"));
  if (identity.client_certificate_pem.empty() != identity.client_key_pem.empty()) {
    return status.Error("clientCertificateData and clientKeyData must be given together");
  }
  if (identity.token.empty() && identity.client_key_pem.empty()) {
    return status.Error("must have a token or a client certificate");
  }
  CS_ASSIGN_OR_RETURN(identity.expiry, ReadExpiry(status));
  return identity;
}

std::string WriteExecInfo(const ClusterConfig& config, std::string_view ca_pem) {
  Json spec = {{"interactive", false}};
  if (config.exec->provide_cluster_info) {
    Json cluster = {{"server", config.server}};
    if (!config.tls_server_name.empty()) cluster["tls-server-name"] = config.tls_server_name;
    if (config.insecure_skip_tls_verify) cluster["insecure-skip-tls-verify"] = true;
    if (!ca_pem.empty()) cluster["certificate-authority-data"] = absl::Base64Escape(ca_pem);
    if (!config.exec->cluster_extension.is_null()) {
      cluster["config"] = config.exec->cluster_extension;
    }
    spec["cluster"] = std::move(cluster);
  }
  return Json{{"apiVersion", config.exec->api_version},
              {"kind", "ExecCredential"},
              {"spec", std::move(spec)}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<PluginIdentity> RunExecPlugin(const ClusterConfig& config, std::string_view ca_pem,
                                             absl::Time deadline) {
  const ExecPlugin& plugin = *config.exec;
  base::Command command;
  command.program = plugin.command;
  command.arguments = plugin.args;
  for (const auto& [name, value] : plugin.env) command.environment.push_back({name, value});
  command.environment.push_back({"KUBERNETES_EXEC_INFO", WriteExecInfo(config, ca_pem)});
  command.max_output_bytes = kMaxOutputBytes;
  const absl::StatusOr<base::CommandResult> result = base::RunCommand(command, deadline);
  if (!result.ok()) return PluginError(plugin, result.status());
  if (!result->error_output.empty()) {
    base::LogWarning(
        kLogger, "The credential plugin says something.",
        {{"object", plugin.command}, {"error", base::Printable(result->error_output)}});
  }
  absl::StatusOr<PluginIdentity> identity = ReadAnswer(*result, plugin.api_version);
  if (!identity.ok()) return PluginError(plugin, identity.status());
  return identity;
}

}  // namespace countersign::kube
