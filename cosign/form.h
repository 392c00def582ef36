#ifndef COUNTERSIGN_COSIGN_FORM_H_
#define COUNTERSIGN_COSIGN_FORM_H_

namespace countersign::cosign {

// How a piece of evidence is kept in a registry, which decides how it is verified.
enum class Form {
  kUnspecified = 0,   // never holds
  kSignatureLayer,    // a layer under the signature tag (cosign/signature_layer.h)
  kAttestationLayer,  // a layer under the attestation tag, which is an envelope
  // One that its manifest says to be that, and that was not read, as only signatures are asked for: it
  // never holds.
  kUnreadAttestation,
  kBundleV01,  // a Sigstore bundle of version 0.1 (cosign/bundle.h)
  kBundleV02,
  kBundleV03,
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_FORM_H_
