#ifndef COUNTERSIGN_VERIFIER_SERVING_API_ANSWER_H_
#define COUNTERSIGN_VERIFIER_SERVING_API_ANSWER_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/support/byte_buffer.h"
#include "policy/sigstore/review_settings.h"
#include "verifier/serving/call_gate.h"
#include "verifier/serving/call_metrics.h"
#include "verifier/serving/image_verifier.h"
#include "verifier/serving/open_call.h"
#include "verifier/serving/policy_differences.h"
#include "verifier/serving/recent_verdicts.h"

namespace countersign::verifier {

// What answers one call whose message was read, on whatever thread: first at once, and where that cannot be,
// on one that may block. Holds what the question takes of the gate. For one thread at a time.
class ApiAnswer {
 public:
  // What all answers are made with. All must outlive them; those that say so may be null.
  struct Parts {
    ImageVerifier* verifier = nullptr;
    CallGate* gate = nullptr;
    CallMetrics* metrics = nullptr;            // may
    PolicyDifferences* differences = nullptr;  // may
    RecentVerdicts* recent = nullptr;          // may
    std::function<policy::ReviewSettings()> review_settings;
  };

  // Whose the question is, and what it takes, as long as the call is open.
  struct Asked {
    OpenCall* call = nullptr;
    std::string caller;  // to whose share it is put
    CallGate::Kept kept;
    absl::Time read;      // when its message was
    absl::Time deadline;  // by which its answer must be there (VerdictsDeadline)
    std::optional<CallGate::Claim> answer_room = std::nullopt;  // of what there is of its answer
  };

  virtual ~ApiAnswer() = default;

  // Waits for nothing, and takes no longer than a few hundred microseconds. Nullopt: it cannot be answered so,
  // and nothing has been done.
  virtual std::optional<absl::StatusOr<grpc::ByteBuffer>> AnswerAtOnce() = 0;
  // Blocks.
  virtual absl::StatusOr<grpc::ByteBuffer> Answer() = 0;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_API_ANSWER_H_
