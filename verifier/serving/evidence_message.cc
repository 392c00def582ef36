#include "verifier/serving/evidence_message.h"

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "cosign/identity.h"
#include "cosign/proof.h"

namespace countersign::verifier {
namespace {

void Write(absl::Time time, google::protobuf::Timestamp& message) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  message.set_seconds(seconds);
  message.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

// Whom the certificate names, and which of its subjects was asked for.
void Write(const cosign::CertificateIdentity& identity, const std::string& subject,
           v1::Identity& message) {
  message.set_issuer(identity.issuer);
  message.set_subject(subject);
  for (const auto& [name, text] : identity.extensions) {
    (*message.mutable_extensions())[name] = text;
  }
}

}  // namespace

void WriteEvidence(const policy::Held& held, v1::Evidence& message) {
  const cosign::Proof& proof = held.proof;
  message.set_authority(held.authority);
  message.set_form(ToProto(held.form));
  if (proof.identity.has_value()) {
    Write(*proof.identity, proof.subject, *message.mutable_identity());
  } else {
    message.set_key_sha256(held.key_sha256);
  }
  for (const absl::Time time : proof.times) Write(time, *message.add_times());
  message.mutable_log_indexes()->Assign(proof.log_indexes.begin(), proof.log_indexes.end());
  message.set_predicate_type(proof.predicate_type);
}

v1::EvidenceForm ToProto(cosign::Form form) {
  switch (form) {
    case cosign::Form::kSignatureLayer:
      return v1::EVIDENCE_FORM_SIGNATURE_LAYER;
    case cosign::Form::kAttestationLayer:
      return v1::EVIDENCE_FORM_ATTESTATION_LAYER;
    case cosign::Form::kBundleV01:
    case cosign::Form::kBundleV02:
    case cosign::Form::kBundleV03:
      return v1::EVIDENCE_FORM_BUNDLE;
    case cosign::Form::kUnreadAttestation:
    case cosign::Form::kUnspecified:
      break;
  }
  return v1::EVIDENCE_FORM_UNSPECIFIED;
}

}  // namespace countersign::verifier
