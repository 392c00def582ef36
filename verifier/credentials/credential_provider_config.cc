#include "verifier/credentials/credential_provider_config.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/manifests/documents.h"
#include "kube/manifests/source_lines.h"
#include "kube/manifests/yaml_documents.h"
#include "verifier/credentials/go_duration.h"

namespace countersign::verifier {
namespace {

constexpr size_t kMaxProviders = 100;

absl::Status CheckIsOneOf(std::string_view value, std::initializer_list<std::string_view> wanted,
                          std::string_view path) {
  if (std::find(wanted.begin(), wanted.end(), value) != wanted.end()) return absl::OkStatus();
  return base::MemberError(
      path, absl::StrCat("must be ", absl::StrJoin(wanted, " or "), ", is ", base::Quoted(value)));
}

// A member with a typing error would otherwise be one that is not set.
absl::Status CheckMembers(const base::Json& object, std::initializer_list<std::string_view> known,
                          std::string_view path) {
  if (!object.is_object()) return base::MemberError(path, "must be an object");
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return base::MemberError(base::JsonPointer(path, name), "is not known");
    }
  }
  return absl::OkStatus();
}

// The strings of an array that may be absent.
absl::StatusOr<std::vector<std::string>> StringsMember(const base::Json& object,
                                                       std::string_view name,
                                                       std::string_view path) {
  CS_ASSIGN_OR_RETURN(const base::Json* const array, base::ArrayMember(object, name, path));
  std::vector<std::string> strings;
  for (size_t i = 0; array != nullptr && i < array->size(); ++i) {
    if (!(*array)[i].is_string()) {
      return base::MemberError(base::JsonPointer(base::JsonPointer(path, name), i),
                               "must be a string");
    }
    strings.push_back((*array)[i].get<std::string>());
    if (absl::StrContains(strings.back(), '\0')) {
      return base::MemberError(base::JsonPointer(base::JsonPointer(path, name), i),
                               "has a zero byte");
    }
  }
  return strings;
}

// The name becomes that of a file in one directory.
absl::StatusOr<std::string> ReadName(const base::Json& provider, std::string_view path) {
  CS_ASSIGN_OR_RETURN(std::string name, base::StringMember(provider, "name", path));
  constexpr std::string_view kForbidden("/ \0", 3);
  if (name.empty() || name == "." || name == ".." ||
      name.find_first_of(kForbidden) != std::string::npos) {
    return base::MemberError(base::JsonPointer(path, "name"),
                             "must be the name of a file in the directory of the plugins");
  }
  return name;
}

absl::StatusOr<std::vector<CredentialProviderPattern>> ReadPatterns(const base::Json& provider,
                                                                    std::string_view path) {
  CS_ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                      StringsMember(provider, "matchImages", path));
  const std::string pointer = base::JsonPointer(path, "matchImages");
  if (texts.empty()) return base::MemberError(pointer, "must have at least one pattern");
  std::vector<CredentialProviderPattern> patterns;
  for (size_t i = 0; i < texts.size(); ++i) {
    absl::StatusOr<CredentialProviderPattern> pattern = CredentialProviderPattern::Parse(texts[i]);
    if (!pattern.ok()) {
      return base::MemberError(base::JsonPointer(pointer, i), pattern.status().message());
    }
    patterns.push_back(*std::move(pattern));
  }
  return patterns;
}

absl::StatusOr<std::vector<base::Command::Variable>> ReadEnvironment(const base::Json& provider,
                                                                     std::string_view path) {
  CS_ASSIGN_OR_RETURN(const base::Json* const array, base::ArrayMember(provider, "env", path));
  std::vector<base::Command::Variable> variables;
  for (size_t i = 0; array != nullptr && i < array->size(); ++i) {
    const std::string pointer = base::JsonPointer(base::JsonPointer(path, "env"), i);
    CS_RETURN_IF_ERROR(CheckMembers((*array)[i], {"name", "value"}, pointer));
    base::Command::Variable variable;
    CS_ASSIGN_OR_RETURN(variable.name, base::StringMember((*array)[i], "name", pointer));
    CS_ASSIGN_OR_RETURN(variable.value, base::StringMember((*array)[i], "value", pointer));
    constexpr std::string_view kForbidden("=\0", 2);
    if (variable.name.empty() || variable.name.find_first_of(kForbidden) != std::string::npos ||
        absl::StrContains(variable.value, '\0')) {
      return base::MemberError(pointer, "must be a name without \"=\", and a value");
    }
    variables.push_back(std::move(variable));
  }
  return variables;
}

absl::StatusOr<CredentialProvider> ReadProvider(const base::Json& object, std::string_view path) {
  CS_RETURN_IF_ERROR(CheckMembers(object,
                                  {"name", "matchImages", "defaultCacheDuration", "apiVersion",
                                   "args", "env", "tokenAttributes"},
                                  path));
  CredentialProvider provider;
  CS_ASSIGN_OR_RETURN(provider.name, ReadName(object, path));
  CS_ASSIGN_OR_RETURN(provider.match_images, ReadPatterns(object, path));
  CS_ASSIGN_OR_RETURN(const std::optional<absl::Duration> duration,
                      GoDurationMember(object, "defaultCacheDuration", path));
  if (!duration.has_value()) {
    return base::MemberError(base::JsonPointer(path, "defaultCacheDuration"), "is missing");
  }
  provider.default_cache_duration = *duration;
  CS_ASSIGN_OR_RETURN(provider.api_version, base::StringMember(object, "apiVersion", path));
  CS_RETURN_IF_ERROR(CheckIsOneOf(
      provider.api_version,
      {"credentialprovider.kubelet.k8s.io/v1", "credentialprovider.kubelet.k8s.io/v1beta1",
       "credentialprovider.kubelet.k8s.io/v1alpha1"},
      base::JsonPointer(path, "apiVersion")));
  CS_ASSIGN_OR_RETURN(provider.arguments, StringsMember(object, "args", path));
  CS_ASSIGN_OR_RETURN(provider.environment, ReadEnvironment(object, path));
  if (base::FindMember(object, "tokenAttributes") != nullptr) {
    return base::MemberError(
        base::JsonPointer(path, "tokenAttributes"),
        "is not supported: a plugin that needs a pod's service account token cannot be used here");
  }
  return provider;
}

absl::StatusOr<std::vector<CredentialProvider>> ReadConfig(const base::Json& config) {
  CS_RETURN_IF_ERROR(CheckMembers(config, {"apiVersion", "kind", "providers"}, ""));
  CS_ASSIGN_OR_RETURN(const std::string kind, base::StringMember(config, "kind", ""));
  CS_RETURN_IF_ERROR(CheckIsOneOf(kind, {"CredentialProviderConfig"}, "/kind"));
  CS_ASSIGN_OR_RETURN(const std::string version, base::StringMember(config, "apiVersion", ""));
  CS_RETURN_IF_ERROR(CheckIsOneOf(version,
                                  {"kubelet.config.k8s.io/v1", "kubelet.config.k8s.io/v1beta1",
                                   "kubelet.config.k8s.io/v1alpha1"},
                                  "/apiVersion"));
  CS_ASSIGN_OR_RETURN(const base::Json* const array, base::ArrayMember(config, "providers", ""));
  if (array == nullptr || array->empty() || array->size() > kMaxProviders) {
    return base::MemberError("/providers",
                             absl::StrCat("must have one to ", kMaxProviders, " providers"));
  }
  std::vector<CredentialProvider> providers;
  for (size_t i = 0; i < array->size(); ++i) {
    const std::string pointer = base::JsonPointer("/providers", i);
    CS_ASSIGN_OR_RETURN(CredentialProvider provider, ReadProvider((*array)[i], pointer));
    if (std::any_of(providers.begin(), providers.end(),
                    [&](const CredentialProvider& other) { return other.name == provider.name; })) {
      return base::MemberError(base::JsonPointer(pointer, "name"),
                               absl::StrCat(base::Quoted(provider.name), " is there twice"));
    }
    providers.push_back(std::move(provider));
  }
  return providers;
}

}  // namespace

bool CredentialProvider::Matches(const oci::Repository& repository) const {
  return std::any_of(
      match_images.begin(), match_images.end(),
      [&](const CredentialProviderPattern& pattern) { return pattern.Matches(repository); });
}

absl::StatusOr<std::vector<CredentialProvider>> ParseCredentialProviderConfig(
    std::string_view file, const std::string& text) {
  // The kubelet takes any name.
  CS_ASSIGN_OR_RETURN(const std::vector<kube::Document> documents,
                      absl::EndsWith(file, ".json") ? kube::ParseDocuments(file, text)
                                                    : kube::ParseYamlDocuments(file, text));
  if (documents.size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        file, ": must be one CredentialProviderConfig; it has ", documents.size(), " documents"));
  }
  absl::StatusOr<std::vector<CredentialProvider>> providers = ReadConfig(documents[0].json);
  if (providers.ok()) return providers;
  const std::string pointer = base::PointerOf(providers.status()).value_or("");
  return absl::InvalidArgumentError(
      absl::StrCat(file, ":", kube::FindLines(documents[0].lines, pointer).line, ": ",
                   base::Printable(providers.status().message())));
}

}  // namespace countersign::verifier
