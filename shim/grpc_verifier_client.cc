#include "shim/grpc_verifier_client.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/time/clock.h"
#include "base/deadline.h"
#include "base/status_macros.h"
#include "grpcpp/client_context.h"
#include "proto/grpc/health/v1/health.grpc.pb.h"
#include "proto/status_codes.h"
#include "shim/address_lookup.h"
#include "shim/affinity.h"
#include "shim/call_outcome.h"

namespace countersign::shim {
namespace {

// How long passes before the second time: until gRPC has noticed that a verifier which lost the first
// is gone or going, and that there is no other, or there is.
constexpr absl::Duration kPauseBeforeAnother = absl::Milliseconds(100);

// How long it may take to find out, for the log, why there is none.
constexpr absl::Duration kReasonWait = absl::Milliseconds(100);

uint64_t KeyOf(const v1::VerifyImagesRequest& request) {
  std::vector<std::string_view> references;
  references.reserve(request.images_size());
  for (const v1::Image& image : request.images()) references.push_back(image.reference());
  return AffinityKey(std::move(references));
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcVerifierClient>> GrpcVerifierClient::Create(
    const Options& options) {
  CS_ASSIGN_OR_RETURN(VerifierConnections connections, VerifierConnections::Create(options));
  return std::unique_ptr<GrpcVerifierClient>(new GrpcVerifierClient(std::move(connections)));
}

GrpcVerifierClient::GrpcVerifierClient(VerifierConnections connections)
    : connections_(std::move(connections)),
      channels_([this](const std::string& target) { return connections_.To(target); },
                [this] {
                  if (follower_ != nullptr) follower_->LookAgain();
                }),
      sender_(&peers_) {
  const VerifierTarget& target = connections_.target();
  if (!target.for_grpc.empty()) {
    channels_.Set({target.for_grpc});
  } else if (!target.addresses.empty()) {
    channels_.Set(TargetsOf(target.addresses));
  } else {
    Follow(target);
  }
}

void GrpcVerifierClient::Follow(const VerifierTarget& target) {
  follower_ = std::make_unique<AddressFollower>(
      [lookup = std::make_shared<AddressLookup>(target)](absl::Time deadline) {
        return lookup->Now(deadline);
      },
      [this](const std::vector<std::string>& addresses) { channels_.Set(TargetsOf(addresses)); });
}

uint64_t GrpcVerifierClient::NextTurn() { return AffinityHash(turns_++); }

// What gRPC says of a call that it cannot send. The question itself is not risked for it.
absl::Status GrpcVerifierClient::WhyUnconnected(absl::Time deadline) {
  const absl::Status health = CheckHealth(std::min(deadline, base::In(kReasonWait)));
  if (absl::IsUnavailable(health)) {
    return base::Annotate("no verifier could be connected to", health);
  }
  return absl::UnavailableError("no verifier could be connected to");
}

template <typename Request, typename Response>
absl::StatusOr<Response> GrpcVerifierClient::Send(VerifierChannels::Turn& turn,
                                                  Method<Request, Response> method,
                                                  const Request& request, absl::Time deadline,
                                                  const base::TraceContext& trace) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(deadline));
  if (trace.IsThere()) context.AddMetadata(base::kTraceparent, base::WriteTraceparent(trace));
  Response response;
  const absl::Time sent = absl::Now();
  const grpc::Status status = (turn.stub().*method)(&context, request, &response);
  CS_RETURN_IF_ERROR(NoteOutcome(context, status, sent, turn, peers_));
  return response;
}

template <typename Request, typename Response>
CallResult<Response> GrpcVerifierClient::Call(Method<Request, Response> method, uint64_t key,
                                              const Request& request, absl::Time deadline,
                                              const base::TraceContext& trace) {
  const absl::Time whole_wait = base::In(kConnectionWait);
  std::string asked;
  absl::StatusOr<Response> first;
  {
    std::optional<VerifierChannels::Turn> turn =
        channels_.AwaitTurn(key, "", std::min(deadline, whole_wait));
    if (!turn.has_value() && whole_wait <= deadline) {
      return {.answer = WhyUnconnected(deadline), .never_sent = true};
    }
    if (!turn.has_value()) {
      return {.answer = absl::DeadlineExceededError("no connection to a verifier in time")};
    }
    asked = turn->target();
    first = Send(*turn, method, request, deadline, trace);
  }
  if (first.ok() || !IsWorthAnother(first.status())) return {.answer = std::move(first)};
  return SendElsewhere(method, key, request, deadline, trace, asked, std::move(first));
}

template <typename Request, typename Response>
CallResult<Response> GrpcVerifierClient::SendElsewhere(
    Method<Request, Response> method, uint64_t key, const Request& request, absl::Time deadline,
    const base::TraceContext& trace, std::string_view not_at, absl::StatusOr<Response> first) {
  absl::SleepFor(std::min(kPauseBeforeAnother, base::TimeLeft(deadline)));
  std::optional<VerifierChannels::Turn> turn =
      channels_.AwaitTurn(key, not_at, std::min(deadline, base::In(kConnectionWait)));
  if (!turn.has_value()) return {.answer = std::move(first)};
  return {.answer = Send(*turn, method, request, deadline, trace)};
}

CallResult<v1::VerifyImagesResponse> GrpcVerifierClient::VerifyImages(
    const v1::VerifyImagesRequest& request, absl::Time deadline, const base::TraceContext& trace) {
  return Call(&v1::Verifier::Stub::VerifyImages, KeyOf(request), request, deadline, trace);
}

bool GrpcVerifierClient::TryVerifyImages(std::shared_ptr<const v1::VerifyImagesRequest> request,
                                         absl::Time deadline, const base::TraceContext& trace,
                                         OnAnswer on_answer) {
  std::optional<VerifierChannels::Turn> turn = channels_.TryTurn(KeyOf(*request));
  if (!turn.has_value()) return false;
  return sender_.Send({.turn = *std::move(turn),
                       .request = std::move(request),
                       .deadline = deadline,
                       .trace = trace,
                       .on_answer = std::move(on_answer)});
}

CallResult<v1::VerifyImagesResponse> GrpcVerifierClient::VerifyImagesElsewhere(
    const v1::VerifyImagesRequest& request, absl::Time deadline, const base::TraceContext& trace,
    FirstAnswer first) {
  return SendElsewhere(&v1::Verifier::Stub::VerifyImages, KeyOf(request), request, deadline, trace,
                       first.not_at, std::move(first.result.answer));
}

absl::StatusOr<v1::ValidatePolicyResponse> GrpcVerifierClient::ValidatePolicy(
    const v1::ValidatePolicyRequest& request, absl::Time deadline,
    const base::TraceContext& trace) {
  return Call(&v1::Verifier::Stub::ValidatePolicy, NextTurn(), request, deadline, trace).answer;
}

absl::Status GrpcVerifierClient::CheckHealth(absl::Time deadline) {
  const std::optional<VerifierChannels::Turn> turn = channels_.AnyTurn(NextTurn(), deadline);
  if (!turn.has_value()) {
    const absl::Status fault = follower_ != nullptr ? follower_->Fault() : absl::OkStatus();
    return absl::UnavailableError(fault.ok() ? "the verifiers' addresses are not known yet"
                                             : fault.message());
  }
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(deadline));
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(v1::Verifier::service_full_name());
  grpc::health::v1::HealthCheckResponse response;
  const auto stub = grpc::health::v1::Health::NewStub(turn->channel());
  const absl::Status status = proto::FromGrpc(stub->Check(&context, request, &response));
  peers_.Add(context.peer(), status);
  CS_RETURN_IF_ERROR(status);
  if (response.status() == grpc::health::v1::HealthCheckResponse::SERVING) return absl::OkStatus();
  return absl::UnavailableError("the verifier does not serve yet: it has read no policy");
}

}  // namespace countersign::shim
