#include "verifier/policies/sigstore_report.h"

#include "absl/status/status.h"
#include "base/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/policies.h"

namespace countersign::verifier {
namespace {

using ::testing::ElementsAre;

class SigstoreReportTest : public testing::Test {
 protected:
  SigstoreReportTest() { store_.Expect(PolicyPart::kSigstore); }

  std::vector<std::string> Describe(const SigstoreCounts& counts = {}) const {
    return DescribeSigstorePolicies(store_.state(PolicyPart::kSigstore), counts);
  }

  base::FakeClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  PolicyStore store_{&clock_};
};

TEST_F(SigstoreReportTest, SaysThatNothingHasBeenRead) {
  EXPECT_THAT(Describe(),
              ElementsAre("policy.sigstore.dev: the policies of policy.sigstore.dev have not been "
                          "read yet"));
}

TEST_F(SigstoreReportTest, SaysWhatIsInForce) {
  store_.Set(policy::Policies::None(), {}, PolicyPart::kSigstore);
  EXPECT_THAT(Describe({.image_policies = 3, .trust_roots = 1, .keys = 2}),
              ElementsAre("policy.sigstore.dev: 3 policies are in force since "
                          "2023-11-14T22:13:20Z; trust roots 1, options 0, keys in Secrets 2, "
                          "problems 0"));
}

TEST_F(SigstoreReportTest, SaysWhatIsNotAsItShouldBe) {
  store_.Set(policy::Policies::None(), {}, PolicyPart::kSigstore);
  EXPECT_THAT(Describe({.image_policies = 3,
                        .broken_trust_roots = 1,
                        .problems = 2,
                        .settings_problems = 1,
                        .keys = 2,
                        .old_keys = 1,
                        .missing_keys = 4,
                        .held = 3}),
              ElementsAre("policy.sigstore.dev: 3 policies are in force since "
                          "2023-11-14T22:13:20Z; trust roots 0, options 0, keys in Secrets 2, "
                          "problems 4, keys missing 4, keys that their Secrets do not hold any "
                          "more 1; the Policy Controller still writes the status of 3"));
}

TEST_F(SigstoreReportTest, SaysSinceWhenAndWhyItCannotBeRead) {
  store_.SetUnreadable(absl::UnavailableError("TrustRoots: no route"), PolicyPart::kSigstore);
  EXPECT_THAT(Describe(),
              ElementsAre("policy.sigstore.dev: could not be read since 2023-11-14T22:13:20Z: "
                          "TrustRoots: no route; everything is denied"));
  store_.SetWhatIsReadable(policy::Policies::None(), PolicyPart::kSigstore);
  EXPECT_EQ(Describe().at(1),
            "policy.sigstore.dev: could not be read since 2023-11-14T22:13:20Z: TrustRoots: no "
            "route; what was read last stays in force");
}

}  // namespace
}  // namespace countersign::verifier
