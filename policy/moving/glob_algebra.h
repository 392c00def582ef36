#ifndef COUNTERSIGN_POLICY_MOVING_GLOB_ALGEBRA_H_
#define COUNTERSIGN_POLICY_MOVING_GLOB_ALGEBRA_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "policy/moving/name_grammar.h"
#include "policy/moving/name_language.h"
#include "policy/step_budget.h"

namespace countersign::policy {

// What globs of policy.sigstore.dev (policy/image_glob.h) have to do with each other on the names of a
// grammar. Each glob is a text that ImageGlob takes; several are what any of them matches.
//
// Errors are ResourceExhausted: to find out takes more steps than are left.

NameLanguage NamesOfGlobs(absl::Span<const std::string> globs);

// One of the shortest names that both match; nullopt: they do not overlap.
absl::StatusOr<std::optional<std::string>> FindNameInBoth(NameGrammar::Kind names,
                                                          absl::Span<const std::string> some,
                                                          absl::Span<const std::string> others,
                                                          StepBudget& steps);

// One of the shortest names that `inner` match and `outer` do not; nullopt: whatever `inner` match
// `outer` do, too.
absl::StatusOr<std::optional<std::string>> FindNameOutside(NameGrammar::Kind names,
                                                           absl::Span<const std::string> inner,
                                                           absl::Span<const std::string> outer,
                                                           StepBudget& steps);

// The same of languages.
absl::StatusOr<std::optional<std::string>> FindNameOutside(NameGrammar::Kind names,
                                                           NameLanguage& inner, NameLanguage& outer,
                                                           StepBudget& steps);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_GLOB_ALGEBRA_H_
