#ifndef COUNTERSIGN_POLICY_DOCKER_HUB_PATH_H_
#define COUNTERSIGN_POLICY_DOCKER_HUB_PATH_H_

#include <optional>
#include <string>
#include <string_view>

#include "oci/image_reference.h"

namespace countersign::policy {

// What the images of Docker Hub are called. Pure.

// The path in Docker Hub without its "library/", if it may be left out: only before a single
// component. Refers to `path`.
std::optional<std::string_view> WithoutLibrary(std::string_view path);

// Whether `name` by itself, which has no tag and no digest, is the image of Docker Hub with this path,
// and not one of a registry: "registry.corp/img" is not, whatever is at Docker Hub.
bool MeansOnDockerHub(std::string_view name, std::string_view path);

// The path at Docker Hub by which some read `localhost/…`: go-containerregistry, and so the Policy
// Controller, takes a first component for a registry only if it holds a '.' or a ':'. nullopt for
// every other registry.
std::optional<std::string> LocalhostOnDockerHub(const oci::Repository& repository);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_DOCKER_HUB_PATH_H_
