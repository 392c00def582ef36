#include "base/json_place.h"

#include <algorithm>
#include <limits>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"

namespace countersign::base {
namespace {

std::string_view NameOf(Json::value_t kind) {
  switch (kind) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::boolean:
      return "a boolean";
    default:
      return "a number";
  }
}

constexpr std::string_view kDecimalDigits = "0123456789";

// Whether `text` has a digit wherever `form` has a zero, and else the same characters.
bool HasForm(std::string_view text, std::string_view form) {
  return text.size() == form.size() &&
         std::equal(text.begin(), text.end(), form.begin(), [](char c, char wanted) {
           return wanted == '0' ? c >= '0' && c <= '9' : c == wanted;
         });
}

// Whether it is a date and time as Protocol Buffers write it, but for what each field may be.
bool LooksLikeProtoTimestamp(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  constexpr size_t kMaxFraction = 9;
  if (!HasForm(text.substr(0, kForm.size()), kForm)) return false;
  // A leap second, which has no moment of its own.
  if (text.substr(0, kForm.size()).ends_with("60")) return false;
  text.remove_prefix(kForm.size());
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const size_t digits = std::min(text.find_first_not_of(kDecimalDigits), text.size());
    if (digits == 0 || digits > kMaxFraction) return false;
    text.remove_prefix(digits);
  }
  return text == "Z" || HasForm(text, "+00:00") || HasForm(text, "-00:00");
}

// Names the payload of a status that holds the pointer (absl::Status::SetPayload).
constexpr char kPointerPayload[] = "countersign/json-pointer";

}  // namespace

absl::Status JsonPlace::Error(std::string_view reason) const {
  // Of the document itself there is nothing to name before a colon.
  absl::Status error = absl::InvalidArgumentError(
      pointer_.empty() ? std::string(reason) : absl::StrCat(pointer_, ": ", reason));
  error.SetPayload(kPointerPayload, absl::Cord(pointer_));
  return error;
}

absl::Status JsonPlace::CheckIs(Json::value_t kind) const {
  if (json_->type() == kind) return absl::OkStatus();
  return Error(absl::StrCat("must be ", NameOf(kind), ", is ", NameOf(json_->type())));
}

absl::Status JsonPlace::MemberError(std::string_view name, std::string_view reason) const {
  return At(name, *json_).Error(reason);
}

JsonPlace JsonPlace::At(std::string_view name, const Json& member) const {
  return JsonPlace(member, JsonPointer(pointer_, name));
}

absl::StatusOr<const Json*> JsonPlace::Find(std::string_view name) const {
  CS_RETURN_IF_ERROR(CheckIs(Json::value_t::object));
  return FindMember(*json_, name);
}

absl::StatusOr<std::optional<JsonPlace>> JsonPlace::Optional(std::string_view name) const {
  CS_ASSIGN_OR_RETURN(const Json* const member, Find(name));
  if (member == nullptr) return std::optional<JsonPlace>();
  return std::optional(At(name, *member));
}

absl::StatusOr<JsonPlace> JsonPlace::Required(std::string_view name) const {
  CS_ASSIGN_OR_RETURN(std::optional<JsonPlace> member, Optional(name));
  if (!member) return MemberError(name, "must be given");
  return *std::move(member);
}

absl::StatusOr<std::optional<JsonPlace>> JsonPlace::OptionalObject(std::string_view name) const {
  CS_ASSIGN_OR_RETURN(std::optional<JsonPlace> member, Optional(name));
  if (member) CS_RETURN_IF_ERROR(member->CheckIs(Json::value_t::object));
  return member;
}

absl::StatusOr<JsonPlace> JsonPlace::RequiredObject(std::string_view name) const {
  CS_ASSIGN_OR_RETURN(JsonPlace member, Required(name));
  CS_RETURN_IF_ERROR(member.CheckIs(Json::value_t::object));
  return member;
}

// Most members are as they should be, and then nobody needs their pointers.
absl::StatusOr<std::string> JsonPlace::OptionalString(std::string_view name) const {
  CS_ASSIGN_OR_RETURN(const Json* const member, Find(name));
  if (member == nullptr) return "";
  if (!member->is_string()) return At(name, *member).String();
  return member->get<std::string>();
}

absl::StatusOr<std::string> JsonPlace::RequiredString(std::string_view name) const {
  CS_ASSIGN_OR_RETURN(std::string text, OptionalString(name));
  if (text.empty()) return MemberError(name, "must be given");
  return text;
}

absl::StatusOr<bool> JsonPlace::OptionalBool(std::string_view name) const {
  CS_ASSIGN_OR_RETURN(const Json* const member, Find(name));
  if (member == nullptr) return false;
  return At(name, *member).Bool();
}

absl::StatusOr<int64_t> JsonPlace::OptionalInteger(std::string_view name) const {
  CS_ASSIGN_OR_RETURN(const Json* const member, Find(name));
  if (member == nullptr) return 0;
  return At(name, *member).Integer();
}

absl::StatusOr<std::vector<JsonPlace>> JsonPlace::OptionalElements(std::string_view name) const {
  CS_ASSIGN_OR_RETURN(const Json* const member, Find(name));
  if (member == nullptr) return std::vector<JsonPlace>();
  return At(name, *member).Elements();
}

absl::StatusOr<std::vector<JsonPlace>> JsonPlace::OptionalObjects(std::string_view name) const {
  CS_ASSIGN_OR_RETURN(std::vector<JsonPlace> elements, OptionalElements(name));
  for (const JsonPlace& element : elements) {
    if (!element.json().is_object()) return element.Error("must be an object");
  }
  return elements;
}

absl::StatusOr<std::vector<JsonPlace>> JsonPlace::Elements() const {
  CS_RETURN_IF_ERROR(CheckIs(Json::value_t::array));
  std::vector<JsonPlace> elements;
  elements.reserve(json_->size());
  for (size_t i = 0; i < json_->size(); ++i) {
    elements.push_back(JsonPlace((*json_)[i], JsonPointer(pointer_, i)));
  }
  return elements;
}

absl::StatusOr<std::vector<std::pair<std::string, JsonPlace>>> JsonPlace::Members() const {
  CS_RETURN_IF_ERROR(CheckIs(Json::value_t::object));
  std::vector<std::pair<std::string, JsonPlace>> members;
  members.reserve(json_->size());
  for (const auto& [name, value] : json_->items()) {
    members.emplace_back(name, At(name, value));
  }
  return members;
}

absl::StatusOr<std::string> JsonPlace::String() const {
  CS_RETURN_IF_ERROR(CheckIs(Json::value_t::string));
  return json_->get<std::string>();
}

absl::StatusOr<bool> JsonPlace::Bool() const {
  CS_RETURN_IF_ERROR(CheckIs(Json::value_t::boolean));
  return json_->get<bool>();
}

absl::StatusOr<int64_t> JsonPlace::Integer() const {
  if (json_->is_number_float()) return Error("must be an integer within 64 bits");
  if (!json_->is_number()) {
    return Error(absl::StrCat("must be an integer, is ", NameOf(json_->type())));
  }
  if (json_->is_number_unsigned() &&
      json_->get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return Error("must be an integer within 64 bits");
  }
  return json_->get<int64_t>();
}

absl::StatusOr<std::string> JsonPlace::Bytes(LineBreaks line_breaks) const {
  CS_ASSIGN_OR_RETURN(const std::string text, String());
  absl::StatusOr<std::string> bytes = DecodeBase64(text, line_breaks);
  if (!bytes.ok()) return Error(bytes.status().message());
  return bytes;
}

absl::StatusOr<absl::Time> JsonPlace::Time() const {
  CS_ASSIGN_OR_RETURN(const std::string text, String());
  absl::Time time;
  std::string unwanted;
  // What Abseil takes besides, such as "infinite-future" and white space, begins with no digit.
  const bool begins_as_one = !text.empty() && text.front() >= '0' && text.front() <= '9';
  if (!begins_as_one || !absl::ParseTime(absl::RFC3339_full, text, &time, &unwanted)) {
    return Error("must be an RFC 3339 time");
  }
  return time;
}

absl::StatusOr<int64_t> JsonPlace::ProtoInt64() const {
  if (!json_->is_string()) return Integer();
  const std::string& text = json_->get_ref<const std::string&>();
  std::string_view digits = text;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  const bool is_decimal =
      !digits.empty() && digits.find_first_not_of(kDecimalDigits) == std::string_view::npos;
  int64_t value = 0;
  if (!is_decimal || (digits.front() == '0' && digits.size() > 1) ||
      !absl::SimpleAtoi(text, &value)) {
    return Error("must be an integer within 64 bits");
  }
  return value;
}

absl::StatusOr<std::string> JsonPlace::ProtoBytes() const {
  CS_RETURN_IF_ERROR(CheckIs(Json::value_t::string));
  absl::StatusOr<std::string> bytes = DecodeProtoBase64(json_->get_ref<const std::string&>());
  if (!bytes.ok()) return Error(bytes.status().message());
  return bytes;
}

absl::StatusOr<absl::Time> JsonPlace::ProtoTimestamp() const {
  CS_RETURN_IF_ERROR(CheckIs(Json::value_t::string));
  if (!LooksLikeProtoTimestamp(json_->get_ref<const std::string&>())) {
    return Error("must be an RFC 3339 time");
  }
  return Time();
}

absl::StatusOr<int64_t> JsonPlace::OptionalProtoInt64(std::string_view name) const {
  CS_ASSIGN_OR_RETURN(const Json* const member, Find(name));
  if (member == nullptr) return 0;
  return At(name, *member).ProtoInt64();
}

absl::StatusOr<std::string> JsonPlace::OptionalProtoBytes(std::string_view name) const {
  CS_ASSIGN_OR_RETURN(const Json* const member, Find(name));
  if (member == nullptr) return "";
  return At(name, *member).ProtoBytes();
}

absl::StatusOr<std::string> JsonPlace::RequiredProtoBytes(std::string_view name) const {
  CS_ASSIGN_OR_RETURN(std::string bytes, OptionalProtoBytes(name));
  if (bytes.empty()) return MemberError(name, "must be given");
  return bytes;
}

absl::Status JsonPlace::RefuseOthers(std::initializer_list<std::string_view> known,
                                     std::string_view reason) const {
  CS_RETURN_IF_ERROR(CheckIs(Json::value_t::object));
  for (const auto& [name, value] : json_->items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return MemberError(name, reason);
  }
  return absl::OkStatus();
}

std::optional<JsonFault> FaultOf(const absl::Status& error) {
  // Whoever puts a phrase in front makes a new error, without the pointer.
  const absl::optional<absl::Cord> payload = error.GetPayload(kPointerPayload);
  if (!payload.has_value()) return std::nullopt;
  const std::string pointer(*payload);
  absl::string_view reason = error.message();
  if (!pointer.empty()) absl::ConsumePrefix(&reason, absl::StrCat(pointer, ": "));
  return JsonFault{pointer, std::string(reason)};
}

}  // namespace countersign::base
