#ifndef COUNTERSIGN_CLI_LAYER_ITEM_H_
#define COUNTERSIGN_CLI_LAYER_ITEM_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "cli/tree_manifest.h"
#include "cosign/item.h"
#include "cosign/payload.h"

namespace countersign::cli {

// The evidence in a layer, of whose blob these are the bytes, checked against its digest. `payload`
// is the blob's, once a signature of it has been read: null at first, and to be given for each.
// Errors are in words that go on a sentence about the layer: FailedPrecondition if the blob is of
// another size than its descriptor says, InvalidArgument if it cannot be read. Pure.
absl::StatusOr<cosign::ItemPtr> ItemOfLayer(const LayerToRead& layer, const std::string& bytes,
                                            std::shared_ptr<const cosign::Payload>& payload);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_LAYER_ITEM_H_
