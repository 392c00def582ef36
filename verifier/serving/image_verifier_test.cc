#include "verifier/serving/image_verifier.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/limits.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using base::StatusIs;
using policy::TestPolicy;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kImage[] = "registry.example.org/app:1";

// The policy of most tests: everything in registry.example.org is signed by the cluster's signer.
TestPolicy OrdinaryPolicy(const TestCluster& cluster) {
  return TestPolicy()
      .Key("release", cluster.signer.key().PublicPem())
      .Rule("registry.example.org/*", {"release"})
      .ExcludeNamespace("kube-system");
}

TEST(ImageVerifier, AllowsWhatIsSignedAndSaysByWhom) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest digest = cluster.PushImage(kImage);
  cluster.Sign(kImage, digest, {&cluster.signer});
  const v1::Verdict verdict = cluster.VerifyOne(kImage);
  EXPECT_EQ(verdict.decision(), v1::DECISION_ALLOW) << verdict.message();
  EXPECT_EQ(verdict.reason(), v1::REASON_VERIFIED);
  EXPECT_EQ(verdict.digest(), digest.ToString());
  EXPECT_THAT(verdict.keys(), ElementsAre("release"));
  EXPECT_THAT(verdict.patterns(), ElementsAre("registry.example.org/*"));
  EXPECT_EQ(verdict.container(), "c0");
  EXPECT_EQ(verdict.reference(), kImage);
  EXPECT_EQ(verdict.pinned_reference(), absl::StrCat(kImage, "@", digest.ToString()));
}

TEST(ImageVerifier, WhereEveryImageWasPinnedOneWithoutADigestIsDeniedUnlessNoPolicyAsks) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest digest = cluster.PushImage(kImage);
  cluster.Sign(kImage, digest, {&cluster.signer});
  v1::VerifyImagesRequest request;
  request.set_require_digest(true);
  request.add_images()->set_reference(kImage);
  request.add_images()->set_reference(absl::StrCat(kImage, "@", digest.ToString()));
  request.add_images()->set_reference("nginx");
  const auto ask = [&] {
    return *cluster.verifier.VerifyImages(request, absl::Now() + absl::Seconds(5),
                                          CredentialUse::kCluster, "");
  };
  const v1::VerifyImagesResponse response = ask();
  EXPECT_EQ(response.verdicts(0).reason(), v1::REASON_NOT_PINNED);
  EXPECT_EQ(response.verdicts(0).decision(), v1::DECISION_DENY);
  EXPECT_EQ(response.verdicts(1).reason(), v1::REASON_VERIFIED);
  EXPECT_EQ(response.verdicts(1).pinned_reference(), request.images(1).reference());
  EXPECT_EQ(response.verdicts(2).reason(), v1::REASON_UNMATCHED);
  EXPECT_EQ(response.verdicts(2).pinned_reference(), "");
  cluster.policies.Set(nullptr);
  EXPECT_EQ(ask().verdicts(0).reason(), v1::REASON_NO_POLICY);
}

TEST(ImageVerifier, DeniesShortNamesThatAPolicyAsksAboutWhereTheOperatorWantsThat) {
  TestCluster cluster({.allow_unmatched_images = true, .deny_short_names = true});
  cluster.SetPolicy(TestPolicy()
                        .Key("release", cluster.signer.key().PublicPem())
                        .Rule("docker.io/library/*", {"release"}));
  constexpr char kFull[] = "docker.io/library/nginx:1";
  cluster.Sign(kFull, cluster.PushImage(kFull), {&cluster.signer});
  const v1::Verdict verdict = cluster.VerifyOne("nginx:1");
  EXPECT_EQ(verdict.reason(), v1::REASON_SHORT_NAME);
  EXPECT_EQ(verdict.decision(), v1::DECISION_DENY);
  EXPECT_EQ(cluster.VerifyOne(kFull).reason(), v1::REASON_VERIFIED);
  EXPECT_EQ(cluster.VerifyOne("team/app").reason(), v1::REASON_UNMATCHED_ALLOWED);
}

TEST(ImageVerifier, DeniesWhatIsNotSigned) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  cluster.PushImage(kImage);
  const v1::Verdict verdict = cluster.VerifyOne(kImage);
  EXPECT_EQ(verdict.decision(), v1::DECISION_DENY);
  EXPECT_EQ(verdict.reason(), v1::REASON_NOT_SIGNED);
  EXPECT_THAT(verdict.message(),
              StartsWith("The image: registry.example.org/app:1 is not signed."));
}

TEST(ImageVerifier, DeniesWhatSomebodyElseSigned) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  cluster.Sign(kImage, cluster.PushImage(kImage), {&cluster.other_signer});
  const v1::Verdict verdict = cluster.VerifyOne(kImage);
  EXPECT_EQ(verdict.decision(), v1::DECISION_DENY);
  EXPECT_THAT(verdict.message(), HasSubstr("release"));
}

TEST(ImageVerifier, DeniesASignatureMadeForAnotherImage) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest good = cluster.PushImage("registry.example.org/app:good", "good");
  const oci::Digest bad = cluster.PushImage("registry.example.org/app:bad", "bad");
  cluster.PushSignatures(kImage, bad, {cluster.signer.Sign(good)});
  EXPECT_EQ(cluster.VerifyOne("registry.example.org/app:bad").decision(), v1::DECISION_DENY);
}

TEST(ImageVerifier, OneGoodSignatureAmongBadOnesIsEnough) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest digest = cluster.PushImage(kImage);
  cluster.PushSignatures(kImage, digest,
                         {cluster.other_signer.Sign(digest), cluster.signer.SignPayload("junk"),
                          cluster.signer.Sign(digest)});
  EXPECT_EQ(cluster.VerifyOne(kImage).decision(), v1::DECISION_ALLOW);
}

TEST(ImageVerifier, DeniesEverythingUntilAPolicyOrItsAbsenceWasRead) {
  TestCluster cluster;
  const v1::Verdict verdict = cluster.VerifyOne(kImage);
  EXPECT_EQ(verdict.decision(), v1::DECISION_DENY);
  EXPECT_EQ(verdict.reason(), v1::REASON_UNDECIDED);
}

TEST(ImageVerifier, EnforcesNothingWithoutAPolicyAndWarnsOnce) {
  TestCluster cluster;
  cluster.policies.Set(nullptr);
  const v1::VerifyImagesResponse response = cluster.Verify({"nginx", "UPPER case", "busybox"});
  for (const v1::Verdict& verdict : response.verdicts()) {
    EXPECT_EQ(verdict.reason(), v1::REASON_NO_POLICY);
    EXPECT_EQ(verdict.decision(), v1::DECISION_ALLOW);
  }
  EXPECT_THAT(response.warnings(),
              ElementsAre("clusterimagepolicies.signing.apps.tanzu.vmware.com \"image-policy\" not "
                          "found. Image policy enforcement was not applied."));
  EXPECT_THAT(cluster.registry.Calls(), IsEmpty());
}

TEST(ImageVerifier, LeavesExcludedNamespacesAlone) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  v1::VerifyImagesRequest request;
  request.set_namespace_("kube-system");
  request.add_images()->set_reference(kImage);
  const auto response = cluster.verifier.VerifyImages(request, absl::Now() + absl::Seconds(5),
                                                      CredentialUse::kCluster, "");
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->verdicts(0).reason(), v1::REASON_EXCLUDED_NAMESPACE);
  EXPECT_EQ(response->verdicts(0).decision(), v1::DECISION_ALLOW);
}

TEST(ImageVerifier, UnmatchedImagesNeedNoNetworkAndAreDeniedUnlessAllowed) {
  TestCluster strict;
  strict.SetPolicy(OrdinaryPolicy(strict));
  const v1::Verdict denied = strict.VerifyOne("nginx");
  EXPECT_EQ(denied.reason(), v1::REASON_UNMATCHED);
  EXPECT_EQ(denied.decision(), v1::DECISION_DENY);
  EXPECT_THAT(strict.registry.Calls(), IsEmpty());

  TestCluster lax({.allow_unmatched_images = true});
  lax.SetPolicy(OrdinaryPolicy(lax));
  const v1::VerifyImagesResponse response = lax.Verify({"nginx"});
  EXPECT_EQ(response.verdicts(0).decision(), v1::DECISION_ALLOW);
  EXPECT_THAT(response.warnings(),
              ElementsAre(HasSubstr("nginx did not match any image policies")));
}

TEST(ImageVerifier, DeniesAReferenceThatDoesNotParse) {
  TestCluster cluster({.allow_unmatched_images = true});
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  for (const char* reference : {"", "registry.example.org/APP", "a b", "app@sha256:abc"}) {
    const v1::Verdict verdict = cluster.VerifyOne(reference);
    EXPECT_EQ(verdict.reason(), v1::REASON_INVALID_REFERENCE) << reference;
    EXPECT_EQ(verdict.decision(), v1::DECISION_DENY) << reference;
  }
}

TEST(ImageVerifier, ABrokenKeyDeniesOnlyWhatNamesIt) {
  TestCluster cluster;
  cluster.SetPolicy(TestPolicy()
                        .Key("broken", "no PEM")
                        .Key("release", cluster.signer.key().PublicPem())
                        .Rule("registry.example.org/old/*", {"broken"})
                        .Rule("registry.example.org/new/*", {"release"}));
  for (const std::string name :
       {"registry.example.org/old/app:1", "registry.example.org/new/app:1"}) {
    cluster.Sign(name, cluster.PushImage(name), {&cluster.signer});
  }
  EXPECT_EQ(cluster.VerifyOne("registry.example.org/new/app:1").decision(), v1::DECISION_ALLOW);
  const v1::Verdict verdict = cluster.VerifyOne("registry.example.org/old/app:1");
  EXPECT_EQ(verdict.decision(), v1::DECISION_DENY);
  EXPECT_EQ(verdict.reason(), v1::REASON_POLICY_BROKEN);
  EXPECT_THAT(verdict.message(), HasSubstr("broken"));
}

TEST(ImageVerifier, LooksOnceForAnImageThatIsUsedByManyContainersAndWantedByManyKeys) {
  TestCluster cluster;
  const cosign::TestSigner third(crypto::TestKey::Generate());
  cluster.SetPolicy(TestPolicy()
                        .Key("a", cluster.other_signer.key().PublicPem())
                        .Key("b", third.key().PublicPem())
                        .Key("c", cluster.signer.key().PublicPem())
                        .Rule("*", {"a", "b"})
                        .Rule("registry.example.org/*", {"c"}));
  cluster.Sign(kImage, cluster.PushImage(kImage), {&cluster.signer});
  const v1::VerifyImagesResponse response = cluster.Verify({kImage, kImage, kImage});
  ASSERT_THAT(response.verdicts(), SizeIs(3));
  EXPECT_EQ(response.verdicts(2).decision(), v1::DECISION_ALLOW);
  EXPECT_EQ(response.verdicts(2).container(), "c2");
  // One HEAD for the tag, one signature manifest, one payload.
  EXPECT_THAT(cluster.registry.Calls(), SizeIs(3));
}

TEST(ImageVerifier, AnswersInTimeAboutARegistryThatHangsAndAboutTheOthers) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  cluster.registry.Delay(absl::Seconds(3));
  v1::VerifyImagesRequest request;
  request.add_images()->set_reference(kImage);
  request.add_images()->set_reference("nginx");
  const absl::Time start = absl::Now();
  const auto response = cluster.verifier.VerifyImages(request, start + absl::Milliseconds(100),
                                                      CredentialUse::kCluster, "");
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->verdicts(0).reason(), v1::REASON_UNDECIDED);
  EXPECT_EQ(response->verdicts(0).decision(), v1::DECISION_DENY);
  EXPECT_EQ(response->verdicts(1).reason(), v1::REASON_UNMATCHED);
}

TEST(ImageVerifier, IsUndecidedWhenTheRegistryCannotBeReached) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  cluster.registry.FailWith(oci::Repository{"registry.example.org", "app"},
                            absl::UnavailableError("registry registry.example.org: no connection"));
  const v1::Verdict verdict = cluster.VerifyOne(kImage);
  EXPECT_EQ(verdict.reason(), v1::REASON_UNDECIDED);
  EXPECT_EQ(verdict.decision(), v1::DECISION_DENY);
  EXPECT_THAT(verdict.message(),
              AllOf(StartsWith("The image: registry.example.org/app:1 is not signed."),
                    HasSubstr("no connection")));
}

TEST(ImageVerifier, AMovedTagIsJudgedByWhatItIsNow) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  cluster.Sign(kImage, cluster.PushImage(kImage), {&cluster.signer});
  EXPECT_EQ(cluster.VerifyOne(kImage).decision(), v1::DECISION_ALLOW);
  cluster.PushImage(kImage, "evil");
  EXPECT_EQ(cluster.VerifyOne(kImage).decision(), v1::DECISION_DENY);
}

TEST(ImageVerifier, AnImageSignedAfterItWasDeniedIsAllowedAtOnce) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest digest = cluster.PushImage(kImage);
  const std::string by_digest = absl::StrCat("registry.example.org/app@", digest.ToString());
  cluster.Sign(kImage, digest, {&cluster.other_signer});
  EXPECT_EQ(cluster.VerifyOne(kImage).decision(), v1::DECISION_DENY);
  EXPECT_EQ(cluster.VerifyOne(by_digest).decision(), v1::DECISION_DENY);
  cluster.Sign(kImage, digest, {&cluster.other_signer, &cluster.signer});
  EXPECT_EQ(cluster.VerifyOne(kImage).decision(), v1::DECISION_ALLOW);
  EXPECT_EQ(cluster.VerifyOne(by_digest).decision(), v1::DECISION_ALLOW);
}

TEST(ImageVerifier, AKeyTakenFromThePolicyNoLongerAllowsWhatIsRemembered) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest digest = cluster.PushImage(kImage);
  cluster.Sign(kImage, digest, {&cluster.signer});
  EXPECT_EQ(cluster.VerifyOne(kImage).decision(), v1::DECISION_ALLOW);
  cluster.SetPolicy(
      TestPolicy().Key("release", cluster.other_signer.key().PublicPem()).Rule("*", {"release"}));
  EXPECT_EQ(cluster.VerifyOne(kImage).decision(), v1::DECISION_DENY);
}

TEST(ImageVerifier, AWarmImageByDigestNeedsNoNetworkAndOneByTagOnlyItsHead) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest digest = cluster.PushImage(kImage);
  cluster.Sign(kImage, digest, {&cluster.signer});
  cluster.VerifyOne(kImage);
  const size_t calls = cluster.registry.Calls().size();
  EXPECT_EQ(
      cluster.VerifyOne(absl::StrCat("registry.example.org/app@", digest.ToString())).decision(),
      v1::DECISION_ALLOW);
  EXPECT_THAT(cluster.registry.Calls(), SizeIs(calls));
  cluster.VerifyOne(kImage);
  EXPECT_THAT(cluster.registry.Calls(), SizeIs(calls + 1));
}

// Holds all threads of the registry's lane until it is told to let go.
class BlockedLane {
 public:
  explicit BlockedLane(TestCluster* cluster) {
    for (int i = 0; i < 4; ++i) {
      EXPECT_TRUE(
          cluster->pool
              .Schedule("registry.example.org", [end = end_] { end->WaitForNotification(); })
              .ok());
    }
    EXPECT_TRUE(base::Eventually([&] { return cluster->pool.counts().running == 4; }));
  }
  void LetGo() { end_->Notify(); }

 private:
  const std::shared_ptr<absl::Notification> end_ = std::make_shared<absl::Notification>();
};

TEST(ImageVerifier, LooksAgainAtAllThatNoLongerHoldsBeforeItWaitsForTheFirst) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  std::vector<std::string> images;
  for (int i = 0; i < 10; ++i) {
    const std::string name = absl::StrCat("registry.example.org/app", i);
    const oci::Digest digest = cluster.PushImage(absl::StrCat(name, ":1"));
    cluster.Sign(name, digest, {&cluster.signer});
    images.push_back(absl::StrCat(name, "@", digest.ToString()));
  }
  cluster.Verify(images);
  ASSERT_EQ(cluster.signatures.counts().entries, images.size());
  // The keys are rotated.
  cluster.SetPolicy(
      TestPolicy().Key("release", cluster.other_signer.key().PublicPem()).Rule("*", {"release"}));
  BlockedLane lane(&cluster);
  v1::VerifyImagesResponse response;
  std::thread thread([&] { response = cluster.Verify(images); });
  EXPECT_TRUE(base::Eventually([&] { return cluster.pool.counts().waiting == images.size(); }));
  lane.LetGo();
  thread.join();
  for (const v1::Verdict& verdict : response.verdicts()) {
    EXPECT_EQ(verdict.reason(), v1::REASON_NOT_SIGNED) << verdict.message();
  }
}

TEST(ImageVerifier, WhatHasNoRoomInMemoryIsUndecided) {
  TestCluster cluster({}, {.total = 4096, .of_account = 64});
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  cluster.Sign(kImage, cluster.PushImage(kImage), {&cluster.signer});
  const v1::Verdict verdict = cluster.VerifyOne(kImage);
  EXPECT_EQ(verdict.reason(), v1::REASON_UNDECIDED);
  EXPECT_EQ(cluster.bytes.held(), 0u);
}

TEST(ImageVerifier, HoldsTheBytesOfManyImagesOnlyAsFarAsTheyHaveRoom) {
  TestCluster cluster({}, {.total = 128 << 10, .of_account = 32 << 10});
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  std::vector<std::string> images;
  for (int i = 0; i < 12; ++i) {
    images.push_back(absl::StrCat("registry.example.org/app", i, ":1"));
    const oci::Digest digest = cluster.PushImage(images.back());
    std::string payload = cosign::TestSigner::Payload(digest);
    payload.append(20 << 10, ' ');
    cluster.PushSignatures(images.back(), digest, {cluster.signer.SignPayload(payload)});
  }
  const v1::VerifyImagesResponse response = cluster.Verify(images);
  for (const v1::Verdict& verdict : response.verdicts()) {
    EXPECT_EQ(verdict.reason(), v1::REASON_VERIFIED) << verdict.message();
  }
  EXPECT_LE(cluster.bytes.most_held(), size_t{32 << 10});
  EXPECT_EQ(cluster.bytes.held(), 0u);
}

TEST(ImageVerifier, TooManySignaturesToCheckAreUndecidedAndSaidToBe) {
  TestCluster cluster({}, {}, {.units_per_image = 5});
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest digest = cluster.PushImage(kImage);
  cluster.Sign(kImage, digest, std::vector<const cosign::TestSigner*>(6, &cluster.other_signer));
  const v1::Verdict verdict = cluster.VerifyOne(kImage);
  EXPECT_EQ(verdict.reason(), v1::REASON_UNDECIDED);
  EXPECT_THAT(verdict.message(), HasSubstr("more than the 5 units of work"));
}

TEST(ImageVerifier, RefusesMessagesThatAreWrongThemselvesByField) {
  TestCluster cluster;
  cluster.policies.Set(nullptr);
  const auto ask = [&](const v1::VerifyImagesRequest& request) {
    return cluster.verifier
        .VerifyImages(request, absl::Now() + absl::Seconds(1), CredentialUse::kCluster, "")
        .status();
  };
  v1::VerifyImagesRequest request;
  EXPECT_THAT(ask(request),
              StatusIs(absl::StatusCode::kInvalidArgument, "images: at least one is needed"));
  request.add_images()->set_reference(std::string(v1::kMaxReferenceBytes + 1, 'a'));
  EXPECT_THAT(ask(request),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "images[0].reference: has 4097 bytes; at most 4096 are allowed"));
  request.mutable_images(0)->set_reference("nginx");
  request.set_namespace_(std::string(254, 'n'));
  EXPECT_THAT(ask(request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("namespace: has 254 bytes")));
  request.set_namespace_("shop");
  for (int i = 0; i <= 2 * v1::kMaxPullSecrets; ++i) request.add_image_pull_secrets("same");
  for (int i = 1; i < v1::kMaxPullSecrets; ++i)
    request.add_image_pull_secrets(absl::StrCat("s", i));
  EXPECT_TRUE(ask(request).ok());
  request.add_image_pull_secrets("one too many");
  EXPECT_THAT(ask(request),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "image_pull_secrets: has 101 elements; at most 100 are allowed"));
  request.clear_image_pull_secrets();
  while (request.images_size() <= v1::kMaxImages) request.add_images()->set_reference("nginx");
  EXPECT_THAT(ask(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                     "images: has 1001 elements; at most 1000 are allowed"));
}

TEST(ImageVerifier, AnswersManyAtOnceUnderChangingPolicies) {
  TestCluster cluster;
  // Two policies that allow the same image, each by a key and a pattern of its own.
  const TestPolicy usual = OrdinaryPolicy(cluster);
  const TestPolicy changed = TestPolicy()
                                 .Key("again", cluster.signer.key().PublicPem())
                                 .Rule("*/app", {"again"})
                                 .Rule("registry.example.org/absent", {"again"});
  cluster.SetPolicy(usual);
  cluster.Sign(kImage, cluster.PushImage(kImage), {&cluster.signer});
  constexpr int kThreads = 4;
  std::atomic<int> answering = kThreads;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&cluster, &answering] {
      for (int i = 0; i < 50; ++i) {
        const v1::VerifyImagesResponse response =
            cluster.Verify({kImage, "registry.example.org/absent:1"});
        const v1::Verdict& verdict = response.verdicts(0);
        EXPECT_EQ(verdict.decision(), v1::DECISION_ALLOW) << verdict.message();
        // Each answer is that of one policy, whole.
        EXPECT_THAT(absl::StrCat(absl::StrJoin(verdict.keys(), ","), " by ",
                                 absl::StrJoin(verdict.patterns(), ",")),
                    AnyOf("release by registry.example.org/*", "again by */app"));
        EXPECT_EQ(response.verdicts(1).decision(), v1::DECISION_DENY);
      }
      --answering;
    });
  }
  for (int i = 0; answering > 0; ++i) {
    cluster.SetPolicy(i % 2 == 0 ? changed : usual);
    absl::SleepFor(absl::Milliseconds(1));
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace countersign::verifier
