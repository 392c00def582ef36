#include "shim/grpc_verifier_client.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/deadline.h"
#include "base/loopback.h"
#include "base/status_macros.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "grpcpp/support/channel_arguments.h"
#include "proto/limits.h"
#include "proto/policy_hash.h"
#include "proto/status_codes.h"
#include "shim/begun_call.h"

namespace countersign::shim {
namespace {

constexpr char kSystemCaFile[] = "/etc/ssl/certs/ca-certificates.crt";
constexpr unsigned int kReloadSeconds = 2;

// gRPC service config (grpc/doc/service_config.md). There is no retryPolicy: whether a question is
// sent again is decided here alone.
constexpr char kServiceConfig[] = R"({"loadBalancingConfig": [{"round_robin": {}}]})";

// How many calls are begun at the most to find another verifier than the one that failed.
constexpr int kMaxBegun = 8;

// How long a call waits for a connection when there is none: longer than the longest pause between
// two attempts to connect (below), so that a verifier that has just come back is found. A question with
// less time than this is late, and not one that nobody could be asked: what made it late may be whoever
// asks.
constexpr absl::Duration kConnectionWait = absl::Milliseconds(1'500);

// How long passes before the second time: until gRPC has noticed that a verifier which lost the first
// is gone or going, and leaves it out of the round.
constexpr absl::Duration kPauseBeforeAnother = absl::Milliseconds(100);

// How long it may take to find out, for the log, why there is none.
constexpr absl::Duration kReasonWait = absl::Milliseconds(100);

// gRPC retries only calls that it could keep. (Those that were never taken up; see the header.)
constexpr int kRetryBufferBytes = 3 << 20;
static_assert(kRetryBufferBytes > int{v1::kMaxQuestionBytes});
static_assert(kRetryBufferBytes > int{v1::kMaxPolicyMessageBytes});

bool WantsTls(const GrpcVerifierClient::Options& options) {
  return !options.ca_file.empty() || !options.cert_file.empty() || !options.server_name.empty();
}

absl::Status CheckReadable(std::string_view option, const std::string& file) {
  if (file.empty() || access(file.c_str(), R_OK) == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(option, ": ", file, " cannot be read"));
}

absl::Status Check(const GrpcVerifierClient::Options& options) {
  if (options.target.empty())
    return absl::InvalidArgumentError("the verifier's address is missing");
  if (options.cert_file.empty() != options.key_file.empty()) {
    return absl::InvalidArgumentError("the client's certificate and its key are needed together");
  }
  if (options.insecure_plaintext && WantsTls(options)) {
    return absl::InvalidArgumentError(
        "plaintext and TLS are both asked for: a CA, a certificate or a server name is given");
  }
  CS_RETURN_IF_ERROR(CheckReadable("the verifier's CA", options.ca_file));
  CS_RETURN_IF_ERROR(CheckReadable("the client's certificate", options.cert_file));
  return CheckReadable("the client's key", options.key_file);
}

std::shared_ptr<grpc::ChannelCredentials> TlsOf(const GrpcVerifierClient::Options& options) {
  const bool plaintext =
      options.insecure_plaintext || (!WantsTls(options) && base::IsLoopback(options.target));
  if (plaintext) return grpc::InsecureChannelCredentials();
  grpc::experimental::TlsChannelCredentialsOptions tls;
  tls.set_certificate_provider(std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      options.key_file, options.cert_file,
      options.ca_file.empty() ? kSystemCaFile : options.ca_file, kReloadSeconds));
  tls.watch_root_certs();
  if (!options.cert_file.empty()) tls.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(tls);
}

grpc::ChannelArguments Arguments(const GrpcVerifierClient::Options& options) {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(kServiceConfig);
  arguments.SetInt(GRPC_ARG_PER_RPC_RETRY_BUFFER_SIZE, kRetryBufferBytes);
  // An answer grows with what the workload's author wrote. Were it cut off by a limit here, that
  // would be ResourceExhausted, as if the verifier were busy.
  arguments.SetMaxReceiveMessageSize(-1);
  // A verifier that comes back must be used at once, and one that vanished without a word be
  // missed.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  // Despite its name, how long one attempt to connect may take, handshake included.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 3'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 3'000);
  // When a connection ends the target is looked up anew, by default at most every 30 seconds: too
  // seldom while verifiers are replaced one after another.
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 2'000);
  // The environment's proxy is for registries; a verifier is near.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (!options.server_name.empty()) arguments.SetSslTargetNameOverride(options.server_name);
  return arguments;
}

// Whether another verifier may answer what this one did not. Nobody here cancels a call: Cancelled
// is a verifier that ended before it had taken it up.
bool IsWorthAnother(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsCancelled(status) ||
         absl::IsResourceExhausted(status);
}

// What a verifier told beside its answer; "": nothing.
std::string_view PolicyHashIn(const grpc::ClientContext& context) {
  const auto& told = context.GetServerTrailingMetadata();
  const auto found = told.find(proto::kPolicyHashKey);
  if (found == told.end()) return "";
  return {found->second.data(), found->second.size()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcVerifierClient>> GrpcVerifierClient::Create(
    const Options& options) {
  CS_RETURN_IF_ERROR(Check(options));
  return std::unique_ptr<GrpcVerifierClient>(new GrpcVerifierClient(
      grpc::CreateCustomChannel(options.target, TlsOf(options), Arguments(options))));
}

GrpcVerifierClient::GrpcVerifierClient(std::shared_ptr<grpc::Channel> channel)
    : channel_(std::move(channel)),
      verifier_(v1::Verifier::NewStub(channel_)),
      health_(grpc::health::v1::Health::NewStub(channel_)) {}

GrpcVerifierClient::Connection GrpcVerifierClient::AwaitConnection(absl::Time deadline) {
  const absl::Time whole_wait = base::In(kConnectionWait);
  if (channel_->WaitForConnected(absl::ToChronoTime(std::min(deadline, whole_wait)))) {
    return Connection::kThere;
  }
  return whole_wait <= deadline ? Connection::kNone : Connection::kNotYet;
}

// What gRPC says of a call that it cannot send. The question itself is not risked for it.
absl::Status GrpcVerifierClient::WhyUnconnected(absl::Time deadline) {
  const absl::Status health = CheckHealth(std::min(deadline, base::In(kReasonWait)));
  if (absl::IsUnavailable(health)) {
    return base::Annotate("no verifier could be connected to", health);
  }
  return absl::UnavailableError("no verifier could be connected to");
}

// Which verifier a call goes to is known once it has begun: one that begins at the wrong one is given
// up before the question is sent. In the round that is seldom more than once; where there is no
// other, the same is asked again.
template <typename Request, typename Response>
absl::StatusOr<Response> GrpcVerifierClient::CallAnother(const std::string& peer,
                                                         const char* method, const Request& request,
                                                         absl::Time deadline,
                                                         const base::TraceContext& trace) {
  const std::string path = absl::StrCat("/", v1::Verifier::service_full_name(), "/", method);
  for (int begun = 1;; ++begun) {
    BegunCall<Request, Response> call(channel_, path, deadline, base::WriteTraceparent(trace));
    if (call.peer() == peer && begun < kMaxBegun) continue;
    Response response;
    const absl::Status status = proto::FromGrpc(call.Ask(request, &response));
    peers_.Add(call.peer(), status);
    CS_RETURN_IF_ERROR(status);
    return response;
  }
}

template <typename Request, typename Response>
CallResult<Response> GrpcVerifierClient::Call(const Method<Request, Response>& method,
                                              const Request& request, absl::Time deadline,
                                              const base::TraceContext& trace) {
  switch (AwaitConnection(deadline)) {
    case Connection::kThere:
      break;
    case Connection::kNone:
      return {.answer = WhyUnconnected(deadline), .never_sent = true};
    case Connection::kNotYet:
      return {.answer = absl::DeadlineExceededError("no connection to a verifier in time")};
  }
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(deadline));
  if (trace.IsThere()) context.AddMetadata(base::kTraceparent, base::WriteTraceparent(trace));
  Response response;
  absl::Status failure = proto::FromGrpc(((*verifier_).*method.call)(&context, request, &response));
  peers_.Add(context.peer(), failure, PolicyHashIn(context));
  if (failure.ok()) return {.answer = std::move(response)};
  if (!IsWorthAnother(failure)) return {.answer = std::move(failure)};
  absl::SleepFor(std::min(kPauseBeforeAnother, base::TimeLeft(deadline)));
  if (AwaitConnection(deadline) != Connection::kThere) return {.answer = std::move(failure)};
  return {.answer = CallAnother<Request, Response>(context.peer(), method.name, request, deadline,
                                                   trace)};
}

CallResult<v1::VerifyImagesResponse> GrpcVerifierClient::VerifyImages(
    const v1::VerifyImagesRequest& request, absl::Time deadline, const base::TraceContext& trace) {
  return Call<v1::VerifyImagesRequest, v1::VerifyImagesResponse>(
      {"VerifyImages", &v1::Verifier::Stub::VerifyImages}, request, deadline, trace);
}

absl::StatusOr<v1::ValidatePolicyResponse> GrpcVerifierClient::ValidatePolicy(
    const v1::ValidatePolicyRequest& request, absl::Time deadline) {
  return Call<v1::ValidatePolicyRequest, v1::ValidatePolicyResponse>(
             {"ValidatePolicy", &v1::Verifier::Stub::ValidatePolicy}, request, deadline,
             base::TraceContext())
      .answer;
}

std::string GrpcVerifierClient::ConnectionState() const {
  switch (channel_->GetState(/*try_to_connect=*/false)) {
    case GRPC_CHANNEL_IDLE:
      return "idle";
    case GRPC_CHANNEL_CONNECTING:
      return "connecting";
    case GRPC_CHANNEL_READY:
      return "ready";
    case GRPC_CHANNEL_TRANSIENT_FAILURE:
      return "transient failure";
    case GRPC_CHANNEL_SHUTDOWN:
      break;
  }
  return "shut down";
}

absl::Status GrpcVerifierClient::CheckHealth(absl::Time deadline) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(deadline));
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(v1::Verifier::service_full_name());
  grpc::health::v1::HealthCheckResponse response;
  const absl::Status status = proto::FromGrpc(health_->Check(&context, request, &response));
  peers_.Add(context.peer(), status);
  CS_RETURN_IF_ERROR(status);
  if (response.status() == grpc::health::v1::HealthCheckResponse::SERVING) return absl::OkStatus();
  return absl::UnavailableError("the verifier does not serve yet: it has read no policy");
}

}  // namespace countersign::shim
