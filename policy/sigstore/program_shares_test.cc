#include "policy/sigstore/program_shares.h"

#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;

constexpr size_t kOne = ProgramShares::kOne;
constexpr size_t kAll = ProgramShares::kAll;

TEST(ProgramShares, ASmallOneTakesNothingOfTheRest) {
  ProgramShares shares;
  const size_t allowance = shares.Allowance();
  EXPECT_EQ(allowance, kAll - 999 * kOne);
  shares.Take(0);
  shares.Take(kOne);
  EXPECT_EQ(shares.Allowance(), allowance);
  shares.Take(kOne + 7);
  EXPECT_EQ(shares.Allowance(), allowance - 7);
}

TEST(ProgramShares, WhateverOthersTakeOneIsLeftForEach) {
  ProgramShares shares;
  size_t sum = 0;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_GE(shares.Allowance(), kOne);
    sum += shares.Allowance();
    shares.Take(shares.Allowance());
  }
  EXPECT_EQ(sum, kAll);
}

TEST(ProgramShares, WhereTheRestIsTakenEachHasItsShare) {
  ProgramShares shares;
  shares.Take(shares.Allowance());
  EXPECT_EQ(shares.Allowance(), kOne);
  shares.Take(kOne);
  EXPECT_EQ(shares.Allowance(), kOne);
}

TEST(ProgramShares, WhoWasThereFirstIsAskedFirst) {
  const auto object = [](const char* name, const char* created) {
    return base::Json{{"metadata", {{"name", name}, {"creationTimestamp", created}}}};
  };
  const base::Json late = object("a", "2026-03-01T10:00:01Z");
  const base::Json second = object("c", "2026-03-01T10:00:00Z");
  const base::Json first = object("b", "2026-03-01T10:00:00Z");
  const base::Json of_a_file = {{"metadata", {{"name", "z"}}}};
  const base::Json odd = {{"metadata", 7}};
  EXPECT_THAT(InOrderOfCreation({&late, &second, &first, &of_a_file, &odd}),
              ElementsAre(4, 3, 2, 1, 0));
}

}  // namespace
}  // namespace countersign::policy
