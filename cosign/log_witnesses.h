#ifndef COUNTERSIGN_COSIGN_LOG_WITNESSES_H_
#define COUNTERSIGN_COSIGN_LOG_WITNESSES_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cosign/log_entry.h"
#include "cosign/log_entry_data.h"
#include "cosign/logged_signature.h"
#include "cosign/refusal.h"
#include "cosign/trusted_root.h"

namespace countersign::cosign {

// Which trusted logs know a signature, of the entries that evidence has.
struct LogWitnesses {
  std::vector<LogWitness> witnesses;
  // Why another entry does not count; if there are several, of the one that says most.
  std::optional<Refusal> refusal;
};

// One entry that does not hold spoils no other: whoever wrote it could have left it out. The
// witnesses point into `logs`. Pure; takes what each entry takes (cosign/log_entry.h).
LogWitnesses FindLogWitnesses(const std::vector<LogEntry>& entries,
                              const LoggedSignature& signature,
                              const std::vector<TrustedLog>& logs);

// Takes out those that say nothing of the time and whose log was in use at none of the `times`; if
// there are no times, none.
void KeepThoseInUse(absl::Span<const absl::Time> times, LogWitnesses& found);

// How many independent logs there are among them.
size_t CountIndependent(absl::Span<const LogWitness> witnesses);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_LOG_WITNESSES_H_
