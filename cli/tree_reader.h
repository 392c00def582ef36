#ifndef COUNTERSIGN_CLI_TREE_READER_H_
#define COUNTERSIGN_CLI_TREE_READER_H_

#include <vector>

#include "absl/status/status.h"
#include "cli/image_tree.h"
#include "cli/piece_judge.h"
#include "verifier/evidence/image_source.h"

namespace countersign::cli {

// What hangs on an image in one source.
struct TreePart {
  std::vector<TreeBranch> branches;  // without those where nothing is
  bool is_complete = true;           // as of ImageTree
  // How the credential was refused, by the first place that did; OK: by none.
  absl::Status refusal;

  bool HasManifests() const;
};

// Whether what refers to the image is read, too.
enum class ReferrersAre { kLeftOut, kRead };

// Reads all that hangs on an image in a repository, and has it judged: what is under the tags
// that cosign keeps beside it, after the source's prefix, and what refers to it
// (verifier/evidence/referrer_list.h), whosever it is. What is broken or cannot be read is said
// where it is, and hides nothing else. Manifests and blobs have the digests, and the sizes, that
// name them.
//
// Bounded: verifier::kMaxReferrers manifests that refer to it, of kMaxReferrerBytes together; of
// evidence kMaxReferrerBytes and cosign::kMaxSignatures layers in each place. What is beyond is said.
TreePart ReadTreePart(const verifier::ImageSource& source, ReferrersAre referrers,
                      PieceJudge& judge);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_TREE_READER_H_
