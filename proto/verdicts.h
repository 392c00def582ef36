#ifndef COUNTERSIGN_PROTO_VERDICTS_H_
#define COUNTERSIGN_PROTO_VERDICTS_H_

#include <string>

#include "proto/countersign/v1/verifier.pb.h"

// What a verdict says. Pure.
namespace countersign::v1 {

// Whether the image may run: anything but DECISION_ALLOW refuses it.
bool IsAllowed(const Verdict& verdict);

// Whether it may run because a signature holds: then the digest is the one that was verified.
bool IsVerified(const Verdict& verdict);

// Whether it may run by the word of a policy that was asked about it, verified or not: then
// `pinned_reference`, where there is one, names what was judged.
bool IsAllowedByPolicy(const Verdict& verdict);

// Whether it was not found out whether the image may run: asking again may give another answer.
bool IsUndecided(const Verdict& verdict);

// Whether the reason is one of those that come with DECISION_ALLOW, whether this program knows it or
// not.
bool IsReasonToAllow(Reason reason);

// REASON_NOT_SIGNED as "NOT_SIGNED"; "" if this program does not know it.
std::string NameOf(Reason reason);

// EVIDENCE_FORM_BUNDLE as "BUNDLE"; "" if this program does not know it.
std::string NameOf(EvidenceForm form);

}  // namespace countersign::v1

#endif  // COUNTERSIGN_PROTO_VERDICTS_H_
