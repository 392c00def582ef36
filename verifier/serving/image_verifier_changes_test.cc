// What changes, fails or hangs while images are being looked at, and which of their verdicts know of it.

#include <cstddef>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/eventually.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/policies.h"
#include "verifier/serving/image_verifier.h"
#include "verifier/serving/image_verifier_fixture.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using policy::Decision;
using policy::Reason;
using policy::TestPolicy;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;

const oci::Repository kRepository = {"registry.example.org", "app"};

TEST(ImageVerifier, AMovedTagIsJudgedByWhatItIsNow) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  cluster.Sign(kImage, cluster.PushImage(kImage), {&cluster.signer});
  EXPECT_EQ(cluster.VerifyOne(kImage).decision, Decision::kAllow);
  cluster.PushImage(kImage, "evil");
  EXPECT_EQ(cluster.VerifyOne(kImage).decision, Decision::kDeny);
}

TEST(ImageVerifier, AnImageSignedAfterItWasDeniedIsAllowedAtOnce) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest digest = cluster.PushImage(kImage);
  const std::string by_digest = absl::StrCat("registry.example.org/app@", digest.ToString());
  cluster.Sign(kImage, digest, {&cluster.other_signer});
  EXPECT_EQ(cluster.VerifyOne(kImage).decision, Decision::kDeny);
  EXPECT_EQ(cluster.VerifyOne(by_digest).decision, Decision::kDeny);
  cluster.Sign(kImage, digest, {&cluster.other_signer, &cluster.signer});
  EXPECT_EQ(cluster.VerifyOne(kImage).decision, Decision::kAllow);
  EXPECT_EQ(cluster.VerifyOne(by_digest).decision, Decision::kAllow);
}

TEST(ImageVerifier, AKeyTakenFromThePolicyNoLongerAllowsWhatIsRemembered) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest digest = cluster.PushImage(kImage);
  cluster.Sign(kImage, digest, {&cluster.signer});
  EXPECT_EQ(cluster.VerifyOne(kImage).decision, Decision::kAllow);
  cluster.SetPolicy(
      TestPolicy().Key("release", cluster.other_signer.key().PublicPem()).Rule("*", {"release"}));
  EXPECT_EQ(cluster.VerifyOne(kImage).decision, Decision::kDeny);
}

TEST(ImageVerifier, AWarmImageByDigestNeedsNoNetworkAndOneByTagOnlyItsHead) {
  TestCluster cluster;
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest digest = cluster.PushImage(kImage);
  cluster.Sign(kImage, digest, {&cluster.signer});
  cluster.VerifyOne(kImage);
  const size_t calls = cluster.registry.Calls().size();
  EXPECT_EQ(
      cluster.VerifyOne(absl::StrCat("registry.example.org/app@", digest.ToString())).decision,
      Decision::kAllow);
  EXPECT_THAT(cluster.registry.Calls(), SizeIs(calls));
  cluster.VerifyOne(kImage);
  EXPECT_THAT(cluster.registry.Calls(), SizeIs(calls + 1));
}

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
  ASSERT_EQ(cluster.gatherer.counts().entries, images.size());
  // The keys are rotated.
  cluster.SetPolicy(
      TestPolicy().Key("release", cluster.other_signer.key().PublicPem()).Rule("*", {"release"}));
  BlockedLane lane(&cluster);
  WorkloadAnswer answer;
  std::thread thread([&] { answer = cluster.Verify(images); });
  EXPECT_TRUE(base::Eventually([&] { return cluster.pool.counts().waiting == images.size(); }));
  lane.LetGo();
  thread.join();
  for (const ImageVerdictPtr& image : answer.verdicts) {
    const policy::Verdict& verdict = image->verdict;
    EXPECT_EQ(verdict.reason, Reason::kNotSigned) << verdict.message;
  }
}

class ImageVerifierChangesTest : public testing::Test {
 protected:
  // Every image is to be signed by `signer`, whose key is called `key`.
  void Trust(const std::string& key, const cosign::TestSigner& signer) {
    cluster_.SetPolicy(TestPolicy().Key(key, signer.key().PublicPem()).Rule("*", {key}));
  }

  // The name by digest.
  std::string PushSigned(const std::string& name, const cosign::TestSigner& signer) {
    const oci::Digest digest = cluster_.PushImage(name);
    cluster_.Sign(name, digest, {&signer});
    return absl::StrCat(name.substr(0, name.rfind(':')), "@", digest.ToString());
  }

  // Asks on a thread of its own.
  std::future<WorkloadAnswer> Begin(const std::vector<std::string>& images) {
    return std::async(std::launch::async, [this, images] { return cluster_.Verify(images); });
  }

  static policy::Verdict VerdictOf(std::future<WorkloadAnswer>& asked) {
    return asked.get().verdicts[0]->verdict;
  }

  // The same, once the registry has been asked for the image, and is made to wait.
  std::future<WorkloadAnswer> BeginAndHold() {
    cluster_.registry.Hold(kRepository);
    std::future<WorkloadAnswer> asked = Begin({kImage});
    EXPECT_TRUE(base::Eventually([&] { return cluster_.registry.CountHeld(kRepository) == 1; }));
    return asked;
  }

  TestCluster cluster_;
};

TEST_F(ImageVerifierChangesTest, AQuestionOnItsWayIsAnsweredByThePolicyThatItTook) {
  PushSigned(kImage, cluster_.signer);
  Trust("old", cluster_.signer);
  std::future<WorkloadAnswer> before = BeginAndHold();
  Trust("new", cluster_.other_signer);
  std::future<WorkloadAnswer> after = Begin({kImage});
  cluster_.registry.LetGo(kRepository);
  const policy::Verdict verdict = VerdictOf(before);
  EXPECT_EQ(verdict.reason, Reason::kVerified) << verdict.message;
  EXPECT_THAT(verdict.keys, ElementsAre("old"));
  EXPECT_EQ(VerdictOf(after).reason, Reason::kNotSigned);
  // What was found by the old one has not become an answer for the new one.
  EXPECT_EQ(cluster_.VerifyOne(kImage).reason, Reason::kNotSigned);
}

TEST_F(ImageVerifierChangesTest, ADenialByAnOldPolicyIsNobodyElses) {
  PushSigned(kImage, cluster_.signer);
  Trust("old", cluster_.other_signer);
  std::future<WorkloadAnswer> before = BeginAndHold();
  Trust("new", cluster_.signer);
  std::future<WorkloadAnswer> after = Begin({kImage});
  cluster_.registry.LetGo(kRepository);
  const policy::Verdict denied = VerdictOf(before);
  EXPECT_EQ(denied.reason, Reason::kNotSigned);
  EXPECT_THAT(denied.message, HasSubstr("old"));
  const policy::Verdict allowed = VerdictOf(after);
  EXPECT_EQ(allowed.reason, Reason::kVerified) << allowed.message;
  EXPECT_THAT(allowed.keys, ElementsAre("new"));
}

TEST_F(ImageVerifierChangesTest, APolicyThatIsTakenAwayJudgesWhatItWasAskedAbout) {
  PushSigned(kImage, cluster_.other_signer);
  Trust("old", cluster_.signer);
  std::future<WorkloadAnswer> before = BeginAndHold();
  cluster_.policies.Set(policy::Policies::None());
  EXPECT_EQ(cluster_.VerifyOne(kImage).reason, Reason::kNoPolicy);
  cluster_.registry.LetGo(kRepository);
  EXPECT_EQ(VerdictOf(before).reason, Reason::kNotSigned);
}

TEST_F(ImageVerifierChangesTest, OnlyQuestionsOfOnePolicyShareAnExamination) {
  PushSigned(kImage, cluster_.signer);
  std::vector<std::future<WorkloadAnswer>> by_old, by_new;
  BlockedLane lane(&cluster_);
  const auto begin_three = [&](std::vector<std::future<WorkloadAnswer>>& asked) {
    const size_t waiting = cluster_.pool.counts().waiting;
    for (int i = 0; i < 3; ++i) asked.push_back(Begin({kImage}));
    EXPECT_TRUE(base::Eventually([&] { return cluster_.pool.counts().waiting == waiting + 3; }));
  };
  Trust("old", cluster_.signer);
  begin_three(by_old);
  Trust("new", cluster_.other_signer);
  begin_three(by_new);
  lane.LetGo();
  for (std::future<WorkloadAnswer>& asked : by_old) {
    EXPECT_THAT(VerdictOf(asked).keys, ElementsAre("old"));
  }
  for (std::future<WorkloadAnswer>& asked : by_new) {
    EXPECT_EQ(VerdictOf(asked).reason, Reason::kNotSigned);
  }
  // Once by the old one, and once by the new one; and by that once more where it came upon what the
  // old one had found to hold.
  EXPECT_THAT(cluster_.judge.counts().units, Le(3u));
}

TEST_F(ImageVerifierChangesTest, EachOfManyAnswersIsThatOfOnePolicy) {
  PushSigned(kImage, cluster_.signer);
  // Two policies that allow the same image, each by a key and a pattern of its own.
  const std::string pem = cluster_.signer.key().PublicPem();
  const TestPolicy policies[] = {
      TestPolicy().Key("release", pem).Rule("registry.example.org/*", {"release"}),
      TestPolicy().Key("again", pem).Rule("*/app", {"again"}).Rule("*/absent", {"again"})};
  cluster_.SetPolicy(policies[0]);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        // While the others look.
        cluster_.SetPolicy(policies[(t + i) % 2]);
        const WorkloadAnswer answer = cluster_.Verify({kImage, "registry.example.org/absent:1"});
        const policy::Verdict& verdict = answer.verdicts[0]->verdict;
        EXPECT_EQ(verdict.decision, Decision::kAllow) << verdict.message;
        EXPECT_THAT(absl::StrCat(absl::StrJoin(verdict.keys, ","), " by ",
                                 absl::StrJoin(verdict.patterns, ",")),
                    AnyOf("release by registry.example.org/*", "again by */app"));
        EXPECT_EQ(answer.verdicts[1]->verdict.decision, Decision::kDeny);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ImageVerifierChangesTest, EachImageIsDeniedByAFreshLookOfItsOwn) {
  Trust("old", cluster_.signer);
  std::vector<std::string> images;
  for (const char* const name : {"stale", "renewed", "away", "kept"}) {
    images.push_back(
        PushSigned(absl::StrCat("registry.example.org/", name, ":1"), cluster_.signer));
  }
  for (const ImageVerdictPtr& image : cluster_.Verify(images).verdicts) {
    ASSERT_EQ(image->verdict.reason, Reason::kVerified) << image->verdict.message;
  }
  // The key is replaced for all but one, one has been signed by the new one, and of one that cannot
  // be found out.
  cluster_.SetPolicy(TestPolicy()
                         .Key("old", cluster_.signer.key().PublicPem())
                         .Key("new", cluster_.other_signer.key().PublicPem())
                         .Rule("*", {"new"})
                         .Rule("registry.example.org/kept", {"old"}));
  PushSigned("registry.example.org/renewed:1", cluster_.other_signer);
  cluster_.registry.FailWith({"registry.example.org", "away"}, absl::UnavailableError("is away"));
  const size_t calls_before = cluster_.registry.Calls().size();
  const WorkloadAnswer answer = cluster_.Verify(images);
  EXPECT_EQ(answer.verdicts[0]->verdict.reason, Reason::kNotSigned);
  EXPECT_EQ(answer.verdicts[1]->verdict.reason, Reason::kVerified);
  EXPECT_THAT(answer.verdicts[1]->verdict.keys, ElementsAre("new"));
  EXPECT_EQ(answer.verdicts[2]->verdict.reason, Reason::kUndecided);
  EXPECT_THAT(answer.verdicts[2]->verdict.message, HasSubstr("is away"));
  EXPECT_THAT(answer.verdicts[3]->verdict.keys, ElementsAre("old"));
  std::vector<std::string> calls = cluster_.registry.Calls();
  calls.erase(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(calls_before));
  EXPECT_THAT(calls, Contains(HasSubstr("/stale:")));
  EXPECT_THAT(calls, Not(Contains(HasSubstr("/kept"))));
}

TEST_F(ImageVerifierChangesTest, ARegistryThatHangsHoldsUpNoVerdictAboutOthers) {
  Trust("release", cluster_.signer);
  PushSigned("fast.example.org/signed:1", cluster_.signer);
  PushSigned("fast.example.org/stranger:1", cluster_.other_signer);
  const oci::Repository slow = {"slow.example.org", "app"};
  cluster_.registry.Hold(slow);
  std::vector<std::string> images;
  // More than its registry has threads.
  for (int tag = 0; tag < 6; ++tag) images.push_back(absl::StrCat("slow.example.org/app:", tag));
  images.push_back("fast.example.org/signed:1");
  images.push_back("fast.example.org/stranger:1");
  std::future<WorkloadAnswer> asked = Begin(images);
  // The last two are found and checked while the first hang.
  EXPECT_TRUE(base::Eventually([&] { return cluster_.judge.counts().units == 2; }));
  EXPECT_TRUE(base::Eventually([&] { return cluster_.registry.CountHeld(slow) == 4; }));
  // And who asks about such alone is answered.
  EXPECT_EQ(cluster_.VerifyOne("fast.example.org/signed:1").reason, Reason::kVerified);
  EXPECT_EQ(cluster_.VerifyOne("fast.example.org/stranger:1").reason, Reason::kNotSigned);
  cluster_.registry.FailWith(slow, absl::UnavailableError("is slow"));
  cluster_.registry.LetGo(slow);
  const WorkloadAnswer answer = asked.get();
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(answer.verdicts[i]->verdict.reason, Reason::kUndecided);
    EXPECT_THAT(answer.verdicts[i]->verdict.message, HasSubstr("is slow"));
  }
  EXPECT_EQ(answer.verdicts[6]->verdict.reason, Reason::kVerified);
  EXPECT_EQ(answer.verdicts[7]->verdict.reason, Reason::kNotSigned);
}

}  // namespace
}  // namespace countersign::verifier
