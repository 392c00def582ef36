#ifndef COUNTERSIGN_VERIFIER_SERVING_VERIFIER_SERVICE_H_
#define COUNTERSIGN_VERIFIER_SERVING_VERIFIER_SERVICE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/complaint_tally.h"
#include "base/trace_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "policy/sigstore/review_settings.h"
#include "proto/countersign/v1/verifier.pb.h"
#include "verifier/serving/api_answer.h"
#include "verifier/serving/call_backlog.h"
#include "verifier/serving/call_gate.h"
#include "verifier/serving/call_listener.h"
#include "verifier/serving/call_metrics.h"
#include "verifier/serving/call_watch.h"
#include "verifier/serving/client_rules.h"
#include "verifier/serving/image_verifier.h"
#include "verifier/serving/open_call.h"
#include "verifier/serving/policy_differences.h"
#include "verifier/serving/recent_verdicts.h"
#include "verifier/serving/verify_answer.h"

namespace countersign::verifier {

// The rpcs' side of ImageVerifier and ValidatePolicy: who may ask for what, deadlines, how much is
// taken at once (CallGate), and status codes.
//
// A call's message is read only once the call has been let in, and by the gate's leave, so that
// whoever calls makes the verifier hold no more than his share. Each step of a call is a function here, of
// which only those that say so block; who takes the steps, and on which thread, is for CallServer.
// Thread-safe.
class VerifierService {
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
    // In which calls wait to be let in, as server_tls.h asks it; null: as many as want to.
    std::shared_ptr<CallBacklog> backlog;
    // By which the log is told of refused clients, once a minute at most. Must outlive the service.
    const base::Clock* clock = &base::Clock::Real();
  };

  // `verifier` must outlive the service.
  VerifierService(ImageVerifier* verifier, ClientRules clients, const Options& options);

  const CallGate& gate() const { return gate_; }
  const OpenCall::Door& door() const { return door_; }

  // A call has come: lets it in, or says why not.
  absl::Status Enter(OpenCall& call);
  // Its message may be read. Nullopt: there is no room at this moment.
  std::optional<CallGate::ReadPermit> TryReading(const OpenCall& call, ApiMethod method);
  // The same, but waits for room; blocks.
  absl::StatusOr<CallGate::ReadPermit> AwaitReading(const OpenCall& call, ApiMethod method);
  // What answers the call with this message, of whatever length, of which nothing is needed afterwards. The call
  // must outlive it. Of a long message this takes as long as it is long, and waits for others' long ones.
  absl::StatusOr<std::unique_ptr<ApiAnswer>> Read(OpenCall& call, ApiMethod method,
                                                  grpc::ByteBuffer* message);
  // So a call that had come is over.
  void End(const OpenCall& call, ApiMethod method, const absl::Status& status);

  // Whether a message is short enough to be read by whom others wait for.
  static bool IsShort(const grpc::ByteBuffer& message);

 private:
  // PermissionDenied, which the log is told of, if nobody has listed the caller, or not for this
  // namespace.
  absl::Status Authorize(const OpenCall& call, std::string_view workload_namespace);
  // With the answer, whatever that will be.
  void TellPolicyHash(const OpenCall& call) const;
  template <typename Request>
  absl::StatusOr<Request> Parse(grpc::ByteBuffer* message);
  // What a question that was read takes from now on.
  template <typename Request>
  absl::StatusOr<ApiAnswer::Asked> Keep(OpenCall& call, const Request& request);
  absl::StatusOr<std::unique_ptr<ApiAnswer>> ReadVerify(OpenCall& call, grpc::ByteBuffer* message);
  absl::StatusOr<std::unique_ptr<ApiAnswer>> ReadRecall(OpenCall& call, grpc::ByteBuffer* message);
  // To the one question, in whatever call it was.
  absl::StatusOr<std::unique_ptr<VerifyAnswer>> AnswerTo(OpenCall& call,
                                                         v1::VerifyImagesRequest request,
                                                         base::TraceContext trace);
  absl::StatusOr<std::unique_ptr<ApiAnswer>> ReadValidate(OpenCall& call,
                                                          grpc::ByteBuffer* message);

  const ClientRules clients_;
  const Options options_;
  CallGate gate_;
  CallWatch reads_;
  CallWatch writes_;
  const OpenCall::Door door_;
  const ApiAnswer::Parts parts_;
  // A long message can take many times its size while it is parsed: one at a time.
  absl::Mutex parsing_;
  base::ComplaintTally refused_;
};

// By when a call's verdicts must be there so that they reach a caller who gives up at `deadline`: a
// tenth of the time left earlier, at most 200 ms. A call without a deadline, or with one further
// away, is given 10 seconds.
absl::Time VerdictsDeadline(absl::Time now, absl::Time deadline);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_VERIFIER_SERVICE_H_
