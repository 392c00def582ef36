#include "shim/patch.h"

#include <map>
#include <string>
#include <string_view>

#include "absl/strings/match.h"

namespace countersign::shim {
namespace {

constexpr std::string_view kAnnotationsPointer = "/metadata/annotations";

std::map<std::string, std::string> WantedAnnotations(const std::optional<MarkText>& marks) {
  std::map<std::string, std::string> wanted;
  if (!marks.has_value()) return wanted;
  wanted.emplace(kStatusAnnotation, marks->status);
  if (!marks->images.empty()) wanted.emplace(kImagesAnnotation, marks->images);
  return wanted;
}

}  // namespace

base::Json BuildPatch(const base::Json& object, const std::optional<MarkText>& marks) {
  std::map<std::string, std::string> wanted = WantedAnnotations(marks);
  const base::Json* metadata = base::FindMember(object, "metadata");
  const base::Json* annotations =
      metadata == nullptr ? nullptr : base::FindMember(*metadata, "annotations");
  base::Json patch = base::Json::array();
  if (annotations == nullptr || !annotations->is_object()) {
    if (!wanted.empty()) {
      patch.push_back({{"op", "add"}, {"path", kAnnotationsPointer}, {"value", wanted}});
    }
    return patch.empty() ? base::Json() : patch;
  }
  for (const auto& [key, value] : annotations->items()) {
    if (!absl::StartsWith(key, {kAnnotationPrefix.data(), kAnnotationPrefix.size()})) continue;
    const auto found = wanted.find(key);
    if (found == wanted.end()) {
      patch.push_back({{"op", "remove"}, {"path", base::JsonPointer(kAnnotationsPointer, key)}});
    } else if (value == found->second) {
      wanted.erase(found);
    }
  }
  // "add" replaces a member that is there (RFC 6902 section 4.1).
  for (const auto& [key, value] : wanted) {
    patch.push_back(
        {{"op", "add"}, {"path", base::JsonPointer(kAnnotationsPointer, key)}, {"value", value}});
  }
  return patch.empty() ? base::Json() : patch;
}

}  // namespace countersign::shim
