#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_SIGNATURE_READER_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_SIGNATURE_READER_H_

#include "absl/status/statusor.h"
#include "verifier/evidence/image_source.h"
#include "verifier/evidence/looking.h"

namespace countersign::verifier {

// Reads what is under the signature tag of an image, with the source's prefix. A tag that is not there
// is no signatures. A manifest that cannot be understood, or has more than cosign::kMaxSignatures
// layers, is one signature that could not be read, since whoever may push may put anything there; so
// is each broken layer, beside the good ones. That what a layer says of who signed and who has seen
// that cannot be read is in its item: a key alone does not ask for it. Each payload is read once
// however many layers name it, eight at a time, and all together are bounded (kMaxBytesUnderTag); what
// is over a limit is not looked at, and an error of code Aborted. The bytes are taken from the
// allowance, those of payloads before they are asked for. The text of a manifest, which may be a
// thousand layers and keeps a processor busy, is read in the source's turns, on the share of the
// allowance, and only while somebody waits.
//
// Errors are those of the registry about the signature manifest (registry/registry.h), except
// NotFound; ResourceExhausted where there is no room; Cancelled if it was not wanted any more before
// all was read, DeadlineExceeded if it had no turn in time.
absl::StatusOr<ReadItems> FetchSignatures(const ImageSource& source);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_SIGNATURE_READER_H_
