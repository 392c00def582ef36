#include "verifier/policies/review_knowledge.h"

#include "absl/status/statusor.h"
#include "policy/sigstore/root_knowledge.h"
#include "policy/sigstore/settings.h"

namespace countersign::verifier {

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
    policy::TakeDefaultRoot(*surroundings.default_root, review.check);
  }
  for (const auto& [name, named] : surroundings.trust_roots) {
    if (!named.root.ok() || *named.root == nullptr) continue;
    review.check.trust_roots.emplace(name, policy::AbilitiesOf(**named.root));
  }
  return review;
}

}  // namespace countersign::verifier
