#ifndef COUNTERSIGN_CLI_VERIFY_BUNDLE_H_
#define COUNTERSIGN_CLI_VERIFY_BUNDLE_H_

#include "CLI/CLI.hpp"

namespace countersign::cli {

// Adds the subcommand `verify-bundle`: whether a Sigstore bundle is a signature of a file by a key or
// an identity, as Sigstore's conformance suite asks it. Nothing but the files named is read, and no
// clock. `exit_code` becomes 0 if it is, 1 if not, 2 if it could not be found out. It must outlive
// the parsing.
void AddVerifyBundleCommand(CLI::App* app, int* exit_code);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_VERIFY_BUNDLE_H_
