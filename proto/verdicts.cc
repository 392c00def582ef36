#include "proto/verdicts.h"

#include "absl/strings/strip.h"

namespace countersign::v1 {

bool IsAllowed(const Verdict& verdict) { return verdict.decision() == DECISION_ALLOW; }

bool IsVerified(const Verdict& verdict) {
  return IsAllowed(verdict) && verdict.reason() == REASON_VERIFIED;
}

bool IsAllowedByPolicy(const Verdict& verdict) {
  return IsVerified(verdict) ||
         (IsAllowed(verdict) && verdict.reason() == REASON_ALLOWED_BY_POLICY);
}

bool IsUndecided(const Verdict& verdict) {
  return verdict.decision() == DECISION_DENY &&
         (verdict.reason() == REASON_UNDECIDED || verdict.reason() == REASON_REGISTRY_AWAY);
}

bool IsReasonToAllow(Reason reason) {
  constexpr int kFirstReasonToDeny = 100;
  return reason > REASON_UNSPECIFIED && reason < kFirstReasonToDeny;
}

std::string NameOf(Reason reason) {
  const std::string name = Reason_Name(reason);
  return std::string(absl::StripPrefix(name, "REASON_"));
}

std::string NameOf(EvidenceForm form) {
  const std::string name = EvidenceForm_Name(form);
  return std::string(absl::StripPrefix(name, "EVIDENCE_FORM_"));
}

}  // namespace countersign::v1
