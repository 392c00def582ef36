#ifndef COUNTERSIGN_REGISTRY_DOCKER_CONFIG_H_
#define COUNTERSIGN_REGISTRY_DOCKER_CONFIG_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/json.h"
#include "oci/image_reference.h"
#include "registry/credential.h"

namespace countersign::registry {

// Credentials by registry, as docker's configuration file and Kubernetes' pull secrets hold them.
//
// A key of the map is a host or host:port, either with a scheme (ignored) and a path. In a part of
// the host name `*` stands for any characters of that part and `?` for any one (as the kubelet
// matches: Kubernetes documentation, "Images", "Interpretation of config.json"). A key without a
// port does not serve a registry with one, nor the other way round (443 and none are the same). A
// path is a prefix of whole components of the repository; a first component "v1" or "v2" does not
// count, as in "https://index.docker.io/v1/". Each of Docker Hub's names in a key
// means it.
//
// Of an entry, "auth" goes before "username" and "password", as in docker and the kubelet.
//
// Immutable value.
class DockerConfig {
 public:
  // `{"auths": {KEY: {"auth": base64("user:password"), "username", "password", "identitytoken",
  // "registrytoken"}}}`: ~/.docker/config.json and Secrets of type kubernetes.io/dockerconfigjson.
  // White space in the base64 is ignored, and its padding may be missing. InvalidArgument if it is
  // no such JSON, saying what is wrong with it (that it begins with a byte order mark, or has a
  // member twice, or has more than 65,536 values) without quoting it. An entry that cannot be used
  // (bad base64, no colon, no user name) is left out and named in `faults` without its content; one
  // that holds no secret is left out silently, as docker leaves such where a program keeps them.
  static absl::StatusOr<DockerConfig> ParseConfigJson(std::string_view bytes);

  // The map of `auths` alone: Secrets of type kubernetes.io/dockercfg.
  static absl::StatusOr<DockerConfig> ParseDockercfg(std::string_view bytes);

  // The credentials for a repository, most specific key first (longest path, then exact host before
  // wildcards), without duplicates. Usually none or one; at most 16.
  std::vector<Credential> FindCredentials(const oci::Repository& repository) const;

  // "auths/KEY: reason" for entries that were left out.
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  struct Entry {
    std::string host;  // host or host:port, in lower case, perhaps with wildcards
    std::string path;  // "" or components with '/' between them
    Credential credential;
  };

  void AddEntries(const base::Json& auths);
  absl::Status AddEntry(std::string_view key, const base::Json& value);

  std::vector<Entry> entries_;  // the most specific first
  std::vector<std::string> faults_;
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_DOCKER_CONFIG_H_
