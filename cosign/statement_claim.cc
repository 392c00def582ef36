#include "cosign/statement_claim.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/printable.h"

namespace countersign::cosign {

std::optional<Refusal> FindStatementRefusal(const absl::StatusOr<Statement>& statement,
                                            const Claim& claim) {
  if (!statement.ok()) {
    return Refusal{Refused::kWrongStatement, std::string(statement.status().message())};
  }
  if (FindSubject(*statement, "sha256", claim.image.hex()) == nullptr) {
    return Refusal{Refused::kWrongArtifact, "its statement is not about this image"};
  }
  const std::string_view wanted =
      claim.predicate_type.has_value() ? *claim.predicate_type : kSignaturePredicateType;
  if (statement->predicate_type == wanted) return std::nullopt;
  return Refusal{
      Refused::kWrongStatement,
      absl::StrCat("it is an attestation of the type ", base::Quoted(statement->predicate_type),
                   ", not ",
                   claim.predicate_type.has_value() ? base::Quoted(wanted) : "a signature")};
}

}  // namespace countersign::cosign
