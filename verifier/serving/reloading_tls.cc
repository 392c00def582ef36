#include "verifier/serving/reloading_tls.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/file.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "grpc/grpc.h"
#include "grpc/grpc_security.h"
#include "http/client/ca_bundle.h"
#include "http/server/tls.h"
#include "verifier/serving/peer_names.h"

namespace countersign::verifier {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(1);
constexpr size_t kMaxFileBytes = 1 << 20;

// What is in the files, as far as it is good. Thread-safe.
class FileWatch {
 public:
  static absl::StatusOr<std::unique_ptr<FileWatch>> Open(const TlsFiles& files,
                                                         const base::Clock* clock) {
    CS_ASSIGN_OR_RETURN(std::unique_ptr<http::TlsIdentity> identity,
                        http::TlsIdentity::Load(files.cert, files.key));
    std::unique_ptr<FileWatch> watch(new FileWatch(files, clock, std::move(identity)));
    CS_RETURN_IF_ERROR(watch->LookAtClientCa());
    return watch;
  }

  // gRPC's question, at each handshake: is there anything new?
  grpc_ssl_certificate_config_reload_status Fetch(grpc_ssl_server_certificate_config** config) {
    absl::MutexLock lock(&mutex_);
    if (given_.has_value() && clock_->Now() < next_look_) {
      return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    }
    next_look_ = clock_->Now() + kLookInterval;
    LogIfWrong(identity_->Reload());
    LogIfWrong(LookAtClientCaLocked());
    Content content = {identity_->CurrentPem(), client_ca_};
    if (given_ == content) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    given_ = std::move(content);
    const grpc_ssl_pem_key_cert_pair pair = {given_->identity.key.c_str(),
                                             given_->identity.cert.c_str()};
    // gRPC wants authorities even where it will ask for no certificate.
    const std::string& authorities =
        files_.client_ca.empty() ? given_->identity.cert : given_->client_ca;
    *config = grpc_ssl_server_certificate_config_create(authorities.c_str(), &pair, 1);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

 private:
  struct Content {
    http::TlsIdentity::Pem identity;
    std::string client_ca;
    friend bool operator==(const Content&, const Content&) = default;
  };

  FileWatch(const TlsFiles& files, const base::Clock* clock,
            std::unique_ptr<http::TlsIdentity> identity)
      : files_(files), clock_(clock), identity_(std::move(identity)) {}

  absl::Status LookAtClientCa() {
    absl::MutexLock lock(&mutex_);
    return LookAtClientCaLocked();
  }

  absl::Status LookAtClientCaLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (files_.client_ca.empty()) return absl::OkStatus();
    absl::StatusOr<std::string> pem = base::LoadFile(files_.client_ca, kMaxFileBytes);
    if (client_ca_seen_ == pem) return absl::OkStatus();
    client_ca_seen_ = pem;
    if (!pem.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("client CA: ", pem.status().message()));
    }
    absl::StatusOr<std::string> certificates = http::NormalizeCertificates(*pem);
    if (!certificates.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("client CA: ", files_.client_ca, ": ", certificates.status().message()));
    }
    client_ca_ = *std::move(certificates);
    return absl::OkStatus();
  }

  static void LogIfWrong(const absl::Status& status) {
    if (status.ok()) return;
    base::LogError("tls", "changed TLS files cannot be used; the last good ones stay in force",
                   {{"error", std::string(status.message())}});
  }

  const TlsFiles files_;
  const base::Clock* const clock_;
  const std::unique_ptr<http::TlsIdentity> identity_;
  absl::Mutex mutex_;
  absl::Time next_look_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::StatusOr<std::string>> client_ca_seen_ ABSL_GUARDED_BY(mutex_);
  std::string client_ca_ ABSL_GUARDED_BY(mutex_);
  std::optional<Content> given_ ABSL_GUARDED_BY(mutex_);
};

grpc_ssl_certificate_config_reload_status FetchFrom(void* watch,
                                                    grpc_ssl_server_certificate_config** config) {
  return static_cast<FileWatch*>(watch)->Fetch(config);
}

// Kept for ever, and findable by leak checkers.
FileWatch* KeepForEver(std::unique_ptr<FileWatch> watch) {
  static absl::Mutex mutex(absl::kConstInit);
  static std::vector<std::unique_ptr<FileWatch>>* const all =
      new std::vector<std::unique_ptr<FileWatch>>();
  absl::MutexLock lock(&mutex);
  all->push_back(std::move(watch));
  return all->back().get();
}

using AdmitsCall = std::function<bool(const http::ClientNames& client)>;

void AskOfCall(void* state, grpc_auth_context* context, const grpc_metadata* /*metadata*/,
               size_t /*metadata_count*/, grpc_process_auth_metadata_done_cb done,
               void* user_data) {
  if ((*static_cast<const AdmitsCall*>(state))(PeerNames(*context))) {
    done(user_data, nullptr, 0, nullptr, 0, GRPC_STATUS_OK, nullptr);
  } else {
    done(user_data, nullptr, 0, nullptr, 0, GRPC_STATUS_RESOURCE_EXHAUSTED,
         "more calls of this client wait than may; ask another replica");
  }
}

// gRPC's C++ interface watches files by itself, but takes over what does not belong together, and
// then fails every handshake. Its C interface asks.
class ReloadingTls final : public grpc::ServerCredentials {
 public:
  ReloadingTls(FileWatch* watch, bool wants_client_certificate, AdmitsCall admits_call)
      : credentials_(grpc_ssl_server_credentials_create_with_options(
            grpc_ssl_server_credentials_create_options_using_config_fetcher(
                wants_client_certificate
                    ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                    : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE,
                &FetchFrom, watch))) {
    if (admits_call == nullptr) return;
    grpc_server_credentials_set_auth_metadata_processor(
        credentials_, {.process = &AskOfCall,
                       .destroy = [](void* state) { delete static_cast<AdmitsCall*>(state); },
                       .state = new AdmitsCall(std::move(admits_call))});
  }
  ~ReloadingTls() override { grpc_server_credentials_release(credentials_); }

  // Nobody has one; AskOfCall is what it would be.
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  grpc_server_credentials* const credentials_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> CreateReloadingTls(
    const TlsFiles& files, AdmitsCall admits_call, const base::Clock* clock) {
  CS_ASSIGN_OR_RETURN(std::unique_ptr<FileWatch> watch, FileWatch::Open(files, clock));
  return std::make_shared<ReloadingTls>(KeepForEver(std::move(watch)), !files.client_ca.empty(),
                                        std::move(admits_call));
}

}  // namespace countersign::verifier
