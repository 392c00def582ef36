#ifndef COUNTERSIGN_VERIFIER_SERVING_VERIFIER_SERVICE_H_
#define COUNTERSIGN_VERIFIER_SERVING_VERIFIER_SERVICE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/complaint_tally.h"
#include "grpcpp/support/method_handler.h"
#include "policy/sigstore/review_settings.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"
#include "verifier/serving/call_backlog.h"
#include "verifier/serving/call_gate.h"
#include "verifier/serving/call_handler.h"
#include "verifier/serving/call_listener.h"
#include "verifier/serving/call_metrics.h"
#include "verifier/serving/call_watch.h"
#include "verifier/serving/client_rules.h"
#include "verifier/serving/image_verifier.h"
#include "verifier/serving/open_call.h"
#include "verifier/serving/policy_differences.h"
#include "verifier/serving/recent_verdicts.h"

namespace countersign::verifier {

// The rpcs' side of ImageVerifier and ValidatePolicy: who may ask for what, deadlines, how much is
// taken at once (CallGate), and status codes.
//
// A call's message is read only once the call has been let in, and by the gate's leave, so that
// whoever calls makes the verifier hold no more than his share. What does not come in time ends the
// call, and so does an answer that is not read in time (OpenCall). Thread-safe.
class VerifierService final : public v1::Verifier::Service {
 public:
  struct Options {
    CallGate::Limits limits;
    // How long a call's message may take to come.
    absl::Duration read_timeout = absl::Seconds(5);
    // How long its client may take to read its answer.
    absl::Duration write_timeout = absl::Seconds(10);
    // All three must outlive the service; without metrics nothing is counted, nor without differences, those.
    CallMetrics* metrics = nullptr;
    PolicyDifferences* differences = nullptr;
    // Where verdicts are kept to be shown; must outlive the service. Null: nowhere.
    RecentVerdicts* recent = nullptr;
    CallListener* listener = &CallListener::Nobody();
    // What objects of policy.sigstore.dev are reviewed by, at the moment; null: a fresh installation's. Asked
    // from any thread, and must not wait.
    std::function<policy::ReviewSettings()> review_settings;
    // What is in force now, as proto/policy_hash.h writes it, or ""; clients that may ask are told with each
    // answer. Asked from any thread, and must not wait; null: they are not.
    std::function<std::string()> policy_hash = nullptr;
    // In which calls wait for a thread, as server_tls.h asks it; null: as many as want to.
    std::shared_ptr<CallBacklog> backlog;
    // By which the log is told of refused clients, once a minute at most. Must outlive the service.
    const base::Clock* clock = &base::Clock::Real();
  };

  // `verifier` must outlive the service.
  VerifierService(ImageVerifier* verifier, ClientRules clients, const Options& options);

  const CallGate& gate() const { return gate_; }

 private:
  using Stream = CallHandler::Stream;

  // A call's message, and what it holds of the gate.
  template <typename Request>
  struct Message {
    Request request;
    std::string caller;  // to whose share it is put
    CallGate::Kept kept;
  };

  // What answers a call that has been let in.
  using Answerer = absl::Status (VerifierService::*)(OpenCall& call, Stream& stream);
  absl::Status Verify(OpenCall& call, Stream& stream);
  absl::Status Validate(OpenCall& call, Stream& stream);
  // What the methods have in common: lets the call in, or not, and counts.
  grpc::internal::MethodHandler* HandlerOf(ApiMethod method, Answerer answer);

  // PermissionDenied, which the log is told of, if nobody has listed the caller, or not for this
  // namespace.
  absl::Status Authorize(const OpenCall& call, std::string_view workload_namespace);
  // With the answer, whatever that will be.
  void TellPolicyHash(const OpenCall& call) const;
  template <typename Request>
  absl::StatusOr<Message<Request>> Read(OpenCall& call, Stream& stream, size_t max_bytes);

  ImageVerifier* const verifier_;
  const ClientRules clients_;
  const Options options_;
  CallGate gate_;
  CallWatch reads_;
  CallWatch writes_;
  const OpenCall::Door door_;
  // A message can take many times its size while it is parsed: one at a time.
  absl::Mutex parsing_;
  base::ComplaintTally refused_;
};

// By when a call's verdicts must be there so that they reach a caller who gives up at `deadline`: a
// tenth of the time left earlier, at most 200 ms. A call without a deadline, or with one further
// away, is given 10 seconds.
absl::Time VerdictsDeadline(absl::Time now, absl::Time deadline);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_VERIFIER_SERVICE_H_
