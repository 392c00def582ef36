#include "verifier/serving/policy_differences.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/fake_clock.h"
#include "base/json.h"
#include "base/log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::Json;
using policy::Difference;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class PolicyDifferencesTest : public testing::Test {
 protected:
  void Add(std::string_view image, Difference difference, size_t uses = 1) {
    differences_.Add(image, {.difference = difference}, uses);
  }

  base::FakeClock clock_;
  base::Metrics metrics_;
  PolicyDifferences differences_{&metrics_, &clock_};
  std::vector<Json> lines_;
  const base::ScopedLogSink sink_{
      [this](std::string_view line) { lines_.push_back(Json::parse(line)); }};
};

TEST_F(PolicyDifferencesTest, CountsEachUseByWhoDenies) {
  Add("a", Difference::kNone);
  Add("a", Difference::kSignDenies);
  Add("a", Difference::kSigstoreWouldDeny, 3);
  const std::string text = metrics_.WriteText();
  const std::string name = "countersign_policy_differences_total";
  EXPECT_THAT(text, HasSubstr(name + "{denies=\"sign\",mode=\"enforce\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(name + "{denies=\"sigstore\",mode=\"enforce\"} 0\n"));
  EXPECT_THAT(text, HasSubstr(name + "{denies=\"sigstore\",mode=\"warn\"} 3\n"));
}

TEST_F(PolicyDifferencesTest, CountsWhatPoliciesFindWantingByMode) {
  differences_.Add("a", {.policy_failures = {{.is_warning = true}, {}, {.is_warning = true}}}, 2);
  EXPECT_THAT(metrics_.WriteText(),
              HasSubstr("countersign_policy_failures_total{mode=\"enforce\"} 2\n"));
  EXPECT_THAT(metrics_.WriteText(),
              HasSubstr("countersign_policy_failures_total{mode=\"warn\"} 4\n"));
  EXPECT_THAT(differences_.Describe(), IsEmpty());
}

TEST_F(PolicyDifferencesTest, ShowsTheLastImagesEachOnce) {
  for (size_t i = 0; i < 2 * PolicyDifferences::kMaxShown; ++i) {
    Add(absl::StrCat("r.io/", i), Difference::kSignDenies);
  }
  EXPECT_THAT(differences_.Describe(), SizeIs(PolicyDifferences::kMaxShown));
  Add("r.io/15", Difference::kSignDenies, 2);
  const std::vector<std::string> lines = differences_.Describe();
  ASSERT_THAT(lines, SizeIs(PolicyDifferences::kMaxShown));
  EXPECT_EQ(
      lines[0],
      "the languages of policies differ about r.io/15: the Sign policy denies it, policies of "
      "policy.sigstore.dev do not; 3 times of late, the last at 2023-11-14T22:13:20Z");
  EXPECT_THAT(lines[1], StartsWith("the languages of policies differ about r.io/19: "));
}

TEST_F(PolicyDifferencesTest, NobodyCanForgeALineOrMakeItLong) {
  Add("a\nb" + std::string(5000, 'c'), Difference::kSigstoreDenies);
  ASSERT_THAT(differences_.Describe(), SizeIs(1));
  EXPECT_THAT(differences_.Describe()[0], Not(HasSubstr("\n")));
  EXPECT_LT(differences_.Describe()[0].size(), 600u);
}

TEST_F(PolicyDifferencesTest, TellsTheLogOnceAMinute) {
  Add("a", Difference::kSignDenies);
  Add("b", Difference::kSignDenies);
  Add("b", Difference::kSigstoreWouldDeny);
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_EQ(lines_[0]["image"], "a");
  clock_.Advance(absl::Minutes(1));
  Add("c", Difference::kSigstoreWouldDeny);
  ASSERT_THAT(lines_, SizeIs(2));
  EXPECT_EQ(lines_[1]["image"], "c");
  EXPECT_EQ(lines_[1]["sign_denies"], "1");
  EXPECT_EQ(lines_[1]["sigstore_would_deny"], "2");
}

}  // namespace
}  // namespace countersign::verifier
