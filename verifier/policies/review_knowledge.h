#ifndef COUNTERSIGN_VERIFIER_POLICIES_REVIEW_KNOWLEDGE_H_
#define COUNTERSIGN_VERIFIER_POLICIES_REVIEW_KNOWLEDGE_H_

#include <string>

#include "policy/sigstore/review_settings.h"
#include "verifier/policies/sigstore_compiler.h"
#include "verifier/policies/sigstore_lists.h"

namespace countersign::verifier {

// What a review of objects goes by where these surroundings are in force, and the ConfigMap in `settings`
// (null: there is none): which keys of key management services there are, who is trusted where nothing
// else is named (what is shipped, as long as there is no such root), and what the TrustRoots have that
// could be read. `installation` is the namespace of the ConfigMap. All but the moment. Pure.
policy::ReviewSettings ReviewSettingsOf(const SigstoreSurroundings& surroundings,
                                        const ObjectList& settings,
                                        const std::string& installation);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_REVIEW_KNOWLEDGE_H_
