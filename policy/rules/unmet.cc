#include "policy/rules/unmet.h"

#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/json_extract.h"
#include "base/json_pointer.h"
#include "base/large_text_turn.h"
#include "base/printable.h"

namespace countersign::policy {
namespace {

using base::Json;

constexpr size_t kMaxSentenceBytes = 600;
// What it costs to come by an element.
constexpr size_t kVisitBytes = 16;

using Tokens = std::vector<DocumentPath::Token>;

// Adds what the tokens from `at` on lead to.
void AddWanted(const Tokens& tokens, size_t at, base::JsonParts& parts) {
  if (at == tokens.size()) return;
  const DocumentPath::Token& token = tokens[at];
  if (token.is_each || DocumentPath::IsIndex(token.name)) {
    AddWanted(tokens, at + 1, parts.Elements());
  }
  if (!token.is_each) AddWanted(tokens, at + 1, parts.members[token.name]);
}

void AddWanted(const Condition& condition, base::JsonParts& parts) {
  AddWanted(condition.path.tokens(), 0, parts);
  for (const WhereLine& line : condition.where) {
    Tokens tokens = condition.path.tokens();
    tokens.insert(tokens.end(), line.path.tokens().begin(), line.path.tokens().end());
    AddWanted(tokens, 0, parts);
  }
}

// What a token that is no `[*]` leads to; null: nothing.
const Json* Step(const Json* from, const std::string& token) {
  if (from == nullptr) return nullptr;
  if (!from->is_array()) return base::FindMember(*from, token);
  if (!DocumentPath::IsIndex(token)) return nullptr;
  size_t index = 0;
  for (const char digit : token) index = index * 10 + static_cast<size_t>(digit - '0');
  return index < from->size() ? &(*from)[index] : nullptr;
}

const Json* Follow(const DocumentPath& path, const Json* from) {
  for (const DocumentPath::Token& token : path.tokens()) from = Step(from, token.name);
  return from;
}

// Judges one condition in what was kept of a document.
class Judgement {
 public:
  Judgement(const Condition& condition, absl::Time now, size_t& budget)
      : condition_(condition), now_(now), budget_(budget) {}

  // Why it does not hold; nullopt: it does.
  std::optional<std::string> WhyNot(const Json& document) {
    const bool is_one = condition_.comparison.has_value() != !condition_.where.empty();
    if (!is_one || !IsInStatement(condition_.path)) {
      return absl::StrCat(condition_.path.text(), ": the condition is none that can be judged");
    }
    Visit(&document, 0);
    if (is_exhausted_) {
      return absl::StrCat(condition_.path.text(),
                          " cannot be judged: the document holds more than is compared");
    }
    switch (condition_.quantifier) {
      case Quantifier::kAll:
        if (values_ == 0) return Empty();
        return why_;
      case Quantifier::kAny:
        if (is_decided_) return std::nullopt;
        return values_ == 0 ? Empty() : NoneOf();
      case Quantifier::kNone:
        return why_;
    }
    return Empty();
  }

 private:
  // Judges all that is left of the path from here, until the outcome is decided.
  void Visit(const Json* here, size_t at) {
    const Tokens& tokens = condition_.path.tokens();
    if (at == tokens.size()) return AddValue(here);
    const DocumentPath::Token& token = tokens[at];
    if (!token.is_each) return Visit(Step(here, token.name), at + 1);
    if (here == nullptr || !here->is_array()) {
      if (!IsTold(Truth::kUnknown)) return Add(Truth::kUnknown, "");
      return Add(Truth::kUnknown,
                 absl::StrCat(Pointer(at), " is ", Found(here), ", and must be a list"));
    }
    indexes_.push_back(0);
    for (; indexes_.back() < here->size() && !is_decided_; ++indexes_.back()) {
      if (Pay(kVisitBytes)) Visit(&(*here)[indexes_.back()], at + 1);
    }
    indexes_.pop_back();
  }

  // Where the walk is, after so many tokens.
  std::string Pointer(size_t tokens) const {
    std::string pointer;
    size_t each = 0;
    for (size_t i = 0; i < tokens; ++i) {
      const DocumentPath::Token& token = condition_.path.tokens()[i];
      pointer = token.is_each ? base::JsonPointer(pointer, indexes_[each++])
                              : base::JsonPointer(pointer, token.name);
    }
    return pointer;
  }
  std::string Pointer() const { return Pointer(condition_.path.tokens().size()); }

  bool Pay(size_t bytes) {
    if (bytes > budget_) is_exhausted_ = is_decided_ = true;
    budget_ -= is_exhausted_ ? 0 : bytes;
    return !is_exhausted_;
  }

  void AddValue(const Json* value) {
    if (!condition_.comparison.has_value()) return AddElement(value);
    const Comparison& comparison = *condition_.comparison;
    if (!Pay(CostOf(comparison, value))) return;
    const Truth truth = Judge(comparison, value, now_);
    if (!IsTold(truth)) return Add(truth, "");
    std::string why = absl::StrCat(Pointer(), " is ", Found(value));
    if (condition_.quantifier == Quantifier::kNone && truth == Truth::kTrue) {
      absl::StrAppend(&why, ", and there may be none that ", Meets(comparison));
    } else {
      absl::StrAppend(&why, ", and ", Wanted(comparison), ListHint(value));
    }
    Add(truth, std::move(why));
  }

  // Of an element all lines: the first that is false, or else the first that cannot be judged.
  void AddElement(const Json* element) {
    Truth truth = Truth::kTrue;
    const WhereLine* unmet = nullptr;
    for (const WhereLine& line : condition_.where) {
      const Json* const value = Follow(line.path, element);
      if (!Pay(CostOf(line.comparison, value))) return;
      const Truth one = Judge(line.comparison, value, now_);
      if (one == Truth::kTrue || (one == Truth::kUnknown && unmet != nullptr)) continue;
      truth = one;
      unmet = &line;
      if (truth == Truth::kFalse) break;
    }
    if (!IsTold(truth)) return Add(truth, "");
    if (unmet == nullptr) return Add(truth, WhyNoSuchElement(element));
    const Json* const value = Follow(unmet->path, element);
    Add(truth, absl::StrCat(Pointer(), unmet->path.text(), " is ", Found(value), ", and ",
                            Wanted(unmet->comparison), ListHint(value)));
  }

  std::string WhyNoSuchElement(const Json* element) const {
    std::string why = Pointer();
    for (const WhereLine& line : condition_.where) {
      absl::StrAppend(&why, &line == &condition_.where.front() ? ": " : ", ",
                      line.path.text().empty() ? "it" : line.path.text(), " is ",
                      Found(Follow(line.path, element)));
    }
    return absl::StrCat(why, ", and there may be no such element");
  }

  static std::string_view ListHint(const Json* value) {
    return value != nullptr && value->is_array() ? " (its elements are /[*])" : "";
  }

  // Whether a value that is so decides, or is one of those that the sentence is about.
  bool IsTold(Truth truth) const {
    switch (condition_.quantifier) {
      case Quantifier::kAll:
        return truth != Truth::kTrue;
      case Quantifier::kAny:
        return truth == Truth::kTrue || !why_.has_value();
      case Quantifier::kNone:
        return truth != Truth::kFalse;
    }
    return true;
  }

  void Add(Truth truth, std::string why) {
    ++values_;
    if (!IsTold(truth)) return;
    is_decided_ = condition_.quantifier != Quantifier::kAny || truth == Truth::kTrue;
    why_ = std::move(why);
  }

  std::string Empty() const {
    return absl::StrCat(condition_.path.text(), " leads to no value, and there must be one");
  }
  std::string NoneOf() const {
    return absl::StrCat("none of the ", values_, " values of ", condition_.path.text(),
                        " will do, of which the first: ", *why_);
  }

  const Condition& condition_;
  const absl::Time now_;
  size_t& budget_;
  std::vector<size_t> indexes_;  // of the elements on the way, one for each `[*]` so far
  size_t values_ = 0;
  bool is_decided_ = false;
  bool is_exhausted_ = false;
  std::optional<std::string> why_;
};

std::string Sentence(std::string_view text) { return base::Printable(text, kMaxSentenceBytes); }

}  // namespace

std::vector<std::string> FindUnmet(absl::Span<const Condition> conditions,
                                   std::string_view document_json, absl::Time now) {
  if (conditions.empty()) return {};
  base::JsonParts parts;
  for (const Condition& condition : conditions) AddWanted(condition, parts);

  const base::LargeTextTurn turn(document_json.size());
  const absl::StatusOr<base::ExtractedJson> document =
      base::ExtractJson(document_json, parts,
                        {.max_bytes = kMaxDocumentBytes,
                         .max_depth = kMaxDocumentDepth,
                         .max_values = kMaxDocumentValues},
                        base::ExtractedNumbers::kAsWritten);
  if (!document.ok()) {
    return {Sentence(absl::StrCat("what it states cannot be read: ", document.status().message()))};
  }
  if (!document->value.is_object()) return {"what it states cannot be read: it is no JSON object"};
  if (!document->is_complete) {
    return {absl::StrCat("what it states cannot be judged: its lists hold more than ",
                         kMaxDocumentValues, " values")};
  }
  std::vector<std::string> unmet;
  size_t budget = kMaxComparedBytes;
  for (const Condition& condition : conditions) {
    const std::optional<std::string> why =
        Judgement(condition, now, budget).WhyNot(document->value);
    if (why.has_value()) unmet.push_back(Sentence(*why));
  }
  return unmet;
}

}  // namespace countersign::policy
