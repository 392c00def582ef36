#include "base/fair_queue.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Queue = FairQueue<std::string>;

bool IsWanted(const std::string& item) { return item.rfind("unwanted", 0) != 0; }

Share Of(std::string caller, std::string group = "", uint64_t request = 0) {
  return {std::move(caller), std::move(group), request};
}

class FairQueueTest : public testing::Test {
 protected:
  bool Push(Queue& queue, const Share& share, std::string item) {
    Queue::Holder* const holder = queue.Admit(share);
    if (holder == nullptr) return false;
    queue.Enqueue(holder, std::move(item));
    return true;
  }

  // Takes until nothing more may be taken; the places stay held.
  std::vector<std::string> TakeAll(Queue& queue) {
    std::vector<std::string> taken;
    while (std::optional<Queue::Turn> turn = Take(queue)) taken.push_back(turn->item);
    return taken;
  }

  // Takes one after the other, each of which ends before the next.
  std::vector<std::string> RunAll(Queue& queue) {
    std::vector<std::string> run;
    while (std::optional<Queue::Turn> turn = Take(queue)) {
      run.push_back(turn->item);
      queue.Release(turn->holder);
    }
    return run;
  }

  std::optional<Queue::Turn> Take(Queue& queue) {
    return queue.Take(&IsWanted, [this](std::string item) { dropped_.push_back(std::move(item)); });
  }

  std::vector<std::string> dropped_;
};

TEST_F(FairQueueTest, GivesOneRequestsItemsInOrder) {
  Queue queue({.places = 1, .queue = 10});
  for (const char* item : {"1", "2", "3"}) EXPECT_TRUE(Push(queue, Of("a"), item));
  EXPECT_THAT(RunAll(queue), ElementsAre("1", "2", "3"));
  EXPECT_EQ(queue.inside(), 0u);
}

TEST_F(FairQueueTest, TakesTurnsByCallerFirst) {
  Queue queue({.places = 1, .queue = 100});
  // One caller with made-up groups and many requests gets no more turns than one with one question.
  for (int i = 0; i < 4; ++i) Push(queue, Of("a", absl::StrCat("group", i), i), "a");
  for (int i = 0; i < 3; ++i) Push(queue, Of("b"), "b");
  EXPECT_THAT(RunAll(queue), ElementsAre("a", "b", "a", "b", "a", "b", "a"));
}

TEST_F(FairQueueTest, TakesTurnsByGroupWithinACallerAndByRequestWithinAGroup) {
  Queue queue({.places = 1, .queue = 100});
  for (int i = 0; i < 3; ++i) Push(queue, Of("a", "shop", 1), "shop 1");
  Push(queue, Of("a", "shop", 2), "shop 2");
  for (int i = 0; i < 3; ++i) Push(queue, Of("a", "bank", 3), "bank");
  EXPECT_THAT(RunAll(queue),
              ElementsAre("shop 1", "bank", "shop 2", "bank", "shop 1", "bank", "shop 1"));
}

TEST_F(FairQueueTest, AnotherCallersFirstItemComesAfterOneTurnHoweverManyWait) {
  Queue queue({.places = 1, .queue = 10'000});
  for (int i = 0; i < 9'000; ++i) Push(queue, Of("a", absl::StrCat(i), i), "a");
  Push(queue, Of("b"), "b");
  EXPECT_EQ(Take(queue)->item, "a");
  EXPECT_EQ(Take(queue), std::nullopt);
}

TEST_F(FairQueueTest, HoldsNoMoreThanItsPlaces) {
  Queue queue({.places = 2, .queue = 10});
  for (const char* item : {"1", "2", "3"}) Push(queue, Of("a"), item);
  std::optional<Queue::Turn> first = Take(queue);
  EXPECT_THAT(TakeAll(queue), ElementsAre("2"));
  queue.Release(first->holder);
  EXPECT_THAT(TakeAll(queue), ElementsAre("3"));
  EXPECT_EQ(queue.held(), 2u);
  EXPECT_EQ(queue.waiting(), 0u);
}

TEST_F(FairQueueTest, WithSharesARequestAGroupAndACallerHoldOnlyTheirPart) {
  Queue queue({.places = 64, .queue = 10'000, .shares = true});
  for (int i = 0; i < 200; ++i) Push(queue, Of("a", "shop", 1), "1");
  EXPECT_EQ(TakeAll(queue).size(), 11u);
  for (uint64_t request = 2; request < 100; ++request) Push(queue, Of("a", "shop", request), "2");
  TakeAll(queue);
  EXPECT_EQ(queue.held(), 22u);
  for (int group = 0; group < 500; ++group) Push(queue, Of("a", absl::StrCat(group)), "3");
  TakeAll(queue);
  EXPECT_EQ(queue.held(), 32u);
  Push(queue, Of("b"), "b");
  EXPECT_THAT(TakeAll(queue), ElementsAre("b"));
}

TEST_F(FairQueueTest, WhoHadNoPlaceLeftIsFirstWhenOneIsFreeAgain) {
  Queue queue({.places = 4, .queue = 100, .shares = true});
  for (int i = 0; i < 3; ++i) Push(queue, Of("a", "shop", 1), absl::StrCat("a", i));
  std::optional<Queue::Turn> first = Take(queue);
  ASSERT_EQ(first->item, "a0");
  EXPECT_THAT(TakeAll(queue), IsEmpty());
  queue.Release(first->holder);
  EXPECT_THAT(TakeAll(queue), ElementsAre("a1"));
}

TEST_F(FairQueueTest, NobodyFillsTheRoomToWait) {
  Queue queue({.places = 1, .queue = 1023, .shares = true});
  int admitted = 0;
  while (Push(queue, Of("a", "shop", 1), "1")) ++admitted;
  EXPECT_EQ(admitted, 171);
  // Neither by more requests, nor by made-up groups.
  for (uint64_t i = 2; i < 10'000; ++i) Push(queue, Of("a", "shop", i), "2");
  EXPECT_EQ(queue.inside(), 342u);
  EXPECT_TRUE(Push(queue, Of("a", "bank"), "3"));
  for (int i = 0; i < 10'000; ++i) Push(queue, Of("a", absl::StrCat(i)), "4");
  EXPECT_EQ(queue.inside(), 512u);
  EXPECT_FALSE(Push(queue, Of("a", "one more"), "5"));
  EXPECT_TRUE(Push(queue, Of("b"), "6"));
}

TEST_F(FairQueueTest, WithoutSharesOnlyTheWholeIsBounded) {
  Queue queue({.places = 2, .queue = 3});
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Push(queue, Of("a"), "1"));
  EXPECT_FALSE(Push(queue, Of("b"), "1"));
  EXPECT_EQ(TakeAll(queue).size(), 2u);
  EXPECT_FALSE(Push(queue, Of("b"), "1"));
}

TEST_F(FairQueueTest, DropsWhatIsNotWantedWithoutATurn) {
  Queue queue({.places = 1, .queue = 100});
  Push(queue, Of("a"), "unwanted 1");
  Push(queue, Of("a"), "unwanted 2");
  Push(queue, Of("a"), "a");
  Push(queue, Of("b"), "unwanted 3");
  Push(queue, Of("b"), "b");
  EXPECT_THAT(RunAll(queue), ElementsAre("a", "b"));
  EXPECT_THAT(dropped_, ElementsAre("unwanted 1", "unwanted 2", "unwanted 3"));
  EXPECT_EQ(queue.inside(), 0u);
  EXPECT_EQ(queue.waiting(), 0u);
}

TEST_F(FairQueueTest, GivesBackTheRoomOfWhatLeaves) {
  Queue queue({.places = 1, .queue = 0});
  Queue::Holder* const holder = queue.Admit(Of("a"));
  ASSERT_NE(holder, nullptr);
  EXPECT_EQ(queue.Admit(Of("b")), nullptr);
  queue.Leave(holder);
  EXPECT_TRUE(Push(queue, Of("b"), "b"));
  EXPECT_THAT(RunAll(queue), ElementsAre("b"));
  EXPECT_NE(queue.Admit(Of("a")), nullptr);
}

}  // namespace
}  // namespace countersign::base
