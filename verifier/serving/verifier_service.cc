#include "verifier/serving/verifier_service.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/json.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "base/trace_context.h"
#include "grpcpp/support/method_handler.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "grpcpp/support/slice.h"
#include "policy/sigstore/review_object.h"
#include "proto/limits.h"
#include "proto/policy_hash.h"
#include "proto/status_codes.h"
#include "verifier/serving/answer_writer.h"
#include "verifier/serving/messages.h"
#include "verifier/serving/policy_validation.h"
#include "verifier/serving/verdict_log.h"

namespace countersign::verifier {
namespace {

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

// The span that asks, as the call's metadata says it; none if that says none, or more than one.
base::TraceContext TraceOf(const grpc::ServerContext& context) {
  const auto [begin, end] = context.client_metadata().equal_range(base::kTraceparent);
  if (begin == end || std::next(begin) != end) return {};
  const std::string_view value(begin->second.data(), begin->second.size());
  return base::ParseTraceparent(value).value_or(base::TraceContext());
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
      door_{.clients = &clients_,
            .gate = &gate_,
            .backlog = options_.backlog.get(),
            .listener = options_.listener,
            .reads = &reads_,
            .writes = &writes_},
      refused_(options.clock) {
  // In the order of the proto file.
  MarkMethodStreamed(0, HandlerOf(ApiMethod::kVerifyImages, &VerifierService::Verify));
  MarkMethodStreamed(1, HandlerOf(ApiMethod::kValidatePolicy, &VerifierService::Validate));
}

grpc::internal::MethodHandler* VerifierService::HandlerOf(ApiMethod method, Answerer answer) {
  return new CallHandler(
      [this, method, answer](grpc::ServerContext& context, const CallHandler::Run& run) {
        OpenCall call(&context, door_);
        run([&](Stream& stream) {
          const absl::Cleanup finish = [&call] { call.Finish(); };
          const absl::Time start = absl::Now();
          if (options_.metrics != nullptr) options_.metrics->Begin();
          absl::Status status = call.Enter();
          if (status.ok()) status = (this->*answer)(call, stream);
          if (options_.metrics != nullptr) {
            options_.metrics->End(method, status, absl::Now() - start);
          }
          return proto::ToGrpc(status);
        });
      });
}

absl::Status VerifierService::Authorize(const OpenCall& call, std::string_view workload_namespace) {
  const OpenCall::Caller& caller = call.caller();
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
    fields->emplace_back("client", base::Printable(call.context().peer()));
    base::LogWarning("verifier", "Refused clients; the last:", *fields);
  }
  return absl::PermissionDeniedError(why);
}

template <typename Request>
absl::StatusOr<VerifierService::Message<Request>> VerifierService::Read(OpenCall& call,
                                                                        Stream& stream,
                                                                        size_t max_bytes) {
  const CallGate::Client& client = call.caller().client;
  grpc::ServerContext& context = call.context();
  const absl::Time start = absl::Now();
  const absl::Time until =
      std::min(start + options_.read_timeout, absl::FromChrono(context.deadline()));
  CS_ASSIGN_OR_RETURN(const CallGate::ReadPermit permit,
                      gate_.AwaitReading(
                          client, max_bytes, [&] { return !context.IsCancelled(); }, until));
  CS_ASSIGN_OR_RETURN(grpc::ByteBuffer bytes, call.Receive(stream, start));
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
  const bool is_told = !request.caller().empty() && client.is_for_everybody;
  std::string share = is_told ? absl::StrCat("for ", request.caller()) : client.name;
  CS_ASSIGN_OR_RETURN(CallGate::Kept kept, gate_.KeepQuestion(client, share, MemoryOf(request)));
  return Message<Request>{std::move(request), std::move(share), std::move(kept)};
}

void VerifierService::TellPolicyHash(const OpenCall& call) const {
  std::string hash = options_.policy_hash ? options_.policy_hash() : "";
  if (!hash.empty()) call.context().AddTrailingMetadata(proto::kPolicyHashKey, std::move(hash));
}

absl::Status VerifierService::Verify(OpenCall& call, Stream& stream) {
  CS_RETURN_IF_ERROR(Authorize(call, ""));
  const absl::Time deadline =
      VerdictsDeadline(absl::Now(), absl::FromChrono(call.context().deadline()));
  CS_ASSIGN_OR_RETURN(Message<v1::VerifyImagesRequest> message,
                      Read<v1::VerifyImagesRequest>(call, stream, v1::kMaxQuestionBytes));
  CS_RETURN_IF_ERROR(Authorize(call, message.request.namespace_()));
  CS_ASSIGN_OR_RETURN(WorkloadQuestion question, ReadQuestion(std::move(message.request)));
  question.trace = TraceOf(call.context());
  TellPolicyHash(call);
  const absl::Time read = absl::Now();
  const Inquirer inquirer = {.caller = message.caller,
                             .credentials = call.caller().rights.shared_credentials
                                                ? CredentialUse::kCluster
                                                : CredentialUse::kAnonymous};
  AnswerWriter answer(&question, [&](size_t bytes) {
    return gate_.KeepAnswer(call.caller().client, message.caller, question.workload_namespace,
                            bytes, call.answer_room());
  });
  const auto tell = [&](const ImageVerdict& image, absl::Span<const size_t> uses) -> absl::Status {
    CS_RETURN_IF_ERROR(answer.Add(image, uses));
    const std::string& reference = question.images[uses.front()].reference;
    LogVerdict(question, reference, image.verdict);
    if (options_.recent != nullptr) options_.recent->Add(question, reference, image.verdict, read);
    if (options_.differences != nullptr) {
      options_.differences->Add(reference, image.verdict, uses.size());
    }
    return absl::OkStatus();
  };
  CS_RETURN_IF_ERROR(verifier_->VerifyEach(question, inquirer, deadline, tell));
  if (options_.metrics != nullptr) options_.metrics->CountVerdicts(answer.reasons());
  return call.Send(stream, JoinParts(std::move(answer).Take()));
}

absl::Status VerifierService::Validate(OpenCall& call, Stream& stream) {
  CS_RETURN_IF_ERROR(Authorize(call, ""));
  const absl::Time deadline =
      VerdictsDeadline(absl::Now(), absl::FromChrono(call.context().deadline()));
  CS_ASSIGN_OR_RETURN(const Message<v1::ValidatePolicyRequest> message,
                      Read<v1::ValidatePolicyRequest>(call, stream, v1::kMaxPolicyMessageBytes));
  const auto validate = [&]() -> absl::StatusOr<grpc::ByteBuffer> {
    CS_ASSIGN_OR_RETURN(const CallGate::Claim validation,
                        gate_.AwaitValidation(message.caller, deadline));
    const policy::ReviewSettings settings =
        options_.review_settings ? options_.review_settings() : policy::ReviewSettings();
    CS_ASSIGN_OR_RETURN(const v1::ValidatePolicyResponse response,
                        verifier::ValidatePolicy(message.request, [&](const base::Json& object) {
                          return policy::ReviewSigstoreObject(object, settings);
                        }));
    CS_RETURN_IF_ERROR(gate_.KeepAnswer(call.caller().client, message.caller,
                                        /*workload_namespace=*/"", response.ByteSizeLong(),
                                        call.answer_room()));
    return JoinParts({response.SerializeAsString()});
  };
  CS_ASSIGN_OR_RETURN(const grpc::ByteBuffer answer, validate());
  return call.Send(stream, answer);
}

}  // namespace countersign::verifier
