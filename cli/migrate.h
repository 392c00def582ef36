#ifndef COUNTERSIGN_CLI_MIGRATE_H_
#define COUNTERSIGN_CLI_MIGRATE_H_

#include "CLI/CLI.hpp"

namespace countersign::cli {

// Adds the subcommand `migrate`: reads policies of one language and writes those of another that say
// the same, to standard output or a directory, and to standard error what differs and what is to be
// done. `exit_code` becomes 0 if they decide the same, 1 if not, 2 if there are none. It must
// outlive the parsing.
void AddMigrateCommand(CLI::App* app, int* exit_code);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_MIGRATE_H_
