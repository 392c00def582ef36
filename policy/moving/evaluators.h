#ifndef COUNTERSIGN_POLICY_MOVING_EVALUATORS_H_
#define COUNTERSIGN_POLICY_MOVING_EVALUATORS_H_

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/json.h"
#include "oci/image_reference.h"
#include "policy/moving/sign_entries.h"
#include "policy/moving/sign_to_sigstore.h"

namespace countersign::policy {

// The text of a public key, without what surrounds it.
using KeyText = std::string;
KeyText KeyTextOf(std::string_view pem);

// Whether an image is admitted where exactly these keys have signed it: what two languages are
// compared by. Written from the rules of each alone, so that it shares nothing with the translations
// but the reading of patterns and globs.
using Evaluate =
    std::function<bool(const oci::ImageReference& image, const std::set<KeyText>& signers)>;

// Of Sign: one key of one of the entries that match.
Evaluate EvaluateSign(SignEntries sign, const SignSettings& settings);

// How objects of policy.sigstore.dev are read.
enum class Reading {
  // As Countersign does: globs against all names of an image, groups of PolicyOptions.
  kCountersign,
  // As the Policy Controller does in a cluster: against the canonical name of what a tag resolves to,
  // every policy that selects the image must hold. An image without a digest is taken to have
  // sha256:00…0.
  kPolicyController,
};

// Of ClusterImagePolicies with keys and static authorities, their PolicyOptions with groups, and the
// ConfigMap `config-policy-controller`. InvalidArgument says what else is in the objects, which is
// more than the signatures of keys can decide.
absl::StatusOr<Evaluate> EvaluateSigstore(absl::Span<const base::Json> objects, Reading reading);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_EVALUATORS_H_
