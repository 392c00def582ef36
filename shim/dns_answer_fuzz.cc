#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "shim/dns_answer.h"

// Whatever a name server sends, what comes of it is no more than it has room for, and addresses.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kLeastRecordBytes = 1 + 2 + 2 + 4 + 2 + 4;
  const auto addresses = countersign::shim::AddressesInAnswer(
      std::string_view(reinterpret_cast<const char*>(data), size));
  if (addresses.size() * kLeastRecordBytes > size) abort();
  for (const std::string& address : addresses) {
    in6_addr parsed;
    if (inet_pton(AF_INET, address.c_str(), &parsed) != 1 &&
        inet_pton(AF_INET6, address.c_str(), &parsed) != 1) {
      abort();
    }
  }
  return 0;
}
