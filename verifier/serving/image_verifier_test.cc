#include "verifier/serving/image_verifier.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "verifier/serving/image_verifier_fixture.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using policy::Decision;
using policy::Reason;
using policy::TestPolicy;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(ImageVerifier, AllowsWhatIsSignedAndSaysByWhom) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest digest = cluster.PushImage(kImage);
  cluster.Sign(kImage, digest, {&cluster.signer});
  const WorkloadAnswer answer = cluster.Verify({kImage});
  ASSERT_THAT(answer.verdicts, SizeIs(1));
  EXPECT_EQ(answer.verdicts[0]->pinned_reference, absl::StrCat(kImage, "@", digest.ToString()));
  const policy::Verdict& verdict = answer.verdicts[0]->verdict;
  EXPECT_EQ(verdict.decision, Decision::kAllow) << verdict.message;
  EXPECT_EQ(verdict.reason, Reason::kVerified);
  EXPECT_EQ(verdict.digest, digest.ToString());
  EXPECT_THAT(verdict.keys, ElementsAre("release"));
  EXPECT_THAT(verdict.patterns, ElementsAre("registry.example.org/*"));
}

TEST(ImageVerifier, LooksUpTheLabelsOfTheNamespaceOnceARequest) {
  std::vector<std::string> asked;
  TestCluster cluster({.namespace_labels = [&asked](std::string_view name) {
    asked.emplace_back(name);
    return LabelsPtr();
  }});
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  cluster.Verify({kImage, "registry.example.org/other:1"});
  EXPECT_THAT(asked, ElementsAre("shop"));
}

TEST(ImageVerifier, WhereEveryImageWasPinnedOneWithoutADigestIsDeniedUnlessNoPolicyAsks) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest digest = cluster.PushImage(kImage);
  cluster.Sign(kImage, digest, {&cluster.signer});
  const std::string pinned = absl::StrCat(kImage, "@", digest.ToString());
  const WorkloadQuestion question = {
      .images = {{.reference = kImage}, {.reference = pinned}, {.reference = "nginx"}},
      .require_digest = true};
  const auto ask = [&] { return cluster.Ask(question); };
  const WorkloadAnswer answer = ask();
  EXPECT_EQ(answer.verdicts[0]->verdict.reason, Reason::kNotPinned);
  EXPECT_EQ(answer.verdicts[0]->verdict.decision, Decision::kDeny);
  EXPECT_EQ(answer.verdicts[1]->verdict.reason, Reason::kVerified);
  EXPECT_EQ(answer.verdicts[1]->pinned_reference, pinned);
  EXPECT_EQ(answer.verdicts[2]->verdict.reason, Reason::kUnmatched);
  EXPECT_EQ(answer.verdicts[2]->pinned_reference, "");
  cluster.policies.Set(policy::Policies::None());
  EXPECT_EQ(ask().verdicts[0]->verdict.reason, Reason::kNoPolicy);
}

TEST(ImageVerifier, DeniesShortNamesThatAPolicyAsksAboutWhereTheOperatorWantsThat) {
  TestCluster cluster({.rules = {.allow_unmatched_images = true, .deny_short_names = true}});
  cluster.SetPolicy(TestPolicy()
                        .Key("release", cluster.signer.key().PublicPem())
                        .Rule("docker.io/library/*", {"release"}));
  constexpr char kFull[] = "docker.io/library/nginx:1";
  cluster.Sign(kFull, cluster.PushImage(kFull), {&cluster.signer});
  const policy::Verdict verdict = cluster.VerifyOne("nginx:1");
  EXPECT_EQ(verdict.reason, Reason::kShortName);
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(cluster.VerifyOne(kFull).reason, Reason::kVerified);
  EXPECT_EQ(cluster.VerifyOne("team/app").reason, Reason::kUnmatchedAllowed);
}

TEST(ImageVerifier, DeniesWhatIsNotSigned) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  cluster.PushImage(kImage);
  const policy::Verdict verdict = cluster.VerifyOne(kImage);
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kNotSigned);
  EXPECT_THAT(verdict.message, StartsWith("The image: registry.example.org/app:1 is not signed."));
}

TEST(ImageVerifier, DeniesWhatSomebodyElseSigned) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  cluster.Sign(kImage, cluster.PushImage(kImage), {&cluster.other_signer});
  const policy::Verdict verdict = cluster.VerifyOne(kImage);
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_THAT(verdict.message, HasSubstr("release"));
}

TEST(ImageVerifier, DeniesASignatureMadeForAnotherImage) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest good = cluster.PushImage("registry.example.org/app:good", "good");
  const oci::Digest bad = cluster.PushImage("registry.example.org/app:bad", "bad");
  cluster.PushSignatures(kImage, bad, {cluster.signer.Sign(good)});
  EXPECT_EQ(cluster.VerifyOne("registry.example.org/app:bad").decision, Decision::kDeny);
}

TEST(ImageVerifier, OneGoodSignatureAmongBadOnesIsEnough) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest digest = cluster.PushImage(kImage);
  cluster.PushSignatures(kImage, digest,
                         {cluster.other_signer.Sign(digest), cluster.signer.SignPayload("junk"),
                          cluster.signer.Sign(digest)});
  EXPECT_EQ(cluster.VerifyOne(kImage).decision, Decision::kAllow);
}

TEST(ImageVerifier, DeniesEverythingUntilAPolicyOrItsAbsenceWasRead) {
  TestCluster cluster;
  const policy::Verdict verdict = cluster.VerifyOne(kImage);
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kUndecided);
}

TEST(ImageVerifier, EnforcesNothingWithoutAPolicyAndWarnsOnce) {
  TestCluster cluster;
  cluster.policies.Set(policy::Policies::None());
  const WorkloadAnswer answer = cluster.Verify({"nginx", "UPPER case", "busybox"});
  for (const ImageVerdictPtr& image : answer.verdicts) {
    const policy::Verdict& verdict = image->verdict;
    EXPECT_EQ(verdict.reason, Reason::kNoPolicy);
    EXPECT_EQ(verdict.decision, Decision::kAllow);
  }
  EXPECT_THAT(answer.warnings,
              ElementsAre("clusterimagepolicies.signing.apps.tanzu.vmware.com \"image-policy\" not "
                          "found. Image policy enforcement was not applied."));
  EXPECT_THAT(cluster.registry.Calls(), IsEmpty());
}

TEST(ImageVerifier, LeavesExcludedNamespacesAlone) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const policy::Verdict verdict =
      cluster.Ask({.images = {{.reference = kImage}}, .workload_namespace = "kube-system"})
          .verdicts[0]
          ->verdict;
  EXPECT_EQ(verdict.reason, Reason::kExcludedNamespace);
  EXPECT_EQ(verdict.decision, Decision::kAllow);
}

TEST(ImageVerifier, UnmatchedImagesNeedNoNetworkAndAreDeniedUnlessAllowed) {
  TestCluster strict;
  strict.SetPolicy(OrdinaryPolicy(strict));
  const policy::Verdict denied = strict.VerifyOne("nginx");
  EXPECT_EQ(denied.reason, Reason::kUnmatched);
  EXPECT_EQ(denied.decision, Decision::kDeny);
  EXPECT_THAT(strict.registry.Calls(), IsEmpty());

  TestCluster lax({.rules = {.allow_unmatched_images = true}});
  lax.SetPolicy(OrdinaryPolicy(lax));
  const WorkloadAnswer answer = lax.Verify({"nginx"});
  EXPECT_EQ(answer.verdicts[0]->verdict.decision, Decision::kAllow);
  EXPECT_THAT(answer.warnings, ElementsAre(HasSubstr("nginx did not match any image policies")));
}

TEST(ImageVerifier, DeniesAReferenceThatDoesNotParse) {
  TestCluster cluster({.rules = {.allow_unmatched_images = true}});
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  for (const char* reference : {"", "registry.example.org/APP", "a b", "app@sha256:abc"}) {
    const policy::Verdict verdict = cluster.VerifyOne(reference);
    EXPECT_EQ(verdict.reason, Reason::kInvalidReference) << reference;
    EXPECT_EQ(verdict.decision, Decision::kDeny) << reference;
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
  EXPECT_EQ(cluster.VerifyOne("registry.example.org/new/app:1").decision, Decision::kAllow);
  const policy::Verdict verdict = cluster.VerifyOne("registry.example.org/old/app:1");
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kPolicyBroken);
  EXPECT_THAT(verdict.message, HasSubstr("broken"));
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
  const WorkloadAnswer answer = cluster.Verify({kImage, kImage, kImage});
  ASSERT_THAT(answer.verdicts, SizeIs(3));
  EXPECT_EQ(answer.verdicts[2]->verdict.decision, Decision::kAllow);
  // It is there once, too.
  EXPECT_EQ(answer.verdicts[2], answer.verdicts[0]);
  // One HEAD for the tag, one signature manifest.
  EXPECT_THAT(cluster.registry.Calls(), SizeIs(2));
}

TEST(ImageVerifier, TellsOfWhatNeedsNoLookWhileTheOthersAreWaitedFor) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest digest = cluster.PushImage(kImage);
  cluster.Sign(kImage, digest, {&cluster.signer});
  const std::string known = absl::StrCat("registry.example.org/app@", digest.ToString());
  ASSERT_EQ(cluster.VerifyOne(known).reason, Reason::kVerified);
  BlockedLane lane(&cluster);
  const WorkloadQuestion question = {.images = {{.reference = kImage},
                                                {.reference = "nginx"},
                                                {.reference = known},
                                                {.reference = "nginx"}},
                                     .workload_namespace = "shop"};
  std::vector<Reason> reasons;
  std::vector<std::vector<size_t>> told;
  const auto tell = [&](const ImageVerdict& image, absl::Span<const size_t> uses) {
    reasons.push_back(image.verdict.reason);
    told.emplace_back(uses.begin(), uses.end());
    if (told.size() == 2) lane.LetGo();
    return absl::OkStatus();
  };
  EXPECT_THAT(cluster.verifier.VerifyEach(question, {.credentials = CredentialUse::kCluster},
                                          base::Soon(), tell),
              IsOk());
  EXPECT_THAT(reasons, ElementsAre(Reason::kUnmatched, Reason::kVerified, Reason::kVerified));
  EXPECT_THAT(told, ElementsAre(ElementsAre(1, 3), ElementsAre(2), ElementsAre(0)));
}

TEST(ImageVerifier, TellsOfWhatIsFoundWhileARegistryHangs) {
  TestCluster cluster;
  cluster.SetPolicy(
      TestPolicy().Key("release", cluster.signer.key().PublicPem()).Rule("*", {"release"}));
  const WorkloadQuestion question = {
      .images = {{.reference = kImage}, {.reference = "other.example.org/app:1"}}};
  for (const WorkloadQuestion::Image& image : question.images) {
    cluster.Sign(image.reference, cluster.PushImage(image.reference), {&cluster.signer});
  }
  BlockedLane lane(&cluster, "registry.example.org");
  std::vector<size_t> told;
  const auto tell = [&](const ImageVerdict& image, absl::Span<const size_t> uses) {
    EXPECT_EQ(image.verdict.reason, Reason::kVerified) << image.verdict.message;
    told.insert(told.end(), uses.begin(), uses.end());
    lane.LetGo();
    return absl::OkStatus();
  };
  EXPECT_THAT(cluster.verifier.VerifyEach(question, {.credentials = CredentialUse::kCluster},
                                          base::Soon(), tell),
              IsOk());
  EXPECT_THAT(told, ElementsAre(1, 0));
}

TEST(ImageVerifier, WhoCanBeToldNoMoreIsNotToldOfTheRest) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  BlockedLane lane(&cluster);
  const WorkloadQuestion question = {
      .images = {{.reference = kImage}, {.reference = "nginx"}, {.reference = "busybox"}}};
  int told = 0;
  const auto tell = [&told](const ImageVerdict&, absl::Span<const size_t>) {
    ++told;
    return absl::ResourceExhaustedError("full");
  };
  EXPECT_THAT(cluster.verifier.VerifyEach(question, {.credentials = CredentialUse::kCluster},
                                          absl::InfiniteFuture(), tell),
              StatusIs(absl::StatusCode::kResourceExhausted, "full"));
  EXPECT_EQ(told, 1);
}

TEST(ImageVerifier, AnswersAtTheDeadlineAboutARegistryThatHangsAndAboutTheOthers) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  BlockedLane lane(&cluster);
  const WorkloadAnswer answer =
      cluster.Ask({.images = {{.reference = kImage}, {.reference = "nginx"}}},
                  base::In(absl::Milliseconds(50)));
  lane.LetGo();
  EXPECT_EQ(answer.verdicts[0]->verdict.reason, Reason::kUndecided);
  EXPECT_EQ(answer.verdicts[0]->verdict.decision, Decision::kDeny);
  EXPECT_EQ(answer.verdicts[1]->verdict.reason, Reason::kUnmatched);
}

TEST(ImageVerifier, IsUndecidedWhenTheRegistryCannotBeReached) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  cluster.registry.FailWith(oci::Repository{"registry.example.org", "app"},
                            absl::UnavailableError("registry registry.example.org: no connection"));
  const policy::Verdict verdict = cluster.VerifyOne(kImage);
  EXPECT_EQ(verdict.reason, Reason::kUndecided);
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_THAT(verdict.message,
              AllOf(StartsWith("The image: registry.example.org/app:1 is not signed."),
                    HasSubstr("no connection")));
}

}  // namespace
}  // namespace countersign::verifier
