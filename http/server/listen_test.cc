#include "http/server/listen.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/address.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::http {
namespace {

using base::IsOk;
using base::StatusIs;
using boost::asio::ip::make_address;
using Tcp = boost::asio::ip::tcp;
using ::testing::StartsWith;

class ListenTest : public testing::Test {
 protected:
  // The address by which the acceptor sees a client that comes to `to`.
  std::string ComeTo(const std::string& to) {
    Tcp::socket client(io_);
    client.connect({make_address(to), acceptor_.local_endpoint().port()});
    Tcp::endpoint peer;
    acceptor_.accept(peer);
    return AddressText(peer.address());
  }

  boost::asio::io_context io_;
  Tcp::acceptor acceptor_{io_};
};

TEST_F(ListenTest, AnAddressIsListenedOn) {
  ASSERT_THAT(Listen("127.0.0.2:0", &acceptor_), IsOk());
  EXPECT_EQ(acceptor_.local_endpoint().address().to_string(), "127.0.0.2");
}

TEST_F(ListenTest, EveryAddressOfBothKindsIsListenedOn) {
  ASSERT_THAT(Listen(":0", &acceptor_), IsOk());
  EXPECT_EQ(ComeTo("127.0.0.1"), "127.0.0.1");
  if (acceptor_.local_endpoint().address().is_v4()) GTEST_SKIP() << "no IPv6 here";
  EXPECT_EQ(ComeTo("::1"), "::1");
  ASSERT_THAT(Listen("[::]:0", &acceptor_), IsOk());
  EXPECT_EQ(ComeTo("127.0.0.1"), "127.0.0.1");
}

TEST_F(ListenTest, ATakenPortIsUnavailable) {
  ASSERT_THAT(Listen(":0", &acceptor_), IsOk());
  const std::string taken = absl::StrCat(":", acceptor_.local_endpoint().port());
  Tcp::acceptor other(io_);
  EXPECT_THAT(Listen(taken, &other),
              StatusIs(absl::StatusCode::kUnavailable,
                       absl::StrCat("cannot listen on ", taken, ": Address already in use")));
}

TEST_F(ListenTest, AnAddressThatIsNoneIsRefused) {
  for (const char* address : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000",
                              "::1:0", "localhost:0", "[]:0", "[127.0.0.1]:0", "127.0.0.1:-1"}) {
    EXPECT_THAT(Listen(address, &acceptor_),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         StartsWith(absl::StrCat("cannot listen on ", address, ": "))));
  }
}

TEST(AddressText, ReadsIPv4AsIPv4) {
  EXPECT_EQ(AddressText(make_address("192.0.2.1")), "192.0.2.1");
  EXPECT_EQ(AddressText(make_address("::ffff:192.0.2.1")), "192.0.2.1");
  EXPECT_EQ(AddressText(make_address("2001:db8::1")), "2001:db8::1");
}

}  // namespace
}  // namespace countersign::http
