#include "verifier/evidence/look_phases.h"

#include <memory>
#include <string>
#include <utility>

#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"
#include "policy/evidence.h"

namespace countersign::verifier {
namespace {

using base::StatusIs;
using Stay = LookPhases::Stay;

class LookPhasesTest : public testing::Test {
 protected:
  void Spend(LookPhase phase, double seconds) {
    const Stay stay(&phases_, phase);
    clock_.Advance(absl::Seconds(seconds));
  }

  base::FakeClock clock_;
  LookPhases phases_{&clock_};
};

TEST_F(LookPhasesTest, BeforeItsTurnAllTimeIsTheQueues) {
  clock_.Advance(absl::Seconds(3));
  EXPECT_EQ(phases_.WhatTook(), "waiting for its turn (queue) took 3.0 s of 3.0 s");
}

TEST_F(LookPhasesTest, EachPhaseIsNamed) {
  const std::pair<LookPhase, std::string> cases[] = {
      {LookPhase::kQueue, "waiting for its turn (queue) took 2.0 s of 2.0 s"},
      {LookPhase::kResolve,
       "waiting for the registry to say what the tag means (resolve) took 2.0 s of 2.0 s"},
      {LookPhase::kCredentials, "waiting for credentials (credentials) took 2.0 s of 2.0 s"},
      {LookPhase::kFetch, "waiting for the registry's answer (fetch) took 2.0 s of 2.0 s"},
      {LookPhase::kVerify, "checking signatures (verify) took 2.0 s of 2.0 s"},
  };
  for (const auto& [phase, said] : cases) {
    phases_.PutInLine();
    phases_.Begin();
    Spend(phase, 2);
    EXPECT_EQ(phases_.WhatTook(), said);
  }
}

TEST_F(LookPhasesTest, TheLongestIsSaidOfAllTheTime) {
  clock_.Advance(absl::Seconds(1));
  phases_.Begin();
  Spend(LookPhase::kCredentials, 2);
  Spend(LookPhase::kFetch, 1.5);
  Spend(LookPhase::kVerify, 2.2);
  clock_.Advance(absl::Seconds(3));  // in none
  Spend(LookPhase::kFetch, 0.96);
  EXPECT_EQ(phases_.WhatTook(), "waiting for the registry's answer (fetch) took 2.5 s of 10.7 s");
}

TEST_F(LookPhasesTest, WhatGoesOnCountsUntilNow) {
  clock_.Advance(absl::Seconds(1));
  phases_.Begin();
  const Stay stay(&phases_, LookPhase::kResolve);
  clock_.Advance(absl::Seconds(1.5));
  EXPECT_EQ(phases_.WhatTook(),
            "waiting for the registry to say what the tag means (resolve) took 1.5 s of 2.5 s");
}

TEST_F(LookPhasesTest, TheQueueCountsBeforeAndAfterItsTurn) {
  clock_.Advance(absl::Seconds(2));
  phases_.Begin();
  Spend(LookPhase::kFetch, 3);
  Spend(LookPhase::kQueue, 2);
  EXPECT_EQ(phases_.WhatTook(), "waiting for its turn (queue) took 4.0 s of 7.0 s");
}

TEST_F(LookPhasesTest, WhatIsFetchedAtTheSameTimeCountsOnce) {
  phases_.Begin();
  auto first = std::make_unique<Stay>(&phases_, LookPhase::kFetch);
  clock_.Advance(absl::Seconds(1));
  auto second = std::make_unique<Stay>(&phases_, LookPhase::kFetch);
  clock_.Advance(absl::Seconds(1));
  first = nullptr;
  clock_.Advance(absl::Seconds(1));
  second = nullptr;
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(phases_.WhatTook(), "waiting for the registry's answer (fetch) took 3.0 s of 4.0 s");
}

TEST_F(LookPhasesTest, OfWorkThatIsPutInLineOnceMoreNothingCountsBefore) {
  clock_.Advance(absl::Seconds(5));
  phases_.PutInLine();
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(phases_.WhatTook(), "waiting for its turn (queue) took 1.0 s of 1.0 s");
  phases_.Begin();
  Spend(LookPhase::kVerify, 2);
  phases_.PutInLine();
  clock_.Advance(absl::Seconds(0.5));
  EXPECT_EQ(phases_.WhatTook(), "waiting for its turn (queue) took 0.5 s of 0.5 s");
}

TEST_F(LookPhasesTest, WhatTookNoTimeIsNotSaid) {
  EXPECT_EQ(phases_.WhatTook(), "");
  EXPECT_THAT(phases_.Explain(absl::DeadlineExceededError("late")),
              StatusIs(absl::StatusCode::kDeadlineExceeded, "late"));
}

TEST_F(LookPhasesTest, ExplainsOnlyWhatADeadlineEnded) {
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(
      phases_.Explain(absl::DeadlineExceededError("it did not answer in time")),
      StatusIs(absl::StatusCode::kDeadlineExceeded,
               "it did not answer in time; waiting for its turn (queue) took 1.0 s of 1.0 s"));
  EXPECT_THAT(phases_.Explain(absl::UnavailableError("down")),
              StatusIs(absl::StatusCode::kUnavailable, "down"));
  EXPECT_TRUE(phases_.Explain(absl::OkStatus()).ok());
}

TEST_F(LookPhasesTest, WhatIsMarkedStaysSo) {
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(policy::IsUnresolved(
      phases_.Explain(policy::Unresolved(absl::DeadlineExceededError("late")))));
}

TEST(LookPhases, OfNoAccountNothingIsCounted) { const Stay stay(nullptr, LookPhase::kFetch); }

}  // namespace
}  // namespace countersign::verifier
