#include "verifier/serving/traffic_watch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
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
  TrafficWatch watch_{{.burst = 1000, .a_second = 100, .burst_for_everybody = 10'000},
                      [this](int fd) { return received_[fd]; }};
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

TEST_F(TrafficWatchTest, WhoSendsNothingIsNotEndedForOthers) {
  watch_.Add(1, 10, "a", kStart);
  watch_.Add(2, 20, "a", kStart);
  received_ = {{10, 500}};
  EXPECT_THAT(watch_.Look(kStart), IsEmpty());
  received_ = {{10, 500}, {20, 600}};
  EXPECT_THAT(watch_.Look(kStart), ElementsAre(2));
}

TEST_F(TrafficWatchTest, CallsExplainWhatCame) {
  watch_.Add(1, 10, "a", kStart);
  for (int i = 1; i <= 100; ++i) {
    received_[10] = i * 900;
    watch_.Explain("a", 900, /*is_for_everybody=*/false);
    EXPECT_THAT(watch_.Look(kStart), IsEmpty());
  }
  watch_.Explain("nobody", 900, false);
}

TEST_F(TrafficWatchTest, ACallOutlivesItsConnection) {
  watch_.Add(1, 10, "a", kStart);
  watch_.Expect("a", 100);
  watch_.Expect("nobody", 100);
  watch_.Remove(1);
  EXPECT_EQ(watch_.sources(), 1u);
  watch_.Expect("a", -100);
  watch_.Expect("a", -100);
  EXPECT_EQ(watch_.sources(), 0u);
}

TEST_F(TrafficWatchTest, NewConnectionsDoNotMakeItForgotten) {
  watch_.Add(1, 10, "a", kStart);
  received_[10] = 1050;
  EXPECT_THAT(watch_.Look(kStart), ElementsAre(1));
  watch_.Remove(1);
  watch_.Remove(1);
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
  watch_.Remove(1);
  EXPECT_EQ(watch_.sources(), 0u);
}

TEST(TrafficWatch, TheKernelCountsWhatCame) {
  const int listening = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(listening, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listening, 1), 0);
  ASSERT_EQ(getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(connect(client, reinterpret_cast<sockaddr*>(&address), size), 0);
  const int served = accept(listening, nullptr, nullptr);
  EXPECT_EQ(TrafficWatch::CountReceivedByKernel(served), 0u);
  const std::string text(5000, 'a');
  ASSERT_EQ(write(client, text.data(), text.size()), 5000);
  // Also what nobody has read yet.
  EXPECT_TRUE(
      base::Eventually([&] { return TrafficWatch::CountReceivedByKernel(served) == text.size(); }));
  EXPECT_EQ(TrafficWatch::CountReceivedByKernel(-1), 0u);
  for (const int fd : {listening, client, served}) close(fd);
}

}  // namespace
}  // namespace countersign::verifier
