#include "verifier/evidence/remembered_tags.h"

#include <cstddef>
#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_sigstore_policies.h"
#include "policy/verdict.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using policy::Reason;
using ::testing::HasSubstr;

constexpr char kImage[] = "registry.example.org/app:1";
constexpr absl::Duration kLife = absl::Seconds(30);
constexpr absl::Duration kUntilLastThird = absl::Seconds(20);

// Whole questions, about an image by its tag.
class RememberedTagsTest : public testing::Test {
 protected:
  explicit RememberedTagsTest(absl::Duration life = kLife)
      : cluster_({}, {}, {}, {.tags = {.life = life}}), digest_(cluster_.PushImage(kImage)) {
    Sign(digest_);
    Trust(cluster_.signer);
  }

  void Sign(const oci::Digest& digest) { cluster_.Sign(kImage, digest, {&cluster_.signer}); }
  void Trust(const cosign::TestSigner& signer) {
    cluster_.SetPolicy(policy::TestPolicy().Key("k", signer.key().PublicPem()).Rule("*", {"k"}));
  }
  // Gives the tag to an image that nobody has signed.
  oci::Digest MoveTag() { return cluster_.PushImage(kImage, "moved"); }

  ImageVerdict AskAs(const std::string& name_space, const std::string& image = kImage,
                     CredentialUse use = CredentialUse::kCluster) {
    const WorkloadQuestion question = {.images = {{.reference = image}},
                                       .workload_namespace = name_space,
                                       .image_pull_secrets = {"regcred"}};
    return *cluster_.verifier.Verify(question, {.caller = "shim", .credentials = use}, base::Soon())
                .verdicts[0];
  }
  policy::Verdict Ask() { return AskAs("shop").verdict; }

  // A pull secret of the name "regcred".
  void PutSecret(const std::string& name_space, const std::string& username) {
    cluster_.secrets.PutSecret(name_space, "regcred",
                               TestPullSecret("registry.example.org", username, "p"));
  }
  void RequireCredentials() {
    cluster_.registry.RequireCredential(repository_, {{.username = "robot", .password = "p"},
                                                      {.username = "other", .password = "p"}});
  }

  size_t CountCalls(std::string_view what = "") const {
    return absl::c_count_if(cluster_.registry.Calls(), [what](const std::string& call) {
      return absl::StrContains(call, what);
    });
  }
  size_t CountResolved() const { return CountCalls("resolve "); }
  RememberedTags::Counts counts() const { return cluster_.gatherer.tags().counts(); }
  bool AwaitRefreshes(uint64_t renewed, uint64_t ended) const {
    return base::Eventually([&] { return counts().renewed == renewed && counts().ended == ended; });
  }

  void ExpectNoRefresh() const {
    EXPECT_TRUE(base::Eventually([&] {
      const base::WorkerPool::Counts pool = cluster_.pool.counts();
      return pool.running + pool.waiting == 0;
    }));
    EXPECT_EQ(counts().renewed + counts().ended, 0u);
  }

  const oci::Repository repository_ = {"registry.example.org", "app"};
  TestCluster cluster_;
  const oci::Digest digest_;
};

TEST_F(RememberedTagsTest, ATagThatWasAdmittedNeedsNoNetworkForAWhile) {
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  const size_t calls = CountCalls();
  for (const absl::Duration passed : {absl::ZeroDuration(), kUntilLastThird / 2}) {
    cluster_.clock.Advance(passed);
    const ImageVerdict image = AskAs("shop");
    EXPECT_EQ(image.verdict.reason, Reason::kVerified) << image.verdict.message;
    EXPECT_EQ(image.verdict.digest, digest_.ToString());
    EXPECT_EQ(image.pinned_reference, absl::StrCat(kImage, "@", digest_.ToString()));
  }
  EXPECT_EQ(CountCalls(), calls);
  EXPECT_EQ(counts().hits, 2u);
  EXPECT_EQ(counts().misses, 1u);
  EXPECT_EQ(counts().entries, 1u);
  EXPECT_GT(counts().bytes, 0u);
}

TEST_F(RememberedTagsTest, AtItsEndTheTagIsAskedFor) {
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  cluster_.clock.Advance(kLife);
  const size_t calls = CountCalls();
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  // The signatures are remembered for longer.
  EXPECT_EQ(CountCalls(), calls + 1);
  EXPECT_EQ(CountResolved(), 2u);
  ExpectNoRefresh();
}

TEST_F(RememberedTagsTest, AMovedTagCountsOnceWhatIsRememberedHasEnded) {
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  const oci::Digest moved = MoveTag();
  // What is admitted is what was judged, and what runs where it is pinned.
  const ImageVerdict image = AskAs("shop");
  EXPECT_EQ(image.verdict.reason, Reason::kVerified);
  EXPECT_EQ(image.pinned_reference, absl::StrCat(kImage, "@", digest_.ToString()));
  cluster_.clock.Advance(kLife);
  const policy::Verdict denied = Ask();
  EXPECT_EQ(denied.reason, Reason::kNotSigned);
  // A denial is remembered by nothing.
  Sign(moved);
  const policy::Verdict allowed = Ask();
  EXPECT_EQ(allowed.reason, Reason::kVerified);
  EXPECT_EQ(allowed.digest, moved.ToString());
}

TEST_F(RememberedTagsTest, ADenialNeverRestsOnATagThatIsRemembered) {
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  // To what the policy trusts now, and what was remembered is not.
  const oci::Digest moved = MoveTag();
  cluster_.Sign(kImage, moved, {&cluster_.other_signer});
  Trust(cluster_.other_signer);
  const policy::Verdict verdict = Ask();
  EXPECT_EQ(verdict.reason, Reason::kVerified) << verdict.message;
  EXPECT_EQ(verdict.digest, moved.ToString());
}

TEST_F(RememberedTagsTest, AnImageThatCannotBeLookedAtIsDeniedAnewEachTime) {
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  Trust(cluster_.other_signer);
  cluster_.registry.FailWith(repository_, absl::UnavailableError("is away"));
  EXPECT_EQ(Ask().reason, Reason::kUndecided);
  cluster_.registry.FailWith(repository_, absl::OkStatus());
  cluster_.Sign(kImage, digest_, {&cluster_.other_signer});
  EXPECT_EQ(Ask().reason, Reason::kVerified);
}

TEST_F(RememberedTagsTest, WhoeverHearsAnotherDigestEndsWhatIsRemembered) {
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  MoveTag();
  cluster_.clock.Advance(absl::Seconds(1));
  Trust(cluster_.other_signer);
  EXPECT_EQ(Ask().reason, Reason::kNotSigned);
  Trust(cluster_.signer);
  EXPECT_EQ(Ask().reason, Reason::kNotSigned);
}

TEST_F(RememberedTagsTest, InTheLastThirdOneRefreshServesAllWhoAreAdmitted) {
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  cluster_.clock.Advance(kUntilLastThird);
  cluster_.registry.Hold(repository_);
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 10; ++i) EXPECT_EQ(Ask().reason, Reason::kVerified);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(base::Eventually([&] { return cluster_.registry.CountHeld(repository_) == 1; }));
  EXPECT_EQ(CountResolved(), 2u);
  cluster_.registry.LetGo(repository_);
  EXPECT_TRUE(AwaitRefreshes(1, 0));
  // From when it was asked again, and as long.
  const size_t calls = CountCalls();
  cluster_.clock.Advance(kUntilLastThird - absl::Seconds(1));
  EXPECT_EQ(Ask().reason, Reason::kVerified);
  EXPECT_EQ(CountCalls(), calls);
  cluster_.clock.Advance(absl::Seconds(1));
  EXPECT_EQ(Ask().reason, Reason::kVerified);
  EXPECT_TRUE(AwaitRefreshes(2, 0));
  EXPECT_EQ(CountCalls(), calls + 1);
}

TEST_F(RememberedTagsTest, NobodyElseStartsARefresh) {
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  cluster_.clock.Advance(kUntilLastThird - absl::Nanoseconds(1));
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  cluster_.clock.Advance(absl::Nanoseconds(1));
  // Whoever is denied looks himself.
  Trust(cluster_.other_signer);
  EXPECT_EQ(Ask().reason, Reason::kNotSigned);
  Trust(cluster_.signer);
  // By digest there is no tag to ask for.
  EXPECT_EQ(AskAs("shop", absl::StrCat(kImage, "@", digest_.ToString())).verdict.reason,
            Reason::kVerified);
  ExpectNoRefresh();
  EXPECT_EQ(CountResolved(), 2u);
}

TEST_F(RememberedTagsTest, ARefreshThatFailsEndsNothingBeforeItsTime) {
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  cluster_.clock.Advance(kUntilLastThird);
  cluster_.registry.FailWith(repository_, absl::UnavailableError("is away"));
  EXPECT_EQ(Ask().reason, Reason::kVerified);
  EXPECT_TRUE(AwaitRefreshes(0, 1));
  EXPECT_EQ(Ask().reason, Reason::kVerified);
  EXPECT_EQ(CountResolved(), 2u);
  cluster_.clock.Advance(kLife - kUntilLastThird);
  EXPECT_EQ(Ask().reason, Reason::kUndecided);
  EXPECT_TRUE(AwaitRefreshes(0, 1));
}

TEST_F(RememberedTagsTest, ARefreshThatHearsAnotherDigestEndsWhatIsRemembered) {
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  MoveTag();
  cluster_.clock.Advance(kUntilLastThird);
  EXPECT_EQ(Ask().reason, Reason::kVerified);
  EXPECT_TRUE(AwaitRefreshes(0, 1));
  EXPECT_EQ(Ask().reason, Reason::kNotSigned);
}

TEST_F(RememberedTagsTest, ARefreshIsMadeWithTheSameCredentialAndNoOther) {
  RequireCredentials();
  PutSecret("shop", "robot");
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  cluster_.clock.Advance(kUntilLastThird);
  const size_t calls = CountCalls();
  EXPECT_EQ(Ask().reason, Reason::kVerified);
  EXPECT_TRUE(AwaitRefreshes(1, 0));
  EXPECT_EQ(CountCalls(), calls + 1);
  EXPECT_THAT(cluster_.registry.Calls().back(),
              HasSubstr("resolve registry.example.org/app:1 as robot"));
}

TEST_F(RememberedTagsTest, NoOtherCredentialStandsInForOneThatIsGone) {
  const oci::ImageReference image = *oci::ImageReference::Parse(kImage);
  const ScopePtr shop = ShareScope({.workload_namespace = "shop"});
  RememberedTags& tags = cluster_.gatherer.tags();
  tags.Keep(image, *shop,
            {.fingerprint = "gone", .digest = digest_, .asked = cluster_.clock.Now()});
  cluster_.clock.Advance(kUntilLastThird);
  tags.RefreshIfDue(image, shop, digest_, *cluster_.OpenAllowance());
  EXPECT_TRUE(AwaitRefreshes(0, 1));
  EXPECT_EQ(CountCalls(), 0u);
}

TEST_F(RememberedTagsTest, WhatOneCredentialWasToldServesNoOther) {
  RequireCredentials();
  PutSecret("shop", "robot");
  PutSecret("elsewhere", "other");
  PutSecret("thief", "guessed");
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  const size_t calls = CountCalls();
  EXPECT_EQ(Ask().reason, Reason::kVerified);
  EXPECT_EQ(CountCalls(), calls);
  EXPECT_EQ(AskAs("thief").verdict.reason, Reason::kUndecided);
  EXPECT_EQ(AskAs("poor").verdict.reason, Reason::kUndecided);
  EXPECT_EQ(AskAs("shop", kImage, CredentialUse::kAnonymous).verdict.reason, Reason::kUndecided);
  EXPECT_EQ(AskAs("elsewhere").verdict.reason, Reason::kVerified);
  EXPECT_EQ(CountCalls("resolve registry.example.org/app:1 as other"), 1u);
  EXPECT_EQ(counts().entries, 2u);
}

TEST_F(RememberedTagsTest, WhatWasToldWithoutACredentialServesEverybody) {
  ASSERT_EQ(AskAs("shop").verdict.reason, Reason::kVerified);
  const size_t calls = CountCalls();
  PutSecret("elsewhere", "robot");
  EXPECT_EQ(AskAs("elsewhere").verdict.reason, Reason::kVerified);
  EXPECT_EQ(AskAs("shop", kImage, CredentialUse::kAnonymous).verdict.reason, Reason::kVerified);
  EXPECT_EQ(CountCalls(), calls);
}

TEST_F(RememberedTagsTest, APolicyThatChangesMeanwhileJudgesWhatIsRemembered) {
  cluster_.registry.Hold(repository_);
  std::future<policy::Verdict> before = std::async(std::launch::async, [this] { return Ask(); });
  EXPECT_TRUE(base::Eventually([&] { return cluster_.registry.CountHeld(repository_) == 1; }));
  Trust(cluster_.other_signer);
  cluster_.registry.LetGo(repository_);
  EXPECT_EQ(before.get().reason, Reason::kVerified);
  EXPECT_EQ(Ask().reason, Reason::kNotSigned);
  // And once more the other way.
  Trust(cluster_.signer);
  EXPECT_EQ(Ask().reason, Reason::kVerified);
}

TEST_F(RememberedTagsTest, WhetherItIsTheDigestThatAPolicyIsForIsAskedEachTime) {
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  const oci::Digest moved = MoveTag();
  Sign(moved);
  cluster_.policies.Set(
      policy::TestSigstorePolicies()
          .Add("all", {"**"}, {policy::KeyAuthority("k", cluster_.signer.key().Public())})
          .Add("bad", {absl::StrCat("registry.example.org/app@", moved.ToString())},
               {policy::StaticAuthority(false)})
          .Build());
  const policy::Verdict denied = Ask();
  EXPECT_EQ(denied.reason, Reason::kDeniedByPolicy) << denied.message;
  EXPECT_EQ(CountResolved(), 2u);
  cluster_.PushImage(kImage);  // back again
  for (size_t i = 3; i <= 4; ++i) {
    const policy::Verdict allowed = Ask();
    EXPECT_EQ(allowed.reason, Reason::kVerified) << allowed.message;
    EXPECT_EQ(allowed.digest, digest_.ToString());
    EXPECT_EQ(CountResolved(), i);
  }
}

TEST_F(RememberedTagsTest, WhereADigestIsWantedATagIsNone) {
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  const WorkloadQuestion question = {
      .images = {{.reference = kImage}}, .workload_namespace = "shop", .require_digest = true};
  EXPECT_EQ(cluster_.Ask(question).verdicts[0]->verdict.reason, Reason::kNotPinned);
}

TEST_F(RememberedTagsTest, AClockThatIsSetBackMakesTheTagBeAskedFor) {
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  cluster_.clock.Advance(-absl::Hours(1));
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  EXPECT_EQ(CountResolved(), 2u);
}

// Whatever evidence it was admitted by: it may lie in another repository, which grants nothing here.
TEST_F(RememberedTagsTest, WhoIsAdmittedIsLetInByTheCredentialThatResolvedTheTag) {
  const oci::ImageReference image = *oci::ImageReference::Parse(kImage);
  const ScopePtr shop = ShareScope({.workload_namespace = "shop"});
  const ScopePtr elsewhere = ShareScope({.workload_namespace = "elsewhere"});
  RememberedTags& tags = cluster_.gatherer.tags();
  tags.Keep(image, *shop,
            {.fingerprint = "robot", .digest = digest_, .asked = cluster_.clock.Now()});
  EXPECT_EQ(tags.Recall(image, *shop), digest_);
  EXPECT_EQ(tags.Recall(image, *elsewhere), std::nullopt);
}

class RememberedTagsOffTest : public RememberedTagsTest {
 protected:
  RememberedTagsOffTest() : RememberedTagsTest(absl::ZeroDuration()) {}
};

TEST_F(RememberedTagsOffTest, EachAdmissionAsksForTheTag) {
  for (size_t i = 1; i <= 3; ++i) {
    EXPECT_EQ(Ask().reason, Reason::kVerified);
    EXPECT_EQ(CountResolved(), i);
  }
  EXPECT_EQ(counts().entries, 0u);
  EXPECT_EQ(counts().hits + counts().misses, 0u);
}

class ShortlyRememberedTagsTest : public RememberedTagsTest {
 protected:
  ShortlyRememberedTagsTest() : RememberedTagsTest(absl::Milliseconds(30)) {}
};

TEST_F(ShortlyRememberedTagsTest, ARefreshThatHasNotBegunByTheEndNeverDoes) {
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  EXPECT_TRUE(base::Eventually([&] { return cluster_.pool.counts().running == 0; }));
  BlockedLane lane(&cluster_);
  cluster_.clock.Advance(absl::Milliseconds(20));
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  EXPECT_EQ(cluster_.pool.counts().waiting, 1u);
  const absl::Time end = base::In(absl::Milliseconds(10));
  EXPECT_TRUE(base::Eventually([&] { return base::HasPassed(end); }));
  lane.LetGo();
  EXPECT_TRUE(base::Eventually([&] { return cluster_.pool.counts().dropped == 1; }));
  EXPECT_EQ(CountResolved(), 1u);
}

}  // namespace
}  // namespace countersign::verifier
