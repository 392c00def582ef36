#include "policy/sigstore/root_knowledge.h"

namespace countersign::policy {

void TakeDefaultRoot(const cosign::TrustedRoot& root, CheckSettings& check) {
  check.default_authorities.clear();
  for (const cosign::TrustedCertificateAuthority& authority : root.certificate_authorities) {
    check.default_authorities.push_back(authority.uri);
  }
  check.default_logs.clear();
  for (const cosign::TrustedLog& log : root.logs) check.default_logs.push_back(log.base_url);
}

TrustRootAbilities AbilitiesOf(const cosign::TrustedRoot& root) {
  return {.has_logs = !root.logs.empty(),
          .has_timestamp_authorities = !root.timestamp_authorities.empty()};
}

}  // namespace countersign::policy
