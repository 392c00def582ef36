#ifndef COUNTERSIGN_CLI_TREE_H_
#define COUNTERSIGN_CLI_TREE_H_

#include "CLI/CLI.hpp"

namespace countersign::cli {

// Adds the subcommand `tree`: shows all that hangs on an image in its registry, whom it names, and
// whether it verifies. Nothing of it decides anything. `exit_code` becomes 0 if all of it could be
// read, 2 if not, whatever verifies. It must outlive the parsing.
void AddTreeCommand(CLI::App* app, int* exit_code);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_TREE_H_
