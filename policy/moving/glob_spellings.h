#ifndef COUNTERSIGN_POLICY_MOVING_GLOB_SPELLINGS_H_
#define COUNTERSIGN_POLICY_MOVING_GLOB_SPELLINGS_H_

#include <optional>
#include <string>
#include <vector>

#include "policy/moving/translation.h"
#include "policy/name_pattern.h"
#include "policy/step_budget.h"

namespace countersign::policy {

// A pattern of Sign as globs that are compared with all the names of an image (policy/image_names.h).
struct GlobSpellings {
  std::vector<std::string> globs;
  // Why they select more than the pattern matches, or nothing, with an image that tells if one was
  // found; nullopt: they select exactly that. The sentence goes on after the name of what they are
  // for.
  std::optional<Divergence> difference;
};

// As policy/pattern_globs.h has them; to look for an image costs steps. Pure.
GlobSpellings SpellAsGlobs(const NamePattern& pattern, StepBudget& steps);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_GLOB_SPELLINGS_H_
