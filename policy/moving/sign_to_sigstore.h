#ifndef COUNTERSIGN_POLICY_MOVING_SIGN_TO_SIGSTORE_H_
#define COUNTERSIGN_POLICY_MOVING_SIGN_TO_SIGSTORE_H_

#include <string>
#include <vector>

#include "base/json.h"
#include "policy/moving/sign_entries.h"
#include "policy/moving/translation.h"
#include "policy/step_budget.h"

namespace countersign::policy {

struct SignSettings {
  // The install value allow_unmatched_images.
  bool allow_unmatched = false;
};

// A policy of Sign as ClusterImagePolicies of policy.sigstore.dev, for Countersign: one
// `image-policy-<i>` for each pattern, all in one group by their PolicyOptions, so that one of those
// that select an image is enough, as one pattern of Sign's is; and the ConfigMap with the rule for
// images that none selects.
//
// Exact (each decision is the same) but for patterns that globs cannot say, each of which is a
// difference, with a name that tells them apart. Pure.
Translation SignToSigstore(const SignEntries& sign, const SignSettings& settings,
                           StepBudget& steps);

// The parts that a translation for the Policy Controller has, too.

// The ClusterImagePolicy of this name: the images that any of the globs matches must be signed by
// one of the keys; where there are none, no image passes.
base::Json ImagePolicyObject(const std::string& name, const std::vector<std::string>& globs,
                             const std::vector<SignEntries::Key>& keys,
                             const std::vector<std::string>& pull_secrets);

// The ConfigMap `config-policy-controller` that says what becomes of images that no policy selects.
base::Json UnmatchedRule(const SignEntries& sign, const SignSettings& settings);

// What people have to do besides.
std::vector<std::string> NotesOf(const SignEntries& sign, const SignSettings& settings);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_SIGN_TO_SIGSTORE_H_
