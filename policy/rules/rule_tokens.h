#ifndef COUNTERSIGN_POLICY_RULES_RULE_TOKENS_H_
#define COUNTERSIGN_POLICY_RULES_RULE_TOKENS_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"

namespace countersign::policy {

// A rule of CUE or Rego in pieces, as far as the two write plain rules alike.
struct RuleToken {
  enum class Kind { kEnd = 0, kName, kText, kNumber, kSign, kLineEnd };
  Kind kind = Kind::kEnd;
  std::string text;  // of kText, what it means
  size_t line = 1;

  bool Is(Kind other, std::string_view what) const { return kind == other && text == what; }
  bool IsSign(std::string_view what) const { return Is(Kind::kSign, what); }
  bool IsName(std::string_view what) const { return Is(Kind::kName, what); }
};

// The longest rules that are published have some 3 KiB; what is made of one can be many times that.
inline constexpr size_t kMaxRuleBytes = 4096;

// The last is kEnd. Names are letters, digits and '_'; texts are JSON's strings; `comment` begins a
// comment, to the end of its line. InvalidArgument says in which line there is something else.
absl::StatusOr<std::vector<RuleToken>> ReadRuleTokens(std::string_view text,
                                                      std::string_view comment);

// That what stands at `token` cannot be said as a condition.
absl::Status NotPlain(const RuleToken& token, std::string_view what);

// The operator of a condition that a sign is one of, of numbers but for equality.
struct RuleComparator {
  std::string op;
  bool negate = false;
};
// False: it is none.
bool FindComparator(const RuleToken& sign, RuleComparator& found);

// An expression that is looked for anywhere in a text, for a condition, which wants all of it.
std::string WholeText(const std::string& pattern);

// Reads tokens one after the other. Errors are of NotPlain.
class RuleReader {
 public:
  explicit RuleReader(std::vector<RuleToken> tokens) : tokens_(std::move(tokens)) {}

  const RuleToken& Peek() const { return tokens_[at_]; }
  // The one after it.
  const RuleToken& PeekNext() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  const RuleToken& Take() { return at_ + 1 < tokens_.size() ? tokens_[at_++] : tokens_[at_]; }
  bool TakeIf(RuleToken::Kind kind, std::string_view text) {
    if (!Peek().Is(kind, text)) return false;
    Take();
    return true;
  }
  absl::Status Expect(RuleToken::Kind kind, std::string_view text) {
    if (TakeIf(kind, text)) return absl::OkStatus();
    return NotPlain(Peek(), absl::StrCat("here is read only ", text));
  }
  void SkipSeparators(std::string_view separator) {
    while (Peek().kind == RuleToken::Kind::kLineEnd || Peek().IsSign(separator)) Take();
  }
  // A text, number, true or false.
  absl::StatusOr<base::Json> Literal();

 private:
  const std::vector<RuleToken> tokens_;
  size_t at_ = 0;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_RULES_RULE_TOKENS_H_
