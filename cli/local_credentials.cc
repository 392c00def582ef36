#include "cli/local_credentials.h"

#include <cstdlib>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "cli/credential_helper.h"
#include "registry/docker_config.h"

namespace countersign::cli {
namespace {

constexpr absl::Duration kHelperTimeout = absl::Seconds(5);
// How docker's configuration names Docker Hub.
constexpr std::string_view kDockerHub = "index.docker.io";
constexpr std::string_view kDockerHubServer = "https://index.docker.io/v1/";

// Which program to ask for which registry.
class Helpers {
 public:
  static absl::StatusOr<Helpers> Parse(const base::Json& config) {
    Helpers helpers;
    CS_ASSIGN_OR_RETURN(helpers.store_, base::StringMember(config, "credsStore", ""));
    CS_ASSIGN_OR_RETURN(const base::Json* by_registry,
                        base::ObjectMember(config, "credHelpers", ""));
    if (by_registry == nullptr) return helpers;
    for (const auto& [registry, unused] : by_registry->items()) {
      CS_ASSIGN_OR_RETURN(helpers.by_registry_[registry],
                          base::StringMember(*by_registry, registry, "/credHelpers"));
    }
    return helpers;
  }

  std::vector<registry::Credential> Ask(const std::string& registry) const {
    const std::string server = registry == kDockerHub ? std::string(kDockerHubServer) : registry;
    auto entry = by_registry_.find(registry);
    if (entry == by_registry_.end()) entry = by_registry_.find(server);
    const std::string& helper = entry != by_registry_.end() ? entry->second : store_;
    if (helper.empty()) return {};
    absl::StatusOr<registry::Credential> credential =
        AskCredentialHelper(helper, server, absl::Now() + kHelperTimeout);
    if (credential.ok()) return {*std::move(credential)};
    if (!absl::IsNotFound(credential.status())) {
      base::LogWarning("credentials",
                       "A credential helper gave no credential; going on without it.",
                       {{"error", std::string(credential.status().message())}});
    }
    return {};
  }

 private:
  std::string store_;
  std::map<std::string, std::string, std::less<>> by_registry_;
};

}  // namespace

absl::StatusOr<std::optional<verifier::LocalCredentials>> LoadLocalCredentials(
    const std::string& config_file) {
  if (config_file.empty()) return std::nullopt;
  const absl::StatusOr<std::string> bytes = base::LoadFile(config_file);
  if (absl::IsNotFound(bytes.status())) return std::nullopt;
  CS_RETURN_IF_ERROR(bytes.status());
  const absl::StatusOr<base::Json> json = base::ParseJson(*bytes);
  if (!json.ok()) return base::Annotate(config_file, json.status());
  absl::StatusOr<Helpers> helpers = Helpers::Parse(*json);
  if (!helpers.ok()) return base::Annotate(config_file, helpers.status());
  absl::StatusOr<registry::DockerConfig> config = registry::DockerConfig::ParseConfigJson(*bytes);
  if (!config.ok()) return base::Annotate(config_file, config.status());

  auto find = [helpers = *std::move(helpers),
               config = *std::move(config)](const oci::Repository& repository) {
    std::vector<registry::Credential> found = helpers.Ask(repository.registry);
    for (registry::Credential& credential : config.FindCredentials(repository))
      found.push_back(std::move(credential));
    return found;
  };
  return verifier::LocalCredentials{.source = config_file, .find = std::move(find)};
}

std::string DefaultDockerConfigFile() {
  if (const char* directory = std::getenv("DOCKER_CONFIG");
      directory != nullptr && *directory != '\0') {
    return absl::StrCat(directory, "/config.json");
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    return absl::StrCat(home, "/.docker/config.json");
  }
  return "";
}

}  // namespace countersign::cli
