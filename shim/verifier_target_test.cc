#include "shim/verifier_target.h"

#include <string>
#include <vector>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using base::IsOk;
using base::StatusIs;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

VerifierTarget Read(std::string_view target) {
  const absl::StatusOr<VerifierTarget> read = ReadVerifierTarget(target);
  EXPECT_THAT(read, IsOk()) << target;
  return read.value_or(VerifierTarget());
}

TEST(VerifierTarget, AddressesAreTakenAsTheyAre) {
  EXPECT_THAT(Read("ipv4:192.0.2.1:8090,192.0.2.2:8091,192.0.2.1:8090").addresses,
              ElementsAre("192.0.2.1:8090", "192.0.2.2:8091"));
  EXPECT_THAT(Read("ipv4:192.0.2.1").addresses, ElementsAre("192.0.2.1:443"));
  EXPECT_THAT(Read("ipv6:[2001:DB8:0::1]:8090,[::1]").addresses,
              ElementsAre("[2001:db8::1]:8090", "[::1]:443"));
}

// They are not looked up.
TEST(VerifierTarget, AnAddressInThePlaceOfANameIsOne) {
  for (const std::string_view target :
       {"192.0.2.1:8090", "dns:192.0.2.1:8090", "dns:///192.0.2.1:8090",
        "dns://127.0.0.1:53/192.0.2.1:8090"}) {
    EXPECT_THAT(Read(target).addresses, ElementsAre("192.0.2.1:8090")) << target;
    EXPECT_EQ(Read(target).name_server, "");
  }
  EXPECT_THAT(Read("[::1]:8090").addresses, ElementsAre("[::1]:8090"));
  EXPECT_THAT(Read("::1").addresses, ElementsAre("[::1]:443"));
}

TEST(VerifierTarget, ANameHasAPort) {
  for (const std::string_view target :
       {"verifier.test:8090", "dns:verifier.test:8090", "dns:///verifier.test:8090"}) {
    const VerifierTarget read = Read(target);
    EXPECT_EQ(read.host, "verifier.test") << target;
    EXPECT_EQ(read.port, "8090");
    EXPECT_THAT(read.addresses, IsEmpty());
    EXPECT_EQ(read.name_server, "");
    EXPECT_EQ(read.for_grpc, "");
  }
  EXPECT_EQ(Read("localhost").port, "443");
}

TEST(VerifierTarget, ANameServerCanBeNamed) {
  const VerifierTarget read = Read("dns://127.0.0.1:5353/verifier.test:8090");
  EXPECT_EQ(read.name_server, "127.0.0.1");
  EXPECT_EQ(read.name_server_port, 5353);
  EXPECT_EQ(read.host, "verifier.test");
  EXPECT_EQ(Read("dns://127.0.0.1/verifier.test:8090").name_server_port, 53);
}

TEST(VerifierTarget, WhatOnlyGrpcCanFollowIsLeftToIt) {
  for (const std::string_view target :
       {"unix:/run/verifier", "unix:///run/verifier", "xds:///verifier", "unix-abstract:verifier",
        "ipv6:%5B::1%5D:8090", "dns://[::1]:53/verifier.test:8090",
        "dns://dns.test/verifier.test:8090"}) {
    EXPECT_EQ(Read(target).for_grpc, target);
    EXPECT_THAT(Read(target).addresses, IsEmpty());
    EXPECT_EQ(Read(target).host, "");
  }
}

TEST(VerifierTarget, WhatIsMalformedIsRefused) {
  for (const std::string_view target :
       {"", ":8090", "verifier.test:", "verifier.test:0", "verifier.test:65536", "verifier.test:x",
        "ipv4:", "ipv4:verifier.test:8090", "ipv4:192.0.2.1:1,", "ipv6:[::1", "ipv6:[::1]8090",
        "dns://127.0.0.1:53", "dns:///"}) {
    EXPECT_THAT(ReadVerifierTarget(target),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("gRPC target")))
        << target;
  }
}

TEST(AddressWithPort, IsOfAddressesAlone) {
  EXPECT_THAT(AddressWithPort("192.0.2.1", "8090"), Optional(std::string("192.0.2.1:8090")));
  EXPECT_THAT(AddressWithPort("2001:DB8::0:1", "8090"),
              Optional(std::string("[2001:db8::1]:8090")));
  EXPECT_EQ(AddressWithPort("localhost", "8090"), std::nullopt);
  EXPECT_EQ(AddressWithPort("192.0.2", "8090"), std::nullopt);
}

TEST(TargetOfAddress, IsAUri) {
  EXPECT_THAT(TargetsOf({"192.0.2.1:1", "192.0.2.2:2"}),
              ElementsAre("ipv4:192.0.2.1:1", "ipv4:192.0.2.2:2"));
  EXPECT_EQ(TargetOfAddress("192.0.2.1:8090"), "ipv4:192.0.2.1:8090");
  EXPECT_EQ(TargetOfAddress("[2001:db8::1]:8090"), "ipv6:%5B2001:db8::1%5D:8090");
}

}  // namespace
}  // namespace countersign::shim
