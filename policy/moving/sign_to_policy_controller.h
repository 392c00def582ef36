#ifndef COUNTERSIGN_POLICY_MOVING_SIGN_TO_POLICY_CONTROLLER_H_
#define COUNTERSIGN_POLICY_MOVING_SIGN_TO_POLICY_CONTROLLER_H_

#include "policy/moving/sign_entries.h"
#include "policy/moving/sign_to_sigstore.h"
#include "policy/moving/translation.h"
#include "policy/step_budget.h"

namespace countersign::policy {

// What to do where patterns with different keys match the same image. Sign wants one key of either;
// the Policy Controller wants one of each, and there is no way to tell it otherwise.
enum class OnOverlap {
  // Leave it so: what Sign denies is never admitted.
  kStricter = 0,
  // One policy with all their patterns and keys: what Sign admits is never denied.
  kLooser,
};

// A policy of Sign as ClusterImagePolicies for the Policy Controller alone, without any option of
// Countersign's. Their globs are for the names that it has in a cluster: registry/path@digest, where
// tags are gone and hosts are as they were written.
//
// Exact where all patterns name repositories, and those with different keys no image together. Where
// only the latter fails it is stricter or looser as asked for, and inexact otherwise; what
// differs is listed, with names. Pure.
Translation SignToPolicyController(const SignEntries& sign, const SignSettings& settings,
                                   OnOverlap on_overlap, StepBudget& steps);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_SIGN_TO_POLICY_CONTROLLER_H_
