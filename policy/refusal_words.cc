#include "policy/refusal_words.h"

#include <cstddef>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "cosign/attestation_evidence.h"
#include "cosign/bundle_evidence.h"
#include "cosign/envelope_evidence.h"
#include "cosign/identity.h"
#include "cosign/layer_witnesses.h"
#include "cosign/signing_certificate.h"
#include "cosign/statement.h"

namespace countersign::policy {
namespace {

constexpr size_t kMaxSubjects = 3;
// Those of GitHub's workflows have up to some 200.
constexpr size_t kMaxNameBytes = 512;
constexpr size_t kMaxTypeBytes = 128;

const cosign::SigningCertificate* CertificateOf(const cosign::Item& item) {
  if (item.bundle != nullptr) return item.bundle->certificate();
  if (!item.witnesses.ok() || *item.witnesses == nullptr) return nullptr;
  const auto& certificate = (*item.witnesses)->certificate;
  return certificate.has_value() ? &*certificate : nullptr;
}

const absl::StatusOr<cosign::Statement>* StatementOf(const cosign::Item& item) {
  if (item.attestation != nullptr) return &item.attestation->envelope().statement();
  if (item.bundle != nullptr && item.bundle->signed_bytes() != nullptr) {
    return &item.bundle->statement();
  }
  return nullptr;
}

}  // namespace

std::string OtherIdentityWords(const cosign::Item& item, const cosign::Signer& signer) {
  const auto* const asked = std::get_if<cosign::Identities>(&signer.who);
  const cosign::SigningCertificate* const certificate = CertificateOf(item);
  if (asked == nullptr || certificate == nullptr || !certificate->identity().ok()) return "";
  const cosign::CertificateIdentity& identity = *certificate->identity();
  if (asked->FindSubject(identity) != nullptr || asked->FindOtherExtension(identity) != nullptr) {
    return "";
  }
  std::string subjects;
  for (size_t i = 0; i < identity.subjects.size(); ++i) {
    absl::StrAppend(&subjects, i == 0 ? "" : ", ");
    if (i == kMaxSubjects) {
      absl::StrAppend(&subjects, "and ", identity.subjects.size() - i, " more");
      break;
    }
    subjects += base::Printable(identity.subjects[i], kMaxNameBytes);
  }
  return absl::StrCat(
      "none of the expected identities matched what was in the certificate, got subjects [",
      subjects, "] with issuer ", base::Printable(identity.issuer, kMaxNameBytes));
}

std::optional<std::string> StatedType(const cosign::Item& item) {
  const absl::StatusOr<cosign::Statement>* const statement = StatementOf(item);
  if (statement == nullptr || !statement->ok()) return std::nullopt;
  return base::Printable((*statement)->predicate_type, kMaxTypeBytes);
}

}  // namespace countersign::policy
