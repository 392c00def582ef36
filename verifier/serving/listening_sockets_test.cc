#include "verifier/serving/listening_sockets.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using ::countersign::base::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr absl::Duration kUnread = absl::Milliseconds(100);

TEST(ListeningSockets, PickAFreePort) {
  for (const char* address : {"127.0.0.1:0", "localhost:0", "0.0.0.0:0"}) {
    const auto sockets = ListeningSockets::Open(address, kUnread);
    ASSERT_TRUE(sockets.ok()) << address << ": " << sockets.status();
    EXPECT_GT(sockets->port(), 0) << address;
    EXPECT_GE(sockets->fds().size(), 1u) << address;
  }
}

TEST(ListeningSockets, DoNotShareAPort) {
  const auto first = ListeningSockets::Open("127.0.0.1:0", kUnread);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(ListeningSockets::Open(absl::StrCat("127.0.0.1:", first->port()), kUnread),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("cannot be bound")));
}

TEST(ListeningSockets, AreClosedInTheEnd) {
  auto first = ListeningSockets::Open("127.0.0.1:0", kUnread);
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string address = absl::StrCat("127.0.0.1:", first->port());
  ListeningSockets moved = *std::move(first);
  EXPECT_THAT(moved.fds(), SizeIs(1));
  moved.Close();
  EXPECT_TRUE(ListeningSockets::Open(address, kUnread).ok());
}

TEST(ListeningSockets, AConnectionWhoseOtherEndReadsNothingEnds) {
  const auto sockets = ListeningSockets::Open("127.0.0.1:0", kUnread);
  ASSERT_TRUE(sockets.ok()) << sockets.status();
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(sockets->port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int other_end = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(connect(other_end, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  int fd = -1;
  ASSERT_TRUE(base::Eventually([&] {
    fd = accept4(sockets->fds().front(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return fd >= 0;
  }));
  const std::string bytes(1 << 20, 'x');
  // As much as is taken, again and again.
  EXPECT_TRUE(base::Eventually([&] {
    return send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0 && errno == ETIMEDOUT;
  }));
  close(fd);
  close(other_end);
}

TEST(ListeningSockets, WhatIsNoAddressIsRefused) {
  for (const char* address : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536"}) {
    EXPECT_THAT(ListeningSockets::Open(address, kUnread), StatusIs(absl::StatusCode::kUnavailable))
        << address;
  }
}

}  // namespace
}  // namespace countersign::verifier
