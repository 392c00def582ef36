#ifndef COUNTERSIGN_COSIGN_LOG_ENTRY_H_
#define COUNTERSIGN_COSIGN_LOG_ENTRY_H_

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "cosign/log_entry_data.h"
#include "cosign/logged_signature.h"
#include "cosign/refusal.h"
#include "cosign/trusted_root.h"

namespace countersign::cosign {

// A trusted log that knows a signature.
struct LogWitness {
  const TrustedLog* log = nullptr;
  uint64_t index = 0;  // over all trees that the log has had
  // When the log says that it took it up; nullopt: it says nothing of that which it has signed.
  std::optional<absl::Time> time;
};

// Whether one of the trusted `logs` knows the signature by this entry: kUnknownLog or kBadLogEntry if
// not. Pure. The witness points into `logs`.
std::variant<Refusal, LogWitness> VerifyLogEntry(const LogEntry& entry,
                                                 const LoggedSignature& signature,
                                                 const std::vector<TrustedLog>& logs);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_LOG_ENTRY_H_
