#include "shim/verifier_connections.h"

#include <unistd.h>

#include <limits>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/loopback.h"
#include "base/status_macros.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "proto/limits.h"

namespace countersign::shim {
namespace {

constexpr char kSystemCaFile[] = "/etc/ssl/certs/ca-certificates.crt";
constexpr unsigned int kReloadSeconds = 2;

// gRPC service config (grpc/doc/service_config.md). A channel is to one address, but where gRPC alone can
// follow the target; going round one, it connects again by itself when the connection ends. There is no
// retryPolicy: whether a question is sent again is decided by the client alone.
constexpr char kServiceConfig[] = R"({"loadBalancingConfig": [{"round_robin": {}}]})";

// gRPC retries only calls that it could keep. (Those that were never taken up; see
// grpc_verifier_client.h.)
constexpr int kRetryBufferBytes = 3 << 20;
static_assert(kRetryBufferBytes > int{v1::kMaxQuestionBytes});
static_assert(kRetryBufferBytes > int{v1::kMaxPolicyMessageBytes});

bool WantsTls(const VerifierOptions& options) {
  return !options.ca_file.empty() || !options.cert_file.empty() || !options.server_name.empty();
}

absl::Status CheckReadable(std::string_view option, const std::string& file) {
  if (file.empty() || access(file.c_str(), R_OK) == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(option, ": ", file, " cannot be read"));
}

absl::Status Check(const VerifierOptions& options) {
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

bool IsPlaintext(const VerifierOptions& options) {
  return options.insecure_plaintext || (!WantsTls(options) && base::IsLoopback(options.target));
}

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const VerifierOptions& options) {
  if (IsPlaintext(options)) return grpc::InsecureChannelCredentials();
  grpc::experimental::TlsChannelCredentialsOptions tls;
  tls.set_certificate_provider(std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      options.key_file, options.cert_file,
      options.ca_file.empty() ? kSystemCaFile : options.ca_file, kReloadSeconds));
  tls.watch_root_certs();
  if (!options.cert_file.empty()) tls.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(tls);
}

// Whom a server at one of the target's addresses is taken for, where the address alone does not say it.
void SetServerName(const VerifierOptions& options, const VerifierTarget& target,
                   grpc::ChannelArguments* arguments) {
  if (!options.server_name.empty()) {
    arguments->SetSslTargetNameOverride(options.server_name);
  } else if (!target.host.empty() && IsPlaintext(options)) {
    arguments->SetString(GRPC_ARG_DEFAULT_AUTHORITY, absl::StrCat(target.host, ":", target.port));
  } else if (!target.host.empty()) {
    arguments->SetSslTargetNameOverride(target.host);
  }
}

grpc::ChannelArguments Arguments() {
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
  // Of a target that gRPC alone can follow: when a connection ends it is looked up anew, by default at
  // most every 30 seconds, too seldom while verifiers are replaced one after another.
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 2'000);
  // Nobody looks at what gRPC would count of each call, nor is a channel to rest when it is idle.
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  arguments.SetInt(GRPC_ARG_CLIENT_IDLE_TIMEOUT_MS, std::numeric_limits<int>::max());
  // The environment's proxy is for registries; a verifier is near.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return arguments;
}

}  // namespace

absl::StatusOr<VerifierConnections> VerifierConnections::Create(const VerifierOptions& options) {
  CS_RETURN_IF_ERROR(Check(options));
  CS_ASSIGN_OR_RETURN(VerifierTarget target, ReadVerifierTarget(options.target));
  grpc::ChannelArguments arguments = Arguments();
  SetServerName(options, target, &arguments);
  return VerifierConnections(std::move(target), CredentialsOf(options), arguments);
}

VerifierConnections::VerifierConnections(VerifierTarget target,
                                         std::shared_ptr<grpc::ChannelCredentials> credentials,
                                         const grpc::ChannelArguments& arguments)
    : target_(std::move(target)), credentials_(std::move(credentials)), arguments_(arguments) {}

std::shared_ptr<grpc::Channel> VerifierConnections::To(const std::string& target) const {
  return grpc::CreateCustomChannel(target, credentials_, arguments_);
}

}  // namespace countersign::shim
