#include "shim/patch.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/json_pointer.h"

namespace countersign::shim {
namespace {

constexpr std::string_view kMetadataPointer = "/metadata";
constexpr std::string_view kAnnotationsPointer = "/metadata/annotations";

base::Json AddOperation(std::string_view pointer, base::Json value) {
  return {{"op", "add"}, {"path", pointer}, {"value", std::move(value)}};
}

std::map<std::string, std::string> WantedAnnotations(const std::optional<MarkText>& marks) {
  std::map<std::string, std::string> wanted;
  if (!marks.has_value()) return wanted;
  wanted.emplace(kStatusAnnotation, marks->status);
  if (!marks->images.empty()) wanted.emplace(kImagesAnnotation, marks->images);
  return wanted;
}

}  // namespace

base::Json PatchTexts(const std::vector<ChangedText>& changes) {
  if (changes.empty()) return base::Json();
  base::Json patch = base::Json::array();
  for (const ChangedText& change : changes) {
    patch.push_back({{"op", "replace"}, {"path", change.pointer}, {"value", change.text}});
  }
  return patch;
}

base::Json PatchAnnotations(const base::Json& object, const std::optional<MarkText>& marks) {
  std::map<std::string, std::string> wanted = WantedAnnotations(marks);
  const base::Json* metadata = base::FindMember(object, "metadata");
  const base::Json* annotations =
      metadata == nullptr ? nullptr : base::FindMember(*metadata, "annotations");
  base::Json patch = base::Json::array();
  if (annotations == nullptr || !annotations->is_object()) {
    if (wanted.empty()) return base::Json();
    // "add" needs a parent that exists (RFC 6902 section 4.1), and replaces a null.
    if (metadata == nullptr) {
      patch.push_back(
          AddOperation(kMetadataPointer, base::Json::object({{"annotations", wanted}})));
    } else {
      patch.push_back(AddOperation(kAnnotationsPointer, wanted));
    }
    return patch;
  }
  for (const auto& [key, value] : annotations->items()) {
    if (!key.starts_with(kAnnotationPrefix)) continue;
    const auto found = wanted.find(key);
    if (found == wanted.end()) {
      patch.push_back({{"op", "remove"}, {"path", base::JsonPointer(kAnnotationsPointer, key)}});
    } else if (value == found->second) {
      wanted.erase(found);
    }
  }
  // "add" replaces a member that is there.
  for (const auto& [key, value] : wanted) {
    patch.push_back(AddOperation(base::JsonPointer(kAnnotationsPointer, key), value));
  }
  return patch.empty() ? base::Json() : patch;
}

}  // namespace countersign::shim
