#include "oci/index.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace countersign::oci {

absl::StatusOr<ImageIndex> ParseImageIndex(std::string_view bytes) {
  constexpr DescriptorList kKind = {
      .member = "manifests",
      .may_be_absent = true,
      .with_artifact_type = true,
      .with_data = true,
      .other_member = "layers",
      .other_kind = "it is the manifest of an image, not an index of manifests"};
  ImageIndex index;
  CS_ASSIGN_OR_RETURN(index.manifests, ReadDescriptors(bytes, kKind));
  return index;
}

std::string ReferrersTag(const Digest& subject) { return absl::StrCat("sha256-", subject.hex()); }

}  // namespace countersign::oci
