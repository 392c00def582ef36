#include "policy/rules/cue_rule.h"

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "policy/rules/document_path.h"
#include "policy/rules/rule_tokens.h"

namespace countersign::policy {
namespace {

using base::Json;
using Kind = RuleToken::Kind;

constexpr size_t kMaxDepth = 32;

class Cue {
 public:
  explicit Cue(std::vector<RuleToken> tokens) : reader_(std::move(tokens)) {}

  absl::StatusOr<TranslatedRule> Run() {
    for (reader_.SkipSeparators(","); reader_.Peek().kind != Kind::kEnd;
         reader_.SkipSeparators(",")) {
      CS_RETURN_IF_ERROR(Member({}));
    }
    if (rule_.conditions.empty()) return absl::InvalidArgumentError("it asks nothing");
    rule_.notes.emplace_back(
        "the rule takes a statement that lacks what it names; the conditions do not");
    if (has_moments_) {
      rule_.notes.emplace_back("the rule compares moments as texts, the conditions as moments");
    }
    if (has_numbers_) {
      rule_.notes.emplace_back("the rule tells 1 from 1.0, the conditions do not");
    }
    return std::move(rule_);
  }

 private:
  absl::Status Member(std::vector<std::string> tokens) {
    const RuleToken name = reader_.Take();
    if (name.kind != Kind::kName && name.kind != Kind::kText) {
      return NotPlain(name, "only the name of a member is read here");
    }
    if (tokens.empty() && name.IsName("import")) return reader_.Expect(Kind::kText, "time");
    if (name.kind == Kind::kName && name.text.starts_with('_') && name.text != "_type") {
      return NotPlain(name, "hidden members are not read");
    }
    CS_RETURN_IF_ERROR(reader_.Expect(Kind::kSign, ":"));
    if (tokens.empty() && reader_.Peek().IsName("time")) return Moment(name);
    if (name.text == "[*]" || DocumentPath::IsIndex(name.text)) {
      return NotPlain(name, "a member of that name cannot be told from an element");
    }
    tokens.push_back(name.text);
    if (tokens.size() > kMaxDepth) return NotPlain(name, "it is nested too deep");
    return Value(tokens);
  }

  absl::Status Value(const std::vector<std::string>& tokens) {
    if (reader_.TakeIf(Kind::kSign, "{")) {
      for (reader_.SkipSeparators(","); !reader_.TakeIf(Kind::kSign, "}");
           reader_.SkipSeparators(",")) {
        CS_RETURN_IF_ERROR(Member(tokens));
      }
      return EndOfValue();
    }
    const Kind first = reader_.Peek().kind;
    if ((first == Kind::kText || first == Kind::kName) && reader_.PeekNext().IsSign(":")) {
      return Member(tokens);
    }
    do {
      CS_RETURN_IF_ERROR(Constraint(tokens));
    } while (reader_.TakeIf(Kind::kSign, "&"));
    return EndOfValue();
  }

  absl::Status EndOfValue() {
    const RuleToken& next = reader_.Peek();
    if (next.kind == Kind::kLineEnd || next.kind == Kind::kEnd || next.IsSign(",") ||
        next.IsSign("}")) {
      return absl::OkStatus();
    }
    return NotPlain(next, "only `&` is read between constraints");
  }

  absl::Status Constraint(const std::vector<std::string>& tokens) {
    const RuleToken sign = reader_.Peek();
    if (reader_.TakeIf(Kind::kSign, "=~") || reader_.TakeIf(Kind::kSign, "!~")) {
      const RuleToken pattern = reader_.Take();
      if (pattern.kind != Kind::kText) return NotPlain(pattern, "only a text is read here");
      return Add(tokens, "matches", WholeText(pattern.text), sign.IsSign("!~"));
    }
    RuleComparator comparator = {"equals", false};
    if (sign.IsSign("==")) return NotPlain(sign, "only a constraint is read here");
    if (FindComparator(sign, comparator)) reader_.Take();
    const RuleToken operand = reader_.Peek();
    if (comparator.op != "equals" && operand.kind == Kind::kName) {
      return CompareMoment(tokens, comparator);
    }
    CS_ASSIGN_OR_RETURN(Json literal, reader_.Literal());
    has_numbers_ = has_numbers_ || (comparator.op == "equals" && literal.is_number());
    return Add(tokens, comparator.op, std::move(literal), comparator.negate);
  }

  absl::Status CompareMoment(const std::vector<std::string>& tokens,
                             const RuleComparator& comparator) {
    const RuleToken name = reader_.Take();
    const auto moment = moments_.find(name.text);
    if (moment == moments_.end()) {
      return NotPlain(name, "only a moment is read here that stands above, by time.Parse");
    }
    has_moments_ = true;
    return Add(tokens, comparator.op == "lessThan" ? "before" : "after", moment->second,
               comparator.negate);
  }

  // time.Parse(time.RFC3339, "…")
  absl::Status Moment(const RuleToken& name) {
    for (const std::string_view part : {"time", ".", "Parse", "(", "time", ".", "RFC3339", ","}) {
      const RuleToken token = reader_.Take();
      if (token.text != part) return NotPlain(token, "only time.Parse(time.RFC3339, …) is read");
    }
    const RuleToken moment = reader_.Take();
    if (moment.kind != Kind::kText) return NotPlain(moment, "only a text is read here");
    const bool is_seen =
        name.text == "_type" || name.text.starts_with("predicate") || name.text == "subject";
    if (is_seen || !moments_.try_emplace(name.text, moment.text).second) {
      return NotPlain(name, "a moment has a name of its own");
    }
    CS_RETURN_IF_ERROR(reader_.Expect(Kind::kSign, ")"));
    return EndOfValue();
  }

  absl::Status Add(const std::vector<std::string>& tokens, const std::string& op, Json operand,
                   bool negate) {
    return AddCondition(tokens, op, std::move(operand), negate, rule_);
  }

  RuleReader reader_;
  TranslatedRule rule_;
  std::map<std::string, std::string> moments_;
  bool has_moments_ = false;
  bool has_numbers_ = false;
};

}  // namespace

absl::StatusOr<TranslatedRule> TranslateCue(std::string_view text) {
  CS_ASSIGN_OR_RETURN(std::vector<RuleToken> tokens, ReadRuleTokens(text, "//"));
  return Cue(std::move(tokens)).Run();
}

}  // namespace countersign::policy
