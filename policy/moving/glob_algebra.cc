#include "policy/moving/glob_algebra.h"

#include <algorithm>
#include <string_view>

#include "absl/status/status.h"
#include "policy/image_glob.h"

namespace countersign::policy {
namespace {

using Answer = absl::StatusOr<std::optional<std::string>>;

Answer Checked(std::optional<std::string> name, const StepBudget& steps) {
  if (!steps.IsExceeded()) return name;
  return absl::ResourceExhaustedError(
      "too complex: to compare these patterns takes more steps than may be taken; write fewer '*'");
}

std::string_view BeforeStars(std::string_view glob) { return glob.substr(0, glob.find('*')); }

// Whether two globs begin so that no name can match both, as most do.
bool BeginApart(std::string_view one, std::string_view other) {
  const std::string_view a = BeforeStars(one);
  const std::string_view b = BeforeStars(other);
  const size_t length = std::min(a.size(), b.size());
  return a.substr(0, length) != b.substr(0, length);
}

bool AllBeginApart(absl::Span<const std::string> some, absl::Span<const std::string> others) {
  return std::all_of(some.begin(), some.end(), [others](const std::string& one) {
    return std::all_of(others.begin(), others.end(),
                       [&one](const std::string& other) { return BeginApart(one, other); });
  });
}

}  // namespace

NameLanguage NamesOfGlobs(absl::Span<const std::string> globs) {
  NameLanguage names;
  for (const std::string& glob : globs) names.Add(ImageGlob::AtLength(glob));
  return names;
}

Answer FindNameInBoth(NameGrammar::Kind names, absl::Span<const std::string> some,
                      absl::Span<const std::string> others, StepBudget& steps) {
  if (AllBeginApart(some, others)) return std::nullopt;
  NameLanguage one = NamesOfGlobs(some);
  NameLanguage other = NamesOfGlobs(others);
  return Checked(ShortestName(NameGrammar(names), {&one, &other}, {}, steps), steps);
}

Answer FindNameOutside(NameGrammar::Kind names, NameLanguage& inner, NameLanguage& outer,
                       StepBudget& steps) {
  if (inner.IsEmpty()) return std::nullopt;
  return Checked(ShortestName(NameGrammar(names), {&inner}, {&outer}, steps), steps);
}

Answer FindNameOutside(NameGrammar::Kind names, absl::Span<const std::string> inner,
                       absl::Span<const std::string> outer, StepBudget& steps) {
  NameLanguage inside = NamesOfGlobs(inner);
  NameLanguage outside = NamesOfGlobs(outer);
  return FindNameOutside(names, inside, outside, steps);
}

}  // namespace countersign::policy
