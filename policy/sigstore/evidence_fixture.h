#ifndef COUNTERSIGN_POLICY_SIGSTORE_EVIDENCE_FIXTURE_H_
#define COUNTERSIGN_POLICY_SIGSTORE_EVIDENCE_FIXTURE_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cosign/bundle.h"
#include "cosign/checkpoint.h"
#include "cosign/item.h"
#include "cosign/layer_witnesses.h"
#include "cosign/payload.h"
#include "cosign/test_attestation.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "oci/digest.h"

namespace countersign::policy {

// What somebody keeps of a signature, in each of the forms that clients write, for tests only.
enum class Kept { kSignatureLayer, kSignatureBundle, kAttestationLayer, kAttestationBundle };

inline bool IsAttestation(Kept kept) {
  return kept == Kept::kAttestationLayer || kept == Kept::kAttestationBundle;
}

// Who saw it.
struct Seen {
  bool by_log = false;
  bool by_rekor2 = false;
  bool by_timestamp = false;
  bool by_certificate_log = true;  // where a certificate signs
};

struct TestEvidence {
  Kept kept = Kept::kSignatureLayer;
  Seen seen;
  // Without it, a certificate of `certificates` signs.
  std::optional<crypto::TestKey> key;
  // What it states, if it is an attestation: of the image, of that type.
  std::string statement =
      cosign::WriteTestStatement(cosign::TestImage(), cosign::kTestPredicateType);
  // Who certifies, logs and stamps.
  cosign::TestSigstore* certificates = nullptr;
  cosign::TestSigstore* logs = nullptr;
  cosign::TestSigstore* timestamps = nullptr;
};

inline cosign::TestSigning SignedAs(const TestEvidence& evidence) {
  cosign::TestSigning signing = {.key = evidence.key.value_or(crypto::TestKey::Generate())};
  signing.witnesses.clear();
  if (!evidence.key.has_value()) {
    const crypto::TestCertificate request = evidence.certificates->Request(signing.key);
    signing.certificate =
        evidence.seen.by_certificate_log
            ? evidence.certificates->Issue(request)
            : crypto::MakeTestCertificate(request, evidence.certificates->issuer_key);
  }
  if (evidence.kept == Kept::kSignatureLayer) {
    signing.message = cosign::TestSigner::Payload(cosign::TestImage());
  } else if (IsAttestation(evidence.kept)) {
    signing.envelope.payload = evidence.statement;
  }
  return signing;
}

// As it is read.
inline absl::StatusOr<cosign::ItemPtr> MakeItem(const TestEvidence& evidence) {
  cosign::TestSigning signing = SignedAs(evidence);
  cosign::Bundle bundle = evidence.certificates->Sign(signing);
  std::string blob;
  if (evidence.kept == Kept::kAttestationLayer) {
    blob = cosign::TestEnvelopeJson(signing.envelope, {bundle.signature}).dump();
    signing.envelope_text = blob;
  }
  const auto log = [&](cosign::TestLog& at, cosign::LogGeneration generation) {
    bundle.entries.push_back(cosign::LogTestSignature(at, generation, signing, bundle.signature));
  };
  if (evidence.seen.by_log) log(evidence.logs->rekor1, cosign::LogGeneration::kRekor1);
  if (evidence.seen.by_rekor2) log(evidence.logs->rekor2, cosign::LogGeneration::kRekor2);
  if (evidence.seen.by_timestamp) {
    bundle.timestamps.push_back(evidence.timestamps->Stamp(bundle.signature));
  }
  switch (evidence.kept) {
    case Kept::kSignatureLayer:
      return cosign::SignatureLayerItem(
          oci::Digest::Of(*signing.message), cosign::Payload::Of(*signing.message),
          bundle.signature, cosign::ReadLayerWitnesses(cosign::TestLayerAnnotations(bundle)));
    case Kept::kAttestationLayer:
      return cosign::AttestationLayerItem(
          oci::Digest::Of(blob), blob,
          cosign::ReadLayerWitnesses(cosign::TestLayerAnnotations(bundle)));
    default:
      return cosign::BundleItem(cosign::TestBundleJson(bundle).dump());
  }
}

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_EVIDENCE_FIXTURE_H_
