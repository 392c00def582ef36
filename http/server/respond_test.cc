#include "http/server/respond.h"

#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>

#include "gtest/gtest.h"

namespace countersign::http {
namespace {

// Keeps what it is given, and runs what is to be run on a thread when it is told to.
class KeepingTaker final : public Reply::Taker {
 public:
  void Take(ServerResponse response) override {
    EXPECT_FALSE(taken.has_value());
    taken = std::move(response);
  }
  bool Schedule(std::function<void()> task) override {
    if (!has_threads) return false;
    scheduled = std::move(task);
    return true;
  }

  bool has_threads = true;
  std::function<void()> scheduled;
  std::optional<ServerResponse> taken;
};

ServerResponse Teapot() { return {.status = 418}; }

TEST(Reply, GivesTheResponseOnce) {
  KeepingTaker taker;
  {
    Reply reply(&taker);
    Reply moved = std::move(reply);
    EXPECT_FALSE(taker.taken.has_value());
    std::move(moved).Give(Teapot());
  }
  ASSERT_TRUE(taker.taken.has_value());
  EXPECT_EQ(taker.taken->status, 418);
}

TEST(Reply, DroppedGives500) {
  KeepingTaker taker;
  { const Reply dropped(&taker); }
  ASSERT_TRUE(taker.taken.has_value());
  EXPECT_EQ(taker.taken->status, 500);
  EXPECT_EQ(taker.taken->body, "The server failed to answer this request.\n");
}

TEST(Reply, GivesFromAThreadWhatIsMadeThere) {
  KeepingTaker taker;
  Reply(&taker).GiveFromThread(Teapot);
  EXPECT_FALSE(taker.taken.has_value());
  taker.scheduled();
  ASSERT_TRUE(taker.taken.has_value());
  EXPECT_EQ(taker.taken->status, 418);
}

TEST(Reply, WithoutAThreadItIsBusy) {
  KeepingTaker taker;
  taker.has_threads = false;
  Reply(&taker).GiveFromThread(Teapot);
  ASSERT_TRUE(taker.taken.has_value());
  EXPECT_EQ(taker.taken->status, 503);
}

TEST(Reply, WhatThrowsOnAThreadOrNeverRunsThereGives500) {
  KeepingTaker throws;
  Reply(&throws).GiveFromThread([]() -> ServerResponse { throw std::runtime_error("thrown"); });
  throws.scheduled();
  ASSERT_TRUE(throws.taken.has_value());
  EXPECT_EQ(throws.taken->status, 500);
  KeepingTaker never;
  Reply(&never).GiveFromThread(Teapot);
  never.scheduled = nullptr;
  ASSERT_TRUE(never.taken.has_value());
  EXPECT_EQ(never.taken->status, 500);
}

TEST(Blocking, MakesTheResponseOnAThread) {
  KeepingTaker taker;
  Blocking([](ServerRequest request) {
    return ServerResponse{.status = 200, .body = request.path};
  })({.path = "/a"}, Reply(&taker));
  EXPECT_FALSE(taker.taken.has_value());
  taker.scheduled();
  ASSERT_TRUE(taker.taken.has_value());
  EXPECT_EQ(taker.taken->body, "/a");
}

}  // namespace
}  // namespace countersign::http
