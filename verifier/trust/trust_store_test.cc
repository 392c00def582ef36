#include "verifier/trust/trust_store.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using ::testing::HasSubstr;

constexpr absl::Duration kDay = absl::Hours(24);

// A trusted root that trusts nobody, and differs from others of other names.
TrustedRootPtr Root(const std::string& name) {
  return std::make_shared<const cosign::TrustedRoot>(
      cosign::ParseTrustedRoot(
          absl::StrCat(R"({"mediaType": "application/vnd.dev.sigstore.trustedroot.v0.2+json", ")",
                       name, R"(": 1})"))
          .value());
}

TEST(TrustStore, HasNothingBeforeThereIsSomething) {
  base::FakeClock clock;
  const TrustStore store(&clock, std::nullopt);
  EXPECT_THAT(store.current(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("has been fetched yet")));
  EXPECT_FALSE(store.state().in_force_since.has_value());
}

TEST(TrustStore, GivesWhatItWasGivenLast) {
  base::FakeClock clock;
  TrustStore store(&clock, std::nullopt);
  const TrustedRootPtr first = Root("first");
  store.Begin({first, std::nullopt});
  EXPECT_THAT(store.current(), IsOkAndHolds(first));
  EXPECT_FALSE(store.state().refreshed.has_value());
  const absl::Time began = clock.Now();
  clock.Advance(kDay);
  const TrustedRootPtr second = Root("second");
  EXPECT_TRUE(store.Refresh({second, clock.Now() + kDay}));
  EXPECT_THAT(store.current(), IsOkAndHolds(second));
  const TrustState state = store.state();
  EXPECT_EQ(state.in_force_since, began + kDay);
  EXPECT_EQ(state.refreshed, began + kDay);
  EXPECT_EQ(state.expires, began + 2 * kDay);
  EXPECT_EQ(state.counts.ok, 1u);
}

// So that what is remembered for it goes on to be of use.
TEST(TrustStore, KeepsTheOneThatItHasWhereItIsTheNewest) {
  base::FakeClock clock;
  TrustStore store(&clock, std::nullopt);
  const TrustedRootPtr root = Root("same");
  const absl::Time began = clock.Now();
  store.Begin({root, began + kDay});
  clock.Advance(kDay);
  EXPECT_FALSE(store.Refresh({Root("same"), began + 8 * kDay}));
  EXPECT_THAT(store.current(), IsOkAndHolds(root));
  EXPECT_EQ(store.state().in_force_since, began);
  EXPECT_EQ(store.state().refreshed, began + kDay);
  EXPECT_EQ(store.state().expires, began + 8 * kDay);
}

TEST(TrustStore, GoesOnWithTheLastGoodOneAndSaysWhatIsWrong) {
  base::FakeClock clock;
  TrustStore store(&clock, std::nullopt);
  const TrustedRootPtr root = Root("good");
  const absl::Time began = clock.Now();
  store.Begin({root, began});
  store.Fail(absl::UnavailableError("no route"));
  clock.Advance(365 * kDay);
  store.Fail(absl::OutOfRangeError("it expired"));
  EXPECT_THAT(store.current(), IsOkAndHolds(root));
  EXPECT_THAT(store.state().problem, StatusIs(absl::StatusCode::kOutOfRange, "it expired"));
  EXPECT_EQ(store.state().problem_since, began);
  EXPECT_TRUE(store.Refresh({Root("better"), began}));
  EXPECT_THAT(store.state().problem, IsOk());
  store.Fail(absl::UnavailableError("again"));
  EXPECT_EQ(store.state().problem_since, began + 365 * kDay);
}

TEST(TrustStore, CountsWhatCameOfLooking) {
  base::FakeClock clock;
  TrustStore store(&clock, std::nullopt);
  for (int i = 0; i < 3; ++i) store.Fail(absl::OutOfRangeError(""));
  store.Fail(absl::FailedPreconditionError(""));
  store.Fail(absl::InvalidArgumentError(""));
  store.Fail(absl::UnavailableError(""));
  const RefreshCounts counts = store.state().counts;
  EXPECT_EQ(counts.ok, 0u);
  EXPECT_EQ(counts.expired, 3u);
  EXPECT_EQ(counts.refused, 2u);
  EXPECT_EQ(counts.failed, 1u);
}

TEST(TrustStore, UsesOneBeyondItsExpiryNoLongerThanTheOperatorSays) {
  base::FakeClock clock;
  TrustStore store(&clock, 2 * kDay);
  const TrustedRootPtr root = Root("root");
  store.Refresh({root, clock.Now() + kDay});
  clock.Advance(3 * kDay - absl::Nanoseconds(1));
  EXPECT_THAT(store.current(), IsOkAndHolds(root));
  clock.Advance(absl::Nanoseconds(1));
  EXPECT_THAT(store.current(), StatusIs(absl::StatusCode::kUnavailable,
                                        HasSubstr("longer ago than the operator allows")));
  EXPECT_FALSE(store.state().current.ok());
  // Until there is something that holds again.
  store.Refresh({root, clock.Now() + kDay});
  EXPECT_THAT(store.current(), IsOkAndHolds(root));
}

TEST(TrustStore, UsesNoneOfUnknownAgeWhereTheOperatorSaysHowOldItMayBe) {
  base::FakeClock clock;
  TrustStore store(&clock, 2 * kDay);
  store.Begin({Root("shipped"), std::nullopt});
  EXPECT_THAT(store.current(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("has not been refreshed yet")));
}

}  // namespace
}  // namespace countersign::verifier
