#ifndef COUNTERSIGN_POLICY_SIGSTORE_ATTESTATION_SPEC_H_
#define COUNTERSIGN_POLICY_SIGSTORE_ATTESTATION_SPEC_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_place.h"
#include "policy/problem.h"
#include "policy/sigstore/field_errors.h"
#include "policy/sigstore/rule_spec.h"

namespace countersign::policy {

// One of `attestations` of an authority; "": absent.
struct AttestationSpec {
  std::string name;
  // A URI, or one of cosign's short names, as it is written.
  std::string predicate_type;
  std::optional<RuleSpec> rule;  // "policy"
  std::optional<Problem> broken;
};

AttestationSpec ReadAttestation(const base::JsonPlace& place, std::vector<Problem>& problems);

// Adds what the Policy Controller has against it. Pure.
void ValidateAttestation(const AttestationSpec& attestation, std::string_view path,
                         FieldErrors& errors);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_ATTESTATION_SPEC_H_
