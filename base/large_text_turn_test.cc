#include "base/large_text_turn.h"

#include <atomic>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(LargeTextTurn, LetsInOneLargeTextAtATime) {
  std::atomic<int> inside = 0;
  std::atomic<int> together = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 100; ++round) {
        const LargeTextTurn turn(LargeTextTurn::kLargestSmall + 1);
        if (++inside > 1) ++together;
        std::this_thread::yield();
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(together, 0);
}

TEST(LargeTextTurn, LetsShortTextsPass) {
  const LargeTextTurn large(LargeTextTurn::kLargestSmall + 1);
  const LargeTextTurn small(LargeTextTurn::kLargestSmall);
  const LargeTextTurn another(0);
}

}  // namespace
}  // namespace countersign::base
