#ifndef COUNTERSIGN_CLI_REVIEW_H_
#define COUNTERSIGN_CLI_REVIEW_H_

#include "CLI/CLI.hpp"

namespace countersign::cli {

// Adds the subcommand `review`: reads an AdmissionReview from standard input and writes the one
// that the webhook would answer to standard output, with no server but the registry; of policies and the
// objects beside them, the webhook of policies, by what is in force. `exit_code`
// becomes 0 if it answered, whatever the answer is, and 2 if it could not. It must outlive the
// parsing.
void AddReviewCommand(CLI::App* app, int* exit_code);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_REVIEW_H_
