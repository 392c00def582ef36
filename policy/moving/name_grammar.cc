#include "policy/moving/name_grammar.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "oci/registry_name.h"

namespace countersign::policy {
namespace {

constexpr int kDead = 15;

// Of what stands before the first '/', read as a registry: labels with '.' between, then perhaps a
// port of up to five digits.
enum Host { kLabelStart, kInLabel, kAfterHyphen, kPortStart, kInPort, kLastInPort = kInPort + 4 };
// Of the same text, and of what follows, read as a path with tag and digest.
enum Path {
  kComponentStart,
  kInComponent,
  kAfterSeparator,
  kAfterUnderscore,
  kAfterDash,
  kTagStart,
  kInTag,
  kDigestStart
};
constexpr std::string_view kAlgorithm = "sha256:";
constexpr int kWholeDigest = kDigestStart + 7 + 64;
constexpr int kNoPath = 127;

// Registries that are not like others: Docker Hub's, the first of which is its canonical one, and
// the one without a '.' or ':'.
constexpr std::string_view kSpecial[] = {"index.docker.io", "docker.io", "registry-1.docker.io",
                                         "registry.hub.docker.com", "localhost"};
constexpr int kLocalhost = std::size(kSpecial) - 1;
constexpr int kNotSpecial = 255;

// A state, taken apart.
struct Place {
  int host = kLabelStart;
  int path = kComponentStart;
  bool is_after_host = false;  // a '/' was read
  bool has_mark = false;       // before it, a '.' or ':'
  bool needs_library = false;  // the first component on Docker Hub, after which another must come
  // Which special registry it can be yet, and how many characters of it were read: 32 for each.
  int special = 0;

  static Place Of(int state) {
    // State 0 is the beginning.
    return {.host = state & 15,
            .path = (state >> 4) & 127,
            .is_after_host = (state & (1 << 11)) != 0,
            .has_mark = (state & (1 << 12)) != 0,
            .needs_library = (state & (1 << 13)) != 0,
            .special = (state >> 14) & 255};
  }
  int State() const {
    return host | path << 4 | is_after_host << 11 | has_mark << 12 | needs_library << 13 |
           special << 14;
  }
};

int NextHost(int state, char c) {
  const bool is_word = absl::ascii_islower(c) || absl::ascii_isdigit(c);
  switch (state) {
    case kLabelStart:
    case kInLabel:
    case kAfterHyphen:
      if (is_word) return kInLabel;
      if (state == kInLabel && c == '.') return kLabelStart;
      if (state == kInLabel && c == ':') return kPortStart;
      return state != kLabelStart && c == '-' ? static_cast<int>(kAfterHyphen) : kDead;
    case kPortStart:
      return absl::ascii_isdigit(c) && c != '0' ? static_cast<int>(kInPort) : kDead;
    case kDead:
    case kLastInPort:
      return kDead;
    default:
      return absl::ascii_isdigit(c) ? state + 1 : kDead;
  }
}

int NextDigest(int state, char c) {
  const int at = state - kDigestStart;
  if (state == kWholeDigest) return kNoPath;
  const bool fits = at < static_cast<int>(kAlgorithm.size())
                        ? c == kAlgorithm[at]
                        : absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
  return fits ? state + 1 : kNoPath;
}

int NextPath(int state, char c) {
  const bool is_word = absl::ascii_islower(c) || absl::ascii_isdigit(c);
  if (state == kNoPath) return kNoPath;
  if (state >= kDigestStart) return NextDigest(state, c);
  if (state == kTagStart || state == kInTag) {
    if (is_word || c == '_') return kInTag;
    if (state == kInTag && c == '@') return kDigestStart;
    return state == kInTag && (c == '.' || c == '-') ? static_cast<int>(kInTag) : kNoPath;
  }
  if (is_word) return kInComponent;
  if (state == kInComponent) {
    if (c == '.') return kAfterSeparator;
    if (c == '_') return kAfterUnderscore;
    if (c == '-') return kAfterDash;
    if (c == '/') return kComponentStart;
    if (c == ':') return kTagStart;
    if (c == '@') return kDigestStart;
  }
  if (state == kAfterUnderscore && c == '_') return kAfterSeparator;
  return state == kAfterDash && c == '-' ? static_cast<int>(kAfterDash) : kNoPath;
}

// The first special registry from `special` on that begins with the same characters and `c`.
int NextSpecial(int special, char c) {
  if (special == kNotSpecial) return kNotSpecial;
  const int length = special % 32;
  const std::string_view read = kSpecial[special / 32].substr(0, length);
  for (int i = 0; i < static_cast<int>(std::size(kSpecial)); ++i) {
    const std::string_view name = kSpecial[i];
    if (name.starts_with(read) && static_cast<int>(name.size()) > length && name[length] == c) {
      return i * 32 + length + 1;
    }
  }
  return kNotSpecial;
}

// Which special registry was read as a whole; -1: none.
int SpecialOf(int special) {
  if (special == kNotSpecial) return -1;
  for (int i = 0; i < static_cast<int>(std::size(kSpecial)); ++i) {
    if (kSpecial[i] == kSpecial[special / 32].substr(0, special % 32)) return i;
  }
  return -1;
}

bool EndsHost(int host) { return host == kInLabel || (host >= kInPort && host <= kLastInPort); }

}  // namespace

int NameGrammar::Next(int state, char c) const {
  Place place = Place::Of(state);
  if (place.is_after_host) {
    place.path = NextPath(place.path, c);
    if (c == '/') place.needs_library = false;
    if (kind_ == Kind::kCanonical && c == ':' && place.path == kTagStart) return kNone;
    if (place.needs_library && (c == ':' || c == '@')) return kNone;
    return place.path == kNoPath ? kNone : place.State();
  }
  if (c != '/') {
    place.host = NextHost(place.host, c);
    place.path = NextPath(place.path, c);
    place.special = NextSpecial(place.special, c);
    place.has_mark = place.has_mark || c == '.' || c == ':';
    if (kind_ != Kind::kShort) place.path = kNoPath;
    return place.host == kDead && place.path == kNoPath ? kNone : place.State();
  }
  const int special = SpecialOf(place.special);
  if (kind_ == Kind::kShort) {
    if (place.has_mark || special == kLocalhost || place.path != kInComponent) return kNone;
    return Place{.is_after_host = true}.State();
  }
  if (!EndsHost(place.host) || !(place.has_mark || special == kLocalhost)) return kNone;
  if (kind_ == Kind::kCanonical && special > 0) return kNone;
  return Place{.is_after_host = true, .needs_library = kind_ == Kind::kCanonical && special == 0}
      .State();
}

bool NameGrammar::Accepts(int state) const {
  const Place place = Place::Of(state);
  if (kind_ == Kind::kCanonical) return place.is_after_host && place.path == kWholeDigest;
  if (kind_ == Kind::kFull && !place.is_after_host) return false;
  return place.path == kInComponent || place.path == kInTag || place.path == kWholeDigest;
}

}  // namespace countersign::policy
