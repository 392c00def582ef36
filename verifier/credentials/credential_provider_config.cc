#include "verifier/credentials/credential_provider_config.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/manifests/documents.h"
#include "kube/manifests/source_lines.h"
#include "kube/manifests/yaml_documents.h"
#include "verifier/credentials/go_duration.h"

namespace countersign::verifier {
namespace {

using base::JsonPlace;

constexpr size_t kMaxProviders = 100;

// The string member `name` of the object there, which must be one of the `wanted`.
absl::StatusOr<std::string> ReadOneOf(const JsonPlace& object, std::string_view name,
                                      std::initializer_list<std::string_view> wanted) {
  CS_ASSIGN_OR_RETURN(std::string value, object.OptionalString(name));
  if (std::find(wanted.begin(), wanted.end(), value) != wanted.end()) return value;
  return object.MemberError(
      name, absl::StrCat("must be ", absl::StrJoin(wanted, " or "), ", is ", base::Quoted(value)));
}

absl::StatusOr<std::string> ReadArgument(const JsonPlace& place) {
  CS_ASSIGN_OR_RETURN(std::string text, place.String());
  if (absl::StrContains(text, '\0')) return place.Error("has a zero byte");
  return text;
}

// The name becomes that of a file in one directory.
absl::StatusOr<std::string> ReadName(const JsonPlace& provider) {
  CS_ASSIGN_OR_RETURN(std::string name, provider.OptionalString("name"));
  constexpr std::string_view kForbidden("/ \0", 3);
  if (name.empty() || name == "." || name == ".." ||
      name.find_first_of(kForbidden) != std::string::npos) {
    return provider.MemberError("name",
                                "must be the name of a file in the directory of the plugins");
  }
  return name;
}

absl::StatusOr<std::vector<CredentialProviderPattern>> ReadPatterns(const JsonPlace& provider) {
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> texts, provider.OptionalElements("matchImages"));
  if (texts.empty()) return provider.MemberError("matchImages", "must have at least one pattern");
  std::vector<CredentialProviderPattern> patterns;
  for (const JsonPlace& place : texts) {
    CS_ASSIGN_OR_RETURN(const std::string text, ReadArgument(place));
    absl::StatusOr<CredentialProviderPattern> pattern = CredentialProviderPattern::Parse(text);
    if (!pattern.ok()) return place.Error(pattern.status().message());
    patterns.push_back(*std::move(pattern));
  }
  return patterns;
}

absl::StatusOr<std::vector<std::string>> ReadArguments(const JsonPlace& provider) {
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> places, provider.OptionalElements("args"));
  std::vector<std::string> arguments;
  for (const JsonPlace& place : places) {
    CS_ASSIGN_OR_RETURN(std::string argument, ReadArgument(place));
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

absl::StatusOr<std::vector<base::Command::Variable>> ReadEnvironment(const JsonPlace& provider) {
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> places, provider.OptionalElements("env"));
  std::vector<base::Command::Variable> variables;
  for (const JsonPlace& place : places) {
    CS_RETURN_IF_ERROR(place.RefuseOthers({"name", "value"}));
    base::Command::Variable variable;
    CS_ASSIGN_OR_RETURN(variable.name, place.OptionalString("name"));
    CS_ASSIGN_OR_RETURN(variable.value, place.OptionalString("value"));
    constexpr std::string_view kForbidden("=\0", 2);
    if (variable.name.empty() || variable.name.find_first_of(kForbidden) != std::string::npos ||
        absl::StrContains(variable.value, '\0')) {
      return place.Error("must be a name without \"=\", and a value");
    }
    variables.push_back(std::move(variable));
  }
  return variables;
}

absl::StatusOr<CredentialProvider> ReadProvider(const JsonPlace& object) {
  CS_RETURN_IF_ERROR(object.RefuseOthers({"name", "matchImages", "defaultCacheDuration",
                                          "apiVersion", "args", "env", "tokenAttributes"}));
  CredentialProvider provider;
  CS_ASSIGN_OR_RETURN(provider.name, ReadName(object));
  CS_ASSIGN_OR_RETURN(provider.match_images, ReadPatterns(object));
  CS_ASSIGN_OR_RETURN(const std::optional<absl::Duration> duration,
                      GoDurationMember(object, "defaultCacheDuration"));
  if (!duration.has_value()) return object.MemberError("defaultCacheDuration", "is missing");
  provider.default_cache_duration = *duration;
  CS_ASSIGN_OR_RETURN(provider.api_version,
                      ReadOneOf(object, "apiVersion",
                                {"credentialprovider.kubelet.k8s.io/v1",
                                 "credentialprovider.kubelet.k8s.io/v1beta1",
                                 "credentialprovider.kubelet.k8s.io/v1alpha1"}));
  CS_ASSIGN_OR_RETURN(provider.arguments, ReadArguments(object));
  CS_ASSIGN_OR_RETURN(provider.environment, ReadEnvironment(object));
  CS_ASSIGN_OR_RETURN(const auto token_attributes, object.Optional("tokenAttributes"));
  if (token_attributes) {
    return token_attributes->Error(
        "is not supported: a plugin that needs a pod's service account token cannot be used here");
  }
  return provider;
}

absl::StatusOr<std::vector<CredentialProvider>> ReadConfig(const JsonPlace& config) {
  CS_RETURN_IF_ERROR(config.RefuseOthers({"apiVersion", "kind", "providers"}));
  CS_RETURN_IF_ERROR(ReadOneOf(config, "kind", {"CredentialProviderConfig"}).status());
  CS_RETURN_IF_ERROR(ReadOneOf(config, "apiVersion",
                               {"kubelet.config.k8s.io/v1", "kubelet.config.k8s.io/v1beta1",
                                "kubelet.config.k8s.io/v1alpha1"})
                         .status());
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> places, config.OptionalElements("providers"));
  if (places.empty() || places.size() > kMaxProviders) {
    return config.MemberError("providers",
                              absl::StrCat("must have one to ", kMaxProviders, " providers"));
  }
  std::vector<CredentialProvider> providers;
  for (const JsonPlace& place : places) {
    CS_ASSIGN_OR_RETURN(CredentialProvider provider, ReadProvider(place));
    if (std::any_of(providers.begin(), providers.end(),
                    [&](const CredentialProvider& other) { return other.name == provider.name; })) {
      return place.MemberError("name",
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
  absl::StatusOr<std::vector<CredentialProvider>> providers =
      ReadConfig(JsonPlace(documents[0].json));
  if (providers.ok()) return providers;
  const std::string pointer = base::FaultOf(providers.status()).value_or(base::JsonFault{}).pointer;
  return absl::InvalidArgumentError(
      absl::StrCat(file, ":", kube::FindLines(documents[0].lines, pointer).line, ": ",
                   base::Printable(providers.status().message())));
}

}  // namespace countersign::verifier
