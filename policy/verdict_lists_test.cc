#include "policy/verdict_lists.h"

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/held.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr size_t kAmple = 1 << 20;

// Of so many keys, whose certificates say what they are in `said` bytes more.
Verdict Verified(int keys, size_t said) {
  Verdict verdict = {.decision = Decision::kAllow,
                     .reason = Reason::kVerified,
                     .digest = "sha256:0",
                     .patterns = {"a/*", "b/*"}};
  for (int i = 0; i < keys; ++i) {
    verdict.keys.push_back(absl::StrCat("k", i));
    Held held = {.authority = verdict.keys.back()};
    held.proof.subject = "me";
    held.proof.identity.emplace();
    held.proof.identity->issuer = "issuer";
    held.proof.identity->extensions = {{"what", std::string(said, 'w')}};
    held.proof.times = {absl::FromUnixSeconds(7)};
    held.proof.log_indexes = {7};
    verdict.evidence.push_back(held);
  }
  return verdict;
}

Verdict Kept(Verdict verdict, size_t max_bytes) {
  KeepListsWithin(max_bytes, verdict);
  EXPECT_EQ(verdict.decision, Decision::kAllow);
  EXPECT_EQ(verdict.reason, Reason::kVerified);
  EXPECT_EQ(verdict.digest, "sha256:0");
  return verdict;
}

TEST(KeepListsWithin, LeavesWhatThereIsRoomFor) {
  const Verdict kept = Kept(Verified(3, 100), kAmple);
  EXPECT_THAT(kept.keys, ElementsAre("k0", "k1", "k2"));
  EXPECT_THAT(kept.patterns, ElementsAre("a/*", "b/*"));
  ASSERT_THAT(kept.evidence, SizeIs(3));
  EXPECT_THAT(kept.evidence[2].proof.identity->extensions, SizeIs(1));
  EXPECT_EQ(kept.left_out, 0u);
}

TEST(KeepListsWithin, LeavesOutFirstWhatElseCertificatesSay) {
  const Verdict kept = Kept(Verified(3, 1000), 1500);
  EXPECT_THAT(kept.keys, SizeIs(3));
  EXPECT_THAT(kept.patterns, SizeIs(2));
  ASSERT_THAT(kept.evidence, SizeIs(3));
  EXPECT_THAT(kept.evidence[0].proof.identity->extensions, SizeIs(1));
  EXPECT_THAT(kept.evidence[1].proof.identity->extensions, IsEmpty());
  EXPECT_THAT(kept.evidence[1].proof.subject, "me");
  EXPECT_EQ(kept.left_out, 2u);
}

TEST(KeepListsWithin, KeepsTheFirstWithTheirEvidence) {
  // A key and its evidence take 78 bytes here.
  const Verdict kept = Kept(Verified(100, 10), 10 * 78);
  EXPECT_THAT(kept.keys, SizeIs(10));
  ASSERT_THAT(kept.evidence, SizeIs(10));
  EXPECT_EQ(kept.evidence[9].authority, kept.keys[9]);
  EXPECT_THAT(kept.patterns, IsEmpty());
  // Of keys and of evidence 90 each, two patterns, and what the ten certificates say.
  EXPECT_EQ(kept.left_out, 192u);
}

TEST(KeepListsWithin, LeavesEvidenceForWhichThereIsNoRoomAndAllAfterIt) {
  Verdict verdict = Verified(3, 10);
  verdict.evidence[1].proof.subject = std::string(1000, 's');
  const Verdict kept = Kept(verdict, 500);
  EXPECT_THAT(kept.keys, SizeIs(3));
  EXPECT_THAT(kept.evidence, SizeIs(1));
  EXPECT_THAT(kept.patterns, SizeIs(2));
  EXPECT_EQ(kept.left_out, 2u);
}

TEST(KeepListsWithin, AddsToWhatWasLeftOutBefore) {
  Verdict verdict = Verified(1, 10);
  verdict.left_out = 7;
  EXPECT_EQ(Kept(verdict, 0).left_out, 7u + 4);
}

// Denied, with so many findings of so many bytes.
Verdict Denied(int failures, size_t bytes, size_t message) {
  Verdict verdict = {.decision = Decision::kDeny,
                     .reason = Reason::kNotSigned,
                     .message = std::string(message, 'm')};
  for (int i = 0; i < failures; ++i) {
    verdict.policy_failures.push_back(
        {absl::StrCat("failed policy: p", i), std::string(bytes, 'd'), /*is_warning=*/i % 2 == 1});
  }
  return verdict;
}

size_t FailureBytes(const Verdict& verdict) {
  size_t bytes = 0;
  for (const PolicyFailure& failure : verdict.policy_failures) {
    bytes += failure.summary.size() + failure.details.size();
  }
  return bytes;
}

TEST(KeepListsWithin, LeavesFindingsThatThereIsRoomForAsTheyAre) {
  Verdict verdict = Denied(20, 100, 4096);
  KeepListsWithin(kAmple, verdict);
  ASSERT_THAT(verdict.policy_failures, SizeIs(20));
  EXPECT_EQ(verdict.policy_failures[1].summary, "failed policy: p1");
  EXPECT_EQ(verdict.policy_failures[19].details, std::string(100, 'd'));
  EXPECT_EQ(verdict.left_out, 0u);
}

TEST(KeepListsWithin, TellsAtMostTwentyFindingsAndDenyingOnesFirst) {
  Verdict verdict = Denied(50, 1, 0);
  KeepListsWithin(kAmple, verdict);
  ASSERT_THAT(verdict.policy_failures, SizeIs(kMaxPolicyFailures));
  EXPECT_EQ(verdict.policy_failures[1].summary, "failed policy: p2");
  EXPECT_EQ(verdict.policy_failures[19].summary, "failed policy: p38");
  EXPECT_EQ(verdict.policy_failures[18].details, "d");
  EXPECT_EQ(verdict.policy_failures[19].details, "d (and 30 more)");
  EXPECT_EQ(verdict.left_out, 0u);
}

TEST(KeepListsWithin, BoundsTheBytesOfFindings) {
  Verdict verdict = Denied(20, 1000, 0);
  KeepListsWithin(kAmple, verdict);
  EXPECT_THAT(verdict.policy_failures, SizeIs(7));
  EXPECT_LE(FailureBytes(verdict), kMaxPolicyFailureBytes);
  // What the sentence takes they do not, but for the first.
  verdict = Denied(20, 1000, 4096);
  KeepListsWithin(4194, verdict);
  ASSERT_THAT(verdict.policy_failures, SizeIs(1));
  EXPECT_LE(FailureBytes(verdict), kLeastPolicyFailureBytes);
  EXPECT_THAT(verdict.policy_failures[0].details, ::testing::EndsWith("d... (and 19 more)"));
}

TEST(KeepListsWithin, CutsAFindingBetweenCharacters) {
  Verdict verdict = Denied(1, 0, 0);
  for (int i = 0; i < 4000; ++i) verdict.policy_failures[0].details += "\xe2\x80\xa6";
  KeepListsWithin(1, verdict);
  ASSERT_THAT(verdict.policy_failures, SizeIs(1));
  const std::string& details = verdict.policy_failures[0].details;
  EXPECT_THAT(details, ::testing::EndsWith("\xe2\x80\xa6..."));
  EXPECT_GT(details.size(), 300u);
  EXPECT_LE(FailureBytes(verdict), kLeastPolicyFailureBytes);
}

TEST(KeepListsWithin, FindingsThatWarnTakeTheRoomOfKeys) {
  Verdict verdict = Verified(1, 1);
  verdict.policy_failures.push_back({"failed policy: warns", std::string(1000, 'd'), true});
  KeepListsWithin(1100, verdict);
  EXPECT_THAT(verdict.policy_failures, SizeIs(1));
  EXPECT_EQ(verdict.keys.size(), 1u);
  EXPECT_THAT(verdict.evidence, IsEmpty());
  EXPECT_GT(verdict.left_out, 0u);
}

}  // namespace
}  // namespace countersign::policy
