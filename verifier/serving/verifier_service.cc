#include "verifier/serving/verifier_service.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "grpcpp/security/auth_context.h"
#include "grpcpp/support/method_handler.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "grpcpp/support/slice.h"
#include "proto/limits.h"
#include "proto/status_codes.h"
#include "verifier/serving/answer_writer.h"
#include "verifier/serving/messages.h"
#include "verifier/serving/peer_address.h"
#include "verifier/serving/peer_names.h"
#include "verifier/serving/policy_validation.h"
#include "verifier/serving/verdict_log.h"

namespace countersign::verifier {
namespace {

// What a call takes on its connection beside its message: a head, and frames of the least size.
constexpr size_t kHeadBytes = 1 << 10;
// What gRPC reads of a call before anybody asks for its message: kUnreadBytesPerStream of grpc_server.cc,
// and a head.
constexpr int64_t kBytesReadAhead = 6 << 10;
// What is held against whoever makes calls in vain, which cost a thread each: those that are over before
// they were read, and those of clients that may ask nothing.
constexpr int64_t kBytesOfReset = 2 << 10;
constexpr int64_t kBytesOfForbidden = 1 << 10;
// After so long it was not the client who gave up.
constexpr absl::Duration kLongWait = absl::Seconds(1);
// What an image takes while it is looked at, beside its name: the look itself, what is asked of
// registries and what they answer, and what is made of it. The answer about it counts for itself.
constexpr size_t kMemoryOfImage = 2 << 10;
constexpr absl::Duration kLongestCall = absl::Seconds(10);
constexpr absl::Duration kLongestAnswer = absl::Milliseconds(200);

// What a question takes while it is answered.
size_t MemoryOf(const v1::VerifyImagesRequest& request) {
  return request.SpaceUsedLong() + static_cast<size_t>(request.images_size()) * kMemoryOfImage;
}
size_t MemoryOf(const v1::ValidatePolicyRequest& request) { return request.SpaceUsedLong(); }

// Until the end of what it gives.
auto Expect(CallListener& listener, const PeerAddress& peer, int64_t bytes) {
  listener.CallExpects(peer, bytes);
  return absl::MakeCleanup([&listener, peer, bytes] { listener.CallExpects(peer, -bytes); });
}

// Of a call that was over before its message was read. That is our doing if it has waited for long; by
// when it wanted its answer is its client's.
void TellOfReset(CallListener& listener, const PeerAddress& peer, absl::Time start) {
  if (absl::Now() - start < kLongWait) listener.CallWasInVain(peer, kBytesOfReset);
}

// What has come for a call that has been read: its head as RFC 9113 (6.5.2) counts it, its message, and
// the least frames and TLS records that those may have come in.
size_t BytesOf(const grpc::ServerContext& context, const grpc::ByteBuffer& message) {
  size_t bytes = kHeadBytes + message.Length() + message.Length() / 64;
  for (const auto& [name, value] : context.client_metadata()) {
    bytes += name.size() + value.size() + 32;
  }
  return bytes;
}

// What the parts are one after the other. Each is let go once it is copied.
grpc::ByteBuffer JoinParts(std::vector<std::string> parts) {
  std::vector<grpc::Slice> slices;
  slices.reserve(parts.size());
  for (std::string& part : parts) {
    const std::string copied = std::move(part);
    slices.emplace_back(copied);
  }
  return grpc::ByteBuffer(slices.data(), slices.size());
}

}  // namespace

absl::Time VerdictsDeadline(absl::Time now, absl::Time deadline) {
  const absl::Duration left = std::min(deadline - now, kLongestCall);
  return now + left - std::min(left / 10, kLongestAnswer);
}

VerifierService::VerifierService(ImageVerifier* verifier, ClientRules clients,
                                 const Options& options)
    : verifier_(verifier),
      clients_(std::move(clients)),
      options_(options),
      gate_(options.limits),
      reads_(options.read_timeout),
      writes_(options.write_timeout),
      refused_(options.clock) {
  // In the order of the proto file. In this form a call reaches us before its message has been read.
  using StreamedMethod = grpc::internal::StreamedUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>;
  MarkMethodStreamed(0, new StreamedMethod([this](grpc::ServerContext* context, Stream* stream) {
                       return Serve(ApiMethod::kVerifyImages, *context, [&](const Caller& caller) {
                         return VerifyImages(*context, *stream, caller);
                       });
                     }));
  MarkMethodStreamed(1, new StreamedMethod([this](grpc::ServerContext* context, Stream* stream) {
                       return Serve(ApiMethod::kValidatePolicy, *context,
                                    [&](const Caller& caller) {
                                      return ValidatePolicy(*context, *stream, caller);
                                    });
                     }));
}

grpc::Status VerifierService::Serve(ApiMethod method, grpc::ServerContext& context,
                                    const Answerer& answer) {
  const absl::Time start = absl::Now();
  const PeerAddress peer = ParsePeer(context.peer());
  CallListener& listener = *options_.listener;
  if (options_.metrics != nullptr) options_.metrics->Begin();
  const bool is_waited_for = listener.CallBegins(peer);
  const absl::Status status = [&]() -> absl::Status {
    if (!is_waited_for) return absl::CancelledError("the call's connection has gone");
    const Caller caller = Identify(context);
    if (caller.client.is_for_everybody) listener.CallIsForEverybody(peer);
    if (options_.backlog != nullptr) options_.backlog->Begin(caller.client.name);
    // It asks nothing, whatever it was.
    if (context.IsCancelled()) {
      TellOfReset(listener, peer, start);
      return absl::CancelledError("the call was cancelled");
    }
    CS_ASSIGN_OR_RETURN(const CallGate::Claim call, gate_.EnterCall(caller.client));
    if (!caller.rights.may_ask) listener.CallWasInVain(peer, kBytesOfForbidden);
    const absl::Cleanup no_longer = Expect(listener, peer, kBytesReadAhead);
    return answer(caller);
  }();
  listener.CallEnds(peer);
  if (options_.metrics != nullptr) options_.metrics->End(method, status, absl::Now() - start);
  return proto::ToGrpc(status);
}

VerifierService::Caller VerifierService::Identify(const grpc::ServerContext& context) const {
  Caller caller;
  caller.names = PeerNames(*context.auth_context());
  caller.rights = clients_.RightsOf(clients_.empty() ? http::ClientNames() : caller.names);
  caller.client = {.name = PeerName(caller.names, ParsePeer(context.peer()).address),
                   .is_for_everybody = caller.rights.CoversAll()};
  return caller;
}

absl::Status VerifierService::Authorize(const grpc::ServerContext& context, const Caller& caller,
                                        std::string_view workload_namespace) {
  std::string why;
  std::string_view kind = "of_namespace";
  if (!caller.rights.may_ask) {
    kind = "not_listed";
    why = "this client is not listed (--allowed-client)";
  } else if (!caller.rights.Covers(workload_namespace)) {
    why = absl::StrCat("this client may not ask on behalf of namespace ",
                       base::Quoted(workload_namespace), " (--allowed-client)");
  } else {
    return absl::OkStatus();
  }
  absl::StrAppend(&why, "; the names in its certificate: ", caller.names.Describe());
  refused_.Add(kind, caller.client.name);
  if (std::optional<base::LogFields> fields = refused_.Take()) {
    fields->emplace_back("error", why);
    fields->emplace_back("client", base::Printable(context.peer()));
    base::LogWarning("verifier", "Refused clients; the last:", *fields);
  }
  return absl::PermissionDeniedError(why);
}

absl::StatusOr<grpc::ByteBuffer> VerifierService::Receive(grpc::ServerContext& context,
                                                          Stream& stream, absl::Time start) {
  const PeerAddress peer = ParsePeer(context.peer());
  // Of one that is too large, too, all is read.
  const absl::Cleanup no_longer = Expect(*options_.listener, peer, v1::kMaxPolicyMessageBytes);
  grpc::ByteBuffer bytes;
  bool has_come = false;
  {
    const CallWatch::Guard guard = reads_.Watch([&context] { context.TryCancel(); });
    has_come = stream.Read(&bytes);
  }
  // What was reset is no question, even if its message came.
  if (!has_come || context.IsCancelled()) {
    TellOfReset(*options_.listener, peer, start);
    return absl::CancelledError("the call's message did not come");
  }
  options_.listener->CallTakes(peer, BytesOf(context, bytes));
  return bytes;
}

template <typename Request>
absl::StatusOr<VerifierService::Message<Request>> VerifierService::Read(
    grpc::ServerContext& context, Stream& stream, const Caller& caller, size_t max_bytes) {
  const absl::Time start = absl::Now();
  const absl::Time until =
      std::min(start + options_.read_timeout, absl::FromChrono(context.deadline()));
  CS_ASSIGN_OR_RETURN(const CallGate::ReadPermit permit,
                      gate_.AwaitReading(
                          caller.client, max_bytes, [&] { return !context.IsCancelled(); }, until));
  CS_ASSIGN_OR_RETURN(grpc::ByteBuffer bytes, Receive(context, stream, start));
  if (bytes.Length() > max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the message is larger than ", max_bytes, " bytes"));
  }
  absl::MutexLock lock(&parsing_);
  Request request;
  if (!grpc::SerializationTraits<Request>::Deserialize(&bytes, &request).ok()) {
    return absl::InvalidArgumentError("the message is not what proto/countersign/v1 says");
  }
  CS_RETURN_IF_ERROR(CheckCaller(request.caller()));
  // What a question says of itself is believed only of clients that may ask for everybody.
  const bool is_told = !request.caller().empty() && caller.client.is_for_everybody;
  std::string share = is_told ? absl::StrCat("for ", request.caller()) : caller.client.name;
  CS_ASSIGN_OR_RETURN(CallGate::Kept kept,
                      gate_.KeepQuestion(caller.client, share, MemoryOf(request)));
  return Message<Request>{std::move(request), std::move(share), std::move(kept)};
}

absl::Status VerifierService::Send(grpc::ServerContext& context, Stream& stream,
                                   const grpc::ByteBuffer& answer) {
  std::atomic<bool> is_late = false;
  const CallWatch::Guard guard = writes_.Watch([&context, &is_late] {
    is_late = true;
    context.TryCancel();
  });
  // False where the client has gone, too.
  if (!stream.Write(answer) && is_late) {
    return absl::DeadlineExceededError("the answer was not read in time");
  }
  return absl::OkStatus();
}

absl::Status VerifierService::VerifyImages(grpc::ServerContext& context, Stream& stream,
                                           const Caller& caller) {
  CS_RETURN_IF_ERROR(Authorize(context, caller, ""));
  const absl::Time deadline = VerdictsDeadline(absl::Now(), absl::FromChrono(context.deadline()));
  CS_ASSIGN_OR_RETURN(
      Message<v1::VerifyImagesRequest> message,
      Read<v1::VerifyImagesRequest>(context, stream, caller, v1::kMaxQuestionBytes));
  CS_RETURN_IF_ERROR(Authorize(context, caller, message.request.namespace_()));
  CS_ASSIGN_OR_RETURN(const WorkloadQuestion question, ReadQuestion(std::move(message.request)));
  const Inquirer inquirer = {.caller = message.caller,
                             .credentials = caller.rights.shared_credentials
                                                ? CredentialUse::kCluster
                                                : CredentialUse::kAnonymous};
  std::optional<CallGate::Claim> kept;
  AnswerWriter answer(&question, [&](size_t bytes) {
    return gate_.KeepAnswer(caller.client, message.caller, question.workload_namespace, bytes,
                            kept);
  });
  const auto tell = [&](const ImageVerdict& image, absl::Span<const size_t> uses) -> absl::Status {
    CS_RETURN_IF_ERROR(answer.Add(image, uses));
    LogVerdict(question, question.images[uses.front()].reference, image.verdict);
    return absl::OkStatus();
  };
  CS_RETURN_IF_ERROR(verifier_->VerifyEach(question, inquirer, deadline, tell));
  if (options_.metrics != nullptr) options_.metrics->CountVerdicts(answer.reasons());
  return Send(context, stream, JoinParts(std::move(answer).Take()));
}

absl::Status VerifierService::ValidatePolicy(grpc::ServerContext& context, Stream& stream,
                                             const Caller& caller) {
  CS_RETURN_IF_ERROR(Authorize(context, caller, ""));
  const absl::Time deadline = VerdictsDeadline(absl::Now(), absl::FromChrono(context.deadline()));
  CS_ASSIGN_OR_RETURN(
      const Message<v1::ValidatePolicyRequest> message,
      Read<v1::ValidatePolicyRequest>(context, stream, caller, v1::kMaxPolicyMessageBytes));
  std::optional<CallGate::Claim> kept;
  const auto validate = [&]() -> absl::StatusOr<grpc::ByteBuffer> {
    CS_ASSIGN_OR_RETURN(const CallGate::Claim validation,
                        gate_.AwaitValidation(message.caller, deadline));
    CS_ASSIGN_OR_RETURN(const v1::ValidatePolicyResponse response,
                        verifier::ValidatePolicy(message.request));
    CS_RETURN_IF_ERROR(gate_.KeepAnswer(caller.client, message.caller, /*workload_namespace=*/"",
                                        response.ByteSizeLong(), kept));
    return JoinParts({response.SerializeAsString()});
  };
  CS_ASSIGN_OR_RETURN(const grpc::ByteBuffer answer, validate());
  return Send(context, stream, answer);
}

}  // namespace countersign::verifier
