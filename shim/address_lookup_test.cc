#include "shim/address_lookup.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using testing::Contains;
using testing::ElementsAre;

// A name server on loopback that answers each question with the same records (RFC 1035 section 4.1).
class NameServer {
 public:
  static constexpr uint8_t kNameError = 3;

  explicit NameServer(std::string records, uint16_t count, uint8_t code = 0)
      : records_(std::move(records)), count_(count), code_(code) {
    sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    socklen_t size = sizeof(address);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    address_ = address;
    thread_ = std::thread([this] { Run(); });
  }
  ~NameServer() {
    // An empty message ends the thread.
    const int waker = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sendto(waker, "", 0, 0, reinterpret_cast<const sockaddr*>(&address_), sizeof(address_));
    close(waker);
    thread_.join();
    close(socket_);
  }

  VerifierTarget Target() const {
    return {.host = "verifier.test",
            .port = "8090",
            .name_server = "127.0.0.1",
            .name_server_port = port_};
  }
  // As long as it is, nothing is answered.
  std::atomic<bool> is_silent = false;
  std::atomic<int> questions = 0;

 private:
  static constexpr size_t kHeaderBytes = 12;

  void Run() {
    char question[512];
    while (true) {
      sockaddr_in client;
      socklen_t size = sizeof(client);
      const ssize_t read = recvfrom(socket_, question, sizeof(question), 0,
                                    reinterpret_cast<sockaddr*>(&client), &size);
      if (read < static_cast<ssize_t>(kHeaderBytes)) return;
      ++questions;
      EXPECT_TRUE(base::Eventually([this] { return !is_silent; }));
      std::string answer(question, read);
      answer[2] |= '\x80';  // a response
      answer[3] = static_cast<char>(0x80 | code_);
      answer[6] = static_cast<char>(count_ >> 8);
      answer[7] = static_cast<char>(count_);
      answer[10] = answer[11] = 0;  // no more records
      // Whatever was behind the question's name, type and class.
      const size_t end = answer.find('\0', kHeaderBytes) + 1 + 4;
      answer = answer.substr(0, end) + records_;
      sendto(socket_, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&client), size);
    }
  }

  const std::string records_;
  const uint16_t count_;
  const uint8_t code_;
  const int socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int port_ = 0;
  sockaddr_in address_;
  std::thread thread_;
};

// Of the name in the question, for no time.
std::string Record(uint16_t type, std::string_view data) {
  std::string record("\xc0\x0c\0\0\0\1\0\0\0\0\0\0", 12);
  record[3] = static_cast<char>(type);
  record[11] = static_cast<char>(data.size());
  return record.append(data);
}

constexpr uint16_t kA = 1;
constexpr uint16_t kText = 16;
constexpr uint16_t kAaaa = 28;

TEST(AddressLookup, ANameServerSaysWhichAddressesThereAre) {
  const std::string v6("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
  NameServer server(Record(kA, std::string_view("\xc0\x00\x02\x02", 4)) +
                        Record(kA, std::string_view("\xc0\x00\x02\x01", 4)) + Record(kAaaa, v6) +
                        Record(kText, "\4text"),
                    4);
  AddressLookup lookup(server.Target());
  EXPECT_THAT(lookup.Now(base::Soon()),
              IsOkAndHolds(ElementsAre("192.0.2.1:8090", "192.0.2.2:8090", "[2001:db8::1]:8090")));
}

TEST(AddressLookup, ANameWithoutAddressesIsNotFound) {
  NameServer without("", 0), unknown("", 0, NameServer::kNameError);
  EXPECT_THAT(AddressLookup(without.Target()).Now(base::Soon()),
              StatusIs(absl::StatusCode::kNotFound, "verifier.test has no address"));
  EXPECT_THAT(AddressLookup(unknown.Target()).Now(base::Soon()),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(AddressLookup, OneThatTakesTooLongIsWaitedForByTheNext) {
  NameServer server(Record(kA, std::string_view("\xc0\x00\x02\x01", 4)), 1);
  server.is_silent = true;
  AddressLookup lookup(server.Target());
  EXPECT_THAT(lookup.Now(base::In(absl::Milliseconds(20))),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(base::Eventually([&] { return server.questions > 0; }));
  server.is_silent = false;
  EXPECT_THAT(lookup.Now(base::Soon()), IsOkAndHolds(ElementsAre("192.0.2.1:8090")));
}

TEST(AddressLookup, TheSystemKnowsItself) {
  AddressLookup lookup({.host = "localhost", .port = "8090"});
  const auto addresses = lookup.Now(base::Soon());
  ASSERT_THAT(addresses, base::IsOk());
  EXPECT_THAT(*addresses, Contains(testing::AnyOf("127.0.0.1:8090", "[::1]:8090")));
}

}  // namespace
}  // namespace countersign::shim
