#ifndef COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_CA_SECRETS_H_
#define COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_CA_SECRETS_H_

#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "kube/api.h"

namespace countersign::verifier {

// Reads certificates of authorities that registries are trusted by out of Secrets: at the start,
// and again every minute, or every ten seconds as long as one is missing or bad.
//
// Every value of a Secret that has PEM certificates counts, whatever its key; values without are
// passed over. What is wrong with a Secret is logged once, with its name, and stops nothing: one
// that is certainly not there gives no certificate, one that cannot be read now those that it gave
// last.
class RegistryCaSecrets {
 public:
  struct SecretName {
    std::string secret_namespace;
    std::string name;
  };

  // "NAMESPACE/NAME". InvalidArgument if it is anything else.
  static absl::StatusOr<SecretName> ParseName(std::string_view text);

  // Takes over the certificates of all Secrets, PEM texts. Its error is logged.
  using Apply = std::function<absl::Status(const std::vector<std::string>& pem)>;

  struct Options {
    absl::Duration interval = absl::Minutes(1);
    absl::Duration retry_interval = absl::Seconds(10);
    absl::Duration read_timeout = absl::Seconds(3);
  };

  // All have been read once, or their time was over, when this returns. `apply` is called, from one
  // thread at a time, whenever there are other certificates than before, the first time if there
  // are any. `api` must outlive this.
  RegistryCaSecrets(kube::Api* api, const std::vector<SecretName>& names, Apply apply,
                    Options options);
  ~RegistryCaSecrets();
  RegistryCaSecrets(const RegistryCaSecrets&) = delete;
  RegistryCaSecrets& operator=(const RegistryCaSecrets&) = delete;

 private:
  struct Source {
    SecretName name;
    std::vector<std::string> pem;  // as it gave last
    std::string fault;             // as logged last
  };

  // How long to wait before the next look.
  absl::Duration Look();
  void Read(Source& source);
  void Follow(absl::Duration wait);

  kube::Api* const api_;
  const Apply apply_;
  const Options options_;
  // Of one thread at a time: the constructor's, then `thread_`.
  std::vector<Source> sources_;
  std::vector<std::string> applied_;

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_CA_SECRETS_H_
