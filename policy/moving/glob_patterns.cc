#include "policy/moving/glob_patterns.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>

#include "policy/image_glob.h"

namespace countersign::policy {
namespace {

constexpr std::string_view kAnyDigest[] = {"@**", "@*", "@sha256:**", "@sha256:*"};
constexpr std::string_view kAnyTag[] = {":**", ":*"};

// A glob without the ending of its that is any digest, or any tag.
template <size_t kCount>
std::optional<std::string> Without(const std::string_view (&endings)[kCount],
                                   std::string_view glob) {
  for (const std::string_view ending : endings) {
    if (glob.size() > ending.size() && glob.ends_with(ending)) {
      return std::string(glob.substr(0, glob.size() - ending.size()));
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> RepositoriesOf(absl::Span<const std::string> globs) {
  std::set<std::string> all(globs.begin(), globs.end());
  for (const std::string& glob : globs) {
    if (std::optional<std::string> bare = Without(kAnyDigest, glob)) {
      all.erase(glob);
      all.insert(*std::move(bare));
    }
  }
  for (const std::string& glob : globs) {
    const std::optional<std::string> bare = Without(kAnyTag, glob);
    if (bare.has_value() && all.contains(*bare)) all.erase(glob);
  }
  return {all.begin(), all.end()};
}

std::string PatternOf(std::string_view glob) {
  std::string pattern;
  for (const char c : ImageGlob::AtLength(glob)) {
    if (c != '*' || pattern.empty() || pattern.back() != '*') pattern += c;
  }
  return pattern;
}

bool AskForDigest(absl::Span<const std::string> globs) {
  return std::any_of(globs.begin(), globs.end(), [globs](const std::string& glob) {
    const std::optional<std::string> bare = Without(kAnyDigest, glob);
    return bare.has_value() && !std::count(globs.begin(), globs.end(), *bare);
  });
}

}  // namespace countersign::policy
