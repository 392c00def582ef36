#include "verifier/policies/review_knowledge.h"

#include "absl/status/statusor.h"
#include "cosign/trusted_root.h"
#include "policy/sigstore/settings.h"

namespace countersign::verifier {
namespace {

void TakeDefaultRoot(const cosign::TrustedRoot& root, policy::CheckSettings& check) {
  check.default_authorities.clear();
  for (const cosign::TrustedCertificateAuthority& authority : root.certificate_authorities) {
    check.default_authorities.push_back(authority.uri);
  }
  check.default_logs.clear();
  for (const cosign::TrustedLog& log : root.logs) check.default_logs.push_back(log.base_url);
}

}  // namespace

policy::ReviewSettings ReviewSettingsOf(const SigstoreSurroundings& surroundings,
                                        const ObjectList& settings,
                                        const std::string& installation) {
  policy::ReviewSettings review;
  review.validation.installation = installation;
  if (settings != nullptr && !settings->empty()) {
    const absl::StatusOr<policy::ControllerSettings> read =
        policy::ReadControllerSettings(settings->front().json);
    if (read.ok()) review.validation.fails_on_empty_authorities = read->fails_on_empty_authorities;
  }
  for (const auto& [uri, pem] : surroundings.kms_keys) review.check.kms_keys.insert(uri);
  if (surroundings.default_root != nullptr) {
    TakeDefaultRoot(*surroundings.default_root, review.check);
  }
  for (const auto& [name, named] : surroundings.trust_roots) {
    if (!named.root.ok() || *named.root == nullptr) continue;
    const cosign::TrustedRoot& root = **named.root;
    review.check.trust_roots.emplace(
        name, policy::TrustRootAbilities{
                  .has_logs = !root.logs.empty(),
                  .has_timestamp_authorities = !root.timestamp_authorities.empty()});
  }
  return review;
}

}  // namespace countersign::verifier
