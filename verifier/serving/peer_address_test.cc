#include "verifier/serving/peer_address.h"

#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

TEST(ParsePeer, ReadsWhatGrpcWrites) {
  const struct {
    const char* peer;
    const char* address;
    int port;
  } kCases[] = {
      {"ipv4:192.0.2.1:4711", "192.0.2.1", 4711},
      {"ipv6:[2001:db8::1]:4711", "2001:db8::1", 4711},
      {"ipv6:%5B2001:db8::1%5D:4711", "2001:db8::1", 4711},
      {"ipv6:%5Bfe80::1%25eth0%5D:1", "fe80::1", 1},
      {"ipv6:%5B::ffff:192.0.2.1%5D:4711", "192.0.2.1", 4711},
      {"ipv6:%5B::1%5D:1", "::1", 1},
  };
  for (const auto& [peer, address, port] : kCases) {
    EXPECT_EQ(ParsePeer(peer).address, address) << peer;
    EXPECT_EQ(ParsePeer(peer).port, port) << peer;
  }
}

TEST(ParsePeer, TakesWhatIsNoAddressAsItIs) {
  for (const char* peer :
       {"", "unix:", "unix:/run/x:1", "ipv4:", "ipv4:192.0.2.1", "ipv6:[::1]:x"}) {
    EXPECT_EQ(ParsePeer(peer).address, peer);
    EXPECT_EQ(ParsePeer(peer).port, 0);
  }
}

TEST(PeerAddress, KeysTellPortsApart) {
  EXPECT_EQ(ParsePeer("ipv4:127.0.0.1:1").Key(), ParsePeer("ipv6:[::ffff:127.0.0.1]:1").Key());
  EXPECT_NE(ParsePeer("ipv4:127.0.0.1:1").Key(), ParsePeer("ipv4:127.0.0.1:2").Key());
}

}  // namespace
}  // namespace countersign::verifier
