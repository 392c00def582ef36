#include "verifier/serving/verdict_message.h"

namespace countersign::verifier {
namespace {

v1::Decision ToProto(policy::Decision decision) {
  switch (decision) {
    case policy::Decision::kAllow:
      return v1::DECISION_ALLOW;
    case policy::Decision::kDeny:
    case policy::Decision::kUnspecified:
      break;
  }
  return v1::DECISION_DENY;
}

v1::Reason ToProto(policy::Reason reason) {
  switch (reason) {
    case policy::Reason::kUnspecified:
      return v1::REASON_UNSPECIFIED;
    case policy::Reason::kVerified:
      return v1::REASON_VERIFIED;
    case policy::Reason::kNoPolicy:
      return v1::REASON_NO_POLICY;
    case policy::Reason::kExcludedNamespace:
      return v1::REASON_EXCLUDED_NAMESPACE;
    case policy::Reason::kUnmatchedAllowed:
      return v1::REASON_UNMATCHED_ALLOWED;
    case policy::Reason::kUnmatched:
      return v1::REASON_UNMATCHED;
    case policy::Reason::kNotSigned:
      return v1::REASON_NOT_SIGNED;
    case policy::Reason::kInvalidReference:
      return v1::REASON_INVALID_REFERENCE;
    case policy::Reason::kNotFound:
      return v1::REASON_NOT_FOUND;
    case policy::Reason::kPolicyBroken:
      return v1::REASON_POLICY_BROKEN;
    case policy::Reason::kUndecided:
      return v1::REASON_UNDECIDED;
    case policy::Reason::kNotPinned:
      return v1::REASON_NOT_PINNED;
    case policy::Reason::kShortName:
      return v1::REASON_SHORT_NAME;
  }
  return v1::REASON_UNSPECIFIED;
}

}  // namespace

v1::Verdict ToProto(const policy::Verdict& verdict) {
  v1::Verdict proto;
  proto.set_decision(ToProto(verdict.decision));
  proto.set_reason(ToProto(verdict.reason));
  proto.set_message(verdict.message);
  proto.set_warning(verdict.warning);
  proto.set_digest(verdict.digest);
  proto.mutable_patterns()->Assign(verdict.patterns.begin(), verdict.patterns.end());
  proto.mutable_keys()->Assign(verdict.keys.begin(), verdict.keys.end());
  return proto;
}

}  // namespace countersign::verifier
