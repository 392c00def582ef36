#ifndef COUNTERSIGN_POLICY_VERIFY_IN_SOURCES_H_
#define COUNTERSIGN_POLICY_VERIFY_IN_SOURCES_H_

#include "policy/evidence.h"
#include "policy/prove.h"
#include "policy/requirement.h"
#include "policy/verification.h"

namespace countersign::policy {

// As VerifyItems, for a requirement that says where each keeps its evidence (Requirement::sources): each
// is asked about nothing but what is kept there. Whoever may write to one source can neither speak for
// those of another nor fill it up. Pure but for `prove`.
Verification VerifyInSources(const Requirement& requirement, const Evidence& evidence, Prove prove);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_VERIFY_IN_SOURCES_H_
