#include "oci/manifest.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/json_extract.h"
#include "base/status_macros.h"

namespace countersign::oci {
namespace {

using base::Json;

constexpr int64_t kSchemaVersion = 2;
// A thousand signatures with all of cosign's annotations have a third of this.
constexpr base::JsonLimits kLimits = {
    .max_bytes = kMaxManifestBytes, .max_depth = 16, .max_values = 1 << 16};

const base::JsonParts& Wanted() {
  static const base::JsonParts* const kWanted = [] {
    auto* parts = new base::JsonParts;
    parts->At("/schemaVersion");
    parts->At("/manifests");
    base::JsonParts& layer = parts->At("/layers").Elements();
    for (const char* member : {"/mediaType", "/digest", "/size"}) layer.At(member);
    layer.At("/annotations").all = true;
    return parts;
  }();
  return *kWanted;
}

absl::StatusOr<std::map<std::string, std::string>> ReadAnnotations(const Json& descriptor,
                                                                   std::string_view path) {
  std::map<std::string, std::string> annotations;
  CS_ASSIGN_OR_RETURN(const Json* object, base::ObjectMember(descriptor, "annotations", path));
  if (object == nullptr) return annotations;
  for (const auto& [name, value] : *object->get_ptr<const Json::object_t*>()) {
    const absl::StatusOr<std::string> text = base::StringMember(*object, name, "");
    if (!text.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(base::JsonPointer(path, "annotations"), ": one of them is no string"));
    }
    annotations[name] = *text;
  }
  return annotations;
}

absl::StatusOr<Descriptor> ReadDescriptor(const Json& value, std::string_view path) {
  if (!value.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": must be an object"));
  }
  CS_ASSIGN_OR_RETURN(std::string media_type, base::StringMember(value, "mediaType", path));
  CS_ASSIGN_OR_RETURN(const std::string digest_text, base::StringMember(value, "digest", path));
  absl::StatusOr<Digest> digest = Digest::Parse(digest_text);
  if (!digest.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(base::JsonPointer(path, "digest"),
                     ": must be \"sha256:\" and 64 lower-case hexadecimal digits"));
  }
  CS_ASSIGN_OR_RETURN(const int64_t size, base::IntegerMember(value, "size", path));
  if (size < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(base::JsonPointer(path, "size"), ": is negative"));
  }
  CS_ASSIGN_OR_RETURN(auto annotations, ReadAnnotations(value, path));
  return Descriptor{std::move(media_type), *std::move(digest), size, std::move(annotations)};
}

// That `manifest` is of the one kind that is read here.
absl::Status CheckKind(const Json& manifest) {
  if (!manifest.is_object()) return absl::InvalidArgumentError("it is no JSON object");
  if (manifest.contains("manifests")) {
    return absl::InvalidArgumentError("it is an index of manifests, not the manifest of an image");
  }
  const absl::StatusOr<int64_t> version = base::IntegerMember(manifest, "schemaVersion", "");
  if (!version.ok() || *version != kSchemaVersion) {
    return absl::InvalidArgumentError("/schemaVersion: must be 2");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ImageManifest> ParseImageManifest(std::string_view bytes) {
  CS_ASSIGN_OR_RETURN(const base::ExtractedJson extracted,
                      base::ExtractJson(bytes, Wanted(), kLimits));
  if (!extracted.is_complete) {
    return absl::InvalidArgumentError(
        absl::StrCat("/layers: has more than ", kLimits.max_values, " values"));
  }
  const Json& manifest = extracted.value;
  CS_RETURN_IF_ERROR(CheckKind(manifest));
  CS_ASSIGN_OR_RETURN(const Json* layers, base::ArrayMember(manifest, "layers", ""));
  if (layers == nullptr) return absl::InvalidArgumentError("/layers: must be an array, is absent");

  ImageManifest result;
  result.layers.reserve(layers->size());
  for (const Json& layer : *layers) {
    result.layers.push_back(
        ReadDescriptor(layer, base::JsonPointer("/layers", result.layers.size())));
  }
  return result;
}

}  // namespace countersign::oci
