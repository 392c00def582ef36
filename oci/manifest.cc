#include "oci/manifest.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json_extract.h"
#include "base/json_place.h"
#include "base/status_macros.h"

namespace countersign::oci {
namespace {

using base::JsonPlace;

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

absl::StatusOr<std::map<std::string, std::string>> ReadAnnotations(const JsonPlace& descriptor) {
  std::map<std::string, std::string> annotations;
  CS_ASSIGN_OR_RETURN(const auto object, descriptor.OptionalObject("annotations"));
  if (!object) return annotations;
  for (const auto& [name, value] : object->json().items()) {
    // Which one is not said: the names are texts of others.
    if (!value.is_string() && !value.is_null()) return object->Error("one of them is no string");
    annotations[name] = base::FindString(object->json(), name);
  }
  return annotations;
}

absl::StatusOr<Descriptor> ReadDescriptor(const JsonPlace& value) {
  CS_ASSIGN_OR_RETURN(std::string media_type, value.OptionalString("mediaType"));
  CS_ASSIGN_OR_RETURN(const std::string digest_text, value.OptionalString("digest"));
  absl::StatusOr<Digest> digest = Digest::Parse(digest_text);
  if (!digest.ok()) {
    return value.MemberError("digest", "must be \"sha256:\" and 64 lower-case hexadecimal digits");
  }
  CS_ASSIGN_OR_RETURN(const int64_t size, value.OptionalInteger("size"));
  if (size < 0) return value.MemberError("size", "is negative");
  CS_ASSIGN_OR_RETURN(auto annotations, ReadAnnotations(value));
  return Descriptor{std::move(media_type), *std::move(digest), size, std::move(annotations)};
}

// That `manifest` is of the one kind that is read here.
absl::Status CheckKind(const JsonPlace& manifest) {
  if (!manifest.json().is_object()) return manifest.Error("it is no JSON object");
  if (manifest.json().contains("manifests")) {
    return manifest.Error("it is an index of manifests, not the manifest of an image");
  }
  const absl::StatusOr<int64_t> version = manifest.OptionalInteger("schemaVersion");
  if (!version.ok() || *version != kSchemaVersion) {
    return manifest.MemberError("schemaVersion", "must be 2");
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
  const JsonPlace manifest(extracted.value);
  CS_RETURN_IF_ERROR(CheckKind(manifest));
  CS_ASSIGN_OR_RETURN(const auto given, manifest.Optional("layers"));
  if (!given) return manifest.MemberError("layers", "must be an array, is absent");
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> layers, given->Elements());

  ImageManifest result;
  result.layers.reserve(layers.size());
  for (const JsonPlace& layer : layers) result.layers.push_back(ReadDescriptor(layer));
  return result;
}

}  // namespace countersign::oci
