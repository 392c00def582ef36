#ifndef COUNTERSIGN_CLI_VERIFY_H_
#define COUNTERSIGN_CLI_VERIFY_H_

#include "CLI/CLI.hpp"

namespace countersign::cli {

// Adds the subcommand `verify`: asks about images, of a verifier built in or of a server, and
// prints a line an image. `exit_code` becomes 0 if all are allowed, 1 if one is denied, 2 if it
// could not be asked. It must outlive the parsing.
void AddVerifyCommand(CLI::App* app, int* exit_code);

// Adds the subcommand `verify-attestation`: the same of attestations, by keys or an identity.
void AddVerifyAttestationCommand(CLI::App* app, int* exit_code);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_VERIFY_H_
