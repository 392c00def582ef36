#ifndef COUNTERSIGN_KUBE_FAKE_API_H_
#define COUNTERSIGN_KUBE_FAKE_API_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kube/api.h"

namespace countersign::kube {

// A cluster in memory, for tests. Thread-safe.
class FakeApi final : public Api {
 public:
  FakeApi();
  ~FakeApi() override;

  void PutSecret(std::string_view secret_namespace, std::string_view name, Secret secret);
  void PutServiceAccount(std::string_view account_namespace, std::string_view name,
                         ServiceAccount account);
  void RemoveSecret(std::string_view secret_namespace, std::string_view name);
  // Replaces all policies, or makes them unreadable; tells the watches before it returns.
  void SetPolicies(absl::StatusOr<std::vector<base::Json>> policies);
  // Every fetch fails with `failure` (OK: no longer).
  void FailWith(absl::Status failure);
  // How many times something was fetched.
  int fetches() const;

  absl::StatusOr<Secret> FetchSecret(std::string_view secret_namespace, std::string_view name,
                                     absl::Time deadline) override;
  absl::StatusOr<ServiceAccount> FetchServiceAccount(std::string_view account_namespace,
                                                     std::string_view name,
                                                     absl::Time deadline) override;
  std::unique_ptr<Watch> WatchPolicies(PoliciesCallback on_change) override;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_FAKE_API_H_
