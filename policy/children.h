#ifndef COUNTERSIGN_POLICY_CHILDREN_H_
#define COUNTERSIGN_POLICY_CHILDREN_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "oci/digest.h"
#include "policy/verification.h"

namespace countersign::policy {

// Of the manifests that an index lists, with those of indexes in it, no more are looked at. Docker's
// official images have about ten.
inline constexpr size_t kMaxChildren = 64;
// Of so many that lack evidence it is told why.
inline constexpr size_t kMaxChildrenTold = 3;

// What came of checking the evidence about one of the manifests of an image's index, of which a node may
// run any. As small as can be.
struct Child {
  oci::Digest digest;
  // As the index has it, any bytes; "": it says none.
  std::string platform;
  // How many items were found.
  size_t items = 0;
  // What there is an item of, by the indexes among those asked, in order.
  std::vector<size_t> holds;
  // By which; of the index's first manifest alone.
  std::vector<VerifiedItem> verified;
  // Of the first that lack something, as in Verification.
  std::map<size_t, ToldApart> told_apart;
  // Why it is not known what else there is; OK: it is known.
  absl::Status undecided;
};

// What came of it for all that a node may run of an image (oci::PlatformManifest::may_run).
struct Children {
  // Its digest is an index's. If not, there are none, and the image is what runs.
  bool is_index = false;
  // How many there are. Of an index with none nothing runs, and nothing holds by them.
  size_t count = 0;
  // The first of them, as far as they were looked at: once something denies, it is not gone on.
  std::vector<Child> looked_at;
  // Why it is not known which there are; InvalidArgument: that will not change. Nothing holds by them,
  // then.
  absl::Status unknown;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_CHILDREN_H_
