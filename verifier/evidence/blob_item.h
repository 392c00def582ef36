#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_BLOB_ITEM_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_BLOB_ITEM_H_

#include <cstddef>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "base/byte_budget.h"
#include "cosign/item.h"
#include "oci/digest.h"
#include "verifier/evidence/image_source.h"

namespace countersign::verifier {

// Fetches a blob, but if its manifest embeds it (`data`, oci/descriptor.h), and has `make` make an item
// of it when it is its turn. Room is reserved in `held` before it is asked for; then that holds what the
// item takes in memory, nothing if there is none.
//
// Errors are those of FetchAndRead (evidence_text.h) and `make`; FailedPrecondition if the blob has
// not just `size` bytes.
absl::StatusOr<cosign::ItemPtr> FetchItem(
    const ImageSource& source, const oci::Digest& blob, size_t size, std::string data,
    base::HeldBytes& held,
    absl::FunctionRef<absl::StatusOr<cosign::ItemPtr>(std::string bytes)> make);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_BLOB_ITEM_H_
