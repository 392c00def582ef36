#include "policy/image_glob.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"
#include "policy/go_quote.h"

namespace countersign::policy {
namespace {

// Takes one character of a class in brackets off `text`, as getEsc of Go's path/filepath does; false if
// none may stand there, or if nothing follows it.
bool TakeClassCharacter(std::string_view& text) {
  if (text.empty() || text.front() == '-' || text.front() == ']') return false;
  if (text.front() == '\\') text.remove_prefix(1);
  const size_t bytes = base::Utf8CharacterBytes(text);
  if (bytes == 0) return false;
  text.remove_prefix(bytes);
  return !text.empty();
}

// Takes what follows a '[' up to its ']'; false if Go refuses it.
bool TakeClass(std::string_view& text) {
  if (absl::StartsWith(text, "^")) text.remove_prefix(1);
  do {
    if (!TakeClassCharacter(text)) return false;
    if (text.front() == '-') {
      text.remove_prefix(1);
      if (!TakeClassCharacter(text)) return false;
    }
  } while (text.front() != ']');
  text.remove_prefix(1);
  return true;
}

// Whether Go's filepath.Match takes the pattern (on Unix). Only classes and escapes can be wrong.
bool IsPatternOfGo(std::string_view text) {
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '[' && !TakeClass(text)) return false;
    if (c == '\\') {
      if (text.empty()) return false;
      text.remove_prefix(1);
    }
  }
  return true;
}

bool HasOnlyGlobCharacters(std::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isalnum(c) && !absl::StrContains("-_:/*.@", c)) return false;
  }
  return !text.empty();
}

// How many of its literal characters a reading of the glob may have matched, ascending. Most globs have
// few stars, and then there are few.
using States = absl::InlinedVector<uint16_t, 32>;

void AddState(size_t state, States& states) {
  if (states.empty() || states.back() != state) states.push_back(static_cast<uint16_t>(state));
}

}  // namespace

std::string_view ImageGlob::AtLength(std::string_view text) {
  if (text == "*") return "index.docker.io/library/*";
  if (text == "*/*") return "index.docker.io/*/*";
  return text;
}

absl::StatusOr<ImageGlob> ImageGlob::Parse(std::string_view text) {
  if (text.size() > kMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("glob is invalid: it is longer than ", kMaxBytes, " bytes"));
  }
  if (!IsPatternOfGo(text)) {
    return absl::InvalidArgumentError("glob is invalid: syntax error in pattern");
  }
  if (!HasOnlyGlobCharacters(text)) {
    return absl::InvalidArgumentError(
        absl::StrCat("glob is invalid: invalid glob ", GoQuoted(text)));
  }
  ImageGlob glob;
  glob.text_ = std::string(text);
  char gap = kNothing;
  for (const char c : AtLength(text)) {
    if (c == '*') {
      gap = gap == kNothing ? kAnyButSlash : kAnything;
      glob.has_stars_ = true;
    } else {
      glob.literals_ += c;
      glob.gaps_ += std::exchange(gap, kNothing);
    }
  }
  glob.gaps_ += gap;
  const size_t slash = glob.literals_.find('/');
  if (slash != std::string::npos) glob.host_bytes_ = slash;
  return glob;
}

std::string_view ImageGlob::prefix() const {
  return std::string_view(literals_).substr(0, gaps_.find_first_not_of(kNothing));
}

std::string_view ImageGlob::suffix() const {
  const size_t last_star = gaps_.find_last_not_of(kNothing);
  return std::string_view(literals_).substr(last_star == std::string::npos ? 0 : last_star);
}

bool ImageGlob::Matches(std::string_view name) const { return MatchesReading(name, 0); }

bool ImageGlob::Covers(std::string_view name) const { return MatchesReading(name, host_bytes_); }

// `**` before the first `host_bytes` literal characters takes no slashes. No way to match is tried
// after another: all of them are followed at once, a character of the name at a time.
bool ImageGlob::MatchesReading(std::string_view name, size_t host_bytes) const {
  if (!has_stars_) return name == literals_;
  if (name.size() < literals_.size() || !absl::EndsWith(name, suffix()) ||
      !absl::StartsWith(name, prefix())) {
    return false;
  }
  States states = {static_cast<uint16_t>(prefix().size())};
  States next;
  for (const char c : name.substr(prefix().size())) {
    next.clear();
    for (const size_t state : states) {
      const char gap = gaps_[state];
      if (gap == kAnything && state >= host_bytes) {
        // It takes the rest of the name, if need be: whoever is behind can come to nothing more.
        next.clear();
        AddState(state, next);
      } else if (gap != kNothing && c != '/') {
        AddState(state, next);
      }
      if (state < literals_.size() && literals_[state] == c) AddState(state + 1, next);
    }
    if (next.empty()) return false;
    states.swap(next);
  }
  return states.back() == literals_.size();
}

std::optional<ImageGlob> ImageGlob::ForEveryDigest() const {
  const auto parsed = [](const std::string& text) {
    absl::StatusOr<ImageGlob> glob = Parse(text);
    return glob.ok() ? std::optional<ImageGlob>(*std::move(glob)) : std::nullopt;
  };
  const auto is_all_stars_from = [this](size_t begin) {
    return text_.find_first_not_of('*', begin) == std::string::npos;
  };
  if (const size_t at = text_.rfind('@'); at != std::string::npos) {
    if (is_all_stars_from(at + 1)) return std::nullopt;
    return parsed(absl::StrCat(text_.substr(0, at), "@**"));
  }
  // What stands after a star may be part of a digest that the star begins.
  const size_t other = text_.find_last_not_of("*sha256:0123456789abcdef");
  const size_t star = text_.find('*', other == std::string::npos ? 0 : other);
  if (star == std::string::npos || is_all_stars_from(star)) return std::nullopt;
  // A later `**` may take slashes on the way to the digest.
  return parsed(text_.substr(0, star) + "**");
}

}  // namespace countersign::policy
