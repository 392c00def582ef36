#include "cli/signer_policies.h"

#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "cosign/predicate_name.h"
#include "policy/policy.h"

namespace countersign::cli {

absl::StatusOr<std::string> ReadPredicateType(const std::string& type) {
  const std::string_view named = cosign::PredicateTypeNamed(type);
  if (!named.empty()) return std::string(named);
  if (absl::StrContains(type, ':')) return type;
  return absl::InvalidArgumentError(absl::StrCat(
      "--type: ", base::Quoted(type), " is neither a URI nor one of ", cosign::PredicateNames()));
}

policy::PoliciesPtr PoliciesOf(const std::vector<NamedSigner>& signers,
                               const std::optional<std::string>& predicate_type,
                               const policy::EvidenceSourcePtr& source) {
  std::vector<policy::AuthorityPtr> authorities;
  for (const NamedSigner& named : signers) {
    policy::Authority authority = {
        .name = named.name, .asks = named.signer, .index = authorities.size(), .source = source};
    if (predicate_type.has_value()) {
      authority.attestations.push_back({.predicate_type = *predicate_type});
    }
    authorities.push_back(std::make_shared<const policy::Authority>(std::move(authority)));
  }
  return policy::PoliciesForEveryImage(std::move(authorities));
}

}  // namespace countersign::cli
