#include "verifier/work_metrics.h"

#include "absl/synchronization/notification.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using ::testing::HasSubstr;

TEST(WorkMetrics, TellWhatGoesOnAndWhatDoesNot) {
  base::Metrics metrics;
  absl::Notification begun;
  absl::Notification release;
  base::WorkerPool pool({.threads = 1, .threads_per_lane = 1, .queue_per_lane = 1});
  AddWorkMetrics(&pool, &metrics);
  EXPECT_THAT(pool.Schedule("lane",
                            [&] {
                              begun.Notify();
                              EXPECT_TRUE(base::Await(release));
                            }),
              base::IsOk());
  EXPECT_TRUE(base::Await(begun));
  EXPECT_THAT(pool.Schedule("lane", [] {}), base::IsOk());
  EXPECT_FALSE(pool.Schedule("lane", [] {}).ok());
  const std::string text = metrics.WriteText();
  EXPECT_THAT(text, HasSubstr("countersign_looks{state=\"running\"} 1"));
  EXPECT_THAT(text, HasSubstr("countersign_looks{state=\"waiting\"} 1"));
  EXPECT_THAT(text, HasSubstr("countersign_looks_not_begun_total{reason=\"refused\"} 1"));
  EXPECT_THAT(text, HasSubstr("countersign_looks_not_begun_total{reason=\"dropped\"} 0"));
  release.Notify();
}

TEST(WorkMetrics, CountWhereBudgetsEnd) {
  base::Metrics metrics;
  BudgetEnds("image_work", &metrics)->Increment();
  BudgetEnds("request_work", &metrics);
  const std::string text = metrics.WriteText();
  EXPECT_THAT(text, HasSubstr("countersign_budget_ends_total{budget=\"image_work\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("countersign_budget_ends_total{budget=\"request_work\"} 0\n"));
}

}  // namespace
}  // namespace countersign::verifier
