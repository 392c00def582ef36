#include "verifier/serving/listening_sockets.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using ::countersign::base::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(ListeningSockets, PickAFreePort) {
  for (const char* address : {"127.0.0.1:0", "localhost:0", "0.0.0.0:0"}) {
    const auto sockets = ListeningSockets::Open(address);
    ASSERT_TRUE(sockets.ok()) << address << ": " << sockets.status();
    EXPECT_GT(sockets->port(), 0) << address;
    EXPECT_GE(sockets->fds().size(), 1u) << address;
  }
}

TEST(ListeningSockets, DoNotShareAPort) {
  const auto first = ListeningSockets::Open("127.0.0.1:0");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(ListeningSockets::Open(absl::StrCat("127.0.0.1:", first->port())),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("cannot be bound")));
}

TEST(ListeningSockets, AreClosedInTheEnd) {
  auto first = ListeningSockets::Open("127.0.0.1:0");
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string address = absl::StrCat("127.0.0.1:", first->port());
  ListeningSockets moved = *std::move(first);
  EXPECT_THAT(moved.fds(), SizeIs(1));
  moved.Close();
  EXPECT_TRUE(ListeningSockets::Open(address).ok());
}

TEST(ListeningSockets, WhatIsNoAddressIsRefused) {
  for (const char* address : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536"}) {
    EXPECT_THAT(ListeningSockets::Open(address), StatusIs(absl::StatusCode::kUnavailable))
        << address;
  }
}

}  // namespace
}  // namespace countersign::verifier
