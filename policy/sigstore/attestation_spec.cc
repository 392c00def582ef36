#include "policy/sigstore/attestation_spec.h"

#include "policy/sigstore/go_url.h"
#include "policy/sigstore/part_reader.h"

namespace countersign::policy {

AttestationSpec ReadAttestation(const base::JsonPlace& place, std::vector<Problem>& problems) {
  AttestationSpec attestation;
  PartReader reader(place, problems);
  reader.Read("name", attestation.name);
  reader.Read("predicateType", attestation.predicate_type);
  reader.Read("policy", attestation.rule, ReadRule);
  attestation.broken = reader.Finish();
  return attestation;
}

void ValidateAttestation(const AttestationSpec& attestation, std::string_view path,
                         FieldErrors& errors) {
  if (attestation.name.empty()) errors.AddMissing(path, {"name"});
  if (attestation.predicate_type.empty()) {
    errors.AddMissing(path, {"predicateType"});
  } else if (!IsGoRequestUri(attestation.predicate_type)) {
    // No short name is one either.
    errors.AddInvalid(attestation.predicate_type, FieldPath(path, "predicateType"),
                      "deprecated value, please use RFC 3986 conformant values",
                      ErrorLevel::kWarning);
  }
  if (attestation.rule.has_value()) {
    ValidateRule(*attestation.rule, RuleSubject::kAttestation, FieldPath(path, "policy"), errors);
  }
}

}  // namespace countersign::policy
