// Who has a place at a server's door, and what is said of those who do not.

#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/read_until.hpp"
#include "boost/asio/write.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/server/server_doors_fixture.h"
#include "http/server/server_raw_client.h"

namespace countersign::http {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Without TLS, so that a thousand of them are cheap.
class PlainClient {
 public:
  PlainClient(asio::io_context& io, int port, const std::string& source) : socket_(io) {
    socket_.open(Tcp::v4());
    socket_.bind({asio::ip::make_address(source), 0});
    socket_.connect({asio::ip::address_v4::loopback(), static_cast<uint16_t>(port)});
  }

  void Write(std::string_view bytes) {
    boost::system::error_code ignored;
    asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), ignored);
  }
  // Up to the end of a body of SayOk, or what came until the server closed.
  std::string ReadAnswer() {
    boost::system::error_code ignored;
    std::string bytes;
    const size_t end = asio::read_until(socket_, asio::dynamic_buffer(bytes), "ok 0", ignored);
    return ignored ? bytes : bytes.substr(0, end);
  }
  // Whether the server has closed or closes it; waits for that.
  bool IsClosed() {
    char byte = 0;
    boost::system::error_code error;
    socket_.read_some(asio::buffer(&byte, 1), error);
    return static_cast<bool>(error);
  }

 private:
  Tcp::socket socket_;
};

// Of clients without TLS, which are cheap.
class PlainDoorsTest : public ServerDoorsTest {
 protected:
  PlainClient Plain(const std::string& source) { return {io_, server_->port(), source}; }

  asio::io_context io_;
};

TEST_F(ServerDoorsTest, SilentConnectionsMakeRoom) {
  options_.max_connections = 10;
  Start();
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 40; ++i) {
    silent.push_back(std::make_unique<RawClient>(server_->port(), kFlood));
  }
  for (int i = 0; i < 30; ++i) EXPECT_THAT(Ask(kInnocent), StartsWith("HTTP/1.1 200")) << i;
  // From the same address, too, as where a node's or a proxy's address stands for many.
  EXPECT_THAT(Ask(kFlood), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerDoorsTest, HeadsWithoutAnEndLeaveOthersTheirPlaces) {
  options_.max_connections = 100;
  options_.max_unanswered_per_source = 4;
  Start();
  std::vector<std::unique_ptr<RawClient>> flood;
  for (int i = 0; i < 60; ++i) {
    flood.push_back(std::make_unique<RawClient>(server_->port(), kFlood));
    // Beyond the fourth the server does not even look at the handshake.
    if (i < 4) {
      ASSERT_TRUE(flood.back()->Handshake());
    }
    flood.back()->WritePlain("\x16");
  }
  for (int i = 0; i < 20; ++i) EXPECT_THAT(Ask(kInnocent), StartsWith("HTTP/1.1 200")) << i;
}

TEST_F(PlainDoorsTest, WhoWaitsHasATurnWhenAnotherIsServed) {
  options_.max_unanswered_per_source = 2;
  StartPlain();
  std::vector<PlainClient> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(Plain(kFlood));
    // At once: silent ones of a source that has many are soon closed.
    clients.back().Write(kGet.substr(0, 1));
  }
  // The last ones are complete, and wait for the first.
  for (int i = 19; i >= 0; --i) clients[i].Write(kGet.substr(1));
  for (PlainClient& client : clients) EXPECT_THAT(client.ReadAnswer(), EndsWith("ok 0"));
}

TEST_F(PlainDoorsTest, AThousandConnectionsOfOneAddressAreServed) {
  StartPlain();
  std::vector<PlainClient> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(Plain(kInnocent));
    clients.back().Write(kGet);
  }
  for (PlainClient& client : clients) ASSERT_THAT(client.ReadAnswer(), EndsWith("ok 0"));
  for (PlainClient& client : clients) client.Write(kGet);
  for (PlainClient& client : clients) ASSERT_THAT(client.ReadAnswer(), EndsWith("ok 0"));
  // And a stranger who comes then, too.
  PlainClient other = Plain("127.0.0.8");
  other.Write(kGet);
  EXPECT_THAT(other.ReadAnswer(), EndsWith("ok 0"));
}

TEST_F(PlainDoorsTest, IdleConnectionsOfTheLargestSourceMakeRoom) {
  options_.max_connections = 4;
  StartPlain();
  std::vector<PlainClient> idle;
  for (int i = 0; i < 4; ++i) {
    idle.push_back(Plain(kFlood));
    idle.back().Write(kGet);
    ASSERT_THAT(idle.back().ReadAnswer(), EndsWith("ok 0"));
  }
  // The last of them may still be busy being answered; another is idle for certain.
  PlainClient innocent = Plain(kInnocent);
  innocent.Write(kGet);
  EXPECT_THAT(innocent.ReadAnswer(), EndsWith("ok 0"));
  EXPECT_TRUE(idle[0].IsClosed());
  idle[3].Write(kGet);
  EXPECT_THAT(idle[3].ReadAnswer(), EndsWith("ok 0"));
}

TEST_F(PlainDoorsTest, WhatStrangersDoIsOneLineAMinute) {
  Lines lines;
  base::FakeClock clock;
  options_.clock = &clock;
  options_.head_timeout = absl::Milliseconds(50);
  Start();
  constexpr std::string_view kLine = "without being served";
  const auto flood = [&] {
    std::vector<PlainClient> silent;
    for (int i = 0; i < 100; ++i) silent.push_back(Plain(kFlood));
    for (PlainClient& client : silent) EXPECT_TRUE(client.IsClosed());
  };
  flood();
  EXPECT_THAT(lines.Await(kLine), AllOf(HasSubstr("\"silent\""), HasSubstr(kFlood)));
  flood();
  flood();
  // Each time that the server looks after its files it has had the chance to say so before.
  std::ofstream(options_.tls_key_file) << "junk";
  EXPECT_THAT(lines.Await("Changed TLS files were not taken over"), HasSubstr("key"));
  EXPECT_EQ(lines.Count(kLine), 1);
  clock.Advance(absl::Minutes(1));
  EXPECT_THAT(lines.Await(kLine, 2), HasSubstr(kFlood));
  server_.reset();  // before the clock that it reads
}

}  // namespace
}  // namespace countersign::http
