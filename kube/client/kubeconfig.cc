#include "kube/client/kubeconfig.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/client/server_url.h"
#include "kube/manifests/yaml_documents.h"

namespace countersign::kube {
namespace {

using base::Json;

constexpr std::string_view kExecExtension = "client.authentication.k8s.io/exec";

// An object in the file and the JSON pointer to it.
struct Place {
  const Json* json;
  std::string pointer;

  absl::StatusOr<std::string> String(std::string_view name) const {
    return base::StringMember(*json, name, pointer);
  }
  absl::StatusOr<bool> Bool(std::string_view name) const {
    return base::BoolMember(*json, name, pointer);
  }
  absl::StatusOr<const Json*> Array(std::string_view name) const {
    return base::ArrayMember(*json, name, pointer);
  }
  std::string PointerTo(std::string_view name) const { return base::JsonPointer(pointer, name); }
  absl::Status Error(std::string_view name, std::string_view reason) const {
    return base::MemberError(PointerTo(name), reason);
  }
};

// The member `kind` of the entry of the list `list` that is named `name`.
absl::StatusOr<Place> FindNamed(const Json& root, std::string_view list, std::string_view kind,
                                std::string_view name) {
  CS_ASSIGN_OR_RETURN(const Json* entries, base::ArrayMember(root, list, ""));
  for (size_t i = 0; entries != nullptr && i < entries->size(); ++i) {
    const std::string pointer = base::JsonPointer(base::JsonPointer("", list), i);
    const Json& entry = (*entries)[i];
    if (!entry.is_object()) return base::MemberError(pointer, "must be an object");
    CS_ASSIGN_OR_RETURN(const std::string entry_name, base::StringMember(entry, "name", pointer));
    if (entry_name != name) continue;
    CS_ASSIGN_OR_RETURN(const Json* member, base::ObjectMember(entry, kind, pointer));
    static const Json kEmpty = Json::object();
    return Place{member == nullptr ? &kEmpty : member, base::JsonPointer(pointer, kind)};
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
absl::StatusOr<PemSource> ReadPem(const std::string& file, const Place& place,
                                  const std::string& name) {
  PemSource source;
  CS_ASSIGN_OR_RETURN(const std::string path, place.String(name));
  source.file = ResolvePath(file, path);
  const std::string data_name = name + "-data";
  CS_ASSIGN_OR_RETURN(const std::string base64, place.String(data_name));
  absl::StatusOr<std::string> pem = base::DecodeBase64(base64, base::LineBreaks::kIgnored);
  if (!pem.ok()) return place.Error(data_name, pem.status().message());
  source.pem = *std::move(pem);
  return source;
}

absl::Status RefuseMembers(const Place& place, const std::vector<std::string_view>& names,
                           std::string_view reason) {
  for (const std::string_view name : names) {
    const Json* const member = base::FindMember(*place.json, name);
    if (member == nullptr || member->empty() || *member == "") continue;
    return place.Error(name, reason);
  }
  return absl::OkStatus();
}

absl::Status ReadCluster(const std::string& file, const Place& cluster, ClusterConfig& config) {
  CS_RETURN_IF_ERROR(RefuseMembers(cluster, {"proxy-url"},
                                   "is not supported; the environment variables https_proxy and "
                                   "no_proxy are"));
  CS_ASSIGN_OR_RETURN(const std::string server, cluster.String("server"));
  absl::StatusOr<std::string> url = ReadServerUrl(server);
  if (!url.ok()) return cluster.Error("server", url.status().message());
  config.server = *std::move(url);
  CS_ASSIGN_OR_RETURN(config.tls_server_name, cluster.String("tls-server-name"));
  if (!IsServerName(config.tls_server_name)) {
    return cluster.Error("tls-server-name", "must be a host name");
  }
  CS_ASSIGN_OR_RETURN(config.insecure_skip_tls_verify, cluster.Bool("insecure-skip-tls-verify"));
  CS_ASSIGN_OR_RETURN(config.certificate_authority,
                      ReadPem(file, cluster, "certificate-authority"));
  if (config.insecure_skip_tls_verify && config.certificate_authority.IsGiven()) {
    return cluster.Error("insecure-skip-tls-verify",
                         "cannot be true where a certificate-authority is given");
  }
  return absl::OkStatus();
}

absl::Status CheckExecKind(const Place& place, const ExecPlugin& exec) {
  const bool is_v1 = exec.api_version == "client.authentication.k8s.io/v1";
  if (!is_v1 && exec.api_version != "client.authentication.k8s.io/v1beta1") {
    return place.Error("apiVersion",
                       "must be client.authentication.k8s.io/v1 or "
                       "client.authentication.k8s.io/v1beta1");
  }
  if (exec.command.empty()) return place.Error("command", "must be given");
  CS_ASSIGN_OR_RETURN(const std::string mode, place.String("interactiveMode"));
  if (mode == "Always") {
    return place.Error("interactiveMode", "cannot be Always: there is nobody to ask here");
  }
  if (mode != "Never" && mode != "IfAvailable" && !(mode.empty() && !is_v1)) {
    return place.Error("interactiveMode", "must be Never or IfAvailable");
  }
  return absl::OkStatus();
}

absl::Status ReadExecLists(const Place& place, ExecPlugin& exec) {
  CS_ASSIGN_OR_RETURN(const Json* args, place.Array("args"));
  for (size_t i = 0; args != nullptr && i < args->size(); ++i) {
    if (!(*args)[i].is_string()) {
      return base::MemberError(base::JsonPointer(place.PointerTo("args"), i), "must be a string");
    }
    exec.args.push_back((*args)[i].get<std::string>());
  }
  CS_ASSIGN_OR_RETURN(const Json* env, place.Array("env"));
  for (size_t i = 0; env != nullptr && i < env->size(); ++i) {
    const std::string pointer = base::JsonPointer(place.PointerTo("env"), i);
    const Json& entry = (*env)[i];
    if (!entry.is_object()) return base::MemberError(pointer, "must be an object");
    CS_ASSIGN_OR_RETURN(std::string name, base::StringMember(entry, "name", pointer));
    CS_ASSIGN_OR_RETURN(std::string value, base::StringMember(entry, "value", pointer));
    if (name.empty() || name.find('=') != std::string::npos) {
      return base::MemberError(base::JsonPointer(pointer, "name"), "must be a variable's name");
    }
    exec.env.emplace_back(std::move(name), std::move(value));
  }
  return absl::OkStatus();
}

absl::StatusOr<Json> FindExecExtension(const Place& cluster) {
  CS_ASSIGN_OR_RETURN(const Json* extensions, cluster.Array("extensions"));
  for (size_t i = 0; extensions != nullptr && i < extensions->size(); ++i) {
    const Json& extension = (*extensions)[i];
    const Json* const name = base::FindMember(extension, "name");
    if (name == nullptr || *name != kExecExtension) continue;
    const Json* const value = base::FindMember(extension, "extension");
    return value == nullptr ? Json() : *value;
  }
  return Json();
}

absl::StatusOr<ExecPlugin> ReadExec(const std::string& file, const Place& place,
                                    const Place& cluster) {
  ExecPlugin exec;
  CS_ASSIGN_OR_RETURN(exec.api_version, place.String("apiVersion"));
  CS_ASSIGN_OR_RETURN(exec.command, place.String("command"));
  CS_RETURN_IF_ERROR(CheckExecKind(place, exec));
  if (exec.command.find('/') != std::string::npos) exec.command = ResolvePath(file, exec.command);
  CS_RETURN_IF_ERROR(ReadExecLists(place, exec));
  CS_ASSIGN_OR_RETURN(exec.provide_cluster_info, place.Bool("provideClusterInfo"));
  CS_ASSIGN_OR_RETURN(exec.install_hint, place.String("installHint"));
  CS_ASSIGN_OR_RETURN(exec.cluster_extension, FindExecExtension(cluster));
  return exec;
}

absl::Status ReadUser(const std::string& file, const Place& user, const Place& cluster,
                      ClusterConfig& config) {
  CS_RETURN_IF_ERROR(RefuseMembers(user, {"username", "password"},
                                   "is not supported; API servers take no passwords any more"));
  CS_RETURN_IF_ERROR(RefuseMembers(user, {"auth-provider"}, "is not supported; use exec"));
  CS_RETURN_IF_ERROR(RefuseMembers(user, {"as", "as-uid", "as-groups", "as-user-extra"},
                                   "is not supported: impersonation"));
  CS_ASSIGN_OR_RETURN(config.client_certificate, ReadPem(file, user, "client-certificate"));
  CS_ASSIGN_OR_RETURN(config.client_key, ReadPem(file, user, "client-key"));
  if (config.client_certificate.IsGiven() != config.client_key.IsGiven()) {
    return base::MemberError(user.pointer,
                             "client-certificate and client-key must be given together");
  }
  CS_ASSIGN_OR_RETURN(config.token, user.String("token"));
  CS_ASSIGN_OR_RETURN(const std::string token_file, user.String("tokenFile"));
  config.token_file = ResolvePath(file, token_file);
  CS_ASSIGN_OR_RETURN(const Json* exec, base::ObjectMember(*user.json, "exec", user.pointer));
  if (exec == nullptr) return absl::OkStatus();
  if (!config.token.empty() || !config.token_file.empty() || config.client_certificate.IsGiven()) {
    return user.Error("exec", "cannot be given together with a token or a client-certificate");
  }
  CS_ASSIGN_OR_RETURN(config.exec, ReadExec(file, {exec, user.PointerTo("exec")}, cluster));
  return absl::OkStatus();
}

absl::StatusOr<ClusterConfig> ReadConfig(const std::string& file, const Json& root,
                                         std::string_view context_name) {
  if (!root.is_object()) return absl::InvalidArgumentError("not a kubeconfig: not an object");
  CS_ASSIGN_OR_RETURN(const std::string kind, base::StringMember(root, "kind", ""));
  CS_ASSIGN_OR_RETURN(const std::string api_version, base::StringMember(root, "apiVersion", ""));
  if ((!kind.empty() && kind != "Config") || (!api_version.empty() && api_version != "v1")) {
    return base::MemberError("/kind", "not a kubeconfig, which is apiVersion v1, kind Config");
  }
  std::string name(context_name);
  if (name.empty()) {
    CS_ASSIGN_OR_RETURN(name, base::StringMember(root, "current-context", ""));
  }
  if (name.empty()) {
    return base::MemberError("/current-context", "must be given, or a context be named");
  }
  CS_ASSIGN_OR_RETURN(const Place context, FindNamed(root, "contexts", "context", name));
  CS_ASSIGN_OR_RETURN(const std::string cluster_name, context.String("cluster"));
  CS_ASSIGN_OR_RETURN(const std::string user_name, context.String("user"));
  if (cluster_name.empty()) return context.Error("cluster", "must be given");
  CS_ASSIGN_OR_RETURN(const Place cluster, FindNamed(root, "clusters", "cluster", cluster_name));
  ClusterConfig config;
  CS_RETURN_IF_ERROR(ReadCluster(file, cluster, config));
  if (user_name.empty()) return config;
  CS_ASSIGN_OR_RETURN(const Place user, FindNamed(root, "users", "user", user_name));
  CS_RETURN_IF_ERROR(ReadUser(file, user, cluster, config));
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
  absl::StatusOr<ClusterConfig> config = ReadConfig(file, documents[0].json, context);
  if (config.ok()) return config;
  const std::string pointer = base::PointerOf(config.status()).value_or("");
  return base::Annotate(absl::StrCat(file, ":", FindLines(documents[0].lines, pointer).line),
                        config.status());
}

absl::StatusOr<ClusterConfig> LoadKubeconfig(const std::string& file, std::string_view context) {
  CS_ASSIGN_OR_RETURN(const std::string text, base::LoadFile(file));
  return ParseKubeconfig(file, text, context);
}

}  // namespace countersign::kube
