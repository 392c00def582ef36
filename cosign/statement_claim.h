#ifndef COUNTERSIGN_COSIGN_STATEMENT_CLAIM_H_
#define COUNTERSIGN_COSIGN_STATEMENT_CLAIM_H_

#include <optional>

#include "absl/status/statusor.h"
#include "cosign/claim.h"
#include "cosign/refusal.h"
#include "cosign/statement.h"

namespace countersign::cosign {

// Why a statement, as it was read, does not say what is claimed: it cannot be read, is about
// another image, or is not of exactly the predicate type that is asked for (of cosign's for a
// signature, where one is asked for); nullopt: it does. An error is in words that go on a sentence
// about the evidence. Pure.
std::optional<Refusal> FindStatementRefusal(const absl::StatusOr<Statement>& statement,
                                            const Claim& claim);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_STATEMENT_CLAIM_H_
