#include "shim/test_name_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <utility>

#include "base/eventually.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

constexpr size_t kHeaderBytes = 12;

}  // namespace

TestNameServer::TestNameServer(std::string records, uint16_t count, uint8_t code)
    : records_(std::move(records)),
      count_(count),
      code_(code),
      socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  address_.sin_family = AF_INET;
  address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address_);
  EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address_), size), 0);
  EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address_), &size), 0);
  port_ = ntohs(address_.sin_port);
  thread_ = std::thread([this] { Run(); });
}

TestNameServer::~TestNameServer() {
  // An empty message ends the thread.
  const int waker = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sendto(waker, "", 0, 0, reinterpret_cast<const sockaddr*>(&address_), sizeof(address_));
  close(waker);
  thread_.join();
  close(socket_);
}

VerifierTarget TestNameServer::Target() const {
  return {.host = "verifier.test",
          .port = "8090",
          .name_server = "127.0.0.1",
          .name_server_port = port_};
}

void TestNameServer::Run() {
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

std::string DnsRecord(uint16_t type, std::string_view data) {
  std::string record("\xc0\x0c\0\0\0\1\0\0\0\0\0\0", 12);
  record[3] = static_cast<char>(type);
  record[11] = static_cast<char>(data.size());
  return record.append(data);
}

}  // namespace countersign::shim
