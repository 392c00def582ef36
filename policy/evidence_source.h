#ifndef COUNTERSIGN_POLICY_EVIDENCE_SOURCE_H_
#define COUNTERSIGN_POLICY_EVIDENCE_SOURCE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "oci/image_reference.h"

namespace countersign::policy {

// Where somebody's evidence about images is kept, and nowhere else.
struct EvidenceSource {
  // nullopt: each image's own, or that of its path on `registry`.
  std::optional<oci::Repository> repository;
  // As repositories write it (oci::ParseRegistryName); for each image its repository is the one that has
  // there the path of the image's. nullopt: none is named; never beside `repository`.
  std::optional<std::string> registry;
  // What comes before `sha256-` in the tags of signatures and attestations; what refers to an image has
  // none. Valid (CheckTagPrefix).
  std::string tag_prefix;

  friend bool operator==(const EvidenceSource&, const EvidenceSource&) = default;
};

// Null: beside the image, as clients keep it if nobody says otherwise.
using EvidenceSourcePtr = std::shared_ptr<const EvidenceSource>;

// Whether they say the same.
bool IsSameSource(const EvidenceSourcePtr& a, const EvidenceSourcePtr& b);

// The same for images in one repository: null, and without a repository, where that is meant anyhow; and
// where a registry is named, with the repository on it. Of the result no registry is ever named.
EvidenceSourcePtr SourceFor(const EvidenceSourcePtr& source, const oci::Repository& image);

// So that the longest tag has the 128 bytes that a tag may have.
inline constexpr size_t kMaxTagPrefixBytes = 53;

// That tags may begin so. InvalidArgument says why not; nothing is a prefix, too.
absl::Status CheckTagPrefix(std::string_view prefix);

// In how many different sources evidence about one image is looked for at the most: each is several
// requests, in a repository that may be a stranger's, with every credential that there is for it.
inline constexpr size_t kMaxEvidenceSources = 8;

// Those of a list that say the same.
struct SourceGroup {
  EvidenceSourcePtr source;
  std::vector<size_t> members;  // their indexes in the list, in order
};

// The first kMaxEvidenceSources groups, in the order of their first members.
struct SourceGroups {
  std::vector<SourceGroup> groups;
  bool are_more = false;  // some of the list are in no group
};
SourceGroups GroupSources(absl::Span<const EvidenceSourcePtr> sources);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_EVIDENCE_SOURCE_H_
