#include "cosign/test_attestation.h"

#include <utility>

#include "cosign/bundle.h"
#include "cosign/checkpoint.h"
#include "cosign/dsse.h"
#include "cosign/layer_witnesses.h"
#include "cosign/signature_layer.h"
#include "cosign/test_sigstore_json.h"

namespace countersign::cosign {

absl::StatusOr<ItemPtr> TestAttestation::Read() const {
  return AttestationLayerItem(digest(), blob, ReadLayerWitnesses(annotations));
}

Envelope TestAttestedEnvelope(const oci::Digest& image, std::string_view predicate_type) {
  return {std::string(kInTotoPayloadType), WriteTestStatement(image, predicate_type)};
}

TestAttestation Attest(TestSigstore& sigstore, TestSigning signing, TestStamped stamped,
                       std::vector<std::string> others) {
  const std::string signature = signing.key.Sign(signing.SignedBytes(), signing.scheme);
  others.push_back(signature);
  TestAttestation attestation = {.blob = TestEnvelopeJson(signing.envelope, others).dump()};
  signing.envelope_text = attestation.blob;

  Bundle witnessed;
  if (signing.certificate.has_value()) witnessed.material = *signing.certificate;
  for (const TestWitness witness : signing.witnesses) {
    if (witness == TestWitness::kTimestamp) {
      witnessed.timestamps.push_back(sigstore.Stamp(
          stamped == TestStamped::kEnvelope ? attestation.blob : signature, signing.time));
    } else {
      witnessed.entries.push_back(
          LogTestSignature(sigstore.rekor1, LogGeneration::kRekor1, signing, signature));
    }
  }
  attestation.annotations = TestLayerAnnotations(witnessed);
  attestation.annotations[std::string(kSignatureAnnotation)] = "";
  return attestation;
}

}  // namespace countersign::cosign
