#include "verifier/policies/named_registries.h"

#include <optional>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "oci/image_reference.h"

namespace countersign::verifier {
namespace {

// Of what a pattern begins with, up to its first slash; nullopt: it may be any.
std::optional<std::string> RegistryOf(std::string_view host) {
  if (host.empty() || host.find('*') != std::string_view::npos) return std::nullopt;
  const absl::StatusOr<oci::ImageReference> image =
      oci::ImageReference::Parse(absl::StrCat(host, "/a/b"));
  if (!image.ok() || !image->names_registry()) return std::nullopt;
  return image->repository().registry;
}

}  // namespace

std::set<std::string, std::less<>> FindNamedRegistries(const policy::Policies& policies,
                                                       size_t max) {
  std::set<std::string, std::less<>> hosts;
  const auto add = [&](std::string_view host) {
    std::optional<std::string> registry = RegistryOf(host);
    if (registry.has_value() && hosts.size() < max) hosts.insert(*std::move(registry));
  };
  for (const policy::Policy& policy : policies.all()) {
    if (const auto* const pattern = std::get_if<policy::NamePattern>(&policy.images)) {
      add(pattern->host().value_or(""));
      continue;
    }
    for (const policy::ImageGlob& glob : std::get<policy::GlobImages>(policy.images).globs) {
      const std::string_view text = glob.text();
      const size_t slash = text.find('/');
      if (slash != std::string_view::npos) add(text.substr(0, slash));
    }
  }
  return hosts;
}

bool NamedRegistries::Contains(std::string_view host) const {
  absl::StatusOr<PolicySnapshot> policies = policies_->Get();
  if (!policies.ok()) return false;
  absl::MutexLock lock(&mutex_);
  if (found_in_ != *policies) {
    hosts_ = FindNamedRegistries(**policies, kMaxHosts);
    found_in_ = *std::move(policies);
  }
  return hosts_.contains(host);
}

}  // namespace countersign::verifier
