#ifndef COUNTERSIGN_POLICY_MOVING_KYVERNO_ATTESTATIONS_H_
#define COUNTERSIGN_POLICY_MOVING_KYVERNO_ATTESTATIONS_H_

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "base/json_place.h"
#include "policy/moving/kyverno_set.h"

namespace countersign::policy {

// The attestations of some images, each of which must be there and satisfy its conditions.
class KyvernoAttestations {
 public:
  // `taken`: names that are no part of a predicate in the rule's variables.
  KyvernoAttestations(KyvernoSets& sets, std::set<std::string> taken, std::string name)
      : sets_(sets), taken_(std::move(taken)), name_(std::move(name)) {}

  // By each of these sets of attestors.
  void Move(const base::JsonPlace& attestation, absl::Span<const base::JsonPlace> attestors);

 private:
  // The first place that cannot be said; nullopt: `statement` has all conditions.
  std::optional<std::string> AddConditions(const base::JsonPlace& attestation,
                                           KyvernoStatement& statement);
  std::optional<std::string> AddAll(const base::JsonPlace& conditions, KyvernoStatement& statement);
  void Deny(const std::string& pointer, std::string_view why);
  std::string NextName();

  KyvernoSets& sets_;
  const std::set<std::string> taken_;
  const std::string name_;
  size_t count_ = 0;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_KYVERNO_ATTESTATIONS_H_
