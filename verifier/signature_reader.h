#ifndef COUNTERSIGN_VERIFIER_SIGNATURE_READER_H_
#define COUNTERSIGN_VERIFIER_SIGNATURE_READER_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cosign/signature.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "registry/credential.h"
#include "registry/registry.h"

namespace countersign::verifier {

// The signatures attached to an image, those that could not be read as errors.
using Signatures = std::vector<absl::StatusOr<cosign::Signature>>;

// Reads what is under the signature tag of `image` with one credential. A tag that is not there is
// no signatures. A manifest that cannot be understood, or has more than cosign::kMaxSignatures
// layers, is one signature that could not be read, since whoever may push may put anything there;
// so is each broken layer, beside the good ones. All payloads together are bounded. Errors are
// those of the registry about the signature manifest (registry/registry.h), except NotFound.
absl::StatusOr<Signatures> FetchSignatures(registry::Registry* registry,
                                           const oci::Repository& repository,
                                           const oci::Digest& image,
                                           const registry::Credential& credential,
                                           absl::Time deadline);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SIGNATURE_READER_H_
