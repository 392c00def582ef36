#include "shim/patch.h"

#include <map>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/json_pointer.h"
#include "base/json_writer.h"

namespace countersign::shim {
namespace {

constexpr std::string_view kMetadataPointer = "/metadata";
constexpr std::string_view kAnnotationsPointer = "/metadata/annotations";

// `value` is JSON; empty for none.
std::string Operation(std::string_view op, std::string_view path, std::string_view value) {
  base::JsonWriter json;
  json.BeginObject().Name("op").String(op).Name("path").String(path);
  if (!value.empty()) json.Name("value").Raw(value);
  return json.EndObject().Take();
}

std::string JsonString(std::string_view text) {
  std::string json;
  base::AppendJsonString(text, json);
  return json;
}

std::string JsonObject(const std::map<std::string, std::string>& members) {
  base::JsonWriter json;
  json.BeginObject();
  for (const auto& [name, value] : members) json.Name(name).String(value);
  return json.EndObject().Take();
}

std::map<std::string, std::string> WantedAnnotations(const std::optional<MarkText>& marks) {
  std::map<std::string, std::string> wanted;
  if (!marks.has_value()) return wanted;
  wanted.emplace(kStatusAnnotation, marks->status);
  if (!marks->images.empty()) wanted.emplace(kImagesAnnotation, marks->images);
  return wanted;
}

}  // namespace

Patch PatchTexts(const std::vector<ChangedText>& changes) {
  Patch patch;
  for (const ChangedText& change : changes) {
    patch.push_back(Operation("replace", change.pointer, JsonString(change.text)));
  }
  return patch;
}

Patch PatchAnnotations(const base::Json& object, const std::optional<MarkText>& marks) {
  std::map<std::string, std::string> wanted = WantedAnnotations(marks);
  const base::Json* metadata = base::FindMember(object, "metadata");
  const base::Json* annotations =
      metadata == nullptr ? nullptr : base::FindMember(*metadata, "annotations");
  if (annotations == nullptr || !annotations->is_object()) {
    if (wanted.empty()) return {};
    const std::string value = JsonObject(wanted);
    // "add" needs a parent that exists (RFC 6902 section 4.1), and replaces a null.
    if (metadata != nullptr) return {Operation("add", kAnnotationsPointer, value)};
    base::JsonWriter made;
    made.BeginObject().Name("annotations").Raw(value).EndObject();
    return {Operation("add", kMetadataPointer, made.Take())};
  }
  Patch patch;
  for (const auto& [key, value] : annotations->items()) {
    if (!key.starts_with(kAnnotationPrefix)) continue;
    const auto found = wanted.find(key);
    if (found == wanted.end()) {
      patch.push_back(Operation("remove", base::JsonPointer(kAnnotationsPointer, key), ""));
    } else if (value == found->second) {
      wanted.erase(found);
    }
  }
  // "add" replaces a member that is there.
  for (const auto& [key, value] : wanted) {
    patch.push_back(
        Operation("add", base::JsonPointer(kAnnotationsPointer, key), JsonString(value)));
  }
  return patch;
}

std::string WritePatch(const Patch& patch) {
  return patch.empty() ? "" : absl::StrCat("[", absl::StrJoin(patch, ","), "]");
}

}  // namespace countersign::shim
