#include "policy/moving/name_language.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/match.h"

namespace countersign::policy {

void NameLanguage::Add(std::string_view expression, std::string_view not_in_star) {
  starts_.push_back(static_cast<uint32_t>(tokens_.size()));
  AddTokens(expression, not_in_star);
  tokens_.push_back({Token::kEnd});
}

void NameLanguage::Add(absl::Span<const Part> parts) {
  starts_.push_back(static_cast<uint32_t>(tokens_.size()));
  for (const Part& part : parts) AddTokens(part.text, part.not_in_star);
  tokens_.push_back({Token::kEnd});
}

void NameLanguage::AddTokens(std::string_view text, std::string_view not_in_star) {
  const auto excluded = std::find(excluded_.begin(), excluded_.end(), not_in_star);
  const auto index = static_cast<uint8_t>(excluded - excluded_.begin());
  if (excluded == excluded_.end()) excluded_.emplace_back(not_in_star);
  while (!text.empty()) {
    if (text.front() != '*') {
      tokens_.push_back({Token::kCharacter, text.front(), 0});
      text.remove_prefix(1);
      continue;
    }
    const size_t stars = std::min(text.find_first_not_of('*'), text.size());
    tokens_.push_back({Token::kStar, 0, stars == 1 ? index : uint8_t{0}});
    text.remove_prefix(stars);
  }
}

// A star may stand for nothing.
void NameLanguage::AddWithStars(Places& places, uint32_t at) const {
  places.push_back(at);
  while (tokens_[at].kind == Token::kStar) places.push_back(++at);
}

int NameLanguage::StateOf(Places places) {
  if (places.empty()) return kNone;
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  const auto [known, is_new] = state_of_.try_emplace(places, static_cast<int>(states_.size()));
  if (!is_new) return known->second;
  const bool accepts = std::any_of(places.begin(), places.end(),
                                   [this](uint32_t at) { return tokens_[at].kind == Token::kEnd; });
  states_.push_back(std::move(places));
  accepts_.push_back(accepts);
  next_.emplace_back();
  next_.back().fill(kUnknown);
  return static_cast<int>(states_.size()) - 1;
}

int NameLanguage::Start(StepBudget& steps) {
  Places places;
  for (const uint32_t start : starts_) AddWithStars(places, start);
  return steps.Take(places.size()) ? StateOf(std::move(places)) : kNone;
}

int NameLanguage::Next(int state, char c, StepBudget& steps) {
  const auto byte = static_cast<unsigned char>(c);
  if (state == kNone || byte >= 128) return kNone;
  if (next_[state][byte] != kUnknown) return next_[state][byte];
  if (!steps.Take(states_[state].size())) return kNone;
  Places places;
  for (const uint32_t at : states_[state]) {
    const Token& token = tokens_[at];
    if (token.kind == Token::kCharacter && token.character == c) AddWithStars(places, at + 1);
    if (token.kind == Token::kStar && !absl::StrContains(excluded_[token.excluded], c)) {
      AddWithStars(places, at);
    }
  }
  const int next = StateOf(std::move(places));
  next_[state][byte] = next;
  return next;
}

namespace {

// Searches the product of the automata in breadth.
class Search {
 public:
  Search(const NameGrammar& grammar, absl::Span<NameLanguage* const> in,
         absl::Span<NameLanguage* const> out, StepBudget& steps)
      : grammar_(grammar), languages_(in.begin(), in.end()), in_(in.size()), steps_(steps) {
    languages_.insert(languages_.end(), out.begin(), out.end());
  }

  std::optional<std::string> Run() {
    States start = {0};
    for (NameLanguage* language : languages_) start.push_back(language->Start(steps_));
    Reach(std::move(start), 0, 0);
    for (size_t at = 0; at < reached_.size() && !steps_.IsExceeded(); ++at) {
      const States states = reached_[at].states;
      if (IsWanted(states)) return NameTo(at);
      for (const char c : NameGrammar::kAlphabet) Step(states, at, c);
    }
    return std::nullopt;
  }

 private:
  // The grammar's, then each language's.
  using States = std::vector<int>;
  struct Reached {
    States states;
    size_t from = 0;
    char by = 0;
  };

  void Step(const States& states, size_t from, char c) {
    if (!steps_.Take(1)) return;
    const int place = grammar_.Next(states[0], c);
    if (place == NameGrammar::kNone) return;
    States next = {place};
    for (size_t i = 0; i < languages_.size(); ++i) {
      next.push_back(languages_[i]->Next(states[i + 1], c, steps_));
      if (i < in_ && next.back() == NameLanguage::kNone) return;
    }
    Reach(std::move(next), from, c);
  }

  void Reach(States states, size_t from, char by) {
    const auto [known, is_new] = seen_.try_emplace(states, true);
    if (is_new) reached_.push_back({std::move(states), from, by});
  }

  bool IsWanted(const States& states) const {
    if (!grammar_.Accepts(states[0])) return false;
    for (size_t i = 0; i < languages_.size(); ++i) {
      if (languages_[i]->Accepts(states[i + 1]) != (i < in_)) return false;
    }
    return true;
  }

  std::string NameTo(size_t at) const {
    std::string name;
    for (; at != 0; at = reached_[at].from) name += reached_[at].by;
    std::reverse(name.begin(), name.end());
    return name;
  }

  const NameGrammar& grammar_;
  std::vector<NameLanguage*> languages_;
  const size_t in_;
  StepBudget& steps_;
  std::vector<Reached> reached_;
  absl::flat_hash_map<States, bool> seen_;
};

}  // namespace

std::optional<std::string> ShortestName(const NameGrammar& grammar,
                                        absl::Span<NameLanguage* const> in,
                                        absl::Span<NameLanguage* const> out, StepBudget& steps) {
  std::optional<std::string> name = Search(grammar, in, out, steps).Run();
  if (steps.IsExceeded()) return std::nullopt;
  return name;
}

}  // namespace countersign::policy
