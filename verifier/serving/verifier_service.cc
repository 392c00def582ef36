#include "verifier/serving/verifier_service.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "base/trace_context.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "proto/countersign/v1/verifier.pb.h"
#include "proto/limits.h"
#include "proto/policy_hash.h"
#include "verifier/serving/call_and_log.h"
#include "verifier/serving/messages.h"
#include "verifier/serving/recall_answer.h"
#include "verifier/serving/validate_answer.h"
#include "verifier/serving/verify_answer.h"

namespace countersign::verifier {
namespace {

// What an image takes while it is looked at, beside its name: the look itself, what is asked of
// registries and what they answer, and what is made of it. The answer about it counts for itself.
constexpr size_t kMemoryOfImage = 2 << 10;
constexpr absl::Duration kLongestCall = absl::Seconds(10);
constexpr absl::Duration kLongestAnswer = absl::Milliseconds(200);
// Of a message that is read by whom others wait for: some hundred microseconds.
constexpr size_t kShortMessage = 64 << 10;
static_assert(v1::kMaxRecallBytes <= kShortMessage);
static_assert(size_t{v1::kMaxRecalledImages} <= ImageVerifier::kMostAtOnce);

// What a question takes while it is answered.
size_t MemoryOf(const v1::VerifyImagesRequest& request) {
  return request.SpaceUsedLong() + static_cast<size_t>(request.images_size()) * kMemoryOfImage;
}
size_t MemoryOf(const v1::ValidatePolicyRequest& request) { return request.SpaceUsedLong(); }

size_t MostBytesOf(ApiMethod method) {
  switch (method) {
    case ApiMethod::kVerifyImages:
      return v1::kMaxQuestionBytes;
    case ApiMethod::kRecallVerdicts:
      return v1::kMaxRecallBytes;
    case ApiMethod::kValidatePolicy:
      break;
  }
  return v1::kMaxPolicyMessageBytes;
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
    : clients_(std::move(clients)),
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
      parts_{.verifier = verifier,
             .gate = &gate_,
             .metrics = options_.metrics,
             .differences = options_.differences,
             .recent = options_.recent,
             .review_settings = options_.review_settings},
      refused_(options.clock) {}

bool VerifierService::IsShort(const grpc::ByteBuffer& message) {
  return message.Length() <= kShortMessage;
}

absl::Status VerifierService::Enter(OpenCall& call) {
  if (options_.metrics != nullptr) options_.metrics->Begin();
  CS_RETURN_IF_ERROR(call.Enter());
  return Authorize(call, "");
}

void VerifierService::End(const OpenCall& call, ApiMethod method, const absl::Status& status) {
  if (options_.metrics == nullptr) return;
  options_.metrics->End(method, status, absl::Now() - call.start());
}

std::optional<CallGate::ReadPermit> VerifierService::TryReading(const OpenCall& call,
                                                                ApiMethod method) {
  return gate_.TryReading(call.caller().client, MostBytesOf(method));
}

absl::StatusOr<CallGate::ReadPermit> VerifierService::AwaitReading(const OpenCall& call,
                                                                   ApiMethod method) {
  const grpc::ServerContext& context = call.context();
  const absl::Time until =
      std::min(call.start() + options_.read_timeout, absl::FromChrono(context.deadline()));
  return gate_.AwaitReading(
      call.caller().client, MostBytesOf(method), [&] { return !context.IsCancelled(); }, until);
}

absl::StatusOr<std::unique_ptr<ApiAnswer>> VerifierService::Read(OpenCall& call, ApiMethod method,
                                                                 grpc::ByteBuffer* message) {
  if (message->Length() > MostBytesOf(method)) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the message is larger than ", MostBytesOf(method), " bytes"));
  }
  switch (method) {
    case ApiMethod::kVerifyImages:
      return ReadVerify(call, message);
    case ApiMethod::kRecallVerdicts:
      return ReadRecall(call, message);
    case ApiMethod::kValidatePolicy:
      break;
  }
  return ReadValidate(call, message);
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

void VerifierService::TellPolicyHash(const OpenCall& call) const {
  const std::string hash = options_.policy_hash ? options_.policy_hash() : "";
  if (!hash.empty()) call.context().AddTrailingMetadata(proto::kPolicyHashKey, hash);
}

template <typename Request>
absl::StatusOr<Request> VerifierService::Parse(grpc::ByteBuffer* message) {
  Request request;
  const auto parse = [&] {
    return grpc::SerializationTraits<Request>::Deserialize(message, &request).ok();
  };
  bool is_one = false;
  if (IsShort(*message)) {
    is_one = parse();
  } else {
    absl::MutexLock lock(&parsing_);
    is_one = parse();
  }
  if (!is_one) {
    return absl::InvalidArgumentError("the message is not what proto/countersign/v1 says");
  }
  return request;
}

template <typename Request>
absl::StatusOr<ApiAnswer::Asked> VerifierService::Keep(OpenCall& call, const Request& request) {
  CS_RETURN_IF_ERROR(CheckCaller(request.caller()));
  const CallGate::Client& client = call.caller().client;
  // What a question says of itself is believed only of clients that may ask for everybody.
  const bool is_told = !request.caller().empty() && client.is_for_everybody;
  std::string share = is_told ? absl::StrCat("for ", request.caller()) : client.name;
  CS_ASSIGN_OR_RETURN(CallGate::Kept kept, gate_.KeepQuestion(client, share, MemoryOf(request)));
  return ApiAnswer::Asked{
      .call = &call,
      .caller = std::move(share),
      .kept = std::move(kept),
      .read = absl::Now(),
      .deadline = VerdictsDeadline(call.start(), absl::FromChrono(call.context().deadline()))};
}

absl::StatusOr<std::unique_ptr<ApiAnswer>> VerifierService::ReadVerify(OpenCall& call,
                                                                       grpc::ByteBuffer* message) {
  CS_ASSIGN_OR_RETURN(v1::VerifyImagesRequest request, Parse<v1::VerifyImagesRequest>(message));
  CS_ASSIGN_OR_RETURN(std::unique_ptr<VerifyAnswer> answer,
                      AnswerTo(call, std::move(request), TraceOf(call.context())));
  TellPolicyHash(call);
  return answer;
}

absl::StatusOr<std::unique_ptr<ApiAnswer>> VerifierService::ReadRecall(OpenCall& call,
                                                                       grpc::ByteBuffer* message) {
  CS_ASSIGN_OR_RETURN(v1::RecallVerdictsRequest request, Parse<v1::RecallVerdictsRequest>(message));
  if (request.questions_size() > v1::kMaxRecalledImages) {
    return absl::InvalidArgumentError(absl::StrCat("there are ", request.questions_size(),
                                                   " questions; at most ", v1::kMaxRecalledImages,
                                                   " may be in a call"));
  }
  TellPolicyHash(call);
  std::vector<std::unique_ptr<VerifyAnswer>> answers(request.questions_size());
  int room = v1::kMaxRecalledImages;
  for (int i = 0; i < request.questions_size(); ++i) {
    v1::RecalledQuestion& question = *request.mutable_questions(i);
    room -= question.question().images_size();
    if (room < 0) break;
    const auto trace = base::ParseTraceparent(question.traceparent());
    absl::StatusOr<std::unique_ptr<VerifyAnswer>> answer = CallAndLog([&] {
      return AnswerTo(call, std::move(*question.mutable_question()),
                      trace.value_or(base::TraceContext()));
    });
    // Why there is none is told where the question is asked by itself.
    if (answer.ok()) answers[i] = *std::move(answer);
  }
  return std::make_unique<RecallAnswer>(std::move(answers));
}

absl::StatusOr<std::unique_ptr<VerifyAnswer>> VerifierService::AnswerTo(
    OpenCall& call, v1::VerifyImagesRequest request, base::TraceContext trace) {
  CS_ASSIGN_OR_RETURN(ApiAnswer::Asked asked, Keep(call, request));
  CS_RETURN_IF_ERROR(Authorize(call, request.namespace_()));
  CS_ASSIGN_OR_RETURN(WorkloadQuestion question, ReadQuestion(std::move(request)));
  question.trace = std::move(trace);
  return std::make_unique<VerifyAnswer>(&parts_, std::move(asked), std::move(question));
}

absl::StatusOr<std::unique_ptr<ApiAnswer>> VerifierService::ReadValidate(
    OpenCall& call, grpc::ByteBuffer* message) {
  CS_ASSIGN_OR_RETURN(v1::ValidatePolicyRequest request, Parse<v1::ValidatePolicyRequest>(message));
  CS_ASSIGN_OR_RETURN(ApiAnswer::Asked asked, Keep(call, request));
  return std::make_unique<ValidateAnswer>(&parts_, std::move(asked), std::move(request));
}

}  // namespace countersign::verifier
