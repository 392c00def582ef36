#ifndef COUNTERSIGN_POLICY_MOVING_KYVERNO_ATTESTORS_H_
#define COUNTERSIGN_POLICY_MOVING_KYVERNO_ATTESTORS_H_

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/json_place.h"
#include "policy/moving/kyverno_parts.h"

namespace countersign::policy {

// Whose word is enough by itself.
struct KyvernoAttestor {
  base::Json authority;  // of a ClusterImagePolicy, without a name
  // What PolicyOptions say of it: the annotations that signatures are over, and certificates' extensions.
  base::Json annotations = base::Json::object();
  base::Json extensions = base::Json::object();
};

// One that cannot be said, which is said: nobody passes by it.
using MaybeAttestor = std::optional<KyvernoAttestor>;

// What is said of attestors at a higher place, for those that say nothing themselves.
struct KyvernoDefaults {
  base::Json annotations = base::Json::object();
  std::string repository;
  // Of several keys Kyverno takes each for an entry of its own; for attestations only the first counts.
  bool takes_first_key = false;
};

// The attestors that an entry of a set stands for (Kyverno's api/kyverno/v1, Attestor), at least one.
std::vector<MaybeAttestor> AttestorsOf(const base::JsonPlace& entry,
                                       const KyvernoDefaults& defaults, KyvernoObject& moved);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_KYVERNO_ATTESTORS_H_
