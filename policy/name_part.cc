#include "policy/name_part.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace countersign::policy {
namespace {

constexpr int kNone = -1;
constexpr size_t kParts = static_cast<size_t>(NamePart::kDigest) + 1;
constexpr size_t kUnreached = std::numeric_limits<size_t>::max();

// A set of texts, as a deterministic automaton that begins in state 0.
struct Automaton {
  int states;
  size_t max_length;
  // A character of each class that Next tells apart.
  std::string_view alphabet;
  // The state after one more character, or kNone.
  int (*next)(int state, char c);
  bool (*accepts)(int state);
};

bool IsAlphanumeric(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }
bool IsHex(char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); }

// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)* with "/" between.
enum PathState { kComponentStart, kInComponent, kAfterSeparator, kAfterUnderscore, kAfterDash };

int NextInPath(int state, char c) {
  if (IsAlphanumeric(c)) return kInComponent;
  if (state == kInComponent) {
    if (c == '.') return kAfterSeparator;
    if (c == '_') return kAfterUnderscore;
    if (c == '-') return kAfterDash;
    if (c == '/') return kComponentStart;
  }
  if (state == kAfterUnderscore && c == '_') return kAfterSeparator;
  if (state == kAfterDash && c == '-') return kAfterDash;
  return kNone;
}

int NextInUser(int state, char c) { return c == '.' || c == '/' ? kNone : NextInPath(state, c); }

// Labels with '.' between, then perhaps ':' and a number of up to five digits that does not begin
// with 0; instead of the labels hex digits and colons in brackets.
enum RegistryState {
  kLabelStart,
  kInLabel,
  kAfterHyphen,
  kInBrackets,
  kAfterBrackets,
  kPortStart,
  kInPort,
  kLastInPort = kInPort + 4
};

int NextInPort(int state, char c) {
  if (!absl::ascii_isdigit(c) || state == kLastInPort) return kNone;
  if (state == kPortStart) return c == '0' ? kNone : static_cast<int>(kInPort);
  return state + 1;
}

int NextInRegistry(int state, char c) {
  switch (state) {
    case kLabelStart:
    case kInLabel:
    case kAfterHyphen:
      if (IsAlphanumeric(c)) return kInLabel;
      if (state == kInLabel && c == '.') return kLabelStart;
      if (state == kInLabel && c == ':') return kPortStart;
      if (state != kLabelStart && c == '-') return kAfterHyphen;
      // After a '.', too, which makes the set larger than it must be, never smaller.
      return state == kLabelStart && c == '[' ? static_cast<int>(kInBrackets) : kNone;
    case kInBrackets:
      if (c == ']') return kAfterBrackets;
      return IsHex(c) || c == ':' ? static_cast<int>(kInBrackets) : kNone;
    case kAfterBrackets:
      return c == ':' ? static_cast<int>(kPortStart) : kNone;
    default:
      return NextInPort(state, c);
  }
}

bool AcceptsRegistry(int state) {
  return state == kInLabel || state == kAfterBrackets || state >= kInPort;
}

// A word character, then any number of those and '.' and '-'.
int NextInTag(int state, char c) {
  if (absl::ascii_isalnum(c) || c == '_') return 1;
  return state == 1 && (c == '.' || c == '-') ? 1 : kNone;
}

constexpr std::string_view kAlgorithm = "sha256:";
constexpr int kDigestBytes = 7 + 64;

int NextInDigest(int state, char c) {
  if (state >= kDigestBytes) return kNone;
  const size_t at = static_cast<size_t>(state);
  const bool fits = at < kAlgorithm.size() ? c == kAlgorithm[at] : IsHex(c);
  return fits ? state + 1 : kNone;
}

const Automaton& AutomatonOf(NamePart part) {
  static constexpr auto kEndsComponent = [](int state) { return state == kInComponent; };
  static constexpr Automaton kRegistry = {kLastInPort + 1, 253, "a1-.:[]", NextInRegistry,
                                          AcceptsRegistry};
  static constexpr Automaton kUser = {kAfterDash + 1, 255, "a_-", NextInUser, kEndsComponent};
  static constexpr Automaton kPath = {kAfterDash + 1, 255, "a._-/", NextInPath, kEndsComponent};
  static constexpr Automaton kTag = {2, 128, "a.", NextInTag, [](int state) { return state == 1; }};
  static constexpr Automaton kDigest = {kDigestBytes + 1, kDigestBytes, "sh256:a", NextInDigest,
                                        [](int state) { return state == kDigestBytes; }};
  switch (part) {
    case NamePart::kRegistry:
      return kRegistry;
    case NamePart::kUser:
      return kUser;
    case NamePart::kPath:
      return kPath;
    case NamePart::kTag:
      return kTag;
    case NamePart::kDigest:
      break;
  }
  return kDigest;
}

// What one character can do to a state. In the order of `from`, so that most of a long way is gone
// in one pass.
struct Edge {
  int from;
  int to;
};

std::vector<Edge> EdgesOf(const Automaton& automaton) {
  std::vector<Edge> edges;
  for (int from = 0; from < automaton.states; ++from) {
    std::vector<bool> is_known(automaton.states, false);
    for (const char c : automaton.alphabet) {
      const int to = automaton.next(from, c);
      if (to == kNone || is_known[to]) continue;
      is_known[to] = true;
      edges.push_back({from, to});
    }
  }
  return edges;
}

const std::vector<Edge>& EdgesOf(NamePart part) {
  static const auto* const all = new std::array<std::vector<Edge>, kParts>([] {
    std::array<std::vector<Edge>, kParts> edges;
    for (size_t i = 0; i < kParts; ++i) edges[i] = EdgesOf(AutomatonOf(static_cast<NamePart>(i)));
    return edges;
  }());
  return (*all)[static_cast<size_t>(part)];
}

// Runs a glob against an automaton: for each state, how long the shortest text is that the glob has
// matched so far and that leads there.
class Run {
 public:
  Run(NamePart part, StepBudget* budget)
      : automaton_(AutomatonOf(part)),
        edges_(EdgesOf(part)),
        budget_(budget),
        lengths_(automaton_.states, kUnreached),
        after_(automaton_.states, kUnreached) {}

  // What stands before the first star, where there is one state only. False if there is nothing more
  // to run.
  bool Begin(std::string_view prefix) {
    if (!Pay(prefix.size())) return false;
    int state = 0;
    for (const char c : prefix) {
      state = automaton_.next(state, c);
      if (state == kNone) return false;
    }
    lengths_[state] = prefix.size();
    return true;
  }

  // False if there is nothing more to run: no text matches that is at most `max_length` long, or
  // the budget is exceeded.
  bool Take(char c, size_t max_length) {
    const bool is_done = c == '*' ? TakeStar() : TakeCharacter(c);
    if (!is_done) return false;
    return *std::min_element(lengths_.begin(), lengths_.end()) <= max_length;
  }

  size_t ShortestAccepted() const {
    size_t shortest = kUnreached;
    for (int state = 0; state < automaton_.states; ++state) {
      if (automaton_.accepts(state)) shortest = std::min(shortest, lengths_[state]);
    }
    return shortest;
  }

 private:
  bool Pay(size_t steps) { return budget_ == nullptr || budget_->Take(steps); }

  bool TakeCharacter(char c) {
    if (!Pay(lengths_.size())) return false;
    std::fill(after_.begin(), after_.end(), kUnreached);
    for (int state = 0; state < automaton_.states; ++state) {
      if (lengths_[state] == kUnreached) continue;
      const int next = automaton_.next(state, c);
      if (next != kNone) after_[next] = std::min(after_[next], lengths_[state] + 1);
    }
    lengths_.swap(after_);
    return true;
  }

  // Whatever can be reached by any number of any characters, by the fewest.
  bool TakeStar() {
    for (bool changed = true; changed;) {
      if (!Pay(edges_.size())) return false;
      changed = false;
      for (const Edge& edge : edges_) {
        if (lengths_[edge.from] == kUnreached) continue;
        const size_t length = lengths_[edge.from] + 1;
        if (length >= lengths_[edge.to]) continue;
        lengths_[edge.to] = length;
        changed = true;
      }
    }
    return true;
  }

  const Automaton& automaton_;
  const std::vector<Edge>& edges_;
  StepBudget* const budget_;
  std::vector<size_t> lengths_;
  std::vector<size_t> after_;
};

std::optional<size_t> ShortestMatch(std::string_view glob, NamePart part, size_t max_length,
                                    StepBudget* budget) {
  Run run(part, budget);
  const std::string_view prefix = glob.substr(0, glob.find('*'));
  if (!run.Begin(prefix)) return std::nullopt;
  for (const char c : glob.substr(prefix.size())) {
    if (!run.Take(c, max_length)) return std::nullopt;
  }
  const size_t shortest = run.ShortestAccepted();
  if (shortest > max_length) return std::nullopt;
  return shortest;
}

}  // namespace

std::optional<size_t> ShortestMatch(std::string_view glob, NamePart part) {
  return ShortestMatch(glob, part, kUnreached - 1, nullptr);
}

bool CanMatch(std::string_view glob, NamePart part, StepBudget* budget) {
  return ShortestMatch(glob, part, AutomatonOf(part).max_length, budget).has_value();
}

}  // namespace countersign::policy
