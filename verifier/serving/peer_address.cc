#include "verifier/serving/peer_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstddef>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace countersign::verifier {

std::string PeerAddress::Key() const { return absl::StrCat(address, " ", port); }

PeerAddress ParsePeer(std::string_view peer) {
  const std::string text = absl::StrReplaceAll(absl::string_view(peer.data(), peer.size()),
                                               {{"%5B", "["}, {"%5D", "]"}, {"%25", "%"}});
  absl::string_view rest = text;
  const size_t colon = rest.rfind(':');
  int port = 0;
  const bool is_ip = absl::ConsumePrefix(&rest, "ipv4:") || absl::ConsumePrefix(&rest, "ipv6:");
  if (!is_ip || !absl::SimpleAtoi(absl::string_view(text).substr(colon + 1), &port)) {
    return {.address = std::string(peer)};
  }
  rest.remove_suffix(text.size() - colon);
  absl::ConsumePrefix(&rest, "[");
  absl::ConsumeSuffix(&rest, "]");
  absl::ConsumePrefix(&rest, "::ffff:");
  rest = rest.substr(0, rest.find('%'));
  return {.address = std::string(rest), .port = port};
}

PeerAddress PeerOf(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return ParsePeer(absl::StrCat("ipv4:", text.data(), ":", ntohs(v4.sin_port)));
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  return ParsePeer(absl::StrCat("ipv6:[", text.data(), "]:", ntohs(v6.sin6_port)));
}

}  // namespace countersign::verifier
