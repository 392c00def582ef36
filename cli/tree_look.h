#ifndef COUNTERSIGN_CLI_TREE_LOOK_H_
#define COUNTERSIGN_CLI_TREE_LOOK_H_

#include <cstddef>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "cli/image_tree.h"
#include "cli/piece_judge.h"
#include "oci/image_reference.h"
#include "policy/evidence_source.h"
#include "registry/credential.h"
#include "registry/registry.h"

namespace countersign::cli {

// What is looked at, and as whom.
struct TreeSearch {
  const oci::ImageReference& image;
  // Those for a repository, in the order in which they are tried; asked when it is looked at. Null:
  // there are none.
  std::function<std::vector<registry::Credential>(const oci::Repository&)> credentials = nullptr;
  // Where more is kept than beside the image; null: nowhere.
  policy::EvidenceSourcePtr source = nullptr;
};

// Finds the image with the first of the credentials for its repository, and then without any, that
// the registry lets in, and reads all that hangs on it (cli/tree_reader.h) with the same; eight
// things at a time, with what `bytes` gives, for one account kMaxTreeBytesHeld. Transfers that nobody
// waits for any more may hold some of it still: it must outlive the client that the registry asks
// with.
//
// Then it reads the source, if that is another than the image's own place: in another repository
// with the first credential for that one, and then without any, that is shown anything. One there
// that does not exist has nothing; so has one that has told somebody so, whoever else was refused
// (decision 10).
//
// Errors are those of the registry about the image (registry/registry.h), with the first of the
// credentials where none will do.
absl::StatusOr<ImageTree> LookAtImage(registry::Registry* registry, const TreeSearch& search,
                                      PieceJudge& judge, base::ByteBudget* bytes,
                                      absl::Time deadline);

// Of what the registry sends, with what is made of it.
inline constexpr size_t kMaxTreeBytesHeld = 256 << 20;

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_TREE_LOOK_H_
