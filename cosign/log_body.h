#ifndef COUNTERSIGN_COSIGN_LOG_BODY_H_
#define COUNTERSIGN_COSIGN_LOG_BODY_H_

#include <optional>
#include <string>

#include "cosign/log_entry_data.h"
#include "cosign/logged_signature.h"

namespace countersign::cosign {

inline constexpr int kMaxLogBodyDepth = 32;
inline constexpr size_t kMaxLogBodyValues = 10'000;

// Why what was logged is not this signature by this signer of this artifact; nullopt: it is. A phrase
// that goes on a sentence about the entry ("its body is of another signature"), with nothing in it of
// what strangers wrote.
std::optional<std::string> WhyLoggedOtherwise(const LogEntry& entry,
                                              const LoggedSignature& signature);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_LOG_BODY_H_
