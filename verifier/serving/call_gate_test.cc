#include "verifier/serving/call_gate.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/limits.h"

namespace countersign::verifier {
namespace {

using ::countersign::base::IsOk;
using ::countersign::base::StatusIs;
using Claim = CallGate::Claim;

constexpr absl::StatusCode kFull = absl::StatusCode::kResourceExhausted;
const CallGate::Client kShim = {.name = "dns:shim", .is_for_everybody = true};
const CallGate::Client kScanner = {.name = "dns:scanner"};
const CallGate::Client kBuild = {.name = "dns:build"};

bool IsWanted() { return true; }

TEST(CallGate, AClientWithoutARightToEverybodyTakesNoneOfThoseOfOneThatHasIt) {
  CallGate gate({.calls = 100, .calls_of_others = 20});
  std::vector<Claim> claims;
  while (true) {
    auto claim = gate.EnterCall(kScanner);
    if (!claim.ok()) break;
    claims.push_back(*std::move(claim));
  }
  EXPECT_EQ(claims.size(), 10u);
  EXPECT_THAT(gate.EnterCall(kScanner), StatusIs(kFull));
  // Another of its kind finds room, and the shim all that it may have.
  EXPECT_THAT(gate.EnterCall(kBuild), IsOk());
  for (int i = 0; i < 90; ++i) {
    auto claim = gate.EnterCall(kShim);
    ASSERT_THAT(claim, IsOk()) << i;
    claims.push_back(*std::move(claim));
  }
  claims.clear();
  EXPECT_THAT(gate.EnterCall(kScanner), IsOk());
}

TEST(CallGate, AMessageCountsAsTheLargestUntilItIsRead) {
  CallGate gate({.reading_bytes = 16, .reading_bytes_of_others = 4});
  const absl::Time soon = base::In(absl::Milliseconds(1));
  auto first = gate.AwaitReading(kScanner, 2, IsWanted, soon);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(gate.AwaitReading(kBuild, 4, IsWanted, soon), StatusIs(kFull));
  EXPECT_THAT(gate.AwaitReading(kBuild, 1, IsWanted, soon), IsOk());
  EXPECT_THAT(gate.AwaitReading(kShim, 15, IsWanted, soon), IsOk());
  EXPECT_THAT(gate.AwaitReading(kShim, 16, IsWanted, soon), StatusIs(kFull));
}

TEST(CallGate, SomeMessagesOfAClientAreReadAtOnceMoreIfItAsksForEverybody) {
  CallGate gate({});
  const absl::Time soon = base::In(absl::Milliseconds(1));
  std::vector<absl::StatusOr<CallGate::ReadPermit>> permits;
  for (int i = 0; i < 4; ++i) permits.push_back(gate.AwaitReading(kScanner, 2, IsWanted, soon));
  EXPECT_THAT(permits, testing::Each(IsOk()));
  EXPECT_THAT(gate.AwaitReading(kScanner, 2, IsWanted, soon), StatusIs(kFull));
  EXPECT_THAT(gate.AwaitReading(kBuild, 2, IsWanted, soon), IsOk());
  permits.pop_back();
  EXPECT_THAT(gate.AwaitReading(kScanner, 2, IsWanted, soon), IsOk());
  for (int i = 0; i < 8; ++i) permits.push_back(gate.AwaitReading(kShim, 2, IsWanted, soon));
  EXPECT_THAT(permits, testing::Each(IsOk()));
}

TEST(CallGate, WhereThereIsRoomAMessageIsReadAtOnce) {
  CallGate gate({.reading_bytes = 16, .reading_bytes_of_others = 16});
  std::vector<std::optional<CallGate::ReadPermit>> permits;
  for (int i = 0; i < 4; ++i) permits.push_back(gate.TryReading(kScanner, 2));
  for (const std::optional<CallGate::ReadPermit>& permit : permits) {
    EXPECT_TRUE(permit.has_value());
  }
  EXPECT_FALSE(gate.TryReading(kScanner, 2).has_value());
  permits.pop_back();
  EXPECT_TRUE(gate.TryReading(kScanner, 2).has_value());
  // It takes no turn, either, if there is no room for its bytes.
  EXPECT_FALSE(gate.TryReading(kScanner, 8).has_value());
  EXPECT_TRUE(gate.TryReading(kScanner, 2).has_value());
  EXPECT_TRUE(gate.TryReading(kShim, 15).has_value());
  EXPECT_FALSE(gate.TryReading(kShim, 16).has_value());
}

TEST(CallGate, CallersOfOneClientShareWhatIsTheClients) {
  CallGate gate({.calls = 8, .question_bytes = 100});
  std::vector<CallGate::Kept> kept;
  while (true) {
    auto question = gate.KeepQuestion(kShim, "192.0.2.1", 25);
    if (!question.ok()) break;
    kept.push_back(*std::move(question));
  }
  EXPECT_EQ(kept.size(), 3u);
  EXPECT_THAT(gate.KeepQuestion(kShim, "192.0.2.2", 10), IsOk());
  kept.clear();
  while (true) {
    auto question = gate.KeepQuestion(kShim, "192.0.2.1", 1);
    if (!question.ok()) break;
    kept.push_back(*std::move(question));
  }
  EXPECT_EQ(kept.size(), 6u);
  EXPECT_THAT(gate.KeepQuestion(kShim, "192.0.2.2", 1), IsOk());
}

TEST(CallGate, QuestionsOfOthersAreASumOfTheirOwn) {
  CallGate gate({.question_bytes = 100, .question_bytes_of_others = 100});
  const auto held = gate.KeepQuestion(kScanner, kScanner.name, 50);
  ASSERT_THAT(held, IsOk());
  EXPECT_THAT(gate.KeepQuestion(kScanner, kScanner.name, 1), StatusIs(kFull));
  EXPECT_THAT(gate.KeepQuestion(kShim, "192.0.2.1", 75), IsOk());
}

TEST(CallGate, AnAnswerCountsUntilItsCallEnds) {
  CallGate gate({.answer_bytes = 96});
  {
    std::optional<Claim> answer;
    EXPECT_THAT(gate.KeepAnswer(kShim, "192.0.2.1", "shop", 40, answer), IsOk());
    EXPECT_THAT(gate.KeepAnswer(kShim, "192.0.2.1", "shop", 12, answer), IsOk());
    // Neither of that call nor of another.
    std::optional<Claim> another;
    EXPECT_THAT(gate.KeepAnswer(kShim, "192.0.2.1", "shop", 1, answer), StatusIs(kFull));
    EXPECT_THAT(gate.KeepAnswer(kShim, "192.0.2.1", "shop", 1, another), StatusIs(kFull));
    EXPECT_EQ(answer->amount(), 52u);
    EXPECT_FALSE(another.has_value());
  }
  std::optional<Claim> answer;
  EXPECT_THAT(gate.KeepAnswer(kShim, "192.0.2.1", "shop", 52, answer), IsOk());
}

TEST(CallGate, AnswersOfOneNamespaceLeaveRoomForThoseOfAnotherOfTheSameCaller) {
  CallGate gate({.question_bytes = 100, .answer_bytes = 96});
  std::optional<Claim> greedy[2];
  size_t answered = 0;
  while (gate.KeepAnswer(kShim, "192.0.2.1", "shop", 1, greedy[answered % 2]).ok()) ++answered;
  // Seven eighths of what is not spared of three quarters, of all calls together.
  EXPECT_EQ(answered, 52u);
  std::optional<Claim> other;
  EXPECT_THAT(gate.KeepAnswer(kShim, "192.0.2.1", "build", 12, other), IsOk());
  // Nor do they take what questions have.
  EXPECT_THAT(gate.KeepQuestion(kShim, "192.0.2.1", 75), IsOk());
  // What was refused took nothing.
  greedy[1].reset();
  EXPECT_THAT(gate.KeepAnswer(kShim, "192.0.2.1", "shop", 10, greedy[0]), IsOk());
}

TEST(CallGate, HoweverMuchSomeNamespacesHaveOthersOfTheSameCallerHaveRoomForOrdinaryAnswers) {
  CallGate gate({});
  std::vector<std::optional<Claim>> greedy(6);
  for (size_t i = 0; i < greedy.size(); ++i) {
    while (gate.KeepAnswer(kShim, "192.0.2.1", absl::StrCat(i), 1 << 10, greedy[i]).ok()) {
    }
  }
  std::vector<std::optional<Claim>> modest(29);
  for (size_t i = 0; i < modest.size(); ++i) {
    const std::string name = absl::StrCat("modest ", i);
    EXPECT_THAT(gate.KeepAnswer(kShim, "192.0.2.1", name, 64 << 10, modest[i]), IsOk()) << name;
    EXPECT_THAT(gate.KeepAnswer(kShim, "192.0.2.1", name, 1 << 10, modest[i]), StatusIs(kFull));
  }
  // Of what another caller has nothing was taken.
  std::optional<Claim> other;
  EXPECT_THAT(gate.KeepAnswer(kShim, "192.0.2.2", "shop", 800 << 10, other), IsOk());
}

// Whoever asks the shim may make namespaces up.
TEST(CallGate, AnswersOfOneCallerLeaveRoomForAnothersHoweverManyNamespacesTheyAreOf) {
  CallGate gate({.answer_bytes = 96});
  std::vector<std::optional<Claim>> greedy(100);
  for (size_t i = 0; i < greedy.size(); ++i) {
    while (gate.KeepAnswer(kShim, "192.0.2.1", absl::StrCat(i), 1, greedy[i]).ok()) {
    }
  }
  std::optional<Claim> other;
  EXPECT_THAT(gate.KeepAnswer(kShim, "192.0.2.2", "shop", 12, other), IsOk());
}

TEST(CallGate, AnswersOfOthersAreASumOfTheirOwn) {
  CallGate gate({.answer_bytes = 80, .answer_bytes_of_others = 100});
  std::optional<Claim> of_scanner;
  EXPECT_THAT(gate.KeepAnswer(kScanner, kScanner.name, "", 50, of_scanner), StatusIs(kFull));
  EXPECT_THAT(gate.KeepAnswer(kScanner, kScanner.name, "", 49, of_scanner), IsOk());
  std::optional<Claim> of_shim;
  EXPECT_THAT(gate.KeepAnswer(kShim, "192.0.2.1", "shop", 44, of_shim), StatusIs(kFull));
  EXPECT_THAT(gate.KeepAnswer(kShim, "192.0.2.1", "shop", 43, of_shim), IsOk());
}

TEST(CallGate, TheLongestAnswerHasRoomWhereNobodyElseAsks) {
  CallGate gate({});
  for (const CallGate::Client& client : {kShim, kScanner}) {
    std::optional<Claim> answer;
    // With what a warning takes that is known, beside it (answer_writer.h).
    constexpr size_t kBytes = v1::kMaxAnswerBytes + (768 << 10);
    EXPECT_THAT(gate.KeepAnswer(client, client.name, "", kBytes, answer), IsOk());
  }
}

TEST(CallGate, ValidationsAreFewAndShared) {
  CallGate gate({.validations = 4});
  const absl::Time soon = base::In(absl::Milliseconds(1));
  const auto first = gate.AwaitValidation("192.0.2.1", soon);
  const auto second = gate.AwaitValidation("192.0.2.1", soon);
  EXPECT_THAT(second, IsOk());
  EXPECT_THAT(gate.AwaitValidation("192.0.2.1", soon), StatusIs(kFull));
  EXPECT_THAT(gate.AwaitValidation("192.0.2.2", soon), IsOk());
}

}  // namespace
}  // namespace countersign::verifier
