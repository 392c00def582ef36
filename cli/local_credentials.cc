#include "cli/local_credentials.h"

#include <unistd.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "base/deadline.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_place.h"
#include "base/status_macros.h"
#include "cli/credential_helper.h"
#include "oci/registry_name.h"
#include "registry/docker_config.h"

namespace countersign::cli {
namespace {

constexpr absl::Duration kHelperTimeout = absl::Seconds(5);

// Complains of each thing once. Thread-safe.
class Complaints {
 public:
  explicit Complaints(Complain complain) : complain_(std::move(complain)) {}

  void Add(const std::string& what) {
    absl::MutexLock lock(&mutex_);
    if (said_.insert(what).second) complain_(what);
  }

 private:
  const Complain complain_;
  absl::Mutex mutex_;
  std::set<std::string> said_ ABSL_GUARDED_BY(mutex_);
};

// The one name of a registry that may have several (Docker Hub); what is no name stays as it is.
std::string OneName(const std::string& registry) {
  const absl::StatusOr<std::string> name = oci::ParseRegistryName(registry);
  return name.ok() ? *name : registry;
}

// How docker's configuration, and its helpers, name a registry.
std::string ServerOf(const std::string& registry) {
  return registry == oci::kDockerHub ? absl::StrCat("https://", oci::kDockerHub, "/v1/") : registry;
}

// Which program to ask for which registry.
class Helpers {
 public:
  static absl::StatusOr<Helpers> Parse(const base::JsonPlace& config) {
    Helpers helpers;
    CS_ASSIGN_OR_RETURN(helpers.store_, config.OptionalString("credsStore"));
    CS_ASSIGN_OR_RETURN(const auto by_registry, config.Optional("credHelpers"));
    if (!by_registry) return helpers;
    CS_ASSIGN_OR_RETURN(const auto members, by_registry->Members());
    for (const auto& [registry, unused] : members) {
      CS_ASSIGN_OR_RETURN(helpers.by_registry_[OneName(registry)],
                          by_registry->OptionalString(registry));
    }
    return helpers;
  }

  std::vector<registry::Credential> Ask(const std::string& registry, Complaints& complaints) const {
    const std::string server = ServerOf(registry);
    auto entry = by_registry_.find(registry);
    if (entry == by_registry_.end()) entry = by_registry_.find(server);
    const std::string& helper = entry != by_registry_.end() ? entry->second : store_;
    if (helper.empty()) return {};
    absl::StatusOr<registry::Credential> credential =
        AskCredentialHelper(helper, server, base::In(kHelperTimeout));
    if (credential.ok()) return {*std::move(credential)};
    if (!absl::IsNotFound(credential.status())) {
      complaints.Add(absl::StrCat(credential.status().message(), "; going on without it"));
    }
    return {};
  }

 private:
  std::string store_;
  std::map<std::string, std::string, std::less<>> by_registry_;
};

// What one file says.
struct Source {
  Helpers helpers;
  registry::DockerConfig config;
};

absl::StatusOr<Source> ParseSource(std::string_view bytes) {
  // This one says what is wrong with what is no JSON at all.
  CS_ASSIGN_OR_RETURN(registry::DockerConfig config,
                      registry::DockerConfig::ParseConfigJson(bytes));
  CS_ASSIGN_OR_RETURN(const base::Json json, base::ParseJson(bytes));
  CS_ASSIGN_OR_RETURN(Helpers helpers, Helpers::Parse(base::JsonPlace(json)));
  return Source{std::move(helpers), std::move(config)};
}

// nullopt if there is nothing in it.
absl::StatusOr<std::optional<Source>> LoadSource(const std::string& file, Complaints& complaints) {
  const absl::StatusOr<std::string> bytes = base::LoadFile(file);
  if (absl::IsNotFound(bytes.status())) return std::optional<Source>();
  CS_RETURN_IF_ERROR(bytes.status());
  if (absl::StripAsciiWhitespace(*bytes).empty()) {
    complaints.Add(absl::StrCat(file, ": is empty; going on without it"));
    return std::optional<Source>();
  }
  absl::StatusOr<Source> source = ParseSource(*bytes);
  if (!source.ok()) return base::Annotate(file, source.status());
  for (const std::string& fault : source->config.faults()) {
    complaints.Add(absl::StrCat(file, ": ", fault, "; going on without it"));
  }
  return std::optional<Source>(*std::move(source));
}

// The directory that an environment variable names, or one below what another names; "" if neither
// is set.
std::string Directory(const char* name, const char* other_name, std::string_view below_other) {
  if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  const char* const other = std::getenv(other_name);
  return other != nullptr && *other != '\0' ? absl::StrCat(other, below_other) : "";
}

}  // namespace

absl::StatusOr<std::optional<verifier::LocalCredentials>> LoadLocalCredentials(
    const std::vector<std::string>& files, Complain complain) {
  const auto complaints = std::make_shared<Complaints>(std::move(complain));
  std::vector<Source> sources;
  std::vector<std::string> names;
  for (const std::string& file : files) {
    CS_ASSIGN_OR_RETURN(std::optional<Source> source, LoadSource(file, *complaints));
    if (!source) continue;
    sources.push_back(*std::move(source));
    names.push_back(file);
  }
  if (sources.empty()) return std::nullopt;

  auto find = [complaints, sources = std::move(sources)](const oci::Repository& repository) {
    std::vector<registry::Credential> found;
    for (const Source& source : sources) {
      for (auto& asked : {source.helpers.Ask(repository.registry, *complaints),
                          source.config.FindCredentials(repository)}) {
        found.insert(found.end(), asked.begin(), asked.end());
      }
    }
    return found;
  };
  return verifier::LocalCredentials{.source = absl::StrJoin(names, ", "), .find = std::move(find)};
}

std::vector<std::string> DefaultCredentialFiles() {
  if (const char* file = std::getenv("REGISTRY_AUTH_FILE"); file != nullptr && *file != '\0') {
    return {file};
  }
  std::vector<std::string> files;
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  files.push_back(runtime != nullptr && *runtime != '\0'
                      ? absl::StrCat(runtime, "/containers/auth.json")
                      : absl::StrCat("/run/containers/", getuid(), "/auth.json"));
  if (const std::string config = Directory("XDG_CONFIG_HOME", "HOME", "/.config");
      !config.empty()) {
    files.push_back(absl::StrCat(config, "/containers/auth.json"));
  }
  if (const std::string docker = Directory("DOCKER_CONFIG", "HOME", "/.docker"); !docker.empty()) {
    files.push_back(absl::StrCat(docker, "/config.json"));
  }
  return files;
}

std::vector<std::string> CredentialFiles(const std::string& docker_config) {
  if (docker_config.empty()) return DefaultCredentialFiles();
  return {docker_config};
}

}  // namespace countersign::cli
