#include "kube/admission/admission_review.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/json_place.h"
#include "base/json_quick.h"
#include "base/json_writer.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/admission/plural.h"
#include "kube/metadata.h"
#include "kube/plain_text.h"

namespace countersign::kube {
namespace {

using base::Json;
using base::JsonPlace;
using base::JsonWriter;
using Cause = AdmissionResponse::Cause;

constexpr size_t kMaxCauses = 128;

constexpr std::string_view kApiVersions[] = {"admission.k8s.io/v1", "admission.k8s.io/v1beta1"};
// The API server's are 36 characters long.
constexpr size_t kMaxUidBytes = 128;
constexpr size_t kMaxQuotedBytes = 64;

// A string that must be one of some, as it is said to whoever wrote another one.
std::string InQuotes(std::string_view text) {
  return absl::StrCat("\"", base::Printable(text, kMaxQuotedBytes), "\"");
}

absl::Status CheckHeader(const JsonPlace& review) {
  if (!review.json().is_object()) return review.Error("is not a JSON object");
  CS_ASSIGN_OR_RETURN(const std::string kind, review.OptionalString("kind"));
  if (kind != "AdmissionReview") {
    return review.MemberError("kind",
                              absl::StrCat("must be \"AdmissionReview\", is ", InQuotes(kind)));
  }
  CS_ASSIGN_OR_RETURN(const std::string version, review.OptionalString("apiVersion"));
  if (std::find(std::begin(kApiVersions), std::end(kApiVersions), version) ==
      std::end(kApiVersions)) {
    return review.MemberError(
        "apiVersion",
        absl::StrCat("must be ", absl::StrJoin(kApiVersions, " or "), ", is ", InQuotes(version)));
  }
  return absl::OkStatus();
}

absl::StatusOr<GroupVersionKind> ReadKind(const JsonPlace& request) {
  CS_ASSIGN_OR_RETURN(const JsonPlace kind, request.RequiredObject("kind"));
  GroupVersionKind read;
  CS_ASSIGN_OR_RETURN(read.group, kind.OptionalString("group"));
  CS_ASSIGN_OR_RETURN(read.version, kind.RequiredString("version"));
  CS_ASSIGN_OR_RETURN(read.kind, kind.RequiredString("kind"));
  return read;
}

absl::StatusOr<GroupVersionResource> ReadResource(const JsonPlace& request,
                                                  const GroupVersionKind& kind) {
  GroupVersionResource read;
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> stated, request.OptionalObject("resource"));
  if (stated.has_value()) {
    CS_ASSIGN_OR_RETURN(read.group, stated->OptionalString("group"));
    CS_ASSIGN_OR_RETURN(read.version, stated->OptionalString("version"));
    CS_ASSIGN_OR_RETURN(read.resource, stated->OptionalString("resource"));
  }
  if (read.resource.empty()) read = {kind.group, kind.version, GuessPlural(kind.kind)};
  return read;
}

// Moves the object `name` out of `json`, which is what `request` is the place of.
absl::StatusOr<Json> TakeObject(const JsonPlace& request, const std::string& name, Json& json) {
  CS_ASSIGN_OR_RETURN(const auto object, request.OptionalObject(name));
  return object ? std::move(json[name]) : Json();
}

absl::StatusOr<AdmissionRequest> ReadReview(Json review) {
  const JsonPlace place(review);
  CS_RETURN_IF_ERROR(CheckHeader(place));
  CS_ASSIGN_OR_RETURN(const JsonPlace request, place.RequiredObject("request"));
  Json& json = review["request"];

  AdmissionRequest read;
  CS_ASSIGN_OR_RETURN(read.api_version, place.OptionalString("apiVersion"));
  CS_ASSIGN_OR_RETURN(read.uid, request.RequiredString("uid"));
  if (read.uid.size() > kMaxUidBytes) {
    return request.MemberError("uid", absl::StrCat("is longer than ", kMaxUidBytes, " bytes"));
  }
  CS_ASSIGN_OR_RETURN(read.kind, ReadKind(request));
  CS_ASSIGN_OR_RETURN(read.resource, ReadResource(request, read.kind));
  CS_ASSIGN_OR_RETURN(read.sub_resource, request.OptionalString("subResource"));
  CS_ASSIGN_OR_RETURN(read.name, request.OptionalString("name"));
  CS_ASSIGN_OR_RETURN(read.request_namespace, request.OptionalString("namespace"));
  CS_ASSIGN_OR_RETURN(read.operation, request.RequiredString("operation"));
  CS_ASSIGN_OR_RETURN(read.dry_run, request.OptionalBool("dryRun"));
  CS_ASSIGN_OR_RETURN(read.object, TakeObject(request, "object", json));
  CS_ASSIGN_OR_RETURN(read.old_object, TakeObject(request, "oldObject", json));
  if (read.object.is_null() && read.operation != "DELETE" && read.operation != "CONNECT") {
    return request.MemberError("object",
                               absl::StrCat("must be given, the operation is ", read.operation));
  }
  return read;
}

base::JsonParts ReviewParts(const base::JsonParts& object) {
  base::JsonParts parts;
  for (const char* pointer :
       {"/kind", "/apiVersion", "/request/uid", "/request/kind/group", "/request/kind/version",
        "/request/kind/kind", "/request/resource/group", "/request/resource/version",
        "/request/resource/resource", "/request/subResource", "/request/name", "/request/namespace",
        "/request/operation", "/request/dryRun"}) {
    parts.At(pointer);
  }
  parts.At("/request/object") = object;
  parts.At("/request/oldObject") = object;
  return parts;
}

std::string WriteMessage(std::string_view message) {
  std::vector<std::string> lines;
  size_t bytes = 0;
  for (const std::string_view line : absl::StrSplit(message, '\n')) {
    // A character has at most four bytes.
    const size_t left = (kMaxMessageBytes - bytes) / 4;
    if (left == 0) break;
    lines.push_back(PlainLine(line, left));
    bytes = std::min(kMaxMessageBytes, bytes + lines.back().size() + 1);
  }
  return absl::StrJoin(lines, "\n");
}

// The API server drops a warning that has control characters or is not UTF-8 (NewWarningHeader in
// k8s.io/apimachinery's pkg/util/net), and once all warnings of a request, other webhooks'
// included, exceed 4096 characters it cuts each to 256 and leaves out the rest (k8s.io/apiserver,
// pkg/endpoints/filters/warning.go). Cut here, a warning shows that it was.
std::vector<std::string> CutWarnings(const std::vector<std::string>& warnings) {
  std::vector<std::string> cut;
  size_t left = kMaxAllWarningsCharacters;
  for (const std::string& warning : warnings) {
    std::string line = PlainLine(warning, kMaxWarningCharacters);
    if (line.empty() || std::find(cut.begin(), cut.end(), line) != cut.end()) continue;
    // Bytes are no fewer than characters.
    if (line.size() > left) line = PlainLine(line, left);
    left -= std::min(left, line.size());
    if (!line.empty()) cut.push_back(std::move(line));
    if (left == 0) break;
  }
  return cut;
}

// The names of each object are written in their order.

void WriteCauses(const std::vector<Cause>& causes, JsonWriter& json) {
  json.BeginArray();
  size_t left = kMaxMessageBytes;
  size_t written = 0;
  for (const Cause& cause : causes) {
    // A character has at most four bytes.
    if (written++ == kMaxCauses || left < 4) break;
    json.BeginObject();
    if (!cause.field.empty()) json.Name("field").String(PlainLine(cause.field, left / 4));
    json.Name("message").String(PlainLine(cause.message, left / 4));
    json.Name("reason").String("FieldValueInvalid").EndObject();
    left -= std::min(left, cause.message.size() + cause.field.size());
  }
  json.EndArray();
}

// The details of a metav1.Status, as the API server itself writes them about an invalid object.
void WriteDetails(const AdmissionRequest& request, const std::vector<Cause>& causes,
                  JsonWriter& json) {
  json.BeginObject().Name("causes");
  WriteCauses(causes, json);
  json.Name("group").String(request.kind.group).Name("kind").String(request.kind.kind);
  json.Name("name").String(request.name).EndObject();
}

// The metav1.Status of a denial. The reason is what the API server itself calls the code; kubectl
// prints it.
void WriteStatus(const AdmissionRequest& request, const AdmissionResponse& response,
                 JsonWriter& json) {
  json.BeginObject().Name("code").Integer(response.code);
  if (response.code == 422) {
    json.Name("details");
    WriteDetails(request, response.causes, json);
  }
  json.Name("message").String(WriteMessage(response.message));
  if (response.code == 400) json.Name("reason").String("BadRequest");
  if (response.code == 403) json.Name("reason").String("Forbidden");
  if (response.code == 422) json.Name("reason").String("Invalid");
  json.EndObject();
}

void WriteAuditAnnotations(const AdmissionResponse& response, JsonWriter& json) {
  if (response.audit_annotations.empty()) return;
  std::map<std::string_view, std::string_view> annotations;
  for (const auto& [key, value] : response.audit_annotations) annotations[key] = value;
  json.Name("auditAnnotations").BeginObject();
  for (const auto& [key, value] : annotations) json.Name(key).String(value);
  json.EndObject();
}

void WriteWarnings(const std::vector<std::string>& warnings, JsonWriter& json) {
  const std::vector<std::string> cut = CutWarnings(warnings);
  if (cut.empty()) return;
  json.Name("warnings").BeginArray();
  for (const std::string& warning : cut) json.String(warning);
  json.EndArray();
}

}  // namespace

std::string GroupVersionKind::ToString() const {
  return group.empty() ? absl::StrCat(version, " ", kind)
                       : absl::StrCat(group, "/", version, " ", kind);
}

AdmissionReviewReader::AdmissionReviewReader(const base::JsonParts& of_objects)
    : parts_(ReviewParts(of_objects)) {}

absl::StatusOr<AdmissionRequest> AdmissionReviewReader::Read(std::string_view bytes) const {
  absl::StatusOr<base::ExtractedJson> review = base::ExtractJsonQuickly(
      bytes, parts_,
      {.max_bytes = kMaxReviewBytes, .max_depth = kMaxReviewDepth, .max_values = kMaxReviewValues});
  if (!review.ok()) return base::Annotate("no usable AdmissionReview", review.status());
  absl::StatusOr<AdmissionRequest> request = ReadReview(std::move(review->value));
  if (!request.ok()) return base::Annotate("no usable AdmissionReview", request.status());
  request->is_complete = review->is_complete;
  request->memory_bytes = review->memory_bytes;
  return request;
}

absl::StatusOr<AdmissionRequest> ParseAdmissionReview(std::string_view bytes,
                                                      const base::JsonParts& parts) {
  return AdmissionReviewReader(parts).Read(bytes);
}

absl::StatusOr<AdmissionRequest> ParseAdmissionReview(std::string_view bytes) {
  return ParseAdmissionReview(bytes, {.all = true});
}

std::string Describe(const AdmissionRequest& request) {
  std::string name = request.name;
  if (name.empty()) name = NameOf(request.object);
  if (name.empty() && base::FindMember(request.object, "metadata") != nullptr) {
    name = absl::StrCat(GenerateNameOf(request.object), "*");
  }
  return absl::StrCat(request.request_namespace, "/", name, " (", request.kind.kind, ")");
}

void KeepMetadata(AdmissionRequest& request) {
  for (Json* const object : {&request.object, &request.old_object}) {
    auto* const members = object->get_ptr<Json::object_t*>();
    if (members == nullptr) continue;
    std::erase_if(*members, [](const auto& member) { return member.first != "metadata"; });
  }
}

std::string WriteAdmissionReview(const AdmissionRequest& request,
                                 const AdmissionResponse& response) {
  JsonWriter json;
  json.BeginObject().Name("apiVersion").String(request.api_version);
  json.Name("kind").String("AdmissionReview").Name("response").BeginObject();
  json.Name("allowed").Bool(response.allowed);
  WriteAuditAnnotations(response, json);
  if (!response.allowed) {
    json.Name("status");
    WriteStatus(request, response, json);
  } else if (!response.patch.empty()) {
    json.Name("patch").String(absl::Base64Escape(response.patch));
    json.Name("patchType").String("JSONPatch");
  }
  json.Name("uid").String(request.uid);
  WriteWarnings(response.warnings, json);
  return json.EndObject().EndObject().Take();
}

}  // namespace countersign::kube
