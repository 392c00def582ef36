#include "verifier/policies/review_knowledge.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/json.h"
#include "cosign/trusted_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/object_feed.h"

namespace countersign::verifier {
namespace {

using ::testing::ElementsAre;
using ::testing::Key;

ObjectList ConfigMap(base::Json data) {
  return std::make_shared<const std::vector<kube::Object>>(
      std::vector<kube::Object>{{.json = {{"kind", "ConfigMap"}, {"data", std::move(data)}}}});
}

TEST(ReviewSettingsOf, WithoutAnythingAreThoseOfAFreshInstallation) {
  const policy::ReviewSettings review = ReviewSettingsOf({}, nullptr, "trusted");
  EXPECT_EQ(review.validation.installation, "trusted");
  EXPECT_TRUE(review.validation.fails_on_empty_authorities);
  EXPECT_THAT(review.check.kms_keys, ElementsAre());
  EXPECT_THAT(review.check.default_authorities, ElementsAre("https://fulcio.sigstore.dev"));
  EXPECT_EQ(review.now, absl::InfinitePast());
}

TEST(ReviewSettingsOf, KnowTheConfigMap) {
  EXPECT_FALSE(ReviewSettingsOf({}, ConfigMap({{"fail-on-empty-authorities", "false"}}), "n")
                   .validation.fails_on_empty_authorities);
  // What cannot be read has no effect.
  EXPECT_TRUE(ReviewSettingsOf({}, ConfigMap({{"fail-on-empty-authorities", "no"}}), "n")
                  .validation.fails_on_empty_authorities);
}

TEST(ReviewSettingsOf, KnowKeysThatAreMapped) {
  EXPECT_THAT(ReviewSettingsOf({.kms_keys = {{"gcpkms://a", "pem"}}}, nullptr, "n").check.kms_keys,
              ElementsAre("gcpkms://a"));
}

TEST(ReviewSettingsOf, KnowWhoIsTrustedByDefault) {
  auto root = std::make_shared<cosign::TrustedRoot>();
  root->certificate_authorities.push_back({.uri = "https://fulcio.corp"});
  const policy::ReviewSettings review =
      ReviewSettingsOf({.default_root = std::move(root)}, nullptr, "n");
  EXPECT_THAT(review.check.default_authorities, ElementsAre("https://fulcio.corp"));
  EXPECT_THAT(review.check.default_logs, ElementsAre());
}

TEST(ReviewSettingsOf, KnowWhatTrustRootsHaveThatCouldBeRead) {
  SigstoreSurroundings surroundings;
  surroundings.trust_roots["bare"].root = std::make_shared<const cosign::TrustedRoot>();
  surroundings.trust_roots["lost"].root = absl::UnavailableError("not yet");
  const policy::ReviewSettings review = ReviewSettingsOf(surroundings, nullptr, "n");
  ASSERT_THAT(review.check.trust_roots, ElementsAre(Key("bare")));
  EXPECT_FALSE(review.check.trust_roots.at("bare").has_logs);
  EXPECT_FALSE(review.check.trust_roots.at("bare").has_timestamp_authorities);
}

}  // namespace
}  // namespace countersign::verifier
