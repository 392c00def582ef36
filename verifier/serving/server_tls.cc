#include "verifier/serving/server_tls.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/loopback.h"
#include "base/pem_block.h"
#include "base/status_macros.h"
#include "verifier/serving/reloading_tls.h"

namespace countersign::verifier {
namespace {

absl::Status CheckPemFile(std::string_view flag, const std::string& file) {
  if (file.empty()) return absl::InvalidArgumentError(absl::StrCat(flag, ": is needed as well"));
  absl::StatusOr<std::string> pem = base::LoadFile(file);
  if (!pem.ok()) return base::Annotate(flag, absl::InvalidArgumentError(pem.status().message()));
  if (!absl::StrContains(*pem, base::kPemBegin)) {
    return absl::InvalidArgumentError(absl::StrCat(flag, ": ", file, ": holds no PEM block"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> CreateServerTls(
    const std::string& listen, const ServerTlsOptions& options) {
  if (options.cert_file.empty() && options.key_file.empty()) {
    if (!options.client_ca_file.empty())
      return absl::InvalidArgumentError("--client-ca: needs --tls-cert and --tls-key");
    if (base::IsLoopback(listen) || options.insecure_plaintext)
      return grpc::InsecureServerCredentials();
    return absl::InvalidArgumentError(
        absl::StrCat("--listen ", listen,
                     ": can be reached from other machines, so it needs --tls-cert and --tls-key "
                     "(or, knowing what it "
                     "means, --insecure-plaintext)"));
  }
  CS_RETURN_IF_ERROR(CheckPemFile("--tls-cert", options.cert_file));
  CS_RETURN_IF_ERROR(CheckPemFile("--tls-key", options.key_file));
  if (!options.client_ca_file.empty())
    CS_RETURN_IF_ERROR(CheckPemFile("--client-ca", options.client_ca_file));

  return CreateReloadingTls(
      {.cert = options.cert_file, .key = options.key_file, .client_ca = options.client_ca_file},
      options.admits_call);
}

}  // namespace countersign::verifier
