#ifndef COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_HTTP_CLIENT_H_
#define COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_HTTP_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "http/client/client.h"
#include "http/client/curl_client.h"
#include "http/client/replaceable_client.h"
#include "kube/secret_reader.h"
#include "verifier/registries/followed_secrets.h"
#include "verifier/registries/registry_ca_files.h"
#include "verifier/registries/registry_ca_secrets.h"
#include "verifier/registries/registry_identities.h"

namespace countersign::verifier {

// The HTTP client that registries are spoken to with: it trusts the authorities that the operator
// names, beside the system's, and shows registries the client certificates that he names. Both are
// followed: what they are at the moment holds for every new request, and a request in progress ends
// as it began. To registries it looks like a node. Thread-safe.
class RegistryHttpClient final : public http::Client {
 public:
  struct Options {
    // PEM files with certificates of authorities.
    std::vector<std::string> ca_files;
    // Secrets with more of them, each "NAMESPACE/NAME" (registry_ca_secrets.h).
    std::vector<std::string> ca_secrets;
    // Client certificates, each "HOST=NAMESPACE/NAME" (registry_identities.h).
    std::vector<std::string> client_certs;
  };

  // All files have been read when this returns; all Secrets too, or their time was over. Errors name
  // the flag at fault, but for those of CurlClient::Create. `secrets` and the clock, by which files
  // and Secrets are looked at again, must outlive the client.
  static absl::StatusOr<std::unique_ptr<RegistryHttpClient>> Create(
      const Options& options, kube::SecretReader* secrets,
      const base::Clock* clock = &base::Clock::Real());

  absl::StatusOr<http::ClientResponse> Send(const http::ClientRequest& request,
                                            absl::Time deadline) override {
    return client_.Send(request, deadline);
  }

  // Ends requests in progress, and every later one at once, with Unavailable.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Pem = std::vector<std::string>;

  // What there is to follow, as it is named; of the files, also what is in them.
  struct Followed {
    std::vector<std::string> ca_files;
    Pem authorities;
    std::vector<FollowedSecret> ca_secrets;
    std::vector<RegistryIdentities::Assignment> client_certs;
  };

  RegistryHttpClient(const Followed& followed, std::shared_ptr<http::CurlClient> client,
                     kube::SecretReader* secrets, const base::Clock* clock);

  absl::Status TrustFiles(const Pem& authorities) ABSL_LOCKS_EXCLUDED(trust_mutex_);
  absl::Status TrustSecrets(const Pem& authorities) ABSL_LOCKS_EXCLUDED(trust_mutex_);
  absl::Status ShowCertificates(const RegistryIdentities::Identities& identities)
      ABSL_LOCKS_EXCLUDED(trust_mutex_);
  // Has new requests go by what is to be trusted and shown now.
  absl::Status ReplaceClient() ABSL_EXCLUSIVE_LOCKS_REQUIRED(trust_mutex_);

  absl::Mutex mutex_;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<http::CurlClient> current_ ABSL_GUARDED_BY(mutex_);  // what `client_` uses
  http::ReplaceableClient client_;

  absl::Mutex trust_mutex_;
  Pem authorities_of_files_ ABSL_GUARDED_BY(trust_mutex_);
  Pem authorities_of_secrets_ ABSL_GUARDED_BY(trust_mutex_);
  RegistryIdentities::Identities identities_ ABSL_GUARDED_BY(trust_mutex_);

  // These call what is above from threads of their own.
  const RegistryCaFiles ca_files_;
  const RegistryCaSecrets ca_secrets_;
  const RegistryIdentities client_certs_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_HTTP_CLIENT_H_
