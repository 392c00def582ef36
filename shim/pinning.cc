#include "shim/pinning.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "kube/metadata.h"

namespace countersign::shim {

bool IsPinned(const kube::AdmissionRequest& review, std::string_view template_path,
              PinImages pin_images) {
  if (pin_images == PinImages::kOff) return false;
  const bool is_pod = template_path.empty();
  // An object may lie about its controller, which leaves it unpinned and its Pods as pinned as any.
  return is_pod || (pin_images == PinImages::kAll && !kube::HasController(review.object));
}

bool IsDigest(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  const auto is_hex = [](char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); };
  return text.starts_with(kPrefix) && text.size() == kPrefix.size() + 64 &&
         std::all_of(text.begin() + kPrefix.size(), text.end(), is_hex);
}

bool IsPinnedFormOf(std::string_view pinned, std::string_view text) {
  if (text.empty() || text.find('@') != std::string_view::npos) return false;
  if (!pinned.starts_with(text)) return false;
  std::string_view rest = pinned.substr(text.size());
  constexpr std::string_view kDefaultTag = ":latest";
  if (rest.starts_with(kDefaultTag)) rest.remove_prefix(kDefaultTag.size());
  return rest.starts_with('@') && IsDigest(rest.substr(1));
}

}  // namespace countersign::shim
