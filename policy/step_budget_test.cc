#include "policy/step_budget.h"

#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

TEST(StepBudget, IsExceededByWhatIsMoreThanIsLeft) {
  StepBudget budget(10);
  EXPECT_TRUE(budget.Take(4));
  EXPECT_TRUE(budget.Take(6));
  EXPECT_EQ(budget.left(), 0u);
  EXPECT_TRUE(budget.Take(0));
  EXPECT_FALSE(budget.IsExceeded());
  EXPECT_FALSE(budget.Take(1));
  EXPECT_TRUE(budget.IsExceeded());
}

TEST(StepBudget, OnceExceededAnswersNothingMore) {
  StepBudget budget(10);
  EXPECT_FALSE(budget.Take(11));
  EXPECT_FALSE(budget.Take(1));
  EXPECT_FALSE(budget.Take(0));
}

}  // namespace
}  // namespace countersign::policy
