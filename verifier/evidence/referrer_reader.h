#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_REFERRER_READER_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_REFERRER_READER_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "verifier/evidence/image_source.h"
#include "verifier/evidence/looking.h"

namespace countersign::verifier {

// Of an image, what is read of the manifests that refer to it and of what these name, in all.
inline constexpr size_t kMaxReferrerBytes = 16 << 20;

// Reads the evidence in the manifests that refer to an image (referrer_list.h), by what is in them
// and nothing else: the media type of a manifest's first layer makes it
//   application/vnd.dev.sigstore.bundle…               a Sigstore bundle, which is its one layer
//   application/vnd.dev.cosign.simplesigning.v1+json   signatures, as under the signature tag
//   application/vnd.dsse.envelope.v1+json              attestations, as under the attestation tag; where
//                                                      none are asked for, they are not read
//                                                      (cosign::UnreadAttestationItem), nor counted
//                                                      beyond cosign::kMaxSignatures
// and anything else, or no layer, somebody else's business, which costs no more than its manifest.
// Manifests and blobs have the digests that name them, and the sizes that were said; eight of each
// are read at a time, on the allowance, and long texts in turns. What the list embeds of a manifest, or
// that of a blob (oci/descriptor.h), is not fetched. Nothing that refers to the image is
// no signatures.
//
// What is broken is an error beside what is not. What is over a limit (kMaxReferrers,
// kMaxReferrerBytes, cosign::kMaxSignatures layers in all, of which signatures and attestations have
// half each, and what the others leave) is not looked at, and an error of code Aborted says that there
// is more. Bundles come first, then signatures, then attestations, then errors of none of these.
//
// Errors are those of ListReferrers.
absl::StatusOr<ReadItems> FetchReferrers(const ImageSource& source);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_REFERRER_READER_H_
