#include "policy/sigstore/review_object.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/sigstore/trust_root_fixture.h"
#include "tuf/test_repository.h"

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

ReviewedObject Review(const Json& object, const ReviewSettings& settings = {}) {
  return ReviewSigstoreObject(object, settings);
}

std::string Text(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) text += problem.pointer + ": " + problem.reason + "\n";
  return text;
}

TEST(ReviewSigstoreObject, APolicyThatIsGoodHasNothingAgainstIt) {
  const ReviewedObject review = Review(ImagePolicyObject(
      {{{"name", "a"}, {"key", {{"data", crypto::TestKey::Generate().PublicPem()}}}}}));
  EXPECT_THAT(Text(review.problems), IsEmpty());
  EXPECT_THAT(review.policy_controller_message, IsEmpty());
}

TEST(ReviewSigstoreObject, WhatThePolicyControllerRefusesItRefusesInItsWords) {
  const ReviewedObject review = Review(ImagePolicyObject({Json::object()}));
  EXPECT_THAT(review.policy_controller_message,
              StartsWith("validation failed: expected exactly one, got neither: "
                         "spec.authorities[0].key, spec.authorities[0].keyless"));
  EXPECT_THAT(Text(review.problems), HasSubstr("/spec/authorities/0/key: expected exactly one"));
}

TEST(ReviewSigstoreObject, WhatItIgnoresIsRefusedInOurs) {
  const std::string pem = crypto::TestKey::Generate().PublicPem();
  const ReviewedObject review = Review(ImagePolicyObject(
      {{{"name", "a"}, {"key", {{"data", pem}}}}, {{"name", "a"}, {"key", {{"data", pem}}}}}));
  EXPECT_THAT(review.policy_controller_message, IsEmpty());
  EXPECT_THAT(Text(review.problems), Not(IsEmpty()));
}

TEST(ReviewSigstoreObject, WhatCannotBeDecodedSaysWhere) {
  Json object = ImagePolicyObject({});
  object["spec"]["foo"] = 1;
  EXPECT_THAT(Review(object).policy_controller_message, HasSubstr("json: unknown field \"foo\""));
}

// The webhook tells their names alone.
TEST(ReviewSigstoreObject, RefusesWhatStandsBesideTheSpecWhateverItIs) {
  const std::vector<Json> authorities = {
      {{"name", "a"}, {"key", {{"data", crypto::TestKey::Generate().PublicPem()}}}}};
  Json alpha = ImagePolicyObject(authorities);
  alpha["apiVersion"] = "policy.sigstore.dev/v1alpha1";
  const Json options = {{"kind", "PolicyOptions"},
                        {"apiVersion", "policy.countersign.dev/v1alpha1"},
                        {"metadata", {{"name", "p"}}},
                        {"spec", {{"threshold", 1}}}};
  for (const Json& good : {ImagePolicyObject(authorities), alpha,
                           TrustRootObject(RepositorySpec(RepositoryWith("packed"))), options}) {
    EXPECT_THAT(Text(Review(good, {.now = tuf::TestNow()}).problems), IsEmpty()) << good;
    for (const Json& value : {Json(), Json(1), Json::object()}) {
      Json odd = good;
      odd["sepc"] = value;
      EXPECT_THAT(Text(Review(odd, {.now = tuf::TestNow()}).problems), StartsWith("/sepc: "))
          << odd;
    }
  }
}

TEST(ReviewSigstoreObject, LooksAtTheOthersToo) {
  EXPECT_THAT(Text(Review({{"kind", "PolicyOptions"},
                           {"apiVersion", "policy.countersign.dev/v1alpha1"},
                           {"metadata", {{"name", "p"}}},
                           {"spec", {{"threshold", 0}}}})
                       .problems),
              HasSubstr("/spec/threshold"));
  EXPECT_THAT(Text(Review({{"kind", "ConfigMap"}, {"data", {{"enable-oci11", "maybe"}}}}).problems),
              HasSubstr("/data/enable-oci11"));
  EXPECT_THAT(Review({{"kind", "TrustRoot"},
                      {"apiVersion", "policy.sigstore.dev/v1alpha1"},
                      {"metadata", {{"name", "t"}}},
                      {"spec", Json::object()}})
                  .policy_controller_message,
              StartsWith("validation failed: "));
  EXPECT_THAT(Text(Review({{"kind", "Pod"}}).problems), HasSubstr("/kind"));
}

TEST(ReviewSigstoreObject, KnowsWhichKmsKeysThereAre) {
  const Json object = ImagePolicyObject({{{"name", "a"}, {"key", {{"kms", "gcpkms://k"}}}}});
  EXPECT_THAT(Text(Review(object).problems),
              HasSubstr("/spec/authorities/0/key/kms: key management services are not asked: give "
                        "verifiers the public key of gcpkms://k with --kms-public-key URI=FILE"));
  EXPECT_THAT(Text(Review(object, {.check = {.kms_keys = {"gcpkms://k"}}}).problems), IsEmpty());
}

TEST(ReviewSigstoreObject, KnowsWhetherThereMayBeNoAuthorities) {
  const Json object = ImagePolicyObject({});
  EXPECT_THAT(Review(object).policy_controller_message, HasSubstr("missing field(s)"));
  const ReviewedObject review =
      Review(object, {.validation = {.fails_on_empty_authorities = false}});
  EXPECT_THAT(Text(review.problems), IsEmpty());
  EXPECT_THAT(Text(review.warnings), HasSubstr("every image that is selected is denied"));
}

// What each author may write alone in a few bytes would keep a processor busy for minutes.
TEST(ReviewSigstoreObject, LooksAtNoMoreExpressionsThanHaveRoom) {
  Json identities = Json::array();
  for (int i = 0; i < 300; ++i) {
    identities.push_back(
        {{"issuer", "https://i.example"}, {"subjectRegExp", absl::StrCat("^\\pL{30}", i, "$")}});
  }
  identities.push_back({{"issuer", "https://i.example"}, {"subjectRegExp", "("}});
  Json authority = {{"keyless", {{"url", "https://fulcio.sigstore.dev"}}}};
  authority["keyless"]["identities"] = std::move(identities);
  const ReviewedObject review = Review(ImagePolicyObject({authority}));
  EXPECT_THAT(Text(review.problems), HasSubstr("/spec/authorities: there is no room for its"));
  EXPECT_THAT(Text(review.problems), Not(HasSubstr("missing closing")));
}

TEST(ReviewSigstoreObject, SaysOfThirtyTwoRulesWhatTheyAsk) {
  Json attestations = Json::array();
  for (int i = 0; i < 40; ++i) {
    attestations.push_back({{"name", absl::StrCat("a", i)},
                            {"predicateType", "https://slsa.dev/provenance/v1"},
                            {"policy", {{"type", "cue"}, {"data", "predicate: a: 1"}}}});
  }
  Json authority = {{"key", {{"data", crypto::TestKey::Generate().PublicPem()}}}};
  authority["attestations"] = std::move(attestations);
  size_t refused = 0, said = 0;
  for (const Problem& problem : Review(ImagePolicyObject({authority})).problems) {
    refused += problem.reason.find("nothing here evaluates programs") != std::string::npos;
    said += problem.reason.find("what it asks are these") != std::string::npos;
  }
  EXPECT_EQ(refused, 40u);
  EXPECT_EQ(said, 32u);
}

TEST(ReviewSigstoreObject, KnowsWhatTrustRootsHave) {
  const Json object = ImagePolicyObject(
      {{{"name", "a"},
        {"keyless",
         {{"url", "https://fulcio.corp"},
          {"trustRootRef", "bare"},
          {"identities", {{{"issuer", "https://i.example"}, {"subject", "s"}}}}}}}});
  EXPECT_THAT(Text(Review(object).problems), IsEmpty());
  EXPECT_THAT(
      Text(Review(object, {.check = {.trust_roots = {{"bare", {}}}}}).problems),
      HasSubstr("/spec/authorities/0/keyless/trustRootRef: the TrustRoot \"bare\" has neither"));
}

TEST(ReviewSigstoreObject, RefusesAnArchiveThatHasExpired) {
  const tuf::TestRepository repository = RepositoryWith("packed");
  const Json object = TrustRootObject(RepositorySpec(repository));
  EXPECT_THAT(Text(Review(object, {.now = tuf::TestNow()}).problems), IsEmpty());
  EXPECT_THAT(Text(Review(object).problems), IsEmpty());
  EXPECT_THAT(Text(Review(object, {.now = absl::InfiniteFuture()}).problems),
              HasSubstr("/spec/repository/mirrorFS: "));
}

}  // namespace
}  // namespace countersign::policy
