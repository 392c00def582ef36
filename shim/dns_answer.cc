#include "shim/dns_answer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace countersign::shim {
namespace {

constexpr uint16_t kTypeA = 1;
constexpr uint16_t kTypeAaaa = 28;

// Reads from the front; what is not there ends it.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  std::optional<std::string_view> Take(size_t bytes) {
    if (rest_.size() < bytes) return std::nullopt;
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }

  std::optional<uint16_t> Number() {
    const std::optional<std::string_view> bytes = Take(2);
    if (!bytes.has_value()) return std::nullopt;
    return static_cast<uint16_t>(static_cast<unsigned char>((*bytes)[0]) << 8 |
                                 static_cast<unsigned char>((*bytes)[1]));
  }

  // A name, which ends with the root's label or with a pointer to others; false if it is none.
  bool SkipName() {
    while (true) {
      const std::optional<std::string_view> byte = Take(1);
      if (!byte.has_value()) return false;
      const auto length = static_cast<unsigned char>(byte->front());
      if (length == 0) return true;
      if (length >= 0xc0) return Take(1).has_value();
      if (length >= 0x40 || !Take(length).has_value()) return false;
    }
  }

 private:
  std::string_view rest_;
};

struct Record {
  uint16_t type = 0;
  std::string_view data;
};

std::optional<Record> Next(Reader* reader) {
  if (!reader->SkipName()) return std::nullopt;
  const std::optional<uint16_t> type = reader->Number();
  if (!type.has_value() || !reader->Take(2 + 4).has_value()) return std::nullopt;  // class and life
  const std::optional<uint16_t> size = reader->Number();
  if (!size.has_value()) return std::nullopt;
  const std::optional<std::string_view> data = reader->Take(*size);
  if (!data.has_value()) return std::nullopt;
  return Record{.type = *type, .data = *data};
}

std::optional<std::string> AddressIn(const Record& record) {
  const bool is_v4 = record.type == kTypeA && record.data.size() == sizeof(in_addr);
  const bool is_v6 = record.type == kTypeAaaa && record.data.size() == sizeof(in6_addr);
  if (!is_v4 && !is_v6) return std::nullopt;
  char written[INET6_ADDRSTRLEN];
  inet_ntop(is_v4 ? AF_INET : AF_INET6, record.data.data(), written, sizeof(written));
  return written;
}

}  // namespace

std::vector<std::string> AddressesInAnswer(std::string_view message) {
  Reader reader(message);
  reader.Take(2 + 2);  // identifier and flags
  const uint16_t questions = reader.Number().value_or(0);
  const uint16_t answers = reader.Number().value_or(0);
  reader.Take(2 + 2);  // how many records of the other sections
  for (int i = 0; i < questions; ++i) {
    if (!reader.SkipName() || !reader.Take(2 + 2).has_value()) return {};
  }
  std::vector<std::string> addresses;
  for (int i = 0; i < answers; ++i) {
    const std::optional<Record> record = Next(&reader);
    if (!record.has_value()) break;
    if (std::optional<std::string> address = AddressIn(*record)) {
      addresses.push_back(*std::move(address));
    }
  }
  return addresses;
}

}  // namespace countersign::shim
