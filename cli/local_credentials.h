#ifndef COUNTERSIGN_CLI_LOCAL_CREDENTIALS_H_
#define COUNTERSIGN_CLI_LOCAL_CREDENTIALS_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/credentials/credential_finder.h"

namespace countersign::cli {

// Tells the person what is passed over, and why.
using Complain = std::function<void(std::string_view)>;

// The person's own registry credentials, from files in the form of docker's configuration: the
// `auths` of each, and the programs named by `credHelpers` (for one registry) and `credsStore` (for
// all), which are asked only when their registry's turn comes. What an earlier file has comes
// first.
//
// A file that does not exist is none. One that is empty, and a program that cannot be run or gives
// no answer, are none as well, and are complained of, once each. nullopt if there is no file at
// all. InvalidArgument, naming the file, if one is not docker's configuration.
//
// `complain` is called on any thread that asks for credentials, one at a time.
absl::StatusOr<std::optional<verifier::LocalCredentials>> LoadLocalCredentials(
    const std::vector<std::string>& files, Complain complain);

// Where people's credentials are, by the environment, in the order in which podman and skopeo read
// them (containers-auth.json(5)): what $REGISTRY_AUTH_FILE names, alone; without it podman's
// $XDG_RUNTIME_DIR/containers/auth.json (/run/containers/UID/auth.json) and
// $XDG_CONFIG_HOME/containers/auth.json ($HOME/.config/containers/auth.json), then docker's
// $DOCKER_CONFIG/config.json ($HOME/.docker/config.json).
std::vector<std::string> DefaultCredentialFiles();

// Where they are by the flag --docker-config: in that file alone, or if it is not given (""), by the
// environment.
std::vector<std::string> CredentialFiles(const std::string& docker_config);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_LOCAL_CREDENTIALS_H_
