#include "policy/moving/jmes_key.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/regexp.h"
#include "re2/re2.h"

namespace countersign::policy {
namespace {

constexpr std::string_view kNotOfAttestations[] = {"request",
                                                   "images",
                                                   "image",
                                                   "element",
                                                   "elementIndex",
                                                   "serviceAccountName",
                                                   "serviceAccountNamespace",
                                                   "target",
                                                   "globalContext"};

// JMESPath's white space is less than C's (absl::StripAsciiWhitespace): a vertical tab is none.
std::string_view Stripped(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

// What is between the braces of one variable that is the whole text; "" if it is not.
std::string_view InBraces(std::string_view text) {
  text = Stripped(text);
  if (text.size() < 4 || !text.starts_with("{{") || !text.ends_with("}}")) return "";
  return Stripped(text.substr(2, text.size() - 4));
}

// Names, indexes and projections; nullopt: something else.
std::optional<JmesKey> ReadPath(std::string_view path) {
  JmesKey key;
  for (size_t i = 0; i < path.size();) {
    if (path[i] == '[') {
      const size_t end = path.find(']', i);
      if (end == path.npos || i == 0) return std::nullopt;
      const std::string_view inside = path.substr(i + 1, end - i - 1);
      const bool is_each = inside.empty() || inside == "*";
      const bool is_index =
          !inside.empty() && std::all_of(inside.begin(), inside.end(), [](char c) {
            return absl::ascii_isdigit(static_cast<unsigned char>(c));
          });
      // An index of what is projected is of the projection.
      if (!is_each && (!is_index || key.has_each)) return std::nullopt;
      key.has_each = key.has_each || is_each;
      absl::StrAppend(&key.pointer, "/", is_each ? "[*]" : std::string(inside));
      i = end + 1;
      continue;
    }
    if (i > 0 && path[i++] != '.') return std::nullopt;
    size_t end = i;
    while (end < path.size() &&
           (absl::ascii_isalnum(static_cast<unsigned char>(path[end])) || path[end] == '_')) {
      ++end;
    }
    // A number is no name.
    if (end == i || absl::ascii_isdigit(static_cast<unsigned char>(path[i]))) return std::nullopt;
    const std::string name(path.substr(i, end - i));
    if (key.first.empty()) key.first = name;
    absl::StrAppend(&key.pointer, "/", name);
    i = end;
  }
  const auto* const end = std::end(kNotOfAttestations);
  if (key.first.empty() || std::find(std::begin(kNotOfAttestations), end, key.first) != end) {
    return std::nullopt;
  }
  return key;
}

// The arguments of a call, each a text in single quotes; nullopt: it is none of that function.
std::optional<std::vector<std::string_view>> Arguments(std::string_view call,
                                                       std::string_view function) {
  if (!call.starts_with(function) || !call.ends_with(')')) return std::nullopt;
  call = Stripped(call.substr(function.size()));
  if (!call.starts_with('(')) return std::nullopt;
  call = Stripped(call.substr(1, call.size() - 2));
  std::vector<std::string_view> arguments;
  while (true) {
    const size_t end = call.size() < 2 || call[0] != '\'' ? call.npos : call.find('\'', 1);
    if (end == call.npos) return std::nullopt;
    arguments.push_back(call.substr(1, end - 1));
    // Only a quote is escaped in JMESPath's raw texts.
    if (arguments.back().ends_with('\\')) return std::nullopt;
    call = Stripped(call.substr(end + 1));
    if (call.empty()) return arguments;
    if (call[0] != ',') return std::nullopt;
    call = Stripped(call.substr(1));
  }
}

std::optional<JmesKey> Of(JmesKey::Kind kind, std::string_view variable) {
  std::optional<JmesKey> key = ReadPath(InBraces(variable));
  if (key.has_value()) key->kind = kind;
  return key;
}

std::optional<JmesKey> ReadMatch(const std::vector<std::string_view>& arguments) {
  if (arguments.size() != 2) return std::nullopt;
  std::optional<JmesKey> key = Of(JmesKey::Kind::kExpression, arguments[1]);
  const std::string expression(arguments[0]);
  if (!key.has_value() || expression.find("{{") != expression.npos ||
      !base::CompileRegexp(expression).ok()) {
    return std::nullopt;
  }
  key->expression = expression;
  return key;
}

}  // namespace

std::optional<JmesKey> ReadJmesKey(std::string_view text) {
  const std::string_view inside = InBraces(text);
  if (const auto match = Arguments(inside, "regex_match")) return ReadMatch(*match);
  if (const auto since = Arguments(inside, "time_since")) {
    if (since->size() != 3 || !(*since)[0].empty() || !(*since)[2].empty()) return std::nullopt;
    return Of(JmesKey::Kind::kAge, (*since)[1]);
  }
  if (const auto between = Arguments(inside, "time_diff")) {
    if (between->size() != 2) return std::nullopt;
    const std::string_view now = InBraces((*between)[1]);
    if (now != "time_now_utc()" && now != "time_now()") return std::nullopt;
    return Of(JmesKey::Kind::kAge, (*between)[0]);
  }
  return ReadPath(inside);
}

}  // namespace countersign::policy
