#include "policy/sigstore/rule_advice.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json_pointer.h"
#include "base/printable.h"
#include "re2/re2.h"

namespace countersign::policy {
namespace {

using Conditions = std::vector<PlainCondition>;
using base::JsonPointer;

// Longer programs are not plain.
constexpr size_t kMaxProgramBytes = 4096;
constexpr int kMaxDepth = 32;

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

// Of a comparison "value OP constant"; nullopt if there is no such condition.
std::optional<PlainCondition> Compared(std::string path, std::string_view op, std::string value) {
  const bool is_number =
      !value.empty() && value.front() != '"' && value != "true" && value != "false";
  PlainCondition condition{.path = std::move(path), .op = "equals", .value = std::move(value)};
  if (op == "" || op == "==") return condition;
  if (op == "!=") {
    condition.is_negated = true;
    return condition;
  }
  if (!is_number) return std::nullopt;
  condition.op = op == "<" || op == ">=" ? "lessThan" : "greaterThan";
  condition.is_negated = op.size() == 2;
  return condition;
}

// Takes apart "a: b: {c: >=7}", fields in braces or none, separated by white space and commas.
class CueReader {
 public:
  explicit CueReader(std::string_view program) : rest_(program) {}

  std::optional<Conditions> Read() {
    if (!ReadFields("", /*depth=*/0) || !rest_.empty() || conditions_.empty()) return std::nullopt;
    return std::move(conditions_);
  }

 private:
  // White space, comments and commas.
  void Skip() {
    static const re2::RE2* const blank = new re2::RE2("(?:[\\s,]|//[^\\n]*)*");
    Take(*blank, nullptr);
  }

  bool Take(const re2::RE2& form, std::string* text) {
    re2::StringPiece rest = Piece(rest_);
    re2::StringPiece taken;
    if (!rest.empty() || text == nullptr) {
      const re2::StringPiece before = rest;
      const bool has_it =
          text == nullptr ? re2::RE2::Consume(&rest, form) : re2::RE2::Consume(&rest, form, &taken);
      if (!has_it) return false;
      if (text != nullptr) text->assign(taken.data(), taken.size());
      rest_.remove_prefix(before.size() - rest.size());
      return true;
    }
    return false;
  }

  bool ReadFields(const std::string& path, int depth) {
    if (depth > kMaxDepth) return false;
    for (Skip(); !rest_.empty() && rest_.front() != '}'; Skip()) {
      if (!ReadField(path, depth)) return false;
    }
    return true;
  }

  bool ReadField(std::string path, int depth) {
    static const re2::RE2* const label =
        new re2::RE2("(?:\"([^\"\\\\]+)\"|([A-Za-z_][A-Za-z0-9_]*))\\s*:\\s*");
    re2::StringPiece rest = Piece(rest_);
    std::string quoted;
    std::string bare;
    bool has_label = false;
    while (re2::RE2::Consume(&rest, *label, &quoted, &bare)) {
      path = JsonPointer(path, quoted.empty() ? bare : quoted);
      has_label = true;
    }
    if (!has_label) return false;
    rest_.remove_prefix(rest_.size() - rest.size());
    if (!rest_.starts_with('{')) return ReadValue(path);
    rest_.remove_prefix(1);
    if (!ReadFields(path, depth + 1) || !rest_.starts_with('}')) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool ReadValue(const std::string& path) {
    static const re2::RE2* const bound = new re2::RE2("(<=|>=|!=|<|>|)[ \\t]*");
    static const re2::RE2* const constant = new re2::RE2(
        "(\"[^\"\\\\\\n]*\"|-?(?:0|[1-9]\\d*)(?:\\.\\d+)?|true|false)[ \\t]*(?:[,&}\\n]|//|$)");
    static const re2::RE2* const both = new re2::RE2("(&)\\s*");
    std::string op;
    std::string value;
    if (!Take(*bound, &op)) return false;
    // What ends the constant is only looked at.
    const std::string_view before = rest_;
    if (!Take(*constant, &value)) return false;
    rest_ = before.substr(value.size());
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
    std::optional<PlainCondition> condition = Compared(path, op, std::move(value));
    if (!condition.has_value()) return false;
    conditions_.push_back(*std::move(condition));
    return !Take(*both, &op) || ReadValue(path);
  }

  std::string_view rest_;
  Conditions conditions_;
};

// "input.a["b"]" as a pointer; the name is of the characters that need no escape.
std::string PointerOf(std::string_view steps) {
  static const re2::RE2* const step = new re2::RE2("\\.(\\w+)|\\[\"([^\"\\\\]+)\"\\]");
  std::string pointer;
  re2::StringPiece rest = Piece(steps);
  std::string dotted;
  std::string quoted;
  while (re2::RE2::Consume(&rest, *step, &dotted, &quoted)) {
    pointer = JsonPointer(pointer, dotted.empty() ? quoted : dotted);
  }
  return pointer;
}

std::optional<Conditions> ConditionsOfRego(std::string_view program) {
  static const re2::RE2* const frame = new re2::RE2(
      "(?s)\\s*package\\s+sigstore\\s+(?:import\\s+rego\\.v1\\s+)?"
      "(?:default\\s+isCompliant\\s*:?=\\s*false\\s+)?isCompliant\\s*(?:if\\s*)?\\{([^{}]*)\\}\\s*"
      "(?:default\\s+isCompliant\\s*:?=\\s*false\\s*)?");
  static const re2::RE2* const line = new re2::RE2(
      "[\\s;]*input((?:\\.\\w+|\\[\"[^\"\\\\\\n]+\"\\])+)[ \\t]*(==|!=|<=|>=|<|>)[ \\t]*"
      "(\"[^\"\\\\\\n]*\"|-?(?:0|[1-9]\\d*)(?:\\.\\d+)?|true|false)[ \\t]*(?:[;\\n]|$)");
  static const re2::RE2* const blank = new re2::RE2("[\\s;]*");
  std::string body;
  if (!re2::RE2::FullMatch(Piece(program), *frame, &body)) return std::nullopt;
  re2::StringPiece rest(body);
  Conditions conditions;
  std::string steps;
  std::string op;
  std::string value;
  while (re2::RE2::Consume(&rest, *line, &steps, &op, &value)) {
    std::optional<PlainCondition> condition = Compared(PointerOf(steps), op, value);
    if (!condition.has_value()) return std::nullopt;
    conditions.push_back(*std::move(condition));
  }
  if (conditions.empty() || !re2::RE2::FullMatch(rest, *blank)) return std::nullopt;
  return conditions;
}

}  // namespace

std::optional<Conditions> PlainConditionsOf(std::string_view type, std::string_view program) {
  if (program.size() > kMaxProgramBytes) return std::nullopt;
  if (type == "cue") return CueReader(program).Read();
  if (type == "rego") return ConditionsOfRego(program);
  return std::nullopt;
}

std::string ConditionsText(const Conditions& conditions, std::string_view authority,
                           std::string_view attestation) {
  std::string text;
  for (const PlainCondition& condition : conditions) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", "{authority: ", base::Quoted(authority),
                    ", attestation: ", base::Quoted(attestation),
                    ", path: ", base::Quoted(condition.path), ", ", condition.op, ": ",
                    base::Printable(condition.value, 128),
                    condition.is_negated ? ", negate: true}" : "}");
  }
  return text;
}

}  // namespace countersign::policy
