// What a server holds for the requests of each source: bodies, what is made of them, and answers that
// are being made.

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/metrics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/server/respond.h"
#include "http/server/server_doors_fixture.h"
#include "http/server/server_raw_client.h"

namespace countersign::http {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::StartsWith;

using ServerBodiesTest = ServerDoorsTest;

TEST_F(ServerBodiesTest, BodiesAreHeldUpToASumAndAShare) {
  options_.max_request_memory = 4000;
  options_.body_grace = absl::Milliseconds(300);
  options_.min_body_bytes_per_second = 1;
  Start();
  // Two have their place for as long as they come at their rate; the others are refused.
  constexpr size_t kPlaces = 2;
  std::vector<std::unique_ptr<RawClient>> halves;
  std::vector<std::string> answers(5);
  std::vector<std::thread> readers;
  absl::Mutex mutex;
  size_t refused = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    halves.push_back(std::make_unique<RawClient>(server_->port(), kFlood));
    ASSERT_TRUE(halves.back()->Handshake());
    halves.back()->Write(
        absl::StrCat("POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n", std::string(900, 'x')));
    readers.emplace_back([&, i, half = halves.back().get()] {
      answers[i] = half->ReadSome();
      absl::MutexLock lock(&mutex);
      refused += absl::StartsWith(answers[i], "HTTP/1.1 503");
    });
  }
  const auto others_are_refused = [&] { return refused == answers.size() - kPlaces; };
  mutex.LockWhenWithTimeout(absl::Condition(&others_are_refused), base::kPatience);
  mutex.Unlock();
  EXPECT_THAT(Ask(kInnocent, absl::StrCat("POST / HTTP/1.1\r\nContent-Length: 500\r\n\r\n",
                                          std::string(500, 'x'))),
              AllOf(StartsWith("HTTP/1.1 200"), EndsWith("ok 500")));
  for (const auto& half : halves) half->Write(std::string(100, 'x'));
  for (std::thread& reader : readers) reader.join();
  size_t served = 0;
  for (const std::string& answer : answers) served += absl::EndsWith(answer, "ok 1000");
  EXPECT_EQ(served, kPlaces);
  EXPECT_EQ(refused, answers.size() - kPlaces);
}

TEST_F(ServerBodiesTest, BodiesWithoutALengthAreCountedAsTheyCome) {
  options_.max_request_memory = 200 << 10;
  Start();
  const std::string chunk = absl::StrCat("10000\r\n", std::string(65536, 'x'), "\r\n");
  const std::string_view head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_THAT(Ask(kFlood, absl::StrCat(head, chunk, "0\r\n\r\n")), EndsWith("ok 65536"));
  EXPECT_THAT(Ask(kFlood, absl::StrCat(head, chunk, chunk, chunk, chunk, chunk, "0\r\n\r\n")),
              StartsWith("HTTP/1.1 503"));
}

TEST_F(ServerBodiesTest, MemoryIsHeldUntilTheAnswerIsWritten) {
  options_.max_request_memory = 1500;
  Start([](ServerRequest request) {
    EXPECT_EQ(request.memory->amount(), 700u);
    return SayOk(request);
  });
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Ask(kInnocent, absl::StrCat("POST / HTTP/1.1\r\nContent-Length: 700\r\n\r\n",
                                            std::string(700, 'x'))),
                EndsWith("ok 700"));
  }
}

// A request holds what its response needs, not only its body: who has all that he may waits at his
// head, before his body is read, and goes on when a request is said to need less.
TEST_F(ServerBodiesTest, WhatIsMadeOfABodyCountsUntilItIsKnownBetter) {
  options_.max_request_memory = 20'000;
  options_.made_per_body_byte = 9;
  options_.max_made_bytes = 100'000;
  absl::Notification first_has_begun;
  absl::Notification first_knows;
  absl::Mutex mutex;
  std::vector<size_t> amounts;
  Start([&](ServerRequest request) {
    bool is_first = false;
    {
      absl::MutexLock lock(&mutex);
      is_first = amounts.empty();
      amounts.push_back(request.memory->amount());
    }
    if (is_first) {
      first_has_begun.Notify();
      EXPECT_TRUE(base::Await(first_knows));
    }
    EXPECT_TRUE(request.memory->TryResize(10));
    return SayOk(request);
  });
  const std::string post =
      absl::StrCat("POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n", std::string(1000, 'x'));
  std::string first;
  std::string second;
  std::thread asks_first([&] { first = Ask(kFlood, post); });
  EXPECT_TRUE(base::Await(first_has_begun));
  EXPECT_EQ(server_->request_memory(), 10'000u);
  base::Metrics metrics;
  server_->AddMetrics("test_", &metrics);
  std::thread asks_second([&] { second = Ask(kFlood, post); });
  // It has asked for room, and there was none.
  EXPECT_TRUE(base::Eventually([&metrics] {
    return absl::StrContains(metrics.WriteText(), "\ntest_request_bytes_refused_total 1\n");
  }));
  // There is room for others meanwhile.
  EXPECT_THAT(Ask(kInnocent, absl::StrCat("POST / HTTP/1.1\r\nContent-Length: 300\r\n\r\n",
                                          std::string(300, 'x'))),
              EndsWith("ok 300"));
  first_knows.Notify();
  asks_first.join();
  asks_second.join();
  EXPECT_THAT(first, EndsWith("ok 1000"));
  EXPECT_THAT(second, EndsWith("ok 1000"));
  EXPECT_THAT(amounts, testing::ElementsAre(10'000u, 3'000u, 10'000u));
}

TEST_F(ServerBodiesTest, ABodyThatComesTooSlowlyIsRefused) {
  options_.body_grace = absl::Milliseconds(200);
  options_.min_body_bytes_per_second = 1 << 30;
  Start();
  RawClient slow(server_->port(), kFlood);
  ASSERT_TRUE(slow.Handshake());
  slow.Write("POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\nx");
  EXPECT_THAT(slow.ReadAll(), StartsWith("HTTP/1.1 408"));
}

TEST_F(ServerBodiesTest, RequestsOfOneSourceLeaveSomeForOthers) {
  options_.max_requests = 18;
  absl::Notification release;
  std::atomic<int> entered = 0;
  Start([&](const ServerRequest& request) {
    if (request.peer_address == kFlood) {
      ++entered;
      EXPECT_TRUE(base::Await(release));
    }
    return SayOk(request);
  });
  // Sixteen of eighteen are all that it may have.
  std::vector<std::unique_ptr<RawClient>> flood;
  for (int i = 0; i < 16; ++i) {
    flood.push_back(std::make_unique<RawClient>(server_->port(), kFlood));
    ASSERT_TRUE(flood.back()->Handshake());
    flood.back()->Write(kGet);
  }
  EXPECT_TRUE(base::Eventually([&] { return entered == 16; }));
  EXPECT_THAT(Ask(kFlood), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(Ask(kInnocent), StartsWith("HTTP/1.1 200"));
  release.Notify();
  for (const auto& client : flood) EXPECT_THAT(client->ReadSome(), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace countersign::http
