#ifndef COUNTERSIGN_CLI_MIGRATE_PROOF_H_
#define COUNTERSIGN_CLI_MIGRATE_PROOF_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "policy/moving/evaluators.h"

namespace countersign::cli {

// A key that may sign.
struct ProofKey {
  std::string name;
  policy::KeyText text;
};

// What deciding images under two languages has shown.
struct Proof {
  size_t decisions = 0;
  // A line each, printable: "IMAGE signed by NAME: admitted before, denied now".
  std::vector<std::string> differences;
};

// Decides each image, signed by nobody, by each key alone and by all of them, under both.
// InvalidArgument names an image that is none.
absl::StatusOr<Proof> Prove(const std::vector<std::string>& images,
                            const std::vector<ProofKey>& keys, const policy::Evaluate& before,
                            const policy::Evaluate& now);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_MIGRATE_PROOF_H_
