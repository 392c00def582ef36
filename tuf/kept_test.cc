#include "tuf/kept.h"

#include <string>
#include <variant>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tuf/test_repository.h"

namespace countersign::tuf {
namespace {

using base::Json;
using ::testing::StartsWith;

constexpr char kName[] = "trusted_root.json";

std::string SentenceOf(const TrustedState& state) {
  const std::variant<Failure, Done> kept = ReadKept(state, kName);
  const auto* const failure = std::get_if<Failure>(&kept);
  return failure == nullptr ? "" : failure->sentence;
}

TEST(Kept, GivesTheTargetAndWhenTheFirstFileExpires) {
  for (TestRepository::Edit TestRepository::*const edit :
       {&TestRepository::edit_root, &TestRepository::edit_timestamp, &TestRepository::edit_snapshot,
        &TestRepository::edit_targets}) {
    TestRepository repository;
    // Long ago.
    repository.*edit = [](Json& contents) { contents["expires"] = "2024-01-01T00:00:00Z"; };
    repository.PublishRoot();
    repository.PublishAll();
    const std::variant<Failure, Done> kept = ReadKept(repository.UpToDate(), kName);
    ASSERT_TRUE(std::holds_alternative<Done>(kept)) << std::get<Failure>(kept).sentence;
    EXPECT_EQ(std::get<Done>(kept).target, repository.target);
    EXPECT_EQ(std::get<Done>(kept).expires,
              absl::FromCivil(absl::CivilDay(2024, 1, 1), absl::UTCTimeZone()));
  }
}

TEST(Kept, IsNothingWhereAFileIsMissing) {
  const TestRepository repository;
  EXPECT_EQ(SentenceOf(repository.UpToDate()), "");
  TrustedState state = repository.UpToDate();
  state.root.clear();
  EXPECT_THAT(SentenceOf(state), StartsWith("the kept root.json: "));
  state = repository.UpToDate();
  state.timestamp.clear();
  EXPECT_THAT(SentenceOf(state), StartsWith("the kept timestamp.json: "));
  state = repository.UpToDate();
  state.snapshot.clear();
  EXPECT_THAT(SentenceOf(state), StartsWith("the kept snapshot.json: "));
  state = repository.UpToDate();
  state.targets.clear();
  EXPECT_THAT(SentenceOf(state), StartsWith("the kept targets.json: "));
  state = repository.UpToDate();
  state.target += " ";
  EXPECT_THAT(SentenceOf(state), StartsWith("the kept target: "));
}

// A mirror that goes on with its timestamps and holds back what they are about makes nothing look
// fresh.
TEST(Kept, IsNothingWhereTheTimestampIsNewerThanTheRest) {
  TestRepository repository;
  TrustedState state = repository.UpToDate();
  repository.PublishSnapshot();
  repository.PublishTimestamp();
  state.timestamp = repository.UpToDate().timestamp;
  EXPECT_THAT(SentenceOf(state), StartsWith("the kept snapshot.json: "));
}

TEST(Kept, IsNothingThatOtherKeysHaveSigned) {
  TestRepository repository;
  TrustedState state = repository.UpToDate();
  repository.timestamp.signers = {TestSigner()};
  repository.PublishTimestamp();
  state.timestamp = repository.UpToDate().timestamp;
  EXPECT_THAT(SentenceOf(state), StartsWith("the kept timestamp.json: it is signed by 0 of"));
}

TEST(Kept, IsNothingWithoutTheTarget) {
  const TestRepository repository;
  const std::variant<Failure, Done> kept = ReadKept(repository.UpToDate(), "absent.json");
  ASSERT_TRUE(std::holds_alternative<Failure>(kept));
  EXPECT_EQ(std::get<Failure>(kept).reason, Reason::kNoTarget);
}

}  // namespace
}  // namespace countersign::tuf
