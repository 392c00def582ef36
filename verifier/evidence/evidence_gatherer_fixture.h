#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_GATHERER_FIXTURE_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_GATHERER_FIXTURE_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "cosign/signer.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/asked.h"
#include "policy/evidence.h"
#include "policy/look_plan.h"
#include "policy/verification.h"
#include "verifier/credentials/credential_scope.h"
#include "verifier/evidence/allowance.h"
#include "verifier/evidence/evidence_gatherer.h"
#include "verifier/evidence/gathered.h"
#include "verifier/evidence/looking.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {

inline constexpr char kImage[] = "registry.example.org/app:1";
inline const oci::Repository kRepository = {"registry.example.org", "app"};
inline const policy::LookPlan kPlan = {.stages = {{policy::Place::kSignatureTag}}};

// A signed image, and pull secrets for its registry of a namespace.
class EvidenceGathererTest : public testing::Test {
 protected:
  EvidenceGathererTest() : digest_(cluster_.PushImage(kImage)) {
    cluster_.Sign(kImage, digest_, {&cluster_.signer});
    cluster_.secrets.PutSecret("shop", "stale",
                               TestPullSecret("registry.example.org", "stale", "p"));
    cluster_.secrets.PutSecret("shop", "good", TestPullSecret("registry.example.org", "good", "p"));
  }

  absl::StatusOr<GatheredPtr> Fetch(
      const std::string& image, const CredentialScope& scope = {},
      EvidenceGatherer::Freshness freshness = EvidenceGatherer::Freshness::kRemembered,
      AllowancePtr allowance = nullptr) {
    const Looking looking = {
        .pool = &cluster_.pool,
        .allowance = allowance == nullptr ? cluster_.OpenAllowance() : std::move(allowance),
        .deadline = base::Soon()};
    return cluster_.gatherer.Gather({.image = *oci::ImageReference::Parse(image),
                                     .scope = ShareScope(scope),
                                     .plan = kPlan,
                                     .is_enough = [](const policy::Evidence&) { return false; }},
                                    freshness, looking);
  }

  absl::StatusOr<GatheredPtr> FetchFresh(const std::string& image, const CredentialScope& scope) {
    return Fetch(image, scope, EvidenceGatherer::Freshness::kFresh);
  }

  // As if the cluster's signer's key were asked for.
  policy::Verification Verify(const Gathered& gathered) const {
    return policy::VerifyItems(
        gathered.evidence.AllItems(), gathered.evidence.digest,
        {policy::Asked{.signer = cosign::KeySigner(cluster_.signer.key().Public())}});
  }

  void Remember(const Gathered& gathered, const CredentialScope& scope = {}) {
    cluster_.gatherer.Remember(kRepository, *ShareScope(scope), gathered, Verify(gathered));
  }

  std::optional<GatheredPtr> Recall(const std::string& image, const CredentialScope& scope = {}) {
    const oci::ImageReference reference = *oci::ImageReference::Parse(image);
    const ScopePtr shared = ShareScope(scope);
    const std::optional<oci::Digest> digest = cluster_.gatherer.tags().Recall(reference, *shared);
    if (!digest.has_value()) return std::nullopt;
    return cluster_.gatherer.Recall(reference.repository(), *digest, kPlan, *shared);
  }

  std::string ByDigest() const {
    return absl::StrCat("registry.example.org/app@", digest_.ToString());
  }

  TestCluster cluster_;
  const oci::Digest digest_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_GATHERER_FIXTURE_H_
