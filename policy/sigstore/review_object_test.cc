#include "policy/sigstore/review_object.h"

#include <string>
#include <utility>
#include <vector>

#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::Json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

Json ImagePolicyObject(std::vector<Json> authorities) {
  return {{"apiVersion", "policy.sigstore.dev/v1beta1"},
          {"kind", "ClusterImagePolicy"},
          {"metadata", {{"name", "p"}}},
          {"spec", {{"images", {{{"glob", "r.io/**"}}}}, {"authorities", std::move(authorities)}}}};
}

std::string Text(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) text += problem.pointer + ": " + problem.reason + "\n";
  return text;
}

TEST(ReviewSigstoreObject, APolicyThatIsGoodHasNothingAgainstIt) {
  const ReviewedObject review = ReviewSigstoreObject(ImagePolicyObject(
      {{{"name", "a"}, {"key", {{"data", crypto::TestKey::Generate().PublicPem()}}}}}));
  EXPECT_THAT(Text(review.problems), IsEmpty());
  EXPECT_THAT(review.policy_controller_message, IsEmpty());
}

TEST(ReviewSigstoreObject, WhatThePolicyControllerRefusesItRefusesInItsWords) {
  const ReviewedObject review = ReviewSigstoreObject(ImagePolicyObject({Json::object()}));
  EXPECT_THAT(review.policy_controller_message,
              StartsWith("validation failed: expected exactly one, got neither: "
                         "spec.authorities[0].key, spec.authorities[0].keyless"));
  EXPECT_THAT(Text(review.problems), HasSubstr("/spec/authorities/0/key: expected exactly one"));
}

TEST(ReviewSigstoreObject, WhatItIgnoresIsRefusedInOurs) {
  const std::string pem = crypto::TestKey::Generate().PublicPem();
  const ReviewedObject review = ReviewSigstoreObject(ImagePolicyObject(
      {{{"name", "a"}, {"key", {{"data", pem}}}}, {{"name", "a"}, {"key", {{"data", pem}}}}}));
  EXPECT_THAT(review.policy_controller_message, IsEmpty());
  EXPECT_THAT(Text(review.problems), Not(IsEmpty()));
}

TEST(ReviewSigstoreObject, WhatCannotBeDecodedSaysWhere) {
  Json object = ImagePolicyObject({});
  object["spec"]["foo"] = 1;
  EXPECT_THAT(ReviewSigstoreObject(object).policy_controller_message,
              HasSubstr("json: unknown field \"foo\""));
}

TEST(ReviewSigstoreObject, LooksAtTheOthersToo) {
  EXPECT_THAT(Text(ReviewSigstoreObject({{"kind", "PolicyOptions"},
                                         {"apiVersion", "policy.countersign.dev/v1alpha1"},
                                         {"metadata", {{"name", "p"}}},
                                         {"spec", {{"threshold", 0}}}})
                       .problems),
              HasSubstr("/spec/threshold"));
  EXPECT_THAT(
      Text(ReviewSigstoreObject({{"kind", "ConfigMap"}, {"data", {{"enable-oci11", "maybe"}}}})
               .problems),
      HasSubstr("/data/enable-oci11"));
  EXPECT_THAT(ReviewSigstoreObject({{"kind", "TrustRoot"},
                                    {"apiVersion", "policy.sigstore.dev/v1alpha1"},
                                    {"metadata", {{"name", "t"}}},
                                    {"spec", Json::object()}})
                  .policy_controller_message,
              StartsWith("validation failed: "));
  EXPECT_THAT(Text(ReviewSigstoreObject({{"kind", "Pod"}}).problems), HasSubstr("/kind"));
}

}  // namespace
}  // namespace countersign::policy
