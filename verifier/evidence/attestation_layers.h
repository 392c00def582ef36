#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_ATTESTATION_LAYERS_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_ATTESTATION_LAYERS_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "base/byte_budget.h"
#include "verifier/evidence/evidence_layer.h"
#include "verifier/evidence/image_source.h"
#include "verifier/evidence/looking.h"

namespace countersign::verifier {

// Reads the envelopes of attestation layers (blob_item.h), eight at a time, on the allowance and in turns: one item
// for each layer, in order, the broken ones as errors. `of_layers` is what holds the layers, which the
// look keeps (Looking::Keep) until all are read. Envelopes that would be more than `max_bytes` together
// with those before them are not looked at (Aborted); each layer counts, also where several name the
// same blob: their items share nothing.
//
// Cancelled if nobody waited for it any more before all were read.
absl::StatusOr<ReadItems> FetchEnvelopes(const ImageSource& source, EvidenceLayers layers,
                                         std::vector<std::shared_ptr<base::HeldBytes>> of_layers,
                                         size_t max_bytes);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_ATTESTATION_LAYERS_H_
