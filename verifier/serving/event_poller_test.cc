#include "verifier/serving/event_poller.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class EventPollerTest : public testing::Test {
 protected:
  EventPollerTest() { EXPECT_EQ(pipe(ends_.data()), 0); }
  ~EventPollerTest() override {
    for (const int fd : ends_) close(fd);
  }

  std::array<int, 2> ends_ = {-1, -1};
  const std::unique_ptr<EventPoller> poller_ = *EventPoller::Make();
};

TEST_F(EventPollerTest, TellsWhatWasWatched) {
  poller_->Watch(ends_[0], 7, EPOLLIN);
  EXPECT_THAT(poller_->Wait(0), IsEmpty());
  ASSERT_EQ(write(ends_[1], "a", 1), 1);
  const std::vector<EventPoller::Event> events = poller_->Wait(10'000);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].about, 7u);
  EXPECT_EQ(events[0].events, static_cast<uint32_t>(EPOLLIN));
}

TEST_F(EventPollerTest, WhatIsChangedOrForgottenIsNotTold) {
  poller_->Watch(ends_[0], 7, EPOLLIN);
  ASSERT_EQ(write(ends_[1], "a", 1), 1);
  poller_->Change(ends_[0], 8, 0);
  EXPECT_THAT(poller_->Wait(0), IsEmpty());
  poller_->Change(ends_[0], 8, EPOLLIN);
  EXPECT_THAT(poller_->Wait(10'000), SizeIs(1));
  poller_->Forget(ends_[0]);
  EXPECT_THAT(poller_->Wait(0), IsEmpty());
}

TEST_F(EventPollerTest, IsWokenOnceFromAnotherThread) {
  std::thread other([&] { poller_->Wake(); });
  EXPECT_THAT(poller_->Wait(-1), IsEmpty());
  other.join();
  // Else this would end at once.
  ASSERT_EQ(write(ends_[1], "a", 1), 1);
  poller_->Watch(ends_[0], 7, EPOLLIN);
  EXPECT_THAT(poller_->Wait(10'000), SizeIs(1));
}

}  // namespace
}  // namespace countersign::verifier
