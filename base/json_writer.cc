#include "base/json_writer.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/utf8.h"

namespace countersign::base {
namespace {

// Bytes that stand for themselves in a string, whatever is around them.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain = {};
  for (size_t byte = 0x20; byte < 0x80; ++byte) plain[byte] = byte != '"' && byte != '\\';
  return plain;
}();

void AppendEscape(char c, std::string& json) {
  constexpr std::string_view kMeanings = "\b\f\n\r\t\"\\";
  constexpr std::string_view kKinds = "bfnrt\"\\";
  constexpr std::string_view kDigits = "0123456789abcdef";
  json.push_back('\\');
  if (const size_t kind = kMeanings.find(c); kind != std::string_view::npos) {
    json.push_back(kKinds[kind]);
    return;
  }
  const auto byte = static_cast<uint8_t>(c);
  json.append("u00");
  json.push_back(kDigits[byte >> 4]);
  json.push_back(kDigits[byte & 15]);
}

}  // namespace

void AppendJsonString(std::string_view text, std::string& json) {
  const size_t begin = json.size();
  json.push_back('"');
  for (size_t at = 0; at < text.size();) {
    const size_t run = at;
    while (at < text.size() && kPlain[static_cast<uint8_t>(text[at])]) ++at;
    json.append(text.substr(run, at - run));
    if (at == text.size()) break;
    const size_t bytes = Utf8CharacterBytes(text.substr(at));
    if (bytes == 0) {
      // Seldom enough that whoever does it everywhere else may do it here.
      json.resize(begin);
      json.append(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
      return;
    }
    if (bytes == 1) {
      AppendEscape(text[at], json);
    } else {
      json.append(text.substr(at, bytes));
    }
    at += bytes;
  }
  json.push_back('"');
}

JsonWriter& JsonWriter::Name(std::string_view name) {
  Next();
  AppendJsonString(name, json_);
  json_.push_back(':');
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view text) {
  Next();
  AppendJsonString(text, json_);
  return *this;
}

JsonWriter& JsonWriter::Integer(int64_t number) {
  Next();
  absl::StrAppend(&json_, number);
  return *this;
}

JsonWriter& JsonWriter::Bool(bool value) { return Raw(value ? "true" : "false"); }

JsonWriter& JsonWriter::Raw(std::string_view json) {
  Next();
  json_.append(json);
  return *this;
}

JsonWriter& JsonWriter::Begin(char bracket) {
  Next();
  json_.push_back(bracket);
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::End(char bracket) {
  json_.push_back(bracket);
  needs_comma_ = true;
  return *this;
}

void JsonWriter::Next() {
  if (needs_comma_) json_.push_back(',');
  needs_comma_ = true;
}

}  // namespace countersign::base
