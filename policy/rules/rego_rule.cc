#include "policy/rules/rego_rule.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "policy/rules/rule_tokens.h"

namespace countersign::policy {
namespace {

using base::Json;
using Kind = RuleToken::Kind;

class Rego {
 public:
  explicit Rego(std::vector<RuleToken> tokens) : reader_(std::move(tokens)) {}

  absl::StatusOr<TranslatedRule> Run() {
    CS_RETURN_IF_ERROR(Head());
    for (reader_.SkipSeparators(";"); !reader_.TakeIf(Kind::kSign, "}");
         reader_.SkipSeparators(";")) {
      CS_RETURN_IF_ERROR(Expression());
      const RuleToken& next = reader_.Peek();
      if (next.kind != Kind::kLineEnd && !next.IsSign(";") && !next.IsSign("}")) {
        return NotPlain(next, "only one comparison is read");
      }
    }
    SkipLines();
    if (reader_.Peek().kind != Kind::kEnd) {
      return NotPlain(reader_.Peek(), "only one isCompliant is read, and nothing beside it");
    }
    if (rule_.conditions.empty()) return absl::InvalidArgumentError("it asks nothing");
    if (has_order_) {
      rule_.notes.emplace_back(
          "the rule finds texts and lists greater than numbers; the conditions "
          "want numbers");
    }
    return std::move(rule_);
  }

 private:
  void SkipLines() {
    while (reader_.Peek().kind == Kind::kLineEnd) reader_.Take();
  }

  // All that comes before the comparisons.
  absl::Status Head() {
    SkipLines();
    CS_RETURN_IF_ERROR(reader_.Expect(Kind::kName, "package"));
    CS_RETURN_IF_ERROR(reader_.Expect(Kind::kName, "sigstore"));
    SkipLines();
    if (reader_.TakeIf(Kind::kName, "import")) {
      CS_RETURN_IF_ERROR(reader_.Expect(Kind::kName, "rego"));
      CS_RETURN_IF_ERROR(reader_.Expect(Kind::kSign, "."));
      CS_RETURN_IF_ERROR(reader_.Expect(Kind::kName, "v1"));
      SkipLines();
    }
    if (reader_.TakeIf(Kind::kName, "default")) {
      CS_RETURN_IF_ERROR(reader_.Expect(Kind::kName, "isCompliant"));
      if (!reader_.TakeIf(Kind::kSign, ":=")) CS_RETURN_IF_ERROR(reader_.Expect(Kind::kSign, "="));
      CS_RETURN_IF_ERROR(reader_.Expect(Kind::kName, "false"));
      SkipLines();
    }
    CS_RETURN_IF_ERROR(reader_.Expect(Kind::kName, "isCompliant"));
    reader_.TakeIf(Kind::kName, "if");
    return reader_.Expect(Kind::kSign, "{");
  }

  absl::Status Expression() {
    if (reader_.Peek().IsName("regex")) return Match();
    const bool is_input_first = reader_.Peek().IsName("input");
    std::vector<std::string> path;
    Json literal;
    if (is_input_first) {
      CS_ASSIGN_OR_RETURN(path, Input());
    } else {
      CS_ASSIGN_OR_RETURN(literal, reader_.Literal());
    }
    const RuleToken sign = reader_.Take();
    RuleComparator comparator;
    const bool is_equality = sign.IsSign("==") || sign.IsSign("!=");
    if (!FindComparator(sign, comparator) || (!is_input_first && !is_equality)) {
      return NotPlain(sign, "only input.… and then ==, !=, <, <=, > or >= is read here");
    }
    if (is_input_first) {
      CS_ASSIGN_OR_RETURN(literal, reader_.Literal());
    } else {
      CS_ASSIGN_OR_RETURN(path, Input());
    }
    has_order_ = has_order_ || !is_equality;
    return Add(path, comparator.op, std::move(literal), comparator.negate);
  }

  // regex.match("…", input.…)
  absl::Status Match() {
    for (const std::string_view part : {"regex", ".", "match", "("}) {
      const RuleToken token = reader_.Take();
      if (token.text != part) return NotPlain(token, "only regex.match(…) is read here");
    }
    const RuleToken pattern = reader_.Take();
    if (pattern.kind != Kind::kText) return NotPlain(pattern, "only a text is read here");
    CS_RETURN_IF_ERROR(reader_.Expect(Kind::kSign, ","));
    CS_ASSIGN_OR_RETURN(const std::vector<std::string> path, Input());
    CS_RETURN_IF_ERROR(reader_.Expect(Kind::kSign, ")"));
    return Add(path, "matches", WholeText(pattern.text), false);
  }

  // input.predicate.a["b"][_][0]
  absl::StatusOr<std::vector<std::string>> Input() {
    CS_RETURN_IF_ERROR(reader_.Expect(Kind::kName, "input"));
    std::vector<std::string> path;
    while (true) {
      const bool is_member = reader_.TakeIf(Kind::kSign, ".");
      if (!is_member && !reader_.TakeIf(Kind::kSign, "[")) return path;
      const RuleToken token = reader_.Take();
      const bool is_each = !is_member && token.IsName("_");
      const Kind wanted = is_member ? Kind::kName : Kind::kText;
      if (!is_each && (token.kind != wanted || token.text == "[*]")) {
        return NotPlain(token, "only the name of a member, or [_] for any element, is read here");
      }
      path.push_back(is_each ? "[*]" : token.text);
      if (!is_member) CS_RETURN_IF_ERROR(reader_.Expect(Kind::kSign, "]"));
    }
  }

  absl::Status Add(const std::vector<std::string>& path, const std::string& op, Json operand,
                   bool negate) {
    return AddCondition(path, op, std::move(operand), negate, rule_);
  }

  RuleReader reader_;
  TranslatedRule rule_;
  bool has_order_ = false;
};

}  // namespace

absl::StatusOr<TranslatedRule> TranslateRego(std::string_view text) {
  CS_ASSIGN_OR_RETURN(std::vector<RuleToken> tokens, ReadRuleTokens(text, "#"));
  return Rego(std::move(tokens)).Run();
}

}  // namespace countersign::policy
