#include "policy/sign_warnings.h"

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"

namespace countersign::policy {
namespace {

// Whether the pattern has no registry, but looks like one.
bool ReadsLikeARegistry(std::string_view pattern) {
  if (pattern.find('/') != std::string_view::npos) return false;
  const std::string_view name = pattern.substr(0, pattern.find_first_of(":@"));
  return name.find('.') != std::string_view::npos || name == "localhost";
}

std::vector<std::string> WarningsAbout(const ImagePolicy& policy) {
  std::vector<std::string> warnings;
  if (policy.rules().empty() && policy.broken_patterns().empty()) {
    warnings.push_back(
        "The policy has no name patterns, so no image can be verified: every image is refused, "
        "unless unmatched images are allowed.");
  }
  std::vector<bool> is_named(policy.keys().size(), false);
  for (const Rule& rule : policy.rules()) {
    for (const size_t key : rule.keys) is_named[key] = true;
    const std::string& pattern = rule.pattern.text();
    if (ReadsLikeARegistry(pattern)) {
      warnings.push_back(
          absl::StrCat("The pattern ", base::Quoted(pattern),
                       " has no \"/\", so it is the name of an image of Docker Hub. "
                       "For the images of a registry, write \"/*\" after its host."));
    }
  }
  for (size_t i = 0; i < is_named.size(); ++i) {
    const PolicyKey& key = policy.keys()[i];
    if (is_named[i] || key.name.empty()) continue;
    warnings.push_back(
        absl::StrCat("The key ", base::Quoted(key.name), " is named by no pattern."));
  }
  return warnings;
}

}  // namespace

Validation Validate(const base::Json& object) {
  Validation validation;
  const absl::StatusOr<ImagePolicy> policy = ImagePolicy::FromObject(object, &validation.problems);
  // What depends on a part that cannot be read would be guessed.
  if (validation.problems.empty()) validation.warnings = WarningsAbout(*policy);
  return validation;
}

}  // namespace countersign::policy
