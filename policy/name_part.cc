#include "policy/name_part.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace countersign::policy {
namespace {

constexpr int kNone = -1;
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

// For each state, how long the shortest text is that leads there; kUnreached if there is none.
using Lengths = std::vector<size_t>;

void Shorten(size_t& length, size_t other) { length = std::min(length, other); }

// What one certain character makes of the lengths.
Lengths AfterCharacter(const Automaton& automaton, const Lengths& lengths, char c) {
  Lengths after(lengths.size(), kUnreached);
  for (int state = 0; state < automaton.states; ++state) {
    if (lengths[state] == kUnreached) continue;
    const int next = automaton.next(state, c);
    if (next != kNone) Shorten(after[next], lengths[state] + 1);
  }
  return after;
}

// What any number of any characters makes of them: whatever can be reached, by the fewest steps.
Lengths AfterStar(const Automaton& automaton, Lengths lengths) {
  for (bool changed = true; changed;) {
    changed = false;
    for (const char c : automaton.alphabet) {
      const Lengths after = AfterCharacter(automaton, lengths, c);
      for (size_t state = 0; state < lengths.size(); ++state) {
        changed = changed || after[state] < lengths[state];
        Shorten(lengths[state], after[state]);
      }
    }
  }
  return lengths;
}

}  // namespace

std::optional<size_t> ShortestMatch(std::string_view glob, NamePart part) {
  const Automaton& automaton = AutomatonOf(part);
  // Up to the first star there is one state only.
  const std::string_view prefix = glob.substr(0, glob.find('*'));
  int start = 0;
  for (const char c : prefix) {
    start = automaton.next(start, c);
    if (start == kNone) return std::nullopt;
  }
  Lengths lengths(automaton.states, kUnreached);
  lengths[start] = prefix.size();
  for (const char c : glob.substr(prefix.size())) {
    lengths =
        c == '*' ? AfterStar(automaton, std::move(lengths)) : AfterCharacter(automaton, lengths, c);
  }
  size_t shortest = kUnreached;
  for (int state = 0; state < automaton.states; ++state) {
    if (automaton.accepts(state)) Shorten(shortest, lengths[state]);
  }
  if (shortest == kUnreached) return std::nullopt;
  return shortest;
}

bool CanMatch(std::string_view glob, NamePart part) {
  const std::optional<size_t> shortest = ShortestMatch(glob, part);
  return shortest.has_value() && *shortest <= AutomatonOf(part).max_length;
}

}  // namespace countersign::policy
