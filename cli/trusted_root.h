#ifndef COUNTERSIGN_CLI_TRUSTED_ROOT_H_
#define COUNTERSIGN_CLI_TRUSTED_ROOT_H_

#include "CLI/CLI.hpp"

namespace countersign::cli {

// Adds the subcommand `trusted-root`: shows what a trusted_root.json trusts, and fetches a newer one
// by TUF. `exit_code` becomes 0 if it was shown, 2 if it could not be had. It must outlive the
// parsing.
void AddTrustedRootCommand(CLI::App* app, int* exit_code);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_TRUSTED_ROOT_H_
