#ifndef COUNTERSIGN_CLI_EXPLAIN_H_
#define COUNTERSIGN_CLI_EXPLAIN_H_

#include "CLI/CLI.hpp"

namespace countersign::cli {

// Adds the subcommand `explain`: why an image is asked what it is asked, by the policies of a directory or
// a cluster, without a look at any registry. `exit_code` becomes 0 if it was explained, whatever becomes
// of the image, and 2 if it could not be. It must outlive the parsing.
void AddExplainCommand(CLI::App* app, int* exit_code);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_EXPLAIN_H_
