// Replies that are given later than a request is taken, by whatever thread.

#include <atomic>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/server/respond.h"
#include "http/server/server_fixture.h"
#include "http/server/server_raw_client.h"

namespace countersign::http {
namespace {

using base::IsOk;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// Replies that are owed, in the order of their requests.
class Owed {
 public:
  void Add(Reply reply) {
    absl::MutexLock lock(&mutex_);
    replies_.push_back(std::move(reply));
  }
  size_t size() const {
    absl::MutexLock lock(&mutex_);
    return replies_.size();
  }
  [[nodiscard]] bool Await(size_t count) const {
    return base::Eventually([&] { return size() >= count; });
  }
  Reply TakeFirst() {
    absl::MutexLock lock(&mutex_);
    Reply first = std::move(replies_.front());
    replies_.pop_front();
    return first;
  }
  void GiveFirst(std::string body) { TakeFirst().Give(ResponseOf(200, std::move(body))); }

 private:
  mutable absl::Mutex mutex_;
  std::deque<Reply> replies_ ABSL_GUARDED_BY(mutex_);
};

std::ptrdiff_t Threads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

class ServerRepliesTest : public ServerTest {
 protected:
  void StartOwing() {
    StartWith([this](ServerRequest request, Reply reply) {
      if (request.path == "/at-once") {
        std::move(reply).Give(ResponseOf(200, "at once"));
      } else {
        owed_.Add(std::move(reply));
      }
    });
  }

  // A connection whose request has been taken, and is owed a reply.
  std::unique_ptr<RawClient> AskAndBeOwed() {
    const size_t before = owed_.size();
    auto client = std::make_unique<RawClient>(server_->port());
    EXPECT_TRUE(client->Handshake());
    client->Write("GET /later HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(owed_.Await(before + 1));
    return client;
  }

  Owed owed_;
};

TEST_F(ServerRepliesTest, ARequestIsAnsweredWhenItsReplyIsGivenAndHoldsUpNoOther) {
  StartOwing();
  const auto first = AskAndBeOwed();
  const auto second = AskAndBeOwed();
  const absl::StatusOr<ClientResponse> other = Send("GET", "/at-once");
  ASSERT_THAT(other, IsOk());
  EXPECT_EQ(other->body, "at once");
  Reply of_first = owed_.TakeFirst();
  owed_.GiveFirst("second");
  EXPECT_THAT(second->ReadSome(), EndsWith("\r\n\r\nsecond"));
  std::move(of_first).Give(ResponseOf(200, "first"));
  EXPECT_THAT(first->ReadSome(), EndsWith("\r\n\r\nfirst"));
}

TEST_F(ServerRepliesTest, RequestsOfAConnectionAreTakenOneAfterTheOther) {
  StartOwing();
  RawClient client(server_->port());
  ASSERT_TRUE(client.Handshake());
  client.Write("GET /1 HTTP/1.1\r\n\r\nGET /at-once HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(owed_.Await(1));
  owed_.GiveFirst("1");
  ASSERT_TRUE(owed_.Await(1));
  owed_.GiveFirst("3");
  std::string answers;
  while (!testing::Value(answers, EndsWith("\r\n\r\n3"))) {
    const std::string more = client.ReadSome();
    ASSERT_NE(more, "");
    answers += more;
  }
  EXPECT_THAT(answers, HasSubstr("\r\n\r\n1HTTP/1.1 200 OK"));
  EXPECT_THAT(answers, HasSubstr("\r\n\r\nat onceHTTP/1.1 200 OK"));
}

TEST_F(ServerRepliesTest, ARequestThatCameWithTheOneBeforeIsTakenWithoutAnyMoreBytes) {
  StartOwing();
  for (const int tls_version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    RawClient client(server_->port(), tls_version);
    ASSERT_TRUE(client.Handshake());
    client.WriteTogether({"GET /at-once HTTP/1.1\r\n\r\n",
                          "POST /2 HTTP/1.1\r\nContent-Length: 4\r\n\r\n", "body",
                          "GET /at-once HTTP/1.1\r\nConnection: close\r\n\r\n"});
    ASSERT_TRUE(owed_.Await(1));
    owed_.GiveFirst("2");
    EXPECT_THAT(client.ReadAll(), HasSubstr("\r\n\r\n2HTTP/1.1 200 OK"));
  }
}

TEST_F(ServerRepliesTest, AReplyThatIsDroppedIsAServerError) {
  StartOwing();
  const auto client = AskAndBeOwed();
  { const Reply dropped = owed_.TakeFirst(); }
  EXPECT_THAT(client->ReadSome(), StartsWith("HTTP/1.1 500 "));
  StartWith([](ServerRequest, const Reply&) {});
  const absl::StatusOr<ClientResponse> at_once = Send("GET", "/");
  ASSERT_THAT(at_once, IsOk());
  EXPECT_EQ(at_once->status, 500);
}

TEST_F(ServerRepliesTest, ARespondThatThrowsIsAServerErrorUnlessItHasReplied) {
  StartWith([](ServerRequest request, Reply reply) {
    if (request.path == "/replies") std::move(reply).Give(ResponseOf(200, "replied"));
    throw std::runtime_error("thrown");
  });
  absl::StatusOr<ClientResponse> response = Send("GET", "/");
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 500);
  response = Send("GET", "/replies");
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->body, "replied");
}

TEST_F(ServerRepliesTest, AReplyOutlivesItsClient) {
  StartOwing();
  AskAndBeOwed().reset();
  owed_.GiveFirst("to nobody");
  EXPECT_THAT(Send("GET", "/at-once"), IsOk());
}

TEST_F(ServerRepliesTest, RepliesThatAreOwedTakeNoThreads) {
  StartOwing();
  EXPECT_THAT(Send("GET", "/at-once"), IsOk());
  const std::ptrdiff_t before = Threads();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(AskAndBeOwed());
  EXPECT_EQ(Threads(), before);
  while (owed_.size() > 0) owed_.GiveFirst("late");
  for (const auto& client : clients) EXPECT_THAT(client->ReadSome(), EndsWith("late"));
}

TEST_F(ServerRepliesTest, RequestsThatAreOwedAReplyCountAsInProgress) {
  options_.max_requests = 3;  // of which a source may have two
  StartOwing();
  const auto first = AskAndBeOwed();
  const auto second = AskAndBeOwed();
  const absl::StatusOr<ClientResponse> third = Send("GET", "/at-once");
  ASSERT_THAT(third, IsOk());
  EXPECT_EQ(third->status, 503);
  owed_.GiveFirst("first");
  owed_.GiveFirst("second");
  EXPECT_THAT(first->ReadSome(), EndsWith("first"));
  const absl::StatusOr<ClientResponse> fourth = Send("GET", "/at-once");
  ASSERT_THAT(fourth, IsOk());
  EXPECT_EQ(fourth->status, 200);
}

TEST_F(ServerRepliesTest, DrainWaitsForRepliesThatAreOwed) {
  StartOwing();
  const auto client = AskAndBeOwed();
  std::atomic<bool> is_drained = false;
  std::thread draining([&] {
    server_->Drain(absl::InfiniteFuture());
    is_drained = true;
  });
  EXPECT_TRUE(base::Eventually([&] { return !Send("GET", "/at-once").ok(); }));
  EXPECT_FALSE(is_drained);
  owed_.GiveFirst("late");
  EXPECT_THAT(client->ReadAll(), EndsWith("\r\n\r\nlate"));
  draining.join();
}

TEST_F(ServerRepliesTest, AReplyMayComeAfterItsConnectionWasDrained) {
  StartOwing();
  const auto client = AskAndBeOwed();
  server_->Drain(base::In(absl::Milliseconds(50)));
  EXPECT_EQ(client->ReadAll(), "");
  owed_.GiveFirst("late");
  server_.reset();
}

TEST_F(ServerRepliesTest, AServerEndsOnceNobodyOwesItAReply) {
  StartOwing();
  const auto first = AskAndBeOwed();
  const auto second = AskAndBeOwed();
  std::atomic<bool> has_ended = false;
  std::thread ending([&] {
    server_.reset();
    has_ended = true;
  });
  owed_.GiveFirst("late");
  Reply last = owed_.TakeFirst();
  EXPECT_FALSE(has_ended);
  // Also where a thread is wanted for it.
  std::move(last).GiveFromThread([] { return ResponseOf(200, "late"); });
  ending.join();
}

}  // namespace
}  // namespace countersign::http
