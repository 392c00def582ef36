#include "policy/rules/rule_tokens.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/json_token.h"
#include "base/printable.h"

namespace countersign::policy {
namespace {

using Kind = RuleToken::Kind;

constexpr std::string_view kPairs[] = {"==", "!=", "<=", ">=", "=~", "!~", ":="};

bool IsNameByte(char c) { return c == '_' || absl::ascii_isalnum(static_cast<unsigned char>(c)); }

// The token at `at`, which is no space; `end` moves behind it. Nullopt: there is none.
std::optional<RuleToken> ReadToken(std::string_view text, size_t at, size_t& end) {
  const char first = text[at];
  if (first == '"') {
    const std::optional<size_t> after = base::SkipJsonString(text, at);
    if (!after.has_value()) return std::nullopt;
    end = *after;
    return RuleToken{Kind::kText, base::UnescapeJson(text.substr(at + 1, end - at - 2))};
  }
  if (first == '-' || absl::ascii_isdigit(static_cast<unsigned char>(first))) {
    const std::optional<size_t> after = base::SkipJsonNumber(text, at);
    if (!after.has_value() || (*after < text.size() && IsNameByte(text[*after]))) {
      return std::nullopt;
    }
    end = *after;
    return RuleToken{Kind::kNumber, std::string(text.substr(at, end - at))};
  }
  if (IsNameByte(first)) {
    end = at;
    while (end < text.size() && IsNameByte(text[end])) ++end;
    return RuleToken{Kind::kName, std::string(text.substr(at, end - at))};
  }
  for (const std::string_view pair : kPairs) {
    if (text.substr(at, 2) != pair) continue;
    end = at + 2;
    return RuleToken{Kind::kSign, std::string(pair)};
  }
  if (!absl::ascii_ispunct(static_cast<unsigned char>(first))) return std::nullopt;
  end = at + 1;
  return RuleToken{Kind::kSign, std::string(1, first)};
}

}  // namespace

absl::StatusOr<std::vector<RuleToken>> ReadRuleTokens(std::string_view text,
                                                      std::string_view comment) {
  if (text.size() > kMaxRuleBytes) {
    return absl::InvalidArgumentError(absl::StrCat("it is longer than ", kMaxRuleBytes, " bytes"));
  }
  std::vector<RuleToken> tokens;
  size_t line = 1;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == ' ' || c == '\t' || c == '\r') {
      ++at;
    } else if (c == '\n') {
      tokens.push_back({Kind::kLineEnd, "", line++});
      ++at;
    } else if (text.substr(at).starts_with(comment)) {
      at = std::min(text.find('\n', at), text.size());
    } else {
      std::optional<RuleToken> token = ReadToken(text, at, at);
      if (!token.has_value()) {
        return absl::InvalidArgumentError(
            absl::StrCat("line ", line, ": there is something that is not read here"));
      }
      token->line = line;
      tokens.push_back(*std::move(token));
    }
  }
  tokens.push_back({Kind::kEnd, "", line});
  return tokens;
}

absl::Status NotPlain(const RuleToken& token, std::string_view what) {
  const std::string found = token.kind == Kind::kEnd       ? "its end"
                            : token.kind == Kind::kLineEnd ? "the end of the line"
                                                           : base::Quoted(token.text);
  return absl::InvalidArgumentError(absl::StrCat("line ", token.line, ": at ", found, ": ", what));
}

bool FindComparator(const RuleToken& sign, RuleComparator& found) {
  static const auto* const kSigns = new std::map<std::string, RuleComparator>{
      {"==", {"equals", false}},  {"!=", {"equals", true}},      {"<", {"lessThan", false}},
      {">=", {"lessThan", true}}, {">", {"greaterThan", false}}, {"<=", {"greaterThan", true}},
  };
  const auto known = kSigns->find(sign.text);
  if (sign.kind != Kind::kSign || known == kSigns->end()) return false;
  found = known->second;
  return true;
}

std::string WholeText(const std::string& pattern) {
  return absl::StrCat("(?s:.*)(?:", pattern, ")(?s:.*)");
}

absl::StatusOr<base::Json> RuleReader::Literal() {
  const RuleToken& token = Peek();
  if (token.kind == RuleToken::Kind::kText) return base::Json(Take().text);
  if (token.IsName("true") || token.IsName("false")) return base::Json(Take().text == "true");
  if (token.kind != RuleToken::Kind::kNumber) {
    return NotPlain(token, "only a text, number, true or false is read here");
  }
  absl::StatusOr<base::Json> number = base::ParseJson(token.text);
  if (!number.ok()) return NotPlain(token, "the number is too large");
  Take();
  return number;
}

}  // namespace countersign::policy
