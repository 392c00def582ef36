#ifndef COUNTERSIGN_KUBE_FAKE_SECRET_READER_H_
#define COUNTERSIGN_KUBE_FAKE_SECRET_READER_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "kube/secret_reader.h"

namespace countersign::kube {

// Secrets and service accounts in memory, for tests. A fetch whose deadline has passed is
// DeadlineExceeded. Thread-safe.
class FakeSecretReader final : public SecretReader {
 public:
  void PutSecret(std::string_view secret_namespace, std::string_view name, Secret secret);
  void PutServiceAccount(std::string_view account_namespace, std::string_view name,
                         ServiceAccount account);
  void RemoveSecret(std::string_view secret_namespace, std::string_view name);
  // Every fetch fails with `failure` (OK: no longer).
  void FailWith(absl::Status failure);
  // How many times something was fetched.
  int fetches() const;

  absl::StatusOr<Secret> FetchSecret(std::string_view secret_namespace, std::string_view name,
                                     absl::Time deadline) override;
  absl::StatusOr<ServiceAccount> FetchServiceAccount(std::string_view account_namespace,
                                                     std::string_view name,
                                                     absl::Time deadline) override;

 private:
  absl::Status Begin(absl::Time deadline) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<std::string, Secret> secrets_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, ServiceAccount> accounts_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  int fetches_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_FAKE_SECRET_READER_H_
