#ifndef COUNTERSIGN_CLI_LINT_H_
#define COUNTERSIGN_CLI_LINT_H_

#include "CLI/CLI.hpp"

namespace countersign::cli {

// Adds the subcommand `lint`: what is wrong and odd in files of policies, with where. `exit_code` becomes
// 0 if nothing would be refused, 1 if something would be (with --strict, or is warned about), and 2 if a
// file cannot be read or there is no policy in any. It must outlive the parsing.
void AddLintCommand(CLI::App* app, int* exit_code);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_LINT_H_
