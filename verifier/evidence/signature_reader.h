#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_SIGNATURE_READER_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_SIGNATURE_READER_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/turnstile.h"
#include "base/worker_pool.h"
#include "cosign/item.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/evidence.h"
#include "registry/credential.h"
#include "registry/registry.h"
#include "verifier/evidence/allowance.h"

namespace countersign::verifier {

// One look at an image: with whose threads and for whom, and until when.
struct Looking {
  base::WorkerPool* pool;
  AllowancePtr allowance;
  // Whether anybody waits for it still; null: somebody does.
  std::function<bool()> is_wanted;
  absl::Time deadline;

  bool IsWanted() const { return is_wanted == nullptr || is_wanted(); }
};

// The signatures attached to an image, those that could not be read as errors.
using Signatures = policy::Items;

// What was read, and that it is held; null if nothing is.
struct ReadSignatures {
  Signatures signatures;
  std::shared_ptr<base::HeldBytes> held;
};

// Reads what is under the signature tag of `image` with one credential. A tag that is not there is
// no signatures. A manifest that cannot be understood, or has more than cosign::kMaxSignatures
// layers, is one signature that could not be read, since whoever may push may put anything there;
// so is each broken layer, beside the good ones. Each payload is read once however many layers name
// it, eight at a time, and all together are bounded; the bytes are taken from the allowance, those
// of payloads before they are asked for. The text of a manifest, which may be a thousand layers and
// keeps a processor busy, is read in turns: `turns` lets so many threads do it at a time, on the
// share of the allowance, and only while somebody waits.
//
// Errors are those of the registry about the signature manifest (registry/registry.h), except
// NotFound; ResourceExhausted where there is no room; Cancelled if it was not wanted any more before
// all was read, DeadlineExceeded if it had no turn in time.
absl::StatusOr<ReadSignatures> FetchSignatures(registry::Registry* registry,
                                               const oci::Repository& repository,
                                               const oci::Digest& image,
                                               const registry::Credential& credential,
                                               const Looking& looking, base::Turnstile& turns);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_SIGNATURE_READER_H_
