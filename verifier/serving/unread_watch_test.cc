#include "verifier/serving/unread_watch.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/eventually.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class UnreadWatchTest : public testing::Test {
 protected:
  // Who is late after each of so many seconds, as long as nobody is.
  std::vector<UnreadWatch::Id> LookFor(int seconds) {
    std::vector<UnreadWatch::Id> late;
    for (int second = 0; second < seconds && late.empty(); ++second) {
      now_ += absl::Seconds(1);
      late = watch_.Look(now_);
    }
    return late;
  }

  std::map<int, UnreadWatch::Bytes> bytes_;  // by file descriptor
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  UnreadWatch watch_{absl::Seconds(10), [this](int fd) { return bytes_[fd]; }};
};

TEST_F(UnreadWatchTest, WhatIsNotTakenInTimeIsLate) {
  watch_.Add(1, 11);
  watch_.Add(2, 12);
  EXPECT_THAT(LookFor(60), IsEmpty());
  bytes_[12].waiting = 100;
  EXPECT_THAT(LookFor(10), IsEmpty());
  EXPECT_THAT(LookFor(1), ElementsAre(2));
  watch_.Remove(2);
  EXPECT_THAT(LookFor(60), IsEmpty());
}

TEST_F(UnreadWatchTest, WhatIsTakenInPartIsLateAllTheSame) {
  watch_.Add(1, 11);
  bytes_[11] = {.taken = 1000, .waiting = 100};
  // As much comes as is taken.
  for (int second = 0; second < 10; ++second) {
    EXPECT_THAT(LookFor(1), IsEmpty());
    bytes_[11].taken += 9;
  }
  EXPECT_THAT(LookFor(1), ElementsAre(1));
}

TEST_F(UnreadWatchTest, WhoTakesAllThatWaitedInTimeMayGoOnForEver) {
  watch_.Add(1, 11);
  bytes_[11] = {.taken = 0, .waiting = 100};
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(LookFor(9), IsEmpty());
    bytes_[11].taken += 100;
  }
}

TEST_F(UnreadWatchTest, WhereNothingWaitsNothingIsDue) {
  watch_.Add(1, 11);
  for (int i = 0; i < 10; ++i) {
    bytes_[11].waiting = 100;
    EXPECT_THAT(LookFor(9), IsEmpty());
    // As after a disconnection, too: nothing is known.
    bytes_[11] = {};
    EXPECT_THAT(LookFor(1), IsEmpty());
  }
}

TEST_F(UnreadWatchTest, AClockThatIsSetMakesNobodyLateAndStopsNothing) {
  watch_.Add(1, 11);
  bytes_[11].waiting = 100;
  EXPECT_THAT(LookFor(9), IsEmpty());
  now_ += absl::Hours(1);
  EXPECT_THAT(LookFor(1), IsEmpty());
  EXPECT_THAT(LookFor(9), IsEmpty());
  now_ -= absl::Hours(2);
  EXPECT_THAT(LookFor(10), IsEmpty());
  EXPECT_THAT(LookFor(1), ElementsAre(1));
}

TEST(UnreadWatch, TheKernelCounts) {
  const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  socklen_t size = sizeof(address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(bind(listening, any, size), 0);
  ASSERT_EQ(listen(listening, 1), 0);
  ASSERT_EQ(getsockname(listening, any, &size), 0);
  const int reader = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int least = 1;
  setsockopt(reader, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
  ASSERT_EQ(connect(reader, any, size), 0);
  const int writer = accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  ASSERT_GE(writer, 0);
  EXPECT_EQ(UnreadWatch::CountBytesOfKernel(writer).waiting, 0u);

  const std::string text(100'000, 'x');
  uint64_t sent = 0;
  while (true) {
    const ssize_t bytes = send(writer, text.data(), text.size(), MSG_NOSIGNAL);
    if (bytes <= 0) break;
    sent += static_cast<uint64_t>(bytes);
  }
  const auto count = [writer] { return UnreadWatch::CountBytesOfKernel(writer); };
  EXPECT_TRUE(base::Eventually([&] { return count().waiting > 0; }));
  const uint64_t before = count().taken;
  std::string buffer(sent, 0);
  for (uint64_t read = 0; read < sent;) {
    const ssize_t bytes = recv(reader, buffer.data(), buffer.size(), 0);
    ASSERT_GT(bytes, 0);
    read += static_cast<uint64_t>(bytes);
  }
  EXPECT_TRUE(base::Eventually([&] { return count().waiting == 0; }));
  EXPECT_GE(count().taken, sent);
  EXPECT_GT(count().taken, before);
  for (const int fd : {listening, reader, writer}) close(fd);
}

}  // namespace
}  // namespace countersign::verifier
