#include "verifier/serving/traffic_watch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <string>

#include "base/eventually.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

class TrafficWatchTest : public testing::Test {
 protected:
  std::map<int, uint64_t> received_;
  std::map<int, uint64_t> queued_;
  TrafficWatch watch_{
      {.burst = 1000, .a_second = 100, .burst_for_everybody = 10'000}, 0, [this](int fd) {
        return TrafficWatch::Bytes{received_[fd], queued_[fd]};
      }};
};

TEST_F(TrafficWatchTest, ConnectionsOfASourceAreCountedTogether) {
  watch_.Add(1, 10, "a", kStart);
  watch_.Add(2, 20, "a", kStart);
  watch_.Add(3, 30, "b", kStart);
  received_ = {{10, 600}, {20, 300}, {30, 900}};
  EXPECT_THAT(watch_.Look(kStart), IsEmpty());
  received_ = {{10, 700}, {20, 400}, {30, 1000}};
  EXPECT_THAT(watch_.Look(kStart), UnorderedElementsAre(1, 2));
  EXPECT_FALSE(watch_.Admits("a"));
  EXPECT_TRUE(watch_.Admits("b"));
  EXPECT_TRUE(watch_.Admits("c"));
}

TEST_F(TrafficWatchTest, WhoeverHasNoPartInItIsNotEnded) {
  for (const int number : {1, 2, 3}) watch_.Add(number, 10 * number, "a", kStart);
  // What came before this look is still in gRPC's hands, so 1 is ended too.
  received_ = {{10, 500}, {30, 2000}};
  watch_.Explain(3, 1990);
  EXPECT_THAT(watch_.Look(kStart), IsEmpty());
  received_ = {{10, 500}, {20, 600}, {30, 2001}};
  EXPECT_THAT(watch_.Look(kStart), UnorderedElementsAre(1, 2));
}

TEST_F(TrafficWatchTest, ManyConnectionsThatSendLittleAreEndedTogether) {
  absl::Time now = kStart;
  size_t ended = 0;
  for (int number = 0; number < 100; ++number) watch_.Add(number, number, "a", now);
  for (int tick = 0; tick < 10; ++tick) {
    now += absl::Milliseconds(20);
    for (int number = 0; number < 100; ++number) received_[number] += 2;
    ended += watch_.Look(now).size();
  }
  EXPECT_GE(ended, 100u);
}

TEST_F(TrafficWatchTest, WhatIsForgivenIsNoPartInWhatComesLater) {
  watch_.Add(1, 10, "a", kStart);
  watch_.Add(2, 20, "a", kStart);
  received_ = {{10, 900}};
  EXPECT_THAT(watch_.Look(kStart), IsEmpty());
  EXPECT_THAT(watch_.Look(kStart + absl::Seconds(9)), IsEmpty());
  received_ = {{10, 900}, {20, 1001}};
  EXPECT_THAT(watch_.Look(kStart + absl::Seconds(9)), ElementsAre(2));
}

TEST_F(TrafficWatchTest, WhatIsQueuedCountsWhenItIsVeryMuch) {
  for (const int number : {1, 2, 3}) watch_.Add(number, 10 * number, "a", kStart);
  queued_ = {{10, 4000}, {20, 4000}};
  EXPECT_THAT(watch_.Look(kStart), IsEmpty());
  queued_[20] = 4001;
  EXPECT_THAT(watch_.Look(kStart), UnorderedElementsAre(1, 2));
  // It goes with them, and is held against their source all the same.
  watch_.Remove(1, kStart);
  watch_.Remove(2, kStart);
  EXPECT_FALSE(watch_.Admits("a"));
}

TEST_F(TrafficWatchTest, WhatIsExpectedMayBeQueued) {
  watch_.Add(1, 10, "a", kStart);
  watch_.Expect(1, 9000);
  received_[10] = 2000;
  queued_[10] = 7000 + 8000;
  EXPECT_THAT(watch_.Look(kStart), IsEmpty());
  queued_[10] += 1;
  EXPECT_THAT(watch_.Look(kStart), ElementsAre(1));
}

TEST_F(TrafficWatchTest, WhoLeavesIsCountedOnceMore) {
  watch_.Add(1, 10, "a", kStart);
  watch_.Add(2, 20, "a", kStart);
  received_ = {{10, 1001}, {20, 1}};
  EXPECT_TRUE(watch_.Remove(1, kStart));
  EXPECT_FALSE(watch_.Admits("a"));
}

TEST_F(TrafficWatchTest, AHandshakeNeedsNoExplanation) {
  TrafficWatch watch({.burst = 1000}, 500, [this](int fd) {
    return TrafficWatch::Bytes{received_[fd], queued_[fd]};
  });
  for (int number = 1; number <= 10; ++number) {
    watch.Add(number, number, "a", kStart);
    received_[number] = 500;
    EXPECT_THAT(watch.Look(kStart), IsEmpty());
  }
  received_[1] += 1001;
  EXPECT_THAT(watch.Look(kStart), ElementsAre(1));
}

TEST_F(TrafficWatchTest, CallsExplainWhatCame) {
  watch_.Add(1, 10, "a", kStart);
  for (int i = 1; i <= 100; ++i) {
    received_[10] = i * 900;
    watch_.Explain(1, 900);
    EXPECT_THAT(watch_.Look(kStart), IsEmpty());
  }
  watch_.Explain(2, 900);
}

TEST_F(TrafficWatchTest, WhatIsExpectedMayComeBeforeItIsExplained) {
  watch_.Add(1, 10, "a", kStart);
  for (int i = 0; i < 10; ++i) {
    watch_.Expect(1, 5000);
    received_[10] += 3000;
    EXPECT_THAT(watch_.Look(kStart), IsEmpty());
    received_[10] += 1900;
    watch_.Explain(1, 4900);
    watch_.Expect(1, -5000);
    EXPECT_THAT(watch_.Look(kStart), IsEmpty());
    EXPECT_TRUE(watch_.Admits("a"));
  }
  received_[10] += 1001;
  EXPECT_THAT(watch_.Look(kStart), ElementsAre(1));
}

TEST_F(TrafficWatchTest, WhatIsExpectedIsOfOneConnection) {
  watch_.Add(1, 10, "a", kStart);
  watch_.Add(2, 20, "a", kStart);
  watch_.Expect(1, 5000);
  received_ = {{10, 5000}, {20, 1001}};
  EXPECT_THAT(watch_.Look(kStart), ElementsAre(2));
}

TEST_F(TrafficWatchTest, WhatCameInsteadOfWhatWasExpectedIsHeldAgainstTheSource) {
  watch_.Add(1, 10, "a", kStart);
  watch_.Expect(1, 5000);
  received_[10] = 4000;
  EXPECT_THAT(watch_.Look(kStart), IsEmpty());
  watch_.Explain(1, 2900);
  EXPECT_TRUE(watch_.Admits("a"));
  watch_.Expect(1, -5000);
  EXPECT_FALSE(watch_.Admits("a"));
}

TEST_F(TrafficWatchTest, ACallMayOutliveItsConnection) {
  watch_.Add(1, 10, "a", kStart);
  watch_.Expect(1, 5000);
  received_[10] = 2000;
  EXPECT_THAT(watch_.Look(kStart), IsEmpty());
  watch_.Remove(1, kStart);
  EXPECT_FALSE(watch_.Admits("a"));
  watch_.Explain(1, 2000);
  watch_.Expect(1, -5000);
  EXPECT_FALSE(watch_.Charge(1, 10, kStart));
  watch_.SetForEverybody(1);
  EXPECT_FALSE(watch_.Admits("a"));
  EXPECT_EQ(watch_.sources(), 1u);
}

TEST_F(TrafficWatchTest, CallsThatWereResetAreHeldAgainstTheSource) {
  watch_.Add(1, 10, "a", kStart);
  watch_.Add(2, 20, "a", kStart);
  EXPECT_TRUE(watch_.Charge(2, 1001, kStart));
  EXPECT_FALSE(watch_.Admits("a"));
  EXPECT_THAT(watch_.Look(kStart), ElementsAre(2));
}

TEST_F(TrafficWatchTest, OfWhoCallsInVainOftenNothingIsExpectedForAWhile) {
  watch_.Add(1, 10, "a", kStart);
  watch_.Add(2, 20, "a", kStart);
  watch_.Expect(1, 5000);
  received_[10] = 2000;
  EXPECT_THAT(watch_.Look(kStart), IsEmpty());
  // Once is no reason.
  EXPECT_FALSE(watch_.Charge(2, 10, kStart));
  EXPECT_THAT(watch_.Look(kStart), IsEmpty());
  EXPECT_TRUE(watch_.Charge(2, 250, kStart));
  EXPECT_THAT(watch_.Look(kStart), UnorderedElementsAre(1, 2));
  // All is forgiven.
  EXPECT_THAT(watch_.Look(kStart + absl::Seconds(30)), IsEmpty());
  received_[10] += 5000;
  EXPECT_THAT(watch_.Look(kStart + absl::Seconds(30)), IsEmpty());
}

TEST_F(TrafficWatchTest, ItIsTimeToLookWhenMuchIsInVainAndWhenItIsTooMuch) {
  watch_.Add(1, 10, "a", kStart);
  EXPECT_TRUE(watch_.Charge(1, 500, kStart));
  EXPECT_FALSE(watch_.Charge(1, 500, kStart));
  EXPECT_TRUE(watch_.Charge(1, 1, kStart));
}

TEST_F(TrafficWatchTest, OfWhoAsksForEverybodyMuchIsExpectedWhateverIsInVain) {
  watch_.Add(1, 10, "a", kStart);
  watch_.SetForEverybody(1);
  watch_.Expect(1, 5000);
  received_[10] = 12'000;
  EXPECT_THAT(watch_.Look(kStart), IsEmpty());
  EXPECT_TRUE(watch_.Charge(1, 3000, kStart));
  EXPECT_THAT(watch_.Look(kStart), IsEmpty());
}

TEST_F(TrafficWatchTest, WhoAsksForEverybodyMayHaveMoreOnTheWay) {
  watch_.Add(1, 10, "a", kStart);
  watch_.SetForEverybody(1);
  received_[10] = 9000;
  EXPECT_THAT(watch_.Look(kStart), IsEmpty());
}

TEST_F(TrafficWatchTest, WhoAsksForEverybodyMayComeBackWithMoreOnTheWay) {
  watch_.Add(1, 10, "a", kStart);
  watch_.SetForEverybody(1);
  EXPECT_FALSE(watch_.Remove(1, kStart));
  EXPECT_THAT(watch_.Look(kStart + absl::Seconds(59)), IsEmpty());
  watch_.Add(2, 20, "a", kStart + absl::Seconds(59));
  received_[20] = 9000;
  EXPECT_THAT(watch_.Look(kStart + absl::Seconds(59)), IsEmpty());
  EXPECT_TRUE(watch_.Admits("a"));
}

TEST_F(TrafficWatchTest, AMinuteAfterItLeftItIsAnybody) {
  watch_.Add(1, 10, "a", kStart);
  watch_.SetForEverybody(1);
  watch_.Remove(1, kStart);
  EXPECT_EQ(watch_.sources(), 1u);
  EXPECT_THAT(watch_.Look(kStart + absl::Seconds(60)), IsEmpty());
  EXPECT_EQ(watch_.sources(), 0u);
  watch_.Add(2, 20, "a", kStart + absl::Seconds(60));
  received_[20] = 9000;
  EXPECT_THAT(watch_.Look(kStart + absl::Seconds(60)), ElementsAre(2));
}

TEST_F(TrafficWatchTest, AClockThatIsSetBackDoesNotMakeTheMinuteLonger) {
  watch_.Add(1, 10, "a", kStart);
  watch_.SetForEverybody(1);
  watch_.Remove(1, kStart);
  EXPECT_THAT(watch_.Look(kStart - absl::Hours(1)), IsEmpty());
  EXPECT_EQ(watch_.sources(), 0u);
}

TEST_F(TrafficWatchTest, OneThatComesAfterItAndDoesNotAskForEverybodyIsAnybodyAMinuteLater) {
  watch_.Add(1, 10, "a", kStart);
  watch_.SetForEverybody(1);
  watch_.Remove(1, kStart);
  watch_.Add(2, 20, "a", kStart + absl::Seconds(59));
  watch_.Remove(2, kStart + absl::Seconds(59));
  watch_.Add(3, 30, "a", kStart + absl::Seconds(59));
  EXPECT_THAT(watch_.Look(kStart + absl::Seconds(60)), IsEmpty());
  received_[30] = 9000;
  EXPECT_THAT(watch_.Look(kStart + absl::Seconds(60)), ElementsAre(3));
}

TEST_F(TrafficWatchTest, OfManySourcesNoneIsKeptForComingBack) {
  for (int number = 0; number < 2000; ++number) {
    watch_.Add(number, number, std::to_string(number), kStart);
    watch_.SetForEverybody(number);
  }
  for (int number = 0; number < 2000; ++number) watch_.Remove(number, kStart);
  EXPECT_EQ(watch_.sources(), 1024u);
}

TEST_F(TrafficWatchTest, NewConnectionsDoNotMakeItForgotten) {
  watch_.Add(1, 10, "a", kStart);
  received_[10] = 1050;
  EXPECT_THAT(watch_.Look(kStart), ElementsAre(1));
  watch_.Remove(1, kStart);
  watch_.Remove(1, kStart);
  EXPECT_FALSE(watch_.Admits("a"));
  EXPECT_THAT(watch_.Look(kStart + absl::Seconds(1)), IsEmpty());
  EXPECT_TRUE(watch_.Admits("a"));
  EXPECT_EQ(watch_.sources(), 1u);
  EXPECT_THAT(watch_.Look(kStart + absl::Seconds(11)), IsEmpty());
  EXPECT_EQ(watch_.sources(), 0u);
}

TEST_F(TrafficWatchTest, WhoSentNothingIsForgottenAtOnce) {
  watch_.Add(1, 10, "a", kStart);
  EXPECT_EQ(watch_.sources(), 1u);
  watch_.Remove(1, kStart);
  EXPECT_EQ(watch_.sources(), 0u);
}

// A connection over loopback.
class SocketsTest : public testing::Test {
 protected:
  SocketsTest() {
    listening_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listening_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listening_, 1), 0);
    EXPECT_EQ(getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    client_ = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(connect(client_, reinterpret_cast<sockaddr*>(&address), size), 0);
    served_ = accept(listening_, nullptr, nullptr);
  }
  ~SocketsTest() override {
    for (const int fd : {listening_, client_, served_}) close(fd);
  }

  // Until so many bytes have come that nobody has read.
  void AwaitQueue(int bytes) const {
    int queued = 0;
    ASSERT_TRUE(base::Eventually(
        [&] { return ioctl(served_, FIONREAD, &queued) == 0 && queued == bytes; }));
  }

  int listening_;
  int client_;
  int served_;
  const std::string text_ = std::string(5000, 'a');
};

TEST_F(SocketsTest, TheKernelCountsWhatWasRead) {
  ASSERT_EQ(write(client_, text_.data(), text_.size()), 5000);
  AwaitQueue(5000);
  EXPECT_EQ(TrafficWatch::CountBytesOfKernel(served_).read, 0u);
  std::string some(2000, ' ');
  ASSERT_EQ(recv(served_, some.data(), some.size(), 0), 2000);
  EXPECT_EQ(TrafficWatch::CountBytesOfKernel(served_).read, 2000u);
  EXPECT_EQ(TrafficWatch::CountBytesOfKernel(served_).queued, 3000u);
  EXPECT_EQ(TrafficWatch::CountBytesOfKernel(-1).read, 0u);
}

TEST_F(SocketsTest, NothingIsReadOfADisconnectedOneByWhateverFileDescriptor) {
  ASSERT_EQ(write(client_, text_.data(), text_.size()), 5000);
  AwaitQueue(5000);
  const int second = dup(served_);
  TrafficWatch::Disconnect(second);
  char byte;
  EXPECT_LE(recv(served_, &byte, 1, MSG_DONTWAIT), 0);
  close(second);
  // The other end hears of it.
  EXPECT_LE(recv(client_, &byte, 1, 0), 0);
}

}  // namespace
}  // namespace countersign::verifier
