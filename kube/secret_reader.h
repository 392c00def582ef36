#ifndef COUNTERSIGN_KUBE_SECRET_READER_H_
#define COUNTERSIGN_KUBE_SECRET_READER_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace countersign::kube {

// What is read of a Secret: its type and its decoded `data` (with `stringData` laid over it).
struct Secret {
  std::string type;
  std::vector<std::pair<std::string, std::string>> data;
  // The value under `key`, or null.
  const std::string* Find(std::string_view key) const;
};

struct ServiceAccount {
  std::vector<std::string> image_pull_secrets;  // names, in order
};

// The Secrets of a cluster, and the service accounts that name them: read by name, never listed.
// Thread-safe.
class SecretReader {
 public:
  virtual ~SecretReader() = default;

  // NotFound: there is no such object. Anything else: it could not be read now. Errors hold no part
  // of a Secret.
  virtual absl::StatusOr<Secret> FetchSecret(std::string_view secret_namespace,
                                             std::string_view name, absl::Time deadline) = 0;
  virtual absl::StatusOr<ServiceAccount> FetchServiceAccount(std::string_view account_namespace,
                                                             std::string_view name,
                                                             absl::Time deadline) = 0;
};

// For where there is no cluster: everything is NotFound.
class NoSecrets final : public SecretReader {
 public:
  absl::StatusOr<Secret> FetchSecret(std::string_view secret_namespace, std::string_view name,
                                     absl::Time deadline) override;
  absl::StatusOr<ServiceAccount> FetchServiceAccount(std::string_view account_namespace,
                                                     std::string_view name,
                                                     absl::Time deadline) override;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_SECRET_READER_H_
