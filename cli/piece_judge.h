#ifndef COUNTERSIGN_CLI_PIECE_JUDGE_H_
#define COUNTERSIGN_CLI_PIECE_JUDGE_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "cli/image_tree.h"
#include "cosign/claim.h"
#include "cosign/item.h"
#include "cosign/signer.h"
#include "cosign/trusted_root.h"
#include "oci/digest.h"

namespace countersign::cli {

// Says of what hangs on an image whether it holds: by somebody who is asked for, or where nobody
// is, by whom it names itself, as far as that is a certificate's identity: of a key nothing shows
// whose it is. Thread-safe.
class PieceJudge {
 public:
  struct Options {
    // Of whom one must have signed; empty: each piece is judged by whom it names.
    std::vector<cosign::SignerPtr> signers;
    // Then, by whom and with what witnesses that is judged. Not null.
    std::shared_ptr<const cosign::TrustedRoot> root;
    cosign::Witnesses witnesses;
    // Of public-key work for all pieces together, in units of one ECDSA P-256 verification; some
    // ten seconds.
    size_t units = 100'000;
  };

  explicit PieceJudge(Options options);

  // Fills in standing, reason, times and log indexes of a piece that `item` was read for and that
  // DescribeItem (cli/tree_piece.h) has described. What is beyond the units is kNotChecked.
  void Judge(const cosign::Item& item, const oci::Digest& image, TreePiece& piece);

 private:
  // Whoever is asked whether the item is his. In words for people, InvalidArgument if it is
  // nobody's, FailedPrecondition if it does not say whose.
  absl::StatusOr<std::vector<cosign::SignerPtr>> SignersFor(const cosign::Item& item) const;
  bool TakeUnits(size_t units);

  const Options options_;
  absl::Mutex mutex_;
  size_t units_left_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_PIECE_JUDGE_H_
