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
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/status.h"
#include "grpcpp/support/sync_stream.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"
#include "verifier/serving/call_backlog.h"
#include "verifier/serving/call_gate.h"
#include "verifier/serving/call_listener.h"
#include "verifier/serving/call_metrics.h"
#include "verifier/serving/call_watch.h"
#include "verifier/serving/client_rules.h"
#include "verifier/serving/image_verifier.h"

namespace countersign::verifier {

// The rpcs' side of ImageVerifier and ValidatePolicy: who may ask for what, deadlines, how much is
// taken at once (CallGate), and status codes.
//
// A call's message is read only once the call has been let in, and by the gate's leave, so that
// whoever calls makes the verifier hold no more than his share. What does not come in time ends the
// call, and so does an answer that is not read in time, with all that the call holds. Thread-safe.
class VerifierService final : public v1::Verifier::Service {
 public:
  struct Options {
    CallGate::Limits limits;
    // How long a call's message may take to come.
    absl::Duration read_timeout = absl::Seconds(5);
    // How long its client may take to read its answer.
    absl::Duration write_timeout = absl::Seconds(10);
    // Both must outlive the service; without metrics nothing is counted.
    CallMetrics* metrics = nullptr;
    CallListener* listener = &CallListener::Nobody();
    // In which calls wait for a thread, as server_tls.h asks it; null: as many as want to.
    std::shared_ptr<CallBacklog> backlog;
    // By which the log is told of refused clients, once a minute at most. Must outlive the service.
    const base::Clock* clock = &base::Clock::Real();
  };

  // `verifier` must outlive the service.
  VerifierService(ImageVerifier* verifier, ClientRules clients, const Options& options);

  const CallGate& gate() const { return gate_; }

 private:
  using Stream = grpc::ServerUnaryStreamer<grpc::ByteBuffer, grpc::ByteBuffer>;

  // Who calls, as the connection shows.
  struct Caller {
    http::ClientNames names;
    ClientRights rights;
    CallGate::Client client;
  };

  // A call's message, and what it holds of the gate.
  template <typename Request>
  struct Message {
    Request request;
    std::string caller;  // to whose share it is put
    CallGate::Kept kept;
  };

  // What both calls have in common: lets the caller in, or not, and counts.
  using Answerer = std::function<absl::Status(const Caller& caller)>;
  grpc::Status Serve(ApiMethod method, grpc::ServerContext& context, const Answerer& answer);
  absl::Status VerifyImages(grpc::ServerContext& context, Stream& stream, const Caller& caller);
  absl::Status ValidatePolicy(grpc::ServerContext& context, Stream& stream, const Caller& caller);

  Caller Identify(const grpc::ServerContext& context) const;
  // PermissionDenied, which the log is told of, if nobody has listed the caller, or not for this
  // namespace.
  absl::Status Authorize(const grpc::ServerContext& context, const Caller& caller,
                         std::string_view workload_namespace);
  // A call's message, whatever is in it; the call has been let in at `start`.
  absl::StatusOr<grpc::ByteBuffer> Receive(grpc::ServerContext& context, Stream& stream,
                                           absl::Time start);
  template <typename Request>
  absl::StatusOr<Message<Request>> Read(grpc::ServerContext& context, Stream& stream,
                                        const Caller& caller, size_t max_bytes);
  // Sends the answer. DeadlineExceeded: it was not read in time, and the call has been ended.
  absl::Status Send(grpc::ServerContext& context, Stream& stream, const grpc::ByteBuffer& answer);

  ImageVerifier* const verifier_;
  const ClientRules clients_;
  const Options options_;
  CallGate gate_;
  CallWatch reads_;
  CallWatch writes_;
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
