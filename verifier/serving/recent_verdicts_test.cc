#include "verifier/serving/recent_verdicts.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using policy::Decision;
using policy::Reason;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;

WorkloadQuestion Question() {
  return {.workload_namespace = "shop", .subject = {.kind = "Deployment", .name = "web"}};
}

class RecentVerdictsTest : public testing::Test {
 protected:
  RecentVerdict Added(const std::string& image, const policy::Verdict& verdict,
                      const WorkloadQuestion& question = Question()) {
    verdicts_.Add(question, image, verdict, clock_.Now() - absl::Milliseconds(250));
    return verdicts_.Newest().front();
  }

  base::FakeClock clock_;
  RecentVerdicts verdicts_{&clock_};
};

TEST_F(RecentVerdictsTest, SaysWhatWasDecidedAboutWhatWhenAndWhy) {
  const RecentVerdict shown = Added("r.example/app:1", {.decision = Decision::kDeny,
                                                        .reason = Reason::kNotSigned,
                                                        .message = "The image is not signed.",
                                                        .patterns = {"r.example/*", "*"}});
  EXPECT_EQ(shown.at, clock_.Now());
  EXPECT_EQ(shown.took, absl::Milliseconds(250));
  EXPECT_EQ(shown.object, "shop/web (Deployment)");
  EXPECT_EQ(shown.image, "r.example/app:1");
  EXPECT_EQ(shown.decision, Decision::kDeny);
  EXPECT_EQ(shown.reason, Reason::kNotSigned);
  EXPECT_EQ(shown.policy, "r.example/*");
  EXPECT_EQ(shown.message, "The image is not signed.");
  EXPECT_FALSE(shown.is_warned);
}

TEST_F(RecentVerdictsTest, WhatIsAllowedHasItsWarning) {
  const RecentVerdict shown = Added(
      "nginx", {.decision = Decision::kAllow, .warning = "mind", .policy_failures = {{"cip: no"}}});
  EXPECT_TRUE(shown.is_warned);
  EXPECT_EQ(shown.message, "mind");
  EXPECT_EQ(shown.policy, "cip: no");
}

TEST_F(RecentVerdictsTest, HasNoSecretThatSomebodyPutIntoAName) {
  const RecentVerdict shown =
      Added("https://me:s3cret@r.example/app?token=s3cret",
            {.decision = Decision::kDeny,
             .reason = Reason::kInvalidReference,
             .message = "\"https://me:s3cret@r.example/app?token=s3cret\" is no reference"});
  EXPECT_EQ(shown.image, "https://***@r.example/app?***");
  EXPECT_THAT(shown.message, Not(HasSubstr("s3cret")));
}

TEST_F(RecentVerdictsTest, AnEntryIsAKiBAtTheMostWhateverItIsMadeOf) {
  const std::string huge(100'000, '\xff');
  const RecentVerdict shown =
      Added(huge, {.message = huge, .patterns = {huge}},
            {.workload_namespace = huge, .subject = {.kind = huge, .name = huge}});
  const std::string all = absl::StrCat(shown.object, shown.image, shown.policy, shown.message);
  EXPECT_THAT(all, SizeIs(Le(RecentVerdicts::kMaxEntryBytes - sizeof(RecentVerdict))));
  EXPECT_THAT(shown.image, EndsWith("..."));
  EXPECT_THAT(all, Not(HasSubstr("\xff")));
}

TEST_F(RecentVerdictsTest, ThereAreAHundredOfThem) {
  for (int i = 0; i < 250; ++i) Added(absl::StrCat("app:", i), {});
  EXPECT_THAT(verdicts_.Newest(), SizeIs(RecentVerdicts::kMaxVerdicts));
  EXPECT_EQ(verdicts_.Newest().front().image, "app:249");
  EXPECT_EQ(verdicts_.Newest().back().image, "app:150");
}

}  // namespace
}  // namespace countersign::verifier
