#ifndef COUNTERSIGN_KUBE_API_H_
#define COUNTERSIGN_KUBE_API_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"

namespace countersign::kube {

// An object of the cluster, and how to tell a person where in it something is.
struct Object {
  base::Json json;
  // Says where a JSON pointer into `json` was written: "policy.yaml:12" for a file, the object's
  // kind and name in a cluster, the pointer itself where there is nothing better.
  std::function<std::string(std::string_view pointer)> locate;
};

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

// Ends the watch when destroyed: no call of its callback is running or comes after that.
class Watch {
 public:
  virtual ~Watch() = default;
};

// What this project reads from a cluster: where the world begins. Thread-safe.
class Api {
 public:
  virtual ~Api() = default;

  // NotFound: there is no such object. Anything else: it could not be read now. Errors hold no part
  // of a Secret.
  virtual absl::StatusOr<Secret> FetchSecret(std::string_view secret_namespace,
                                             std::string_view name, absl::Time deadline) = 0;
  virtual absl::StatusOr<ServiceAccount> FetchServiceAccount(std::string_view account_namespace,
                                                             std::string_view name,
                                                             absl::Time deadline) = 0;

  // Calls `on_change`, from one thread at a time, with all ClusterImagePolicy objects (group
  // signing.apps.tanzu.vmware.com, any version) as soon as they are known and whenever they have
  // changed; with an error when they can no longer be read or understood (the message says where
  // and why), until they can. Nothing is said twice in a row.
  using PoliciesCallback = std::function<void(absl::StatusOr<std::vector<Object>>)>;
  virtual std::unique_ptr<Watch> WatchPolicies(PoliciesCallback on_change) = 0;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_API_H_
