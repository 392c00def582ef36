#include "oci/descriptor.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
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

base::JsonParts PartsOf(const DescriptorList& kind) {
  base::JsonParts parts;
  parts.At("/schemaVersion");
  parts.At(absl::StrCat("/", kind.other_member));
  base::JsonParts& list = parts.At(absl::StrCat("/", kind.member));
  list.max_elements = kind.most;
  base::JsonParts& descriptor = list.Elements();
  for (const char* member : {"/mediaType", "/digest", "/size"}) descriptor.At(member);
  if (kind.with_annotations) descriptor.At("/annotations").all = true;
  if (kind.with_artifact_type) descriptor.At("/artifactType");
  if (kind.with_data) descriptor.At("/data");
  return parts;
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

// The embedded content; "" if it is not what the descriptor is of. That is no error of the
// descriptor: the content can still be fetched.
std::string ReadData(const JsonPlace& descriptor, const Digest& digest, int64_t size) {
  const base::Json* const given = base::FindMember(descriptor.json(), "data");
  if (given == nullptr || !given->is_string()) return "";
  const auto& text = given->get_ref<const std::string&>();
  std::string data;
  // Nothing is longer than its base64.
  const bool is_it = size <= static_cast<int64_t>(text.size()) &&
                     absl::Base64Unescape(text, &data) &&
                     static_cast<int64_t>(data.size()) == size && Digest::Of(data) == digest;
  if (!is_it) data.clear();
  return data;
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
  // A hint, on which nothing depends.
  std::string artifact_type = base::FindString(value.json(), "artifactType");
  std::string data = ReadData(value, *digest, size);
  return Descriptor{std::move(media_type),  *std::move(digest),       size,
                    std::move(annotations), std::move(artifact_type), std::move(data)};
}

absl::Status CheckKind(const JsonPlace& document, const DescriptorList& kind) {
  if (!document.json().is_object()) return document.Error("it is no JSON object");
  if (document.json().contains(kind.other_member)) return document.Error(kind.other_kind);
  const absl::StatusOr<int64_t> version = document.OptionalInteger("schemaVersion");
  if (!version.ok() || *version != kSchemaVersion) {
    return document.MemberError("schemaVersion", "must be 2");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<absl::StatusOr<Descriptor>>> ReadDescriptors(
    std::string_view bytes, const DescriptorList& kind) {
  CS_ASSIGN_OR_RETURN(const base::ExtractedJson extracted,
                      base::ExtractJson(bytes, PartsOf(kind), kLimits));
  if (!extracted.is_complete) {
    return absl::InvalidArgumentError(
        absl::StrCat("/", kind.member, ": has more than ", kLimits.max_values, " values"));
  }
  const JsonPlace document(extracted.value);
  CS_RETURN_IF_ERROR(CheckKind(document, kind));
  CS_ASSIGN_OR_RETURN(const auto given, document.Optional(kind.member));
  std::vector<absl::StatusOr<Descriptor>> descriptors;
  if (!given && kind.may_be_absent) return descriptors;
  if (!given) return document.MemberError(kind.member, "must be an array, is absent");
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> elements, given->Elements());
  descriptors.reserve(elements.size());
  for (const JsonPlace& element : elements) descriptors.push_back(ReadDescriptor(element));
  return descriptors;
}

}  // namespace countersign::oci
