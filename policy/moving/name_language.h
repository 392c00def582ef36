#ifndef COUNTERSIGN_POLICY_MOVING_NAME_LANGUAGE_H_
#define COUNTERSIGN_POLICY_MOVING_NAME_LANGUAGE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "policy/moving/name_grammar.h"
#include "policy/step_budget.h"

namespace countersign::policy {

// A set of texts: those that one of several expressions matches, each a row of characters and
// stars. As an automaton whose deterministic states are made as they are needed. For one thread.
class NameLanguage {
 public:
  static constexpr int kNone = -1;

  // Adds an expression: '*' stands for any number of characters other than those of `not_in_star`,
  // "**" (also longer) for any number of any. All must be added before the first question.
  void Add(std::string_view expression, std::string_view not_in_star = "/");
  // The same of an expression whose parts differ in that.
  struct Part {
    std::string text;
    std::string_view not_in_star;
  };
  void Add(absl::Span<const Part> parts);

  bool IsEmpty() const { return starts_.empty(); }

  // Of the automaton; kNone is the state that nothing leads out of. Each new state costs steps; a
  // state that is not paid for is kNone.
  int Start(StepBudget& steps);
  int Next(int state, char c, StepBudget& steps);
  bool Accepts(int state) const { return state != kNone && accepts_[state]; }

 private:
  struct Token {
    enum Kind : uint8_t { kCharacter, kStar, kEnd } kind = kEnd;
    char character = 0;
    uint8_t excluded = 0;  // index in excluded_
  };
  // Ascending indexes of tokens_.
  using Places = std::vector<uint32_t>;
  static constexpr int kUnknown = -2;

  void AddTokens(std::string_view text, std::string_view not_in_star);
  void AddWithStars(Places& places, uint32_t at) const;
  int StateOf(Places places);

  std::vector<Token> tokens_;
  std::vector<std::string> excluded_ = {""};
  std::vector<uint32_t> starts_;
  std::vector<Places> states_;
  std::vector<bool> accepts_;
  std::vector<std::array<int, 128>> next_;
  absl::flat_hash_map<Places, int> state_of_;
};

// One of the shortest names of the grammar that are in all of `in` and in none of `out`; nullopt if
// there is none, or the budget is exceeded by the search. None is null.
std::optional<std::string> ShortestName(const NameGrammar& grammar,
                                        absl::Span<NameLanguage* const> in,
                                        absl::Span<NameLanguage* const> out, StepBudget& steps);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_NAME_LANGUAGE_H_
