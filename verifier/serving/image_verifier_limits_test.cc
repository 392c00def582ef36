// What an image and a question may take, and what comes of those that want more: bytes that are held,
// public-key work, and attempts with credentials that a registry refuses.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "verifier/serving/image_verifier.h"
#include "verifier/serving/image_verifier_fixture.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using policy::Reason;
using policy::TestPolicy;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

void TrustTheSigner(TestCluster& cluster) {
  cluster.SetPolicy(
      TestPolicy().Key("release", cluster.signer.key().PublicPem()).Rule("*", {"release"}));
}

std::vector<Reason> ReasonsOf(const WorkloadAnswer& answer) {
  std::vector<Reason> reasons;
  for (const ImageVerdictPtr& image : answer.verdicts) reasons.push_back(image->verdict.reason);
  return reasons;
}

TEST(ImageVerifier, WhatHasNoRoomInMemoryIsUndecided) {
  TestCluster cluster({}, {.total = 4096, .of_account = 64});
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  cluster.Sign(kImage, cluster.PushImage(kImage), {&cluster.signer});
  const policy::Verdict verdict = cluster.VerifyOne(kImage);
  EXPECT_EQ(verdict.reason, Reason::kUndecided);
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
  const WorkloadAnswer answer = cluster.Verify(images);
  for (const ImageVerdictPtr& image : answer.verdicts) {
    const policy::Verdict& verdict = image->verdict;
    EXPECT_EQ(verdict.reason, Reason::kVerified) << verdict.message;
  }
  EXPECT_LE(cluster.bytes.most_held(), size_t{32 << 10});
  EXPECT_EQ(cluster.bytes.held(), 0u);
}

TEST(ImageVerifier, TooManySignaturesToCheckAreUndecidedAndSaidToBe) {
  TestCluster cluster({}, {}, {.units_per_image = 5});
  cluster.SetPolicy(OrdinaryPolicy(cluster));
  const oci::Digest digest = cluster.PushImage(kImage);
  cluster.Sign(kImage, digest, std::vector<const cosign::TestSigner*>(11, &cluster.other_signer));
  const policy::Verdict verdict = cluster.VerifyOne(kImage);
  EXPECT_EQ(verdict.reason, Reason::kUndecided);
  EXPECT_THAT(verdict.message, HasSubstr("more than the 5 units of work"));
}

// A verifier that may hold little, and registries with much to hold.
class MemoryPressureTest : public testing::Test {
 protected:
  // Of these, what holds more than 4 KiB may have three quarters.
  static constexpr size_t kTotal = 256 << 10;
  static constexpr size_t kOfRequest = 96 << 10;
  // So four of these are all that there is room for, and one of the latter has none beside them. Of a
  // manifest there are three copies while it is read.
  static constexpr size_t kLargePayload = 46 << 10;
  static constexpr size_t kLargeManifest = 30 << 10;

  MemoryPressureTest() { TrustTheSigner(cluster_); }

  // Pushes a signed image with so much payload to a registry of its own, and so the manifest.
  void Push(const std::string& registry, size_t payload_bytes, size_t manifest_bytes) {
    const std::string name = absl::StrCat(registry, "/app:1");
    const oci::Digest digest = cluster_.PushImage(name);
    std::string payload = cosign::TestSigner::Payload(digest);
    payload.resize(std::max(payload.size(), payload_bytes), ' ');
    cluster_.PushSignatures(name, digest, {cluster_.signer.SignPayload(payload)}, manifest_bytes);
  }

  policy::Verdict Ask(const std::string& registry) {
    return cluster_.VerifyOne(absl::StrCat(registry, "/app:1"));
  }
  std::future<policy::Verdict> Begin(const std::string& registry) {
    return std::async(std::launch::async, [this, registry] { return Ask(registry); });
  }

  TestCluster cluster_{{}, {.total = kTotal, .of_account = kOfRequest}};
};

TEST_F(MemoryPressureTest, WhatHasNoRoomIsUndecidedAndNothingStays) {
  const std::vector<std::string> full = {"a.example.org", "b.example.org", "c.example.org",
                                         "d.example.org"};
  for (const std::string& registry : full) Push(registry, kLargePayload, 0);
  Push("late.example.org", kLargePayload, 0);
  Push("refused.example.org", 0, kLargeManifest);
  Push("ordinary.example.org", 0, 0);
  size_t remembered = 0;
  for (int round = 0; round < 3; ++round) {
    // Nothing of the round before is remembered any more.
    cluster_.clock.Advance(absl::Hours(1));
    std::vector<std::future<policy::Verdict>> asked;
    for (const std::string& registry : full) {
      cluster_.registry.Hold({registry, "app"}, "blob");
      asked.push_back(Begin(registry));
      EXPECT_TRUE(base::Eventually([&] {
        return cluster_.registry.CountHeld({registry, "app"}) == 1;
      }));
    }
    EXPECT_THAT(cluster_.bytes.held(), AllOf(Ge(4 * kLargePayload), Le(kTotal / 4 * 3)));
    // What comes without being announced is refused at once.
    const uint64_t refused = cluster_.bytes.refused();
    EXPECT_EQ(Ask("refused.example.org").reason, Reason::kUndecided);
    EXPECT_EQ(cluster_.bytes.refused(), refused + 1);
    // The ordinary question has room.
    EXPECT_EQ(Ask("ordinary.example.org").reason, Reason::kVerified);
    // What is announced waits for room.
    asked.push_back(Begin("late.example.org"));
    for (const std::string& registry : full) cluster_.registry.LetGo({registry, "app"});
    for (std::future<policy::Verdict>& verdict : asked) {
      EXPECT_EQ(verdict.get().reason, Reason::kVerified);
    }
    EXPECT_EQ(cluster_.bytes.held(), 0u);
    EXPECT_LE(cluster_.bytes.most_held(), kTotal);
    // That it was refused is not remembered.
    EXPECT_EQ(Ask("refused.example.org").reason, Reason::kVerified);
    EXPECT_EQ(cluster_.bytes.held(), 0u);
    if (round == 0) remembered = cluster_.gatherer.counts().bytes;
    EXPECT_EQ(cluster_.gatherer.counts().bytes, remembered);
  }
}

TEST_F(MemoryPressureTest, WhatOneImageMayNeverHoldTakesNoRoomOfTheOthers) {
  Push("vast.example.org", 2 * kOfRequest, 0);
  Push("large.example.org", kLargePayload, 0);
  Push("ordinary.example.org", 0, 0);
  const WorkloadAnswer answer = cluster_.Verify(
      {"vast.example.org/app:1", "large.example.org/app:1", "ordinary.example.org/app:1"});
  EXPECT_THAT(ReasonsOf(answer),
              testing::ElementsAre(Reason::kUndecided, Reason::kVerified, Reason::kVerified));
  EXPECT_THAT(answer.verdicts[0]->verdict.message, HasSubstr("bytes that may be held"));
  EXPECT_LE(cluster_.bytes.most_held(), kOfRequest);
  EXPECT_EQ(cluster_.bytes.held(), 0u);
}

// Images with signatures that do not hold, each of which costs a unit to find that out.
class VerificationBudgetTest : public testing::Test {
 protected:
  // The image's name. `signers` sign besides.
  static std::string Push(TestCluster& cluster, const std::string& name, int bogus,
                          std::vector<const cosign::TestSigner*> signers = {}) {
    const std::string image = absl::StrCat("registry.example.org/", name, ":1");
    signers.resize(signers.size() + bogus, &cluster.other_signer);
    cluster.Sign(image, cluster.PushImage(image), signers);
    return image;
  }
};

// It is spent once after each of the two stages of the look; what was checked is remembered.
TEST_F(VerificationBudgetTest, OfAnImageEndsForThatImageAlone) {
  TestCluster cluster({}, {}, {.units_per_image = 5});
  TrustTheSigner(cluster);
  const WorkloadAnswer answer =
      cluster.Verify({Push(cluster, "eleven", 11), Push(cluster, "ten", 10),
                      Push(cluster, "signed", 11, {&cluster.signer}), Push(cluster, "none", 0)});
  EXPECT_THAT(ReasonsOf(answer), testing::ElementsAre(Reason::kUndecided, Reason::kNotSigned,
                                                      Reason::kVerified, Reason::kNotSigned));
  EXPECT_THAT(answer.verdicts[0]->verdict.message, HasSubstr("more than the 5 units of work"));
}

TEST_F(VerificationBudgetTest, OfAQuestionIsOneForAllItsImages) {
  TestCluster cluster({.allowance = {.units = 10}});
  TrustTheSigner(cluster);
  const std::vector<std::string> images = {Push(cluster, "a", 6), Push(cluster, "b", 6),
                                           Push(cluster, "c", 6)};
  int undecided = 0;
  for (const ImageVerdictPtr& image : cluster.Verify(images).verdicts) {
    if (image->verdict.reason != Reason::kUndecided) continue;
    EXPECT_THAT(image->verdict.message,
                HasSubstr("more than the 10 units of work that are done for all images of one"));
    ++undecided;
  }
  EXPECT_GE(undecided, 2);
  EXPECT_LE(cluster.judge.counts().units, 10u);
  // The next question has its own.
  for (const std::string& image : images) {
    EXPECT_EQ(cluster.VerifyOne(image).reason, Reason::kNotSigned);
  }
}

TEST_F(VerificationBudgetTest, OfAQuestionIsNotThatOfWhoeverJoinsIt) {
  TestCluster cluster({.allowance = {.units = 10}});
  TrustTheSigner(cluster);
  const std::vector<std::string> images = {Push(cluster, "a", 6), Push(cluster, "b", 6),
                                           Push(cluster, "c", 6)};
  const auto begin = [&cluster](std::vector<std::string> asked_about) {
    return std::async(std::launch::async, [&cluster, asked_about = std::move(asked_about)] {
      return cluster.Verify(asked_about);
    });
  };
  std::future<WorkloadAnswer> greedy;
  std::vector<std::future<WorkloadAnswer>> modest;
  {
    const BlockedLane lane(&cluster);
    greedy = begin(images);
    EXPECT_TRUE(base::Eventually([&] { return cluster.pool.counts().waiting == 3; }));
    for (const std::string& image : images) modest.push_back(begin({image}));
    EXPECT_TRUE(base::Eventually([&] { return cluster.pool.counts().waiting == 6; }));
  }
  greedy.get();
  for (std::future<WorkloadAnswer>& asked : modest) {
    EXPECT_THAT(ReasonsOf(asked.get()), testing::ElementsAre(Reason::kNotSigned));
  }
}

TEST(RefusedCredentials, OfAQuestionAreCountedForAllItsImages) {
  TestCluster cluster({.allowance = {.refused_attempts = 4}});
  TrustTheSigner(cluster);
  WorkloadQuestion question = {.workload_namespace = "shop"};
  for (int i = 0; i < 10; ++i) {
    const std::string name = absl::StrCat("wrong-", i);
    cluster.secrets.PutSecret("shop", name, TestPullSecret("registry.example.org", name, "p"));
    question.image_pull_secrets.push_back(name);
  }
  cluster.secrets.PutSecret("shop", "good", TestPullSecret("registry.example.org", "good", "p"));
  for (const std::string name : {"a", "b", "c"}) {
    const std::string image = absl::StrCat("registry.example.org/", name, ":1");
    cluster.Sign(image, cluster.PushImage(image), {&cluster.signer});
    cluster.registry.RequireCredential({"registry.example.org", name},
                                       {{.username = "good", .password = "p"}});
    question.images.push_back({.reference = image});
  }
  const std::string open = "open.example.org/app:1";
  cluster.Sign(open, cluster.PushImage(open), {&cluster.signer});
  question.images.push_back({.reference = open});

  WorkloadAnswer answer = cluster.Ask(question);
  EXPECT_EQ(answer.verdicts.back()->verdict.reason, Reason::kVerified);
  answer.verdicts.pop_back();
  EXPECT_THAT(ReasonsOf(answer), Each(Reason::kUndecided));
  for (const ImageVerdictPtr& image : answer.verdicts) {
    EXPECT_THAT(image->verdict.message,
                HasSubstr("too many credentials of this request were refused"));
  }
  int named = 0;
  for (const std::string& call : cluster.registry.Calls()) {
    named += absl::StrContains(call, " as ") ? 1 : 0;
  }
  EXPECT_EQ(named, 4);

  // Somebody else's question about the same has its own.
  question.image_pull_secrets = {"wrong-0", "good"};
  EXPECT_THAT(ReasonsOf(cluster.Ask(question)), Each(Reason::kVerified));
}

}  // namespace
}  // namespace countersign::verifier
