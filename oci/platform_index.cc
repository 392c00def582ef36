#include "oci/platform_index.h"

#include <initializer_list>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/json.h"
#include "base/json_place.h"
#include "base/status_macros.h"
#include "oci/descriptor.h"

namespace countersign::oci {
namespace {

using base::JsonPlace;

constexpr base::JsonLimits kLimits = {
    .max_bytes = kMaxPlatformIndexBytes, .max_depth = 16, .max_values = 10000};
constexpr char kReferenceType[] = "vnd.docker.reference.type";

// As encoding/json of Go compares names: whatever their case, to which the Kelvin sign and the long s
// belong.
std::string Folded(std::string_view name) {
  return absl::AsciiStrToLower(
      absl::StrReplaceAll(name, {{"\xe2\x84\xaa", "k"}, {"\xc5\xbf", "s"}}));
}

// An error if one of these names is written otherwise in the object here.
absl::Status CheckSpelling(const JsonPlace& object, std::initializer_list<std::string_view> names) {
  for (const auto& [member, value] : object.json().items()) {
    const std::string folded = Folded(member);
    for (const std::string_view name : names) {
      if (folded == Folded(name) && member != name) {
        return object.MemberError(name, "is written in another case, too");
      }
    }
  }
  return absl::OkStatus();
}

bool IsIndexType(std::string_view media_type) {
  return media_type == kOciIndex || media_type == kDockerManifestList;
}

// As PlatformManifest has it.
absl::StatusOr<std::string> ReadPlatform(const JsonPlace& manifest) {
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> given, manifest.OptionalObject("platform"));
  if (!given.has_value()) return "";
  CS_RETURN_IF_ERROR(CheckSpelling(*given, {"os", "architecture", "variant"}));
  CS_ASSIGN_OR_RETURN(const std::string os, given->OptionalString("os"));
  CS_ASSIGN_OR_RETURN(const std::string architecture, given->OptionalString("architecture"));
  CS_ASSIGN_OR_RETURN(const std::string variant, given->OptionalString("variant"));
  if (os.empty() && architecture.empty()) return "";
  return absl::StrCat(os, "/", architecture, variant.empty() ? "" : "/", variant);
}

absl::StatusOr<PlatformManifest> ReadManifest(const JsonPlace& manifest) {
  if (!manifest.json().is_object()) return manifest.Error("must be an object");
  CS_RETURN_IF_ERROR(
      CheckSpelling(manifest, {"mediaType", "digest", "size", "platform", "annotations"}));
  CS_ASSIGN_OR_RETURN(const std::string digest_text, manifest.OptionalString("digest"));
  absl::StatusOr<Digest> digest = Digest::Parse(digest_text);
  if (!digest.ok()) {
    return manifest.MemberError("digest",
                                "must be \"sha256:\" and 64 lower-case hexadecimal digits");
  }
  PlatformManifest read = {.digest = *std::move(digest)};
  CS_ASSIGN_OR_RETURN(const std::string media_type, manifest.OptionalString("mediaType"));
  read.is_index = IsIndexType(media_type);
  CS_ASSIGN_OR_RETURN(read.platform, ReadPlatform(manifest));
  const base::Json* const annotations = base::FindMember(manifest.json(), "annotations");
  // It has no other slash: each half is what it says.
  read.may_run = read.platform != "unknown/unknown" || annotations == nullptr ||
                 base::FindString(*annotations, kReferenceType) != "attestation-manifest";
  return read;
}

}  // namespace

absl::StatusOr<PlatformIndex> ParsePlatformIndex(std::string_view bytes) {
  CS_ASSIGN_OR_RETURN(const base::Json json, base::ParseJson(bytes, kLimits));
  const JsonPlace document(json);
  if (!json.is_object()) return document.Error("it is no JSON object");
  CS_RETURN_IF_ERROR(CheckSpelling(
      document, {"schemaVersion", "mediaType", "manifests", "layers", "config", "fsLayers"}));
  CS_ASSIGN_OR_RETURN(const std::string media_type, document.OptionalString("mediaType"));
  PlatformIndex index = {.is_index = json.contains("manifests") || IsIndexType(media_type)};
  if (!index.is_index) return index;
  if (!media_type.empty() && !IsIndexType(media_type)) {
    return document.MemberError("mediaType", "is of no index, which it is");
  }
  for (const std::string_view other : {"layers", "config", "fsLayers"}) {
    if (json.contains(std::string(other))) {
      return document.MemberError(other, "makes the index an image's manifest, too");
    }
  }
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> manifests,
                      document.OptionalElements("manifests"));
  for (const JsonPlace& manifest : manifests) {
    CS_ASSIGN_OR_RETURN(PlatformManifest read, ReadManifest(manifest));
    index.manifests.push_back(std::move(read));
  }
  return index;
}

}  // namespace countersign::oci
