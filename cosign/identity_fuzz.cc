// What is a certificate is asked for its identity; what else is an expression of a policy. No rule
// is ever for an identity without issuer, or without subject.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/status/statusor.h"
#include "cosign/identity.h"
#include "crypto/certificate.h"

namespace countersign::cosign {
namespace {

const Identities& Anybody() {
  static const Identities* const kAnybody = new Identities(
      Identities::Compile({{.issuer_regexp = "(?s).*", .subject_regexp = "(?s).*"}}).value());
  return *kAnybody;
}

void TryCertificate(const crypto::Certificate& certificate) {
  const absl::StatusOr<CertificateIdentity> identity = IdentityOf(certificate);
  if (!identity.ok()) return;
  const std::string* const found = Anybody().FindSubject(*identity);
  if (found != nullptr && (found->empty() || identity->issuer.empty())) std::abort();
  if (!identity->issuer.empty() && identity->extensions.at("issuer") != identity->issuer) {
    std::abort();
  }
}

void TryExpression(const std::string& text) {
  const absl::StatusOr<Identities> identities =
      Identities::Compile({{.issuer_regexp = text, .subject_regexp = text}});
  if (!identities.ok()) return;
  CertificateIdentity identity = {.issuer = text, .subjects = {text}};
  const std::string* const found = identities->FindSubject(identity);
  if (found != nullptr && found != &identity.subjects[0]) std::abort();
  identity.issuer.clear();
  if (identities->FindSubject(identity) != nullptr) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kMaxExpressionBytes = 256;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<crypto::Certificate> certificate =
      crypto::Certificate::FromDerStrictly(text);
  if (certificate.ok()) {
    TryCertificate(*certificate);
  } else if (size <= kMaxExpressionBytes) {
    TryExpression(text);
  }
  return 0;
}

}  // namespace countersign::cosign
