#include "http/client/stream_buffer.h"

#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"

namespace countersign::http {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;

TEST(StreamBuffer, GivesWhatHasComeSinceAndThenTheEnd) {
  StreamBuffer buffer(100);
  buffer.SetHead({.status = 200});
  EXPECT_EQ(buffer.AwaitHead(base::Soon(), "late")->status, 200);
  EXPECT_TRUE(buffer.Append("one"));
  EXPECT_TRUE(buffer.Append(" two"));
  EXPECT_THAT(buffer.Read(base::Soon(), "late"), IsOkAndHolds("one two"));
  EXPECT_TRUE(buffer.Append("three"));
  buffer.End(absl::OkStatus());
  EXPECT_THAT(buffer.Read(base::Soon(), "late"), IsOkAndHolds("three"));
  EXPECT_THAT(buffer.Read(base::Soon(), "late"), IsOkAndHolds(""));
  EXPECT_THAT(buffer.Read(base::Soon(), "late"), IsOkAndHolds(""));
}

TEST(StreamBuffer, WhatCameBeforeAnErrorIsReadBeforeIt) {
  StreamBuffer buffer(100);
  EXPECT_TRUE(buffer.Append("bytes"));
  buffer.End(absl::UnavailableError("cut"));
  buffer.End(absl::OkStatus());
  EXPECT_THAT(buffer.AwaitHead(base::Soon(), "late"),
              StatusIs(absl::StatusCode::kUnavailable, "cut"));
  EXPECT_THAT(buffer.Read(base::Soon(), "late"), IsOkAndHolds("bytes"));
  EXPECT_THAT(buffer.Read(base::Soon(), "late"), StatusIs(absl::StatusCode::kUnavailable, "cut"));
}

TEST(StreamBuffer, SaysThatItIsLate) {
  StreamBuffer buffer(100);
  EXPECT_THAT(buffer.AwaitHead(absl::InfinitePast(), "late"),
              StatusIs(absl::StatusCode::kDeadlineExceeded, "late"));
  EXPECT_THAT(buffer.Read(absl::InfinitePast(), "late"),
              StatusIs(absl::StatusCode::kDeadlineExceeded, "late"));
}

TEST(StreamBuffer, TakesNoMoreThanMayWait) {
  StreamBuffer buffer(5);
  EXPECT_TRUE(buffer.Append("12345"));
  EXPECT_FALSE(buffer.Append("6"));
  EXPECT_THAT(buffer.Read(base::Soon(), "late"), IsOkAndHolds("12345"));
  EXPECT_TRUE(buffer.Append("6"));
}

TEST(StreamBuffer, CancelWakesTheReaderAndIsLast) {
  StreamBuffer buffer(100);
  std::thread canceller([&] { buffer.Cancel(); });
  EXPECT_THAT(buffer.Read(base::Soon(), "late"), StatusIs(absl::StatusCode::kCancelled));
  canceller.join();
  buffer.SetHead({.status = 200});
  buffer.End(absl::OkStatus());
  EXPECT_FALSE(buffer.Append("bytes"));
  EXPECT_THAT(buffer.AwaitHead(base::Soon(), "late"), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(buffer.Read(base::Soon(), "late"), StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace countersign::http
