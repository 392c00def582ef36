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
#include "proto/policy_hash.h"
#include "proto/status_codes.h"
#include "shim/address_lookup.h"
#include "shim/affinity.h"

namespace countersign::shim {
namespace {

// How long a call waits for a connection when there is none: longer than the longest pause between
// two attempts to connect (verifier_connections), so that a verifier that has just come back is found. A
// question with less time than this is late, and not one that nobody could be asked: what made it late may be
// whoever asks.
constexpr absl::Duration kConnectionWait = absl::Milliseconds(1'500);

// How long passes before the second time: until gRPC has noticed that a verifier which lost the first
// is gone or going, and that there is no other, or there is.
constexpr absl::Duration kPauseBeforeAnother = absl::Milliseconds(100);

// How long it may take to find out, for the log, why there is none.
constexpr absl::Duration kReasonWait = absl::Milliseconds(100);

// Whether another verifier may answer what this one did not. Nobody here cancels a call: Cancelled
// is a verifier that ended before it had taken it up.
bool IsWorthAnother(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsCancelled(status) ||
         absl::IsResourceExhausted(status);
}

// Whether others are asked first for a moment. One that has vanished without a word is not noticed before
// it misses a deadline; that another's question was slow costs this one's images a look elsewhere. Of a
// question for which there was little time that says nothing: whoever asks may choose how much there is.
bool IsWorthAvoiding(const absl::Status& status, absl::Duration took) {
  return IsWorthAnother(status) || (absl::IsDeadlineExceeded(status) && took >= kConnectionWait);
}

// What a verifier told beside its answer; "": nothing.
std::string_view PolicyHashIn(const grpc::ClientContext& context) {
  const auto& told = context.GetServerTrailingMetadata();
  const auto found = told.find(proto::kPolicyHashKey);
  if (found == told.end()) return "";
  return {found->second.data(), found->second.size()};
}

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
                }) {
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

absl::Status GrpcVerifierClient::Note(VerifierChannels::Turn& turn,
                                      const grpc::ClientContext& context,
                                      const grpc::Status& status, absl::Time sent) {
  absl::Status noted = proto::FromGrpc(status);
  peers_.Add(context.peer(), noted, PolicyHashIn(context));
  if (IsWorthAvoiding(noted, absl::Now() - sent)) turn.TurnedAway();
  return noted;
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
  CS_RETURN_IF_ERROR(Note(turn, context, status, sent));
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

bool GrpcVerifierClient::TryVerifyImages(const v1::VerifyImagesRequest& request,
                                         absl::Time deadline, const base::TraceContext& trace,
                                         OnAnswer on_answer) {
  std::optional<VerifierChannels::Turn> turn = channels_.TryTurn(KeyOf(request));
  if (!turn.has_value()) return false;
  auto hand_on = [this, sent = absl::Now(),
                  on_answer = std::move(on_answer)](VerifierCalls::Call& call) mutable {
    const absl::Status status = Note(call.turn, call.context, call.status, sent);
    FirstAnswer first;
    if (status.ok()) {
      first.result.answer = std::move(call.response);
    } else {
      first.result.answer = status;
      // What was cancelled as the client ends is not sent again.
      if (IsWorthAnother(status) && !calls_.is_ending()) first.not_at = call.turn.target();
    }
    { const VerifierChannels::Turn ended = std::move(call.turn); }
    on_answer(std::move(first));
  };
  return calls_.Start(*std::move(turn), request, deadline, trace, std::move(hand_on));
}

CallResult<v1::VerifyImagesResponse> GrpcVerifierClient::VerifyImagesElsewhere(
    const v1::VerifyImagesRequest& request, absl::Time deadline, const base::TraceContext& trace,
    FirstAnswer first) {
  return SendElsewhere(&v1::Verifier::Stub::VerifyImages, KeyOf(request), request, deadline, trace,
                       first.not_at, std::move(first.result.answer));
}

absl::StatusOr<v1::ValidatePolicyResponse> GrpcVerifierClient::ValidatePolicy(
    const v1::ValidatePolicyRequest& request, absl::Time deadline) {
  return Call(&v1::Verifier::Stub::ValidatePolicy, NextTurn(), request, deadline, {}).answer;
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
