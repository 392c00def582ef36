#include "verifier/server_credentials.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/loopback.h"
#include "base/status_macros.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace countersign::verifier {
namespace {

constexpr unsigned int kReloadSeconds = 2;

// gRPC itself only logs that a file cannot be read, and then fails every handshake.
absl::Status CheckPemFile(std::string_view flag, const std::string& file) {
  if (file.empty()) return absl::InvalidArgumentError(absl::StrCat(flag, ": is needed as well"));
  absl::StatusOr<std::string> pem = base::LoadFile(file);
  if (!pem.ok()) return base::Annotate(flag, absl::InvalidArgumentError(pem.status().message()));
  if (!absl::StrContains(*pem, "-----BEGIN ")) {
    return absl::InvalidArgumentError(absl::StrCat(flag, ": ", file, ": holds no PEM block"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> CreateServerCredentials(
    const ServerCredentialsOptions& options) {
  if (options.tls_cert_file.empty() && options.tls_key_file.empty()) {
    if (!options.client_ca_file.empty())
      return absl::InvalidArgumentError("--client-ca: needs --tls-cert and --tls-key");
    if (base::IsLoopback(options.listen) || options.insecure_plaintext)
      return grpc::InsecureServerCredentials();
    return absl::InvalidArgumentError(
        absl::StrCat("--listen ", options.listen,
                     ": can be reached from other machines, so it needs --tls-cert and --tls-key "
                     "(or, knowing what it "
                     "means, --insecure-plaintext)"));
  }
  CS_RETURN_IF_ERROR(CheckPemFile("--tls-cert", options.tls_cert_file));
  CS_RETURN_IF_ERROR(CheckPemFile("--tls-key", options.tls_key_file));
  if (!options.client_ca_file.empty())
    CS_RETURN_IF_ERROR(CheckPemFile("--client-ca", options.client_ca_file));

  grpc::experimental::TlsServerCredentialsOptions tls(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          options.tls_key_file, options.tls_cert_file, options.client_ca_file, kReloadSeconds));
  tls.watch_identity_key_cert_pairs();
  if (options.client_ca_file.empty()) {
    tls.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  } else {
    tls.watch_root_certs();
    tls.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(tls);
}

}  // namespace countersign::verifier
