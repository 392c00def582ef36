#ifndef COUNTERSIGN_POLICY_SIGSTORE_GLOB_CONTAINMENT_H_
#define COUNTERSIGN_POLICY_SIGSTORE_GLOB_CONTAINMENT_H_

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/glob_index.h"
#include "policy/image_glob.h"

namespace countersign::policy {

// Finds, of many globs, one that contains another, at the cost of those that may: every name that the
// other covers (ImageGlob::Covers) is certainly one that it covers. Conservative: they are equal; or the
// other has no star; or it is a beginning and `**`, and the other begins so too.
//
// Copyable, immutable, thread-safe.
class GlobContainment {
 public:
  explicit GlobContainment(const std::vector<ImageGlob>& globs);

  // The index of one that contains it; nullopt: there is none.
  std::optional<size_t> Find(const ImageGlob& glob) const;
  // Likewise for the one with that index, by another: of those that are equal, by the first.
  std::optional<size_t> FindOther(size_t index) const;

 private:
  std::optional<size_t> FindButEqual(const ImageGlob& glob) const;

  std::vector<ImageGlob> globs_;
  std::map<std::string, size_t, std::less<>> first_of_;  // by text
  std::map<std::string, size_t, std::less<>> prefixes_;  // of those that are a beginning and `**`
  GlobIndex with_stars_;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_GLOB_CONTAINMENT_H_
