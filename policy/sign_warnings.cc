#include "policy/sign_warnings.h"

#include <string_view>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "policy/policies.h"
#include "policy/policy.h"

namespace countersign::policy {
namespace {

// Whether the pattern has no registry, but looks like one.
bool ReadsLikeARegistry(std::string_view pattern) {
  if (pattern.find('/') != std::string_view::npos) return false;
  const std::string_view name = pattern.substr(0, pattern.find_first_of(":@"));
  return name.find('.') != std::string_view::npos || name == "localhost";
}

// About a policy in which nothing is wrong.
std::vector<std::string> WarningsAbout(const Policies& policies) {
  std::vector<std::string> warnings;
  if (policies.all().empty()) {
    warnings.push_back(
        "The policy has no name patterns, so no image can be verified: every image is refused, "
        "unless unmatched images are allowed.");
  }
  absl::flat_hash_set<const Authority*> named;
  for (const Policy& policy : policies.all()) {
    for (const AuthorityPtr& authority : policy.authorities) named.insert(authority.get());
    const std::string& pattern = std::get<NamePattern>(policy.images).text();
    if (ReadsLikeARegistry(pattern)) {
      warnings.push_back(
          absl::StrCat("The pattern ", base::Quoted(pattern),
                       " has no \"/\", so it is the name of an image of Docker Hub. "
                       "For the images of a registry, write \"/*\" after its host."));
    }
  }
  for (const Group& group : policies.groups()) {
    for (const AuthorityPtr& authority : group.authorities) {
      if (named.contains(authority.get())) continue;
      warnings.push_back(
          absl::StrCat("The key ", base::Quoted(authority->name), " is named by no pattern."));
    }
  }
  return warnings;
}

}  // namespace

std::vector<std::string> SignWarnings(const Compiled& compiled) {
  const bool is_whole = absl::c_all_of(compiled.sign, [](const CompiledObject& object) {
    return object.acceptance == Acceptance::kWhole;
  });
  if (!is_whole || compiled.sign.empty()) return {};
  return WarningsAbout(*compiled.policies);
}

}  // namespace countersign::policy
