#include "base/program.h"

#include <array>

#include "base/version.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() { app_->add_option("--port", port_, "A number.")->check(CLI::Range(1, 9)); }

  std::optional<int> ParseWord(std::string word) {
    std::string name = "thing";
    std::array<char*, 2> arguments = {name.data(), word.data()};
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const std::optional<int> status = Parse(*app_, arguments.size(), arguments.data());
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return status;
  }

  const std::unique_ptr<CLI::App> app_ = MakeCommandLine("thing", "Does things.");
  int port_ = 0;
  std::string out_;
  std::string err_;
};

TEST_F(ProgramTest, GoesOnWithACommandLineThatCanBeUsed) {
  EXPECT_EQ(ParseWord("--port=7"), std::nullopt);
  EXPECT_EQ(port_, 7);
}

TEST_F(ProgramTest, EndsWithHelpAndVersion) {
  EXPECT_THAT(ParseWord("--help"), Optional(0));
  EXPECT_THAT(out_, HasSubstr("Does things."));
  EXPECT_THAT(ParseWord("--version"), Optional(0));
  EXPECT_THAT(out_, HasSubstr(std::string(kVersion)));
}

TEST_F(ProgramTest, SaysWhatCannotBeUsed) {
  EXPECT_THAT(ParseWord("--port=10"), Optional(kUsageError));
  EXPECT_THAT(err_, HasSubstr("--port"));
}

TEST_F(ProgramTest, SaysWhyItDoesNotStart) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(RefuseToStart(*app_, absl::InvalidArgumentError("--port: is needed")), kUsageError);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "thing: --port: is needed\n");
}

}  // namespace
}  // namespace countersign::base
