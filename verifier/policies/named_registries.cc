#include "verifier/policies/named_registries.h"

#include <utility>

#include "absl/status/statusor.h"
#include "policy/registries_named.h"

namespace countersign::verifier {

bool NamedRegistries::Contains(std::string_view host) const {
  absl::StatusOr<PolicySnapshot> policies = policies_->Get();
  if (!policies.ok()) return false;
  absl::MutexLock lock(&mutex_);
  if (found_in_ != *policies) {
    hosts_ = policy::FindNamedRegistries(**policies, kMaxHosts);
    found_in_ = *std::move(policies);
  }
  return hosts_.contains(host);
}

}  // namespace countersign::verifier
