#include "tuf/canonical_json.h"

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace countersign::tuf {
namespace {

using base::Json;

absl::Status Append(const Json& value, std::string& out);

void AppendString(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

absl::Status AppendObject(const Json::object_t& members, std::string& out) {
  out += '{';
  std::string_view separator;
  for (const auto& [name, value] : members) {
    out += separator;
    AppendString(name, out);
    out += ':';
    CS_RETURN_IF_ERROR(Append(value, out));
    separator = ",";
  }
  out += '}';
  return absl::OkStatus();
}

absl::Status AppendArray(const Json::array_t& elements, std::string& out) {
  out += '[';
  std::string_view separator;
  for (const Json& element : elements) {
    out += separator;
    CS_RETURN_IF_ERROR(Append(element, out));
    separator = ",";
  }
  out += ']';
  return absl::OkStatus();
}

absl::Status Append(const Json& value, std::string& out) {
  switch (value.type()) {
    case Json::value_t::object:
      return AppendObject(value.get_ref<const Json::object_t&>(), out);
    case Json::value_t::array:
      return AppendArray(value.get_ref<const Json::array_t&>(), out);
    case Json::value_t::string:
      AppendString(value.get_ref<const std::string&>(), out);
      return absl::OkStatus();
    case Json::value_t::number_integer:
      absl::StrAppend(&out, value.get<int64_t>());
      return absl::OkStatus();
    case Json::value_t::number_unsigned:
      absl::StrAppend(&out, value.get<uint64_t>());
      return absl::OkStatus();
    case Json::value_t::boolean:
      out += value.get<bool>() ? "true" : "false";
      return absl::OkStatus();
    case Json::value_t::null:
      out += "null";
      return absl::OkStatus();
    default:
      return absl::InvalidArgumentError("it holds a number that is no integer within 64 bits");
  }
}

}  // namespace

absl::StatusOr<std::string> CanonicalJson(const Json& value) {
  std::string text;
  CS_RETURN_IF_ERROR(Append(value, text));
  return text;
}

}  // namespace countersign::tuf
