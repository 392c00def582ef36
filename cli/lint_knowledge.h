#ifndef COUNTERSIGN_CLI_LINT_KNOWLEDGE_H_
#define COUNTERSIGN_CLI_LINT_KNOWLEDGE_H_

#include "absl/types/span.h"
#include "base/json.h"
#include "policy/sigstore/review_settings.h"

namespace countersign::cli {

// What objects in files are reviewed by (policy::ReviewSigstoreObject), where these are all of them: what
// `settings` has, every key of a key management service, the TrustRoots among them whose roots they hold
// (a mirror is not asked), and what the installation's ConfigMap among them says: the one with its name,
// in its namespace or in none. Pure.
policy::ReviewSettings LintKnowledge(policy::ReviewSettings settings,
                                     absl::Span<const base::Json* const> objects);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_LINT_KNOWLEDGE_H_
