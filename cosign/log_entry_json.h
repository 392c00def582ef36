#ifndef COUNTERSIGN_COSIGN_LOG_ENTRY_JSON_H_
#define COUNTERSIGN_COSIGN_LOG_ENTRY_JSON_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "base/json_place.h"
#include "cosign/log_entry_data.h"

namespace countersign::cosign {

inline constexpr size_t kMaxLogEntryBodyBytes = 1 << 20;

// The log entry at `place`, in the form that a bundle has it in (TransparencyLogEntry in
// sigstore_rekor.proto), strictly: members that are not known are refused, a proof has its
// checkpoint and at most kMaxProofHashes (cosign/inclusion_proof.h). A promise, a proof, or both may be absent. InvalidArgument says where what is wrong.
absl::StatusOr<LogEntry> ReadLogEntry(const base::JsonPlace& place);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_LOG_ENTRY_JSON_H_
