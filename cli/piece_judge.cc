#include "cli/piece_judge.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/tree_piece.h"
#include "cosign/identity.h"
#include "cosign/outcome.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/verify.h"

namespace countersign::cli {
namespace {

void SetStanding(Standing standing, std::string_view reason, TreePiece& piece) {
  piece.standing = standing;
  piece.reason = Shown(reason);
}

void SetVerified(const cosign::Proof& proof, TreePiece& piece) {
  SetStanding(Standing::kVerified, "", piece);
  piece.times = proof.times;
  piece.log_indexes = proof.log_indexes;
}

// What the item must say to be what it is.
cosign::Claim ClaimOf(const oci::Digest& image, const TreePiece& piece, const cosign::Item& item) {
  cosign::Claim claim = {.image = image};
  if (piece.kind == PieceKind::kAttestation)
    claim.predicate_type = std::string(PredicateTypeOf(item));
  return claim;
}

}  // namespace

PieceJudge::PieceJudge(Options options)
    : options_(std::move(options)), units_left_(options_.units) {}

void PieceJudge::Judge(const cosign::Item& item, const oci::Digest& image, TreePiece& piece) {
  const cosign::Claim claim = ClaimOf(image, piece, item);
  // What is of another image, or of none, is so whoever has signed it.
  if (const std::optional<cosign::Refusal> refusal = cosign::FindRefusal(item, claim)) {
    return SetStanding(Standing::kRefused, refusal->sentence, piece);
  }
  const absl::StatusOr<std::vector<cosign::SignerPtr>> signers = SignersFor(item);
  if (!signers.ok()) {
    const bool is_refused = absl::IsInvalidArgument(signers.status());
    return SetStanding(is_refused ? Standing::kRefused : Standing::kNotChecked,
                       signers.status().message(), piece);
  }
  for (const cosign::SignerPtr& signer : *signers) {
    bool is_paid = true;
    const cosign::Outcome outcome = cosign::Verify(item, claim, *signer, [&](size_t units) {
      is_paid = is_paid && TakeUnits(units);
      return is_paid;
    });
    if (!is_paid) {
      return SetStanding(Standing::kNotChecked,
                         absl::StrCat("what hangs on the image takes more than the ",
                                      options_.units, " units of work that are done for it"),
                         piece);
    }
    if (const auto* verified = std::get_if<cosign::Verified>(&outcome)) {
      return SetVerified(verified->proof(), piece);
    }
    // Of several the first says why.
    if (piece.standing != Standing::kRefused) {
      SetStanding(Standing::kRefused, std::get<cosign::Refusal>(outcome).sentence, piece);
    }
  }
}

absl::StatusOr<std::vector<cosign::SignerPtr>> PieceJudge::SignersFor(
    const cosign::Item& item) const {
  if (!options_.signers.empty()) return options_.signers;
  CS_RETURN_IF_ERROR(item.witnesses.status());
  const cosign::SigningCertificate* certificate = CertificateOf(item);
  if (certificate == nullptr) return absl::FailedPreconditionError("give --key to check it");
  if (!certificate->identity().ok()) {
    return absl::InvalidArgumentError(absl::StrCat("its certificate does not count: ",
                                                   certificate->identity().status().message()));
  }
  const cosign::CertificateIdentity& identity = *certificate->identity();
  if (identity.subjects.empty() || identity.issuer.empty()) {
    return absl::InvalidArgumentError("its certificate is of nobody, or without an issuer");
  }
  CS_ASSIGN_OR_RETURN(cosign::Identities itself,
                      cosign::Identities::Compile(
                          {{.issuer = identity.issuer, .subject = identity.subjects.front()}}));
  return std::vector<cosign::SignerPtr>{
      cosign::KeylessSigner(std::move(itself), options_.witnesses, options_.root)};
}

bool PieceJudge::TakeUnits(size_t units) {
  absl::MutexLock lock(&mutex_);
  if (units > units_left_) return false;
  units_left_ -= units;
  return true;
}

}  // namespace countersign::cli
