#include "base/log_thrown.h"

#include <stdexcept>
#include <string>
#include <vector>

#include "base/log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LogThrownTest : public testing::Test {
 protected:
  std::vector<std::string> lines_;
  ScopedLogSink sink_{[this](std::string_view line) { lines_.emplace_back(line); }};
};

TEST_F(LogThrownTest, AStepThatThrowsNothingIsNotSpokenOf) {
  bool is_done = false;
  EXPECT_TRUE(LogThrown("l", "threw", [&] { is_done = true; }));
  EXPECT_TRUE(is_done);
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(LogThrownTest, WhatIsThrownIsLogged) {
  EXPECT_FALSE(LogThrown("l", "A step threw", [] { throw std::runtime_error("why"); }));
  EXPECT_THAT(lines_, ElementsAre(AllOf(HasSubstr(R"("level":"error")"),
                                        HasSubstr(R"("logger":"l","msg":"A step threw")"),
                                        HasSubstr(R"("error":"why")"))));
}

TEST_F(LogThrownTest, WhateverItIs) {
  EXPECT_FALSE(LogThrown("l", "A step threw", [] { throw 1; }));
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("A step threw")));
}

}  // namespace
}  // namespace countersign::base
