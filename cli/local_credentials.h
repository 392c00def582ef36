#ifndef COUNTERSIGN_CLI_LOCAL_CREDENTIALS_H_
#define COUNTERSIGN_CLI_LOCAL_CREDENTIALS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "verifier/credential_finder.h"

namespace countersign::cli {

// The person's own registry credentials, from docker's configuration file: its `auths`, and the
// programs named by `credHelpers` (for one registry) and `credsStore` (for all), which are asked
// only when their registry's turn comes.
//
// nullopt if the file does not exist. InvalidArgument if it is not docker's configuration.
absl::StatusOr<std::optional<verifier::LocalCredentials>> LoadLocalCredentials(
    const std::string& config_file);

// $DOCKER_CONFIG/config.json, or $HOME/.docker/config.json, or "" if neither variable is set.
std::string DefaultDockerConfigFile();

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_LOCAL_CREDENTIALS_H_
