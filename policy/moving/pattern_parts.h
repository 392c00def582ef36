#ifndef COUNTERSIGN_POLICY_MOVING_PATTERN_PARTS_H_
#define COUNTERSIGN_POLICY_MOVING_PATTERN_PARTS_H_

#include <optional>
#include <string>
#include <vector>

#include "policy/moving/name_language.h"
#include "policy/name_pattern.h"

namespace countersign::policy {

// A pattern taken apart as policy/name_pattern.h reads it, in lower case what may be, with runs of
// stars made one.
struct PatternParts {
  std::optional<std::string> host;
  std::string path;
  std::optional<std::string> tag;  // nullopt also for `*`
  std::optional<std::string> digest;

  explicit PatternParts(const NamePattern& pattern);
  // Nothing before the path counts: every image, or every one with that tag or digest.
  bool IsAnything() const { return !host.has_value() && path == "*"; }
  // Nor before its `/`.
  bool BeginsWithAnything() const { return IsAnything() || host == "*"; }
  bool NamesRepositoriesOnly() const { return !tag.has_value() && !digest.has_value(); }
};

// Add the spellings with a registry, or those without, that are a name of an image which the pattern
// matches by that very spelling.
void AddFullNames(const PatternParts& pattern, NameLanguage& names);
void AddShortNames(const PatternParts& pattern, NameLanguage& names);

// The canonical names (name_grammar.h) of what the pattern matches, whatever tags and digests it
// asks for: where it names repositories only, exactly those of the images that it matches.
NameLanguage CanonicalNamesOf(const PatternParts& pattern);
// Globs of the Policy Controller that match them, and as little else as can be said.
std::vector<std::string> CanonicalGlobsOf(const PatternParts& pattern);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_PATTERN_PARTS_H_
