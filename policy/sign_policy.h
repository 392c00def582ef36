#ifndef COUNTERSIGN_POLICY_SIGN_POLICY_H_
#define COUNTERSIGN_POLICY_SIGN_POLICY_H_

#include <optional>
#include <vector>

#include "base/json.h"
#include "policy/policy.h"
#include "policy/problem.h"
#include "policy/step_budget.h"

namespace countersign::policy {

// A ClusterImagePolicy (signing.apps.tanzu.vmware.com/v1beta1), read:
//   spec.verification.keys[]: {name, publicKey (PEM)}
//   spec.verification.images[]: {namePattern, keys[]: {name}, secretRef: {name, namespace}
//                                (optional)}
//   spec.verification.exclude.resources.namespaces[]: string
// Unknown members are ignored, as the API server's pruning would. Lists that are absent are empty.
struct SignPolicy {
  // Everything that is wrong, in the order of the members above: empty exactly if the object is a
  // policy without problems.
  std::vector<Problem> problems;
  // The first problem of the object as a whole, which leaves nothing of it to use; nullopt: what
  // is in the next two can be put in force.
  std::optional<Problem> fault;
  // Of the one group that it makes: its keys, as authorities, and its exclusions.
  Group group;
  // A policy for each pattern that can be used, in the object's order, all of that group: one of
  // those that match is enough.
  std::vector<Policy> policies;
};

// It is no policy as a whole if it is not an object of that kind and group (any version), its name
// is not `image-policy`, or one of the members above has the wrong JSON type in a way that leaves
// its meaning unknown (`spec` or `verification` missing, `keys`, `images` or `namespaces` no array,
// `exclude` or `resources` no object).
//
// What is wrong in one key or one pattern is a problem and leaves the others in force: a bad PEM, a
// key name that is missing or used twice (both uses are then broken), a pattern without keys, or
// with one that the policy does not have, a pattern that does not parse or can match no image, or
// with which the patterns are too complex (see Group::broken_patterns), a secretRef that is
// incomplete or can name no Secret (ignored, and said), a namespace that no namespace can be named
// like (not excluded, and said).
//
// Finding out whether patterns can match anything is paid for from `steps` (policy/name_part.h): one
// that exceeds what is left there, and those after it, are too complex. Pure.
SignPolicy ReadSignPolicy(const base::Json& object, StepBudget& steps);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGN_POLICY_H_
