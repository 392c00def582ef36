#ifndef COUNTERSIGN_POLICY_GLOB_INDEX_H_
#define COUNTERSIGN_POLICY_GLOB_INDEX_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "policy/image_glob.h"
#include "policy/image_names.h"

namespace countersign::policy {

// What the globs of one number have to do with an image.
struct GlobMatch {
  size_t number = 0;
  // Some glob covers some name (ImageGlob::Covers).
  bool covers = false;
  // Every match was with a name that has a tag beside a digest, which nobody checked.
  bool only_by_tag_beside_digest = false;

  friend bool operator==(const GlobMatch&, const GlobMatch&) = default;
};

// Finds, of many globs, those that match one of an image's names, at the cost of those that may match:
// of the globs whose literal beginning, or end if that is longer, the name has. Only globs that begin
// and end with a star are tried on every name.
//
// Copyable. Filled by one thread, then thread-safe.
class GlobIndex {
 public:
  // `number` is the caller's, and not less than those added before: the globs of a policy share theirs.
  void Add(const ImageGlob& glob, size_t number);
  // Must be called once all are added, and before Find.
  void Finish();

  // Of every number that has a glob that matches one of the names; ascending, each once.
  std::vector<GlobMatch> Find(absl::Span<const ImageName> names) const;

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  struct Entry {
    ImageGlob glob;
    size_t number;
  };

  // Those entries that share a literal beginning (or end).
  struct Group {
    std::string affix;  // an end is written backwards
    size_t first = 0;   // in `order`
    size_t count = 0;
    size_t parent = kNone;  // the group with the longest affix that this one's begins with
  };

  // Groups by affixes, ascending, so that the groups whose affix a text begins with are one of them
  // and its ancestors.
  struct Affixes {
    std::vector<size_t> order;  // of entries, by affix
    std::vector<Group> groups;
  };

  static void FindParents(std::vector<Group>& groups);
  Affixes Grouped(std::vector<size_t> entries, bool backwards) const;
  void Try(size_t entry, const ImageName& name, std::vector<GlobMatch>& found) const;
  void TryAll(const Affixes& affixes, std::string_view text, const ImageName& name,
              std::vector<GlobMatch>& found) const;

  std::vector<Entry> entries_;
  Affixes by_prefix_;
  Affixes by_suffix_;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_GLOB_INDEX_H_
