#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "policy/sigstore/check.h"
#include "policy/sigstore/field_errors.h"
#include "policy/sigstore/image_policy.h"
#include "policy/sigstore/validate.h"

namespace countersign::policy {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

size_t ElementsOf(const base::Json& spec, std::string_view name) {
  const base::Json* const list = base::FindMember(spec, name);
  if (list == nullptr) return 0;
  return list->is_array() ? list->size() : 1;
}

template <typename Part>
bool IsAnyBroken(const std::vector<Part>& parts) {
  for (const Part& part : parts) {
    if (part.broken.has_value()) return true;
  }
  return false;
}

}  // namespace

// Invariants: nothing of the object is dropped (inputs are shorter than kMaxPolicyValues); something is
// broken exactly if there is a problem, and all of it has a place and a reason that can be printed;
// validation and checks take whatever was read.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto json = base::ParseJson(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!json.ok()) return 0;
  const ImagePolicy policy = ReadImagePolicy(*json);
  const base::Json* const spec = base::FindMember(*json, "spec");
  if (spec != nullptr && spec->is_object()) {
    Require(policy.images.size() == ElementsOf(*spec, "images"));
    const size_t authorities = ElementsOf(*spec, "authorities");
    Require(policy.authorities.size() == (authorities > kMaxAuthorities ? 1 : authorities));
    Require(policy.match.size() == ElementsOf(*spec, "match"));
    Require(policy.rule.has_value() == (base::FindMember(*spec, "policy") != nullptr));
  }
  const bool is_broken = policy.broken.has_value() || IsAnyBroken(policy.images) ||
                         IsAnyBroken(policy.authorities) || IsAnyBroken(policy.match) ||
                         (policy.rule.has_value() && policy.rule->broken.has_value());
  Require(is_broken == !policy.problems.empty());
  for (const Problem& problem : policy.problems) Require(!problem.reason.empty());
  Require(!policy.mode.empty());
  for (const AuthoritySpec& authority : policy.authorities) Require(!authority.name.empty());

  const FieldErrors errors = Validate(policy);
  Require(errors.Refusal().empty() == errors.Entries(ErrorLevel::kError).empty());
  size_t refused = 0;
  for (const Finding& finding : Check(policy)) {
    Require(!finding.reason.empty());
    refused += finding.refuses;
  }
  Require(policy.problems.size() <= refused);
  return 0;
}

}  // namespace countersign::policy
