#ifndef COUNTERSIGN_CLI_TREE_LOOK_H_
#define COUNTERSIGN_CLI_TREE_LOOK_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "cli/image_tree.h"
#include "cli/piece_judge.h"
#include "oci/image_reference.h"
#include "registry/credential.h"
#include "registry/registry.h"

namespace countersign::cli {

// Finds the image with the first of the credentials, and then without any, that the registry lets
// in, and reads all that hangs on it (cli/tree_reader.h) with the same; eight things at a time, with
// what `bytes` gives, for one account kMaxTreeBytesHeld. Transfers that nobody waits for any more may
// hold some of it still: it must outlive the client that the registry asks with.
//
// Errors are those of the registry about the image (registry/registry.h), with the first of the
// credentials where none will do.
absl::StatusOr<ImageTree> LookAtImage(registry::Registry* registry,
                                      const oci::ImageReference& image,
                                      std::vector<registry::Credential> credentials,
                                      PieceJudge& judge, base::ByteBudget* bytes,
                                      absl::Time deadline);

// Of what the registry sends, with what is made of it.
inline constexpr size_t kMaxTreeBytesHeld = 256 << 20;

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_TREE_LOOK_H_
