#include "kube/client/kubeconfig.h"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/client/server_url.h"
#include "kube/manifests/yaml_documents.h"

namespace countersign::kube {
namespace {

using base::Json;
using base::JsonPlace;

constexpr std::string_view kExecExtension = "client.authentication.k8s.io/exec";

// The entry of the list `list` that is named `name`; what it names is its member `kind`.
absl::StatusOr<JsonPlace> FindNamed(const JsonPlace& root, std::string_view list,
                                    std::string_view kind, std::string_view name) {
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> entries, root.OptionalObjects(list));
  for (const JsonPlace& entry : entries) {
    CS_ASSIGN_OR_RETURN(const std::string entry_name, entry.OptionalString("name"));
    if (entry_name == name) return entry;
  }
  return absl::FailedPreconditionError(
      absl::StrCat("there is no ", kind, " named ", base::Quoted(name), " in it"));
}

std::string ResolvePath(const std::string& file, const std::string& path) {
  if (path.empty()) return path;
  const std::filesystem::path named(path);
  return named.is_absolute() ? path : (std::filesystem::path(file).parent_path() / named).string();
}

// What `name`-data holds, or the file that `name` names.
absl::StatusOr<PemSource> ReadPem(const std::string& file, const JsonPlace& place,
                                  const std::string& name) {
  PemSource source;
  CS_ASSIGN_OR_RETURN(const std::string path, place.OptionalString(name));
  source.file = ResolvePath(file, path);
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> pem, place.Optional(name + "-data"));
  if (!pem) return source;
  CS_ASSIGN_OR_RETURN(source.pem, pem->Bytes(base::LineBreaks::kIgnored));
  return source;
}

absl::Status RefuseMembers(const JsonPlace& place, const std::vector<std::string_view>& names,
                           std::string_view reason) {
  for (const std::string_view name : names) {
    const Json* const member = base::FindMember(place.json(), name);
    if (member == nullptr || member->empty() || *member == "") continue;
    return place.MemberError(name, reason);
  }
  return absl::OkStatus();
}

absl::Status ReadCluster(const std::string& file, const JsonPlace& cluster, ClusterConfig& config) {
  CS_RETURN_IF_ERROR(RefuseMembers(cluster, {"proxy-url"},
                                   "is not supported; the environment variables https_proxy and "
                                   "no_proxy are"));
  CS_ASSIGN_OR_RETURN(const std::string server, cluster.OptionalString("server"));
  absl::StatusOr<std::string> url = ReadServerUrl(server);
  if (!url.ok()) return cluster.MemberError("server", url.status().message());
  config.server = *std::move(url);
  CS_ASSIGN_OR_RETURN(config.tls_server_name, cluster.OptionalString("tls-server-name"));
  if (!IsServerName(config.tls_server_name)) {
    return cluster.MemberError("tls-server-name", "must be a host name");
  }
  CS_ASSIGN_OR_RETURN(config.insecure_skip_tls_verify,
                      cluster.OptionalBool("insecure-skip-tls-verify"));
  CS_ASSIGN_OR_RETURN(config.certificate_authority,
                      ReadPem(file, cluster, "certificate-authority"));
  if (config.insecure_skip_tls_verify && config.certificate_authority.IsGiven()) {
    return cluster.MemberError("insecure-skip-tls-verify",
                               "cannot be true where a certificate-authority is given");
  }
  return absl::OkStatus();
}

absl::Status CheckExecKind(const JsonPlace& place, const ExecPlugin& exec) {
  const bool is_v1 = exec.api_version == "client.authentication.k8s.io/v1";
  if (!is_v1 && exec.api_version != "client.authentication.k8s.io/v1beta1") {
    return place.MemberError("apiVersion",
                             "must be client.authentication.k8s.io/v1 or "
                             "client.authentication.k8s.io/v1beta1");
  }
  if (exec.command.empty()) return place.MemberError("command", "must be given");
  CS_ASSIGN_OR_RETURN(const std::string mode, place.OptionalString("interactiveMode"));
  if (mode == "Always") {
    return place.MemberError("interactiveMode", "cannot be Always: there is nobody to ask here");
  }
  if (mode != "Never" && mode != "IfAvailable" && !(mode.empty() && !is_v1)) {
    return place.MemberError("interactiveMode", "must be Never or IfAvailable");
  }
  return absl::OkStatus();
}

absl::Status ReadExecLists(const JsonPlace& place, ExecPlugin& exec) {
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> args, place.OptionalElements("args"));
  for (const JsonPlace& arg : args) {
    CS_ASSIGN_OR_RETURN(std::string text, arg.String());
    exec.args.push_back(std::move(text));
  }
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> env, place.OptionalObjects("env"));
  for (const JsonPlace& entry : env) {
    CS_ASSIGN_OR_RETURN(std::string name, entry.OptionalString("name"));
    CS_ASSIGN_OR_RETURN(std::string value, entry.OptionalString("value"));
    if (name.empty() || name.find('=') != std::string::npos) {
      return entry.MemberError("name", "must be a variable's name");
    }
    exec.env.emplace_back(std::move(name), std::move(value));
  }
  return absl::OkStatus();
}

absl::StatusOr<Json> FindExecExtension(const JsonPlace& cluster) {
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> extensions,
                      cluster.OptionalElements("extensions"));
  for (const JsonPlace& extension : extensions) {
    if (base::FindString(extension.json(), "name") != kExecExtension) continue;
    const Json* const value = base::FindMember(extension.json(), "extension");
    return value == nullptr ? Json() : *value;
  }
  return Json();
}

absl::StatusOr<ExecPlugin> ReadExec(const std::string& file, const JsonPlace& place,
                                    const JsonPlace& cluster) {
  ExecPlugin exec;
  CS_ASSIGN_OR_RETURN(exec.api_version, place.OptionalString("apiVersion"));
  CS_ASSIGN_OR_RETURN(exec.command, place.OptionalString("command"));
  CS_RETURN_IF_ERROR(CheckExecKind(place, exec));
  if (exec.command.find('/') != std::string::npos) exec.command = ResolvePath(file, exec.command);
  CS_RETURN_IF_ERROR(ReadExecLists(place, exec));
  CS_ASSIGN_OR_RETURN(exec.provide_cluster_info, place.OptionalBool("provideClusterInfo"));
  CS_ASSIGN_OR_RETURN(exec.install_hint, place.OptionalString("installHint"));
  CS_ASSIGN_OR_RETURN(exec.cluster_extension, FindExecExtension(cluster));
  return exec;
}

absl::Status ReadUser(const std::string& file, const JsonPlace& user, const JsonPlace& cluster,
                      ClusterConfig& config) {
  CS_RETURN_IF_ERROR(RefuseMembers(user, {"username", "password"},
                                   "is not supported; API servers take no passwords any more"));
  CS_RETURN_IF_ERROR(RefuseMembers(user, {"auth-provider"}, "is not supported; use exec"));
  CS_RETURN_IF_ERROR(RefuseMembers(user, {"as", "as-uid", "as-groups", "as-user-extra"},
                                   "is not supported: impersonation"));
  CS_ASSIGN_OR_RETURN(config.client_certificate, ReadPem(file, user, "client-certificate"));
  CS_ASSIGN_OR_RETURN(config.client_key, ReadPem(file, user, "client-key"));
  if (config.client_certificate.IsGiven() != config.client_key.IsGiven()) {
    return user.Error("client-certificate and client-key must be given together");
  }
  CS_ASSIGN_OR_RETURN(config.token, user.OptionalString("token"));
  CS_ASSIGN_OR_RETURN(const std::string token_file, user.OptionalString("tokenFile"));
  config.token_file = ResolvePath(file, token_file);
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> exec, user.OptionalObject("exec"));
  if (!exec) return absl::OkStatus();
  if (!config.token.empty() || !config.token_file.empty() || config.client_certificate.IsGiven()) {
    return exec->Error("cannot be given together with a token or a client-certificate");
  }
  CS_ASSIGN_OR_RETURN(config.exec, ReadExec(file, *exec, cluster));
  return absl::OkStatus();
}

// The context that is named, or else the current one.
absl::StatusOr<JsonPlace> FindContext(const JsonPlace& root, std::string_view named) {
  std::string name(named);
  if (name.empty()) {
    CS_ASSIGN_OR_RETURN(name, root.OptionalString("current-context"));
  }
  if (name.empty()) {
    return root.MemberError("current-context", "must be given, or a context be named");
  }
  CS_ASSIGN_OR_RETURN(const JsonPlace entry, FindNamed(root, "contexts", "context", name));
  return entry.RequiredObject("context");
}

absl::StatusOr<ClusterConfig> ReadConfig(const std::string& file, const JsonPlace& root,
                                         std::string_view context_name) {
  if (!root.json().is_object()) return root.Error("not a kubeconfig: not an object");
  CS_ASSIGN_OR_RETURN(const std::string kind, root.OptionalString("kind"));
  CS_ASSIGN_OR_RETURN(const std::string api_version, root.OptionalString("apiVersion"));
  if ((!kind.empty() && kind != "Config") || (!api_version.empty() && api_version != "v1")) {
    return root.MemberError("kind", "not a kubeconfig, which is apiVersion v1, kind Config");
  }
  CS_ASSIGN_OR_RETURN(const JsonPlace context, FindContext(root, context_name));
  CS_ASSIGN_OR_RETURN(const std::string cluster_name, context.RequiredString("cluster"));
  CS_ASSIGN_OR_RETURN(const std::string user_name, context.OptionalString("user"));
  CS_ASSIGN_OR_RETURN(const JsonPlace entry, FindNamed(root, "clusters", "cluster", cluster_name));
  CS_ASSIGN_OR_RETURN(const JsonPlace cluster, entry.RequiredObject("cluster"));
  ClusterConfig config;
  CS_RETURN_IF_ERROR(ReadCluster(file, cluster, config));
  if (user_name.empty()) return config;
  CS_ASSIGN_OR_RETURN(const JsonPlace named, FindNamed(root, "users", "user", user_name));
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> user, named.OptionalObject("user"));
  if (user) CS_RETURN_IF_ERROR(ReadUser(file, *user, cluster, config));
  return config;
}

}  // namespace

absl::StatusOr<ClusterConfig> ParseKubeconfig(const std::string& file, const std::string& text,
                                              std::string_view context) {
  CS_ASSIGN_OR_RETURN(const std::vector<Document> documents, ParseYamlDocuments(file, text));
  if (documents.size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": not a kubeconfig: it holds ", documents.size(), " documents"));
  }
  absl::StatusOr<ClusterConfig> config = ReadConfig(file, JsonPlace(documents[0].json), context);
  if (config.ok()) return config;
  const std::string pointer = base::FaultOf(config.status()).value_or(base::JsonFault{}).pointer;
  return base::Annotate(absl::StrCat(file, ":", FindLines(documents[0].lines, pointer).line),
                        config.status());
}

absl::StatusOr<ClusterConfig> LoadKubeconfig(const std::string& file, std::string_view context) {
  CS_ASSIGN_OR_RETURN(const std::string text, base::LoadFile(file));
  return ParseKubeconfig(file, text, context);
}

}  // namespace countersign::kube
