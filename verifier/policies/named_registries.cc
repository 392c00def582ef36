#include "verifier/policies/named_registries.h"

#include <utility>

#include "absl/status/statusor.h"
#include "policy/named_hosts.h"

namespace countersign::verifier {

std::optional<std::string> NamedRegistries::Find(std::string_view registry) {
  const std::string_view host = policy::NamedHost(registry);
  if (!InForce()->contains(host)) return std::nullopt;
  return std::string(host);
}

std::shared_ptr<const NamedRegistries::Hosts> NamedRegistries::InForce() {
  absl::StatusOr<PolicySnapshot> policies = policies_->Get();
  absl::MutexLock lock(&mutex_);
  if (!policies.ok() || *policies == of_) return hosts_;
  hosts_ = std::make_shared<const Hosts>(policy::NamedHosts(**policies));
  of_ = *std::move(policies);
  return hosts_;
}

}  // namespace countersign::verifier
