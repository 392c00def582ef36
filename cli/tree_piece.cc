#include "cli/tree_piece.h"

#include <algorithm>
#include <cstddef>
#include <variant>

#include "absl/status/statusor.h"
#include "base/printable.h"
#include "cosign/attestation_evidence.h"
#include "cosign/bundle_evidence.h"
#include "cosign/form.h"
#include "cosign/identity.h"
#include "cosign/layer_witnesses.h"
#include "cosign/material.h"
#include "cosign/statement.h"

namespace countersign::cli {
namespace {

constexpr size_t kMaxTextBytes = 512;
// A certificate of Fulcio's has one.
constexpr size_t kMaxSubjects = 8;

// What an item states; null: it is of a form that states nothing.
const absl::StatusOr<cosign::Statement>* StatementOf(const cosign::Item& item) {
  if (item.bundle != nullptr) return &item.bundle->statement();
  if (item.attestation != nullptr) return &item.attestation->envelope().statement();
  return nullptr;
}

void SetKind(const cosign::Item& item, TreePiece& piece) {
  if (item.form == cosign::Form::kSignatureLayer) {
    piece.kind = PieceKind::kSignature;
    return;
  }
  const std::string_view type = PredicateTypeOf(item);
  if (type.empty()) return;
  const bool is_signature = item.bundle != nullptr && type == cosign::kSignaturePredicateType;
  piece.kind = is_signature ? PieceKind::kSignature : PieceKind::kAttestation;
  if (!is_signature) piece.type = Shown(type);
}

void SetNames(const cosign::SigningCertificate& certificate, TreePiece& piece) {
  piece.is_certified = true;
  const absl::StatusOr<cosign::CertificateIdentity>& identity = certificate.identity();
  if (!identity.ok()) return;
  piece.issuer = Shown(identity->issuer);
  for (size_t i = 0; i < std::min(identity->subjects.size(), kMaxSubjects); ++i) {
    piece.subjects.push_back(Shown(identity->subjects[i]));
  }
}

}  // namespace

std::string Shown(std::string_view text) { return base::Printable(text, kMaxTextBytes); }

const cosign::SigningCertificate* CertificateOf(const cosign::Item& item) {
  if (item.bundle != nullptr) return item.bundle->certificate();
  if (!item.witnesses.ok() || *item.witnesses == nullptr) return nullptr;
  const auto& certificate = (*item.witnesses)->certificate;
  return certificate.has_value() ? &*certificate : nullptr;
}

std::string_view PredicateTypeOf(const cosign::Item& item) {
  const absl::StatusOr<cosign::Statement>* statement = StatementOf(item);
  if (statement == nullptr || !statement->ok()) return "";
  return (*statement)->predicate_type;
}

void DescribeItem(const cosign::Item& item, TreePiece& piece) {
  SetKind(item, piece);
  if (const cosign::SigningCertificate* certificate = CertificateOf(item)) {
    SetNames(*certificate, piece);
  } else if (item.bundle != nullptr) {
    const auto* hint = std::get_if<cosign::KeyHint>(&item.bundle->bundle().material);
    if (hint != nullptr) piece.key_hint = Shown(hint->hint);
  }
}

void SetUnreadable(const absl::Status& why, TreePiece& piece) {
  piece.kind = PieceKind::kUnspecified;
  piece.standing = Standing::kUnspecified;
  piece.reason = Shown(why.message());
}

}  // namespace countersign::cli
