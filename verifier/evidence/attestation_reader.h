#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_ATTESTATION_READER_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_ATTESTATION_READER_H_

#include "absl/status/statusor.h"
#include "verifier/evidence/image_source.h"
#include "verifier/evidence/looking.h"

namespace countersign::verifier {

// Reads what is under the attestation tag of an image, with the source's prefix: DSSE envelopes, as
// cosign keeps attestations that are no bundles. It does so as FetchSignatures reads signatures
// (signature_reader.h): a tag that is not there is none, each broken layer is an error beside the good
// ones, what is over a limit is not looked at, and an error of code Aborted. Limits are
// cosign::kMaxSignatures layers, cosign::kMaxEnvelopeBytes for each, and kMaxBytesUnderTag for all.
//
// Errors are those of FetchSignatures.
absl::StatusOr<ReadItems> FetchAttestations(const ImageSource& source);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_ATTESTATION_READER_H_
