#include "verifier/policies/problem_log.h"

#include <string_view>

#include "base/log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ProblemLogTest : public testing::Test {
 protected:
  // What is logged for it, in a round of its own.
  std::string Tell(const std::vector<policy::Problem>& problems,
                   const std::vector<policy::Problem>& warnings = {}) {
    lines_.clear();
    log_.Tell("ClusterImagePolicy", object_, problems, warnings);
    log_.EndRound();
    return lines_;
  }

  const kube::Object object_ = {
      .json = {{"metadata", {{"name", "signed"}}}},
      .locate = [](std::string_view pointer) { return "file.yaml:1" + std::string(pointer); }};
  ProblemLog log_;
  std::string lines_;
  base::ScopedLogSink sink_{[this](std::string_view line) { lines_.append(line); }};
};

TEST_F(ProblemLogTest, SaysOnceWhatIsWrongAndWhere) {
  EXPECT_THAT(Tell({{"/spec/a", "must be a string"}}, {{"/spec/b", "is odd"}}),
              AllOf(HasSubstr("ClusterImagePolicy signed"), HasSubstr("file.yaml:1/spec/a"),
                    HasSubstr("/spec/a: must be a string"), HasSubstr("/spec/b: is odd")));
  EXPECT_THAT(Tell({{"/spec/a", "must be a string"}}, {{"/spec/b", "is odd"}}), IsEmpty());
  EXPECT_THAT(Tell({{"/spec/a", "must be a list"}}),
              AllOf(HasSubstr("must be a list"), Not(HasSubstr("is odd"))));
}

TEST_F(ProblemLogTest, SaysThatNothingIsWrong) {
  EXPECT_THAT(Tell({}), HasSubstr("in force as a whole"));
  EXPECT_THAT(Tell({}), IsEmpty());
}

TEST_F(ProblemLogTest, ForgetsWhatIsNotThereAnyMore) {
  Tell({{"/spec/a", "must be a string"}});
  log_.EndRound();
  EXPECT_THAT(Tell({{"/spec/a", "must be a string"}}), HasSubstr("must be a string"));
}

}  // namespace
}  // namespace countersign::verifier
