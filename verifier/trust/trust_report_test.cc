#include "verifier/trust/trust_report.h"

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "base/fake_clock.h"
#include "cosign/trusted_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kDay = absl::Hours(24);

// A store whose clock begins at 2026-03-01.
class TrustReportTest : public testing::Test {
 protected:
  std::string Metrics() const {
    base::Metrics metrics;
    AddTrustMetrics(&store_, &metrics);
    return metrics.WriteText();
  }

  base::FakeClock clock_{absl::FromUnixSeconds(1'772'323'200)};
  TrustStore store_{&clock_, kDay};
  const TrustedRootPtr root_ = std::make_shared<const cosign::TrustedRoot>();
};

TEST_F(TrustReportTest, SaysThatThereIsNoneYetAndWhyNot) {
  store_.Fail(absl::UnavailableError("no \x1b[31m route"));
  EXPECT_THAT(DescribeTrust(store_.state()),
              ElementsAre("trusted root: there is none to judge by: no trusted root has been "
                          "fetched yet",
                          "trusted root: could not be refreshed since 2026-03-01T00:00:00Z: no "
                          "\\x1b[31m route"));
  EXPECT_THAT(Metrics(),
              AllOf(HasSubstr("countersign_trusted_root_usable 0\n"),
                    HasSubstr("countersign_trusted_root_refreshes_total{outcome=\"failed\"} 1\n"),
                    Not(HasSubstr("countersign_trusted_root_in_force_since_timestamp_seconds ")),
                    Not(HasSubstr("countersign_trusted_root_refreshed_timestamp_seconds ")),
                    Not(HasSubstr("countersign_trusted_root_expiry_timestamp_seconds "))));
}

TEST_F(TrustReportTest, SaysSinceWhenItIsInForceAndUntilWhenItHolds) {
  store_.Refresh({root_, clock_.Now() + 7 * kDay});
  EXPECT_THAT(DescribeTrust(store_.state()),
              ElementsAre("trusted root: in force since 2026-03-01T00:00:00Z; refreshed "
                          "2026-03-01T00:00:00Z; what vouches for it holds until "
                          "2026-03-08T00:00:00Z"));
  clock_.Advance(kDay);
  store_.Refresh({root_, clock_.Now() + 7 * kDay});
  EXPECT_THAT(
      Metrics(),
      AllOf(HasSubstr("countersign_trusted_root_usable 1\n"),
            HasSubstr("countersign_trusted_root_in_force_since_timestamp_seconds 1772323200\n"),
            HasSubstr("countersign_trusted_root_refreshed_timestamp_seconds 1772409600\n"),
            HasSubstr("countersign_trusted_root_expiry_timestamp_seconds 1773014400\n"),
            HasSubstr("countersign_trusted_root_refreshes_total{outcome=\"ok\"} 2\n")));
}

TEST_F(TrustReportTest, SaysThatItIsTooOld) {
  store_.Refresh({root_, clock_.Now()});
  clock_.Advance(2 * kDay);
  store_.Fail(absl::OutOfRangeError("it expired"));
  store_.Fail(absl::FailedPreconditionError("it is signed by 0 of the keys"));
  EXPECT_THAT(
      DescribeTrust(store_.state()),
      ElementsAre(HasSubstr("in force since 2026-03-01T00:00:00Z"),
                  HasSubstr("there is none to judge by: what vouches for the trusted root expired"),
                  HasSubstr("could not be refreshed since 2026-03-03T00:00:00Z: it is signed by")));
  EXPECT_THAT(
      Metrics(),
      AllOf(HasSubstr("countersign_trusted_root_usable 0\n"),
            HasSubstr("countersign_trusted_root_refreshes_total{outcome=\"expired\"} 1\n"),
            HasSubstr("countersign_trusted_root_refreshes_total{outcome=\"refused\"} 1\n")));
}

// As one is that is shipped, and is not refreshed.
TEST_F(TrustReportTest, LeavesOutWhatIsNotKnown) {
  TrustStore store(&clock_, std::nullopt);
  store.Begin({root_, std::nullopt});
  EXPECT_THAT(DescribeTrust(store.state()),
              ElementsAre("trusted root: in force since 2026-03-01T00:00:00Z"));
}

}  // namespace
}  // namespace countersign::verifier
