#include "verifier/serving/read_watch.h"

#include <atomic>
#include <memory>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

TEST(ReadWatch, EndsWhatTakesTooLong) {
  ReadWatch watch(absl::Milliseconds(1));
  for (int i = 0; i < 3; ++i) {
    absl::Notification first;
    absl::Notification second;
    const ReadWatch::Guard one = watch.Watch([&] { first.Notify(); });
    const ReadWatch::Guard two = watch.Watch([&] { second.Notify(); });
    first.WaitForNotification();
    second.WaitForNotification();
  }
}

TEST(ReadWatch, LeavesAloneWhatIsDone) {
  std::atomic<int> ended = 0;
  ReadWatch watch(absl::Hours(1));
  for (int i = 0; i < 1000; ++i) const ReadWatch::Guard guard = watch.Watch([&] { ++ended; });
  EXPECT_EQ(ended, 0);
}

TEST(ReadWatch, EndsOnlyTheOneThatIsNotDone) {
  ReadWatch watch(absl::Milliseconds(20));
  absl::Notification late;
  const ReadWatch::Guard slow = watch.Watch([&] { late.Notify(); });
  for (int i = 0; i < 100; ++i) const ReadWatch::Guard quick = watch.Watch([] {});
  late.WaitForNotification();
}

}  // namespace
}  // namespace countersign::verifier
