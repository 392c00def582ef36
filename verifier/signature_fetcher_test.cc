#include "verifier/signature_fetcher.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using base::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kImage[] = "registry.example.org/app:1";
const oci::Repository kRepository = {"registry.example.org", "app"};
const registry::Credential kGood = {.username = "good", .password = "p"};

class SignatureFetcherTest : public testing::Test {
 protected:
  SignatureFetcherTest() : digest_(cluster_.PushImage(kImage)) {
    cluster_.Sign(kImage, digest_, {&cluster_.signer});
    cluster_.api.PutSecret("shop", "stale", TestPullSecret("registry.example.org", "stale", "p"));
    cluster_.api.PutSecret("shop", "good", TestPullSecret("registry.example.org", "good", "p"));
  }

  absl::StatusOr<SignatureFetcher::FindingPtr> Fetch(const std::string& image,
                                                     const CredentialScope& scope = {}) {
    return cluster_.signatures
        .Fetch(*oci::ImageReference::Parse(image), scope, SignatureFetcher::Freshness::kRemembered,
               base::Share())
        .Wait(absl::Now() + absl::Seconds(5));
  }

  absl::StatusOr<SignatureFetcher::FindingPtr> FetchFresh(const std::string& image,
                                                          const CredentialScope& scope) {
    return cluster_.signatures
        .Fetch(*oci::ImageReference::Parse(image), scope, SignatureFetcher::Freshness::kFresh,
               base::Share())
        .Wait(absl::Now() + absl::Seconds(5));
  }

  std::string ByDigest() const {
    return absl::StrCat("registry.example.org/app@", digest_.ToString());
  }

  TestCluster cluster_;
  const oci::Digest digest_;
};

TEST_F(SignatureFetcherTest, FindsTheSignaturesOfATag) {
  const auto finding = Fetch(kImage);
  ASSERT_TRUE(finding.ok()) << finding.status();
  EXPECT_EQ((*finding)->evidence.digest, digest_);
  EXPECT_THAT((*finding)->evidence.signatures, SizeIs(1));
  EXPECT_FALSE((*finding)->from_memory);
}

TEST_F(SignatureFetcherTest, DoesNotFetchTheManifestOfAnImageNamedByDigest) {
  ASSERT_TRUE(Fetch(ByDigest()).ok());
  EXPECT_THAT(cluster_.registry.Calls(), ElementsAre(HasSubstr(".sig"), HasSubstr("blob")));
}

TEST_F(SignatureFetcherTest, ARefusedCredentialMeansTryTheNext) {
  cluster_.registry.RequireCredential(kRepository, {kGood});
  const auto finding =
      Fetch(kImage, {.workload_namespace = "shop", .image_pull_secrets = {"stale", "good"}});
  ASSERT_TRUE(finding.ok()) << finding.status();
  EXPECT_THAT((*finding)->evidence.signatures, SizeIs(1));
}

TEST_F(SignatureFetcherTest, SaysWhatWasTriedWhenEveryCredentialIsRefused) {
  cluster_.registry.RequireCredential(kRepository, {{.username = "somebody", .password = "else"}});
  EXPECT_THAT(
      Fetch(kImage, {.workload_namespace = "shop", .image_pull_secrets = {"stale", "absent"}})
          .status(),
      StatusIs(absl::StatusCode::kUnauthenticated,
               AllOf(HasSubstr("imagePullSecret shop/stale (refused), anonymous (refused)"),
                     HasSubstr("shop/absent: not found"))));
}

TEST_F(SignatureFetcherTest, AnAbsentTagIsNotFound) {
  EXPECT_THAT(Fetch("registry.example.org/app:absent").status(),
              StatusIs(absl::StatusCode::kNotFound, testing::_));
}

TEST_F(SignatureFetcherTest, AnUnsignedDigestIsAskedForWithEveryCredential) {
  const std::string unsigned_image = absl::StrCat(
      "registry.example.org/app@", cluster_.PushImage("registry.example.org/app:2").ToString());
  const auto finding =
      Fetch(unsigned_image, {.workload_namespace = "shop", .image_pull_secrets = {"good"}});
  ASSERT_TRUE(finding.ok()) << finding.status();
  EXPECT_THAT((*finding)->evidence.signatures, IsEmpty());
  EXPECT_THAT((*finding)->evidence.how,
              HasSubstr("imagePullSecret shop/good (no signature), anonymous (no signature)"));
}

TEST_F(SignatureFetcherTest, AFailureThatIsNoRefusalEndsTheSearch) {
  cluster_.registry.FailWith(kRepository, absl::ResourceExhaustedError("429"));
  EXPECT_THAT(Fetch(kImage, {.workload_namespace = "shop", .image_pull_secrets = {"stale", "good"}})
                  .status(),
              StatusIs(absl::StatusCode::kResourceExhausted, testing::_));
  EXPECT_THAT(cluster_.registry.Calls(), SizeIs(1));
}

TEST_F(SignatureFetcherTest, AnAnswerThatCannotBeTrustedOutweighsHavingSeenNoSignature) {
  // The good credential cannot read the signatures; anonymous sees none.
  cluster_.registry.FailWith(kRepository, absl::FailedPreconditionError("bytes of another digest"));
  EXPECT_THAT(Fetch(ByDigest()).status(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                   HasSubstr("bytes of another digest")));
}

TEST_F(SignatureFetcherTest, RemembersSignaturesOfADigestForAWhile) {
  const oci::ImageReference image = *oci::ImageReference::Parse(ByDigest());
  EXPECT_FALSE(cluster_.signatures.Recall(image, {}).has_value());
  ASSERT_TRUE(Fetch(kImage).ok());
  ASSERT_TRUE(cluster_.signatures.Recall(image, {}).has_value());
  EXPECT_TRUE((*cluster_.signatures.Recall(image, {}))->from_memory);
  EXPECT_FALSE(cluster_.signatures.Recall(*oci::ImageReference::Parse(kImage), {}).has_value());
  const SignatureFetcher::Counts counts = cluster_.signatures.counts();
  EXPECT_EQ(counts.hits, 2u);
  EXPECT_EQ(counts.misses, 2u);
  EXPECT_EQ(counts.entries, 1u);
  cluster_.clock.Advance(absl::Minutes(5));
  EXPECT_FALSE(cluster_.signatures.Recall(image, {}).has_value());
}

TEST_F(SignatureFetcherTest, DoesNotShareWhatOneWorkloadsCredentialsOpened) {
  cluster_.registry.RequireCredential(kRepository, {kGood});
  ASSERT_TRUE(
      Fetch(ByDigest(), {.workload_namespace = "shop", .image_pull_secrets = {"good"}}).ok());
  EXPECT_FALSE(cluster_.signatures
                   .Recall(*oci::ImageReference::Parse(ByDigest()), {.workload_namespace = "other"})
                   .has_value());
}

TEST_F(SignatureFetcherTest, NeverRemembersThatThereIsNoSignature) {
  const oci::Digest unsigned_digest = cluster_.PushImage("registry.example.org/app:2");
  ASSERT_TRUE(Fetch("registry.example.org/app:2").ok());
  EXPECT_FALSE(cluster_.signatures
                   .Recall(*oci::ImageReference::Parse(absl::StrCat("registry.example.org/app@",
                                                                    unsigned_digest.ToString())),
                           {})
                   .has_value());
}

TEST_F(SignatureFetcherTest, ARotatedPullSecretWorksAtOnce) {
  const CredentialScope scope = {.workload_namespace = "shop", .image_pull_secrets = {"good"}};
  for (const std::string& image : {std::string(kImage), ByDigest()}) {
    cluster_.registry.RequireCredential(kRepository, {kGood});
    cluster_.api.PutSecret("shop", "good", TestPullSecret("registry.example.org", "good", "p"));
    cluster_.clock.Advance(absl::Seconds(1));
    ASSERT_TRUE(FetchFresh(image, scope).ok());
    const registry::Credential rotated = {.username = "good", .password = image};
    cluster_.registry.RequireCredential(kRepository, {rotated});
    cluster_.api.PutSecret("shop", "good", TestPullSecret("registry.example.org", "good", image));
    cluster_.clock.Advance(absl::Seconds(1));
    const auto finding = FetchFresh(image, scope);
    ASSERT_TRUE(finding.ok()) << finding.status();
    EXPECT_THAT((*finding)->evidence.signatures, SizeIs(1));
    EXPECT_THAT((*finding)->evidence.how,
                testing::EndsWith("imagePullSecret shop/good (refused), "
                                  "imagePullSecret shop/good (answered)"));
  }
}

TEST_F(SignatureFetcherTest, APullSecretMadeAMomentAgoWorksAtOnce) {
  const CredentialScope scope = {.workload_namespace = "shop", .image_pull_secrets = {"late"}};
  cluster_.registry.RequireCredential(kRepository, {kGood});
  EXPECT_FALSE(FetchFresh(kImage, scope).ok());
  cluster_.clock.Advance(absl::Seconds(1));
  cluster_.api.PutSecret("shop", "late", TestPullSecret("registry.example.org", "good", "p"));
  EXPECT_TRUE(FetchFresh(kImage, scope).ok());
}

}  // namespace
}  // namespace countersign::verifier
