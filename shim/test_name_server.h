#ifndef COUNTERSIGN_SHIM_TEST_NAME_SERVER_H_
#define COUNTERSIGN_SHIM_TEST_NAME_SERVER_H_

#include <netinet/in.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

#include "shim/verifier_target.h"

namespace countersign::shim {

// A name server on loopback that answers each question with the same records (RFC 1035 section 4.1), for
// tests.
class TestNameServer {
 public:
  static constexpr uint8_t kNameError = 3;

  explicit TestNameServer(std::string records, uint16_t count, uint8_t code = 0);
  ~TestNameServer();
  TestNameServer(const TestNameServer&) = delete;
  TestNameServer& operator=(const TestNameServer&) = delete;

  int port() const { return port_; }
  // verifier.test:8090, as this server knows it.
  VerifierTarget Target() const;

  // As long as it is, nothing is answered.
  std::atomic<bool> is_silent = false;
  std::atomic<int> questions = 0;

 private:
  void Run();

  const std::string records_;
  const uint16_t count_;
  const uint8_t code_;
  const int socket_;
  int port_ = 0;
  sockaddr_in address_ = {};
  std::thread thread_;
};

constexpr uint16_t kDnsA = 1;
constexpr uint16_t kDnsText = 16;
constexpr uint16_t kDnsAaaa = 28;

// A record of the name in the question, for no time.
std::string DnsRecord(uint16_t type, std::string_view data);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_TEST_NAME_SERVER_H_
