#ifndef COUNTERSIGN_COSIGN_TIME_WITNESSES_H_
#define COUNTERSIGN_COSIGN_TIME_WITNESSES_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cosign/refusal.h"
#include "cosign/trusted_root.h"
#include "crypto/message.h"

namespace countersign::cosign {

// A trusted authority that says when something was there already.
struct TimeWitness {
  const TrustedTimestampAuthority* authority = nullptr;
  absl::Time time;
};

// Which trusted authorities say so, of the timestamps that evidence has.
struct TimeWitnesses {
  std::vector<TimeWitness> witnesses;
  std::optional<Refusal> refusal;  // why another one does not count
};

// `timestamps` are responses of RFC 3161, whose authorities are tried in turn; the first by whom one
// holds is its witness. Each is of `stamped`, or of `text`, if there is one. One that does not hold
// spoils no other. The witnesses point into `authorities`. Pure; each timestamp takes what
// VerifyTimestamp takes (crypto/timestamp.h) of each authority.
TimeWitnesses FindTimeWitnesses(const std::vector<std::string>& timestamps,
                                const crypto::Message& stamped,
                                const std::vector<TrustedTimestampAuthority>& authorities,
                                const crypto::Message* text = nullptr);

// How many independent authorities there are among them.
size_t CountIndependent(absl::Span<const TimeWitness> witnesses);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_TIME_WITNESSES_H_
