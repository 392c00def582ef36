#include "policy/rules/annotations.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using testing::Eq;
using testing::HasSubstr;
using testing::Optional;

TEST(WhyNotAnnotated, AllThatAreWantedMustBeThereExactly) {
  const Annotations wanted = {{"branch", "main"}, {"ci", ""}};
  EXPECT_EQ(WhyNotAnnotated({}, {}), std::nullopt);
  EXPECT_EQ(WhyNotAnnotated({}, wanted), std::nullopt);
  EXPECT_EQ(WhyNotAnnotated(wanted, wanted), std::nullopt);
  EXPECT_EQ(WhyNotAnnotated(wanted, {{"branch", "main"}, {"ci", ""}, {"other", "x"}}),
            std::nullopt);
  EXPECT_THAT(WhyNotAnnotated(wanted, {{"branch", "Main"}, {"ci", ""}}),
              Optional(Eq("its signed annotation \"branch\" is \"Main\", and must be \"main\"")));
  EXPECT_THAT(WhyNotAnnotated(wanted, {{"branch", "main"}}),
              Optional(Eq("its signed annotation \"ci\" is absent, and must be \"\"")));
}

TEST(WhyNotAnnotated, WhatOthersWroteIsPrintableAndShort) {
  const std::optional<std::string> why =
      WhyNotAnnotated({{"branch", "main"}}, {{"branch", "\x1b" + std::string(1000, 'x')}});
  EXPECT_THAT(why, Optional(HasSubstr("\\x1bxxx")));
  EXPECT_LT(why->size(), 300u);
}

}  // namespace
}  // namespace countersign::policy
