#ifndef COUNTERSIGN_SHIM_GRPC_VERIFIER_CLIENT_H_
#define COUNTERSIGN_SHIM_GRPC_VERIFIER_CLIENT_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/trace_context.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"
#include "shim/address_follower.h"
#include "shim/policy_validator.h"
#include "shim/question_sender.h"
#include "shim/verifier_channels.h"
#include "shim/verifier_client.h"
#include "shim/verifier_connections.h"
#include "shim/verifier_peers.h"
#include "shim/verifier_target.h"

namespace countersign::shim {

// Asks verifiers over gRPC, each over a channel of its own (verifier_channels.h): questions about the same
// images the same verifier, as long as it is connected and neither turns away nor has more than its share
// (affinity.h). Policies and health go round.
//
// A call is sent only once there is a connection that is ready, for which it waits a moment; without
// one it was never sent, and that alone is an outage. From then on every failure counts as sent,
// also that of a connection that had died without a word. A call that is refused or cut off
// (Unavailable, Cancelled), or turned away by a full verifier (ResourceExhausted), is sent once
// more, after a moment, to a verifier at another address if one is there, and no third time: a
// question that kills who reads it reaches two at most. (What gRPC repeats by itself had never left
// this process, or was never taken up.)
//
// However many questions are sent by TryVerifyImages, one thread waits for their answers; where several are on
// their way to a verifier, several may go in one call (question_sender.h).
// Thread-safe.
class GrpcVerifierClient final : public VerifierClient, public PolicyValidator {
 public:
  using Options = VerifierOptions;

  // Connects when it is first used, and looks up the target's name, if it has one, from now on.
  // InvalidArgument says what is wrong with which option.
  static absl::StatusOr<std::unique_ptr<GrpcVerifierClient>> Create(const Options& options);

  CallResult<v1::VerifyImagesResponse> VerifyImages(const v1::VerifyImagesRequest& request,
                                                    absl::Time deadline,
                                                    const base::TraceContext& trace) override;

  bool TryVerifyImages(std::shared_ptr<const v1::VerifyImagesRequest> request, absl::Time deadline,
                       const base::TraceContext& trace, OnAnswer on_answer) override;
  CallResult<v1::VerifyImagesResponse> VerifyImagesElsewhere(const v1::VerifyImagesRequest& request,
                                                             absl::Time deadline,
                                                             const base::TraceContext& trace,
                                                             FirstAnswer first) override;

  absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(
      const v1::ValidatePolicyRequest& request, absl::Time deadline,
      const base::TraceContext& trace) override;

  // The verifiers that were asked, and what gRPC says of the best of the connections to them: "idle",
  // "connecting", "ready", "transient failure" or "shut down". Connects to none.
  std::vector<VerifierPeer> Peers() const { return peers_.All(); }
  std::string ConnectionState() const { return channels_.State(); }

  // OK if a verifier answers by `deadline` that it serves; otherwise why not.
  absl::Status CheckHealth(absl::Time deadline);

 private:
  explicit GrpcVerifierClient(VerifierConnections connections);

  template <typename Request, typename Response>
  using Method = grpc::Status (v1::Verifier::Stub::*)(grpc::ClientContext*, const Request&,
                                                      Response*);

  template <typename Request, typename Response>
  CallResult<Response> Call(Method<Request, Response> method, uint64_t key, const Request& request,
                            absl::Time deadline, const base::TraceContext& trace);
  template <typename Request, typename Response>
  absl::StatusOr<Response> Send(VerifierChannels::Turn& turn, Method<Request, Response> method,
                                const Request& request, absl::Time deadline,
                                const base::TraceContext& trace);
  template <typename Request, typename Response>
  CallResult<Response> SendElsewhere(Method<Request, Response> method, uint64_t key,
                                     const Request& request, absl::Time deadline,
                                     const base::TraceContext& trace, std::string_view not_at,
                                     absl::StatusOr<Response> first);
  absl::Status WhyUnconnected(absl::Time deadline);
  void Follow(const VerifierTarget& target);
  uint64_t NextTurn();

  const VerifierConnections connections_;
  VerifierPeers peers_;
  std::atomic<uint64_t> turns_ = 0;
  VerifierChannels channels_;
  // Null where addresses are given. It tells channels_.
  std::unique_ptr<AddressFollower> follower_;
  // The last, so that it ends first: what is handed on uses the others.
  QuestionSender sender_;
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_GRPC_VERIFIER_CLIENT_H_
