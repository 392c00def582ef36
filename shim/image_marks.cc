#include "shim/image_marks.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "base/json_writer.h"
#include "kube/metadata.h"

namespace countersign::shim {
namespace {

constexpr size_t kMaxImagesBytes = 64 << 10;

std::string_view NameOf(ImageStatus status) {
  switch (status) {
    case ImageStatus::kVerified:
      return "verified";
    case ImageStatus::kAllowedByPolicy:
      return "allowed-by-policy";
    case ImageStatus::kAllowedUnmatched:
      return "allowed-unmatched";
    case ImageStatus::kNotEnforced:
      return "not-enforced";
    case ImageStatus::kNotCheckedAgain:
      return "not-checked-again";
    case ImageStatus::kUnchecked:
      break;
  }
  return "unchecked";
}

ImageStatus StatusNamed(std::string_view name) {
  for (const ImageStatus status : {ImageStatus::kVerified, ImageStatus::kAllowedByPolicy,
                                   ImageStatus::kAllowedUnmatched, ImageStatus::kNotEnforced}) {
    if (name == NameOf(status)) return status;
  }
  return ImageStatus::kUnchecked;
}

// With the names in their order.
void WriteMark(const ImageMark& mark, base::JsonWriter& json) {
  json.BeginObject();
  if (!mark.digest.empty()) json.Name("digest").String(mark.digest);
  if (!mark.keys.empty()) {
    json.Name("keys").BeginArray();
    for (const std::string& key : mark.keys) json.String(key);
    json.EndArray();
  }
  json.Name("status").String(NameOf(mark.status)).EndObject();
}

ImageMark ReadMark(const base::Json& json) {
  ImageMark mark;
  mark.status = StatusNamed(base::FindString(json, "status"));
  mark.digest = base::FindString(json, "digest");
  const base::Json* const keys = base::FindMember(json, "keys");
  if (keys == nullptr || !keys->is_array()) return mark;
  for (const base::Json& key : *keys) {
    if (key.is_string()) mark.keys.push_back(key.get<std::string>());
  }
  return mark;
}

}  // namespace

void AddMark(std::string_view reference, ImageMark mark, ImageMarks& marks) {
  const auto [entry, is_new] = marks.try_emplace(std::string(reference), mark);
  if (!is_new && mark.status < entry->second.status) entry->second = std::move(mark);
}

ImageMark MarkOf(const v1::Verdict& verdict) {
  ImageMark mark;
  switch (verdict.reason()) {
    case v1::REASON_VERIFIED:
      mark.status = ImageStatus::kVerified;
      mark.digest = verdict.digest();
      mark.keys.assign(verdict.keys().begin(), verdict.keys().end());
      break;
    case v1::REASON_ALLOWED_BY_POLICY:
      mark.status = ImageStatus::kAllowedByPolicy;
      break;
    case v1::REASON_UNMATCHED_ALLOWED:
      mark.status = ImageStatus::kAllowedUnmatched;
      break;
    case v1::REASON_NO_POLICY:
    case v1::REASON_EXCLUDED_NAMESPACE:
      mark.status = ImageStatus::kNotEnforced;
      break;
    default:
      // A reason to allow that this program does not know promises nothing.
      break;
  }
  return mark;
}

std::optional<MarkText> WriteMarks(const ImageMarks& marks) {
  if (marks.empty()) return std::nullopt;
  ImageStatus weakest = ImageStatus::kVerified;
  base::JsonWriter images;
  images.BeginObject();
  for (const auto& [reference, mark] : marks) {
    weakest = std::min(weakest, mark.status);
    WriteMark(mark, images.Name(reference));
  }
  MarkText text = {.status = std::string(NameOf(weakest)), .images = images.EndObject().Take()};
  if (text.images.size() > kMaxImagesBytes) text.images.clear();
  return text;
}

ImageMarks ReadMarks(const base::Json& stored_object) {
  const base::Json* const annotations = kube::FindAnnotations(stored_object);
  if (annotations == nullptr) return {};
  const absl::StatusOr<base::Json> images =
      base::ParseJson(base::FindString(*annotations, kImagesAnnotation),
                      {.max_bytes = kMaxImagesBytes, .max_depth = 8});
  if (!images.ok() || !images->is_object()) return {};
  ImageMarks marks;
  for (const auto& [reference, mark] : images->items()) marks[reference] = ReadMark(mark);
  return marks;
}

}  // namespace countersign::shim
