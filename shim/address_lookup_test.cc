#include "shim/address_lookup.h"

#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/test_name_server.h"

namespace countersign::shim {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using testing::Contains;
using testing::ElementsAre;

TEST(AddressLookup, ANameServerSaysWhichAddressesThereAre) {
  const std::string v6("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
  TestNameServer server(DnsRecord(kDnsA, std::string_view("\xc0\x00\x02\x02", 4)) +
                            DnsRecord(kDnsA, std::string_view("\xc0\x00\x02\x01", 4)) +
                            DnsRecord(kDnsAaaa, v6) + DnsRecord(kDnsText, "\4text"),
                        4);
  AddressLookup lookup(server.Target());
  EXPECT_THAT(lookup.Now(base::Soon()),
              IsOkAndHolds(ElementsAre("192.0.2.1:8090", "192.0.2.2:8090", "[2001:db8::1]:8090")));
}

TEST(AddressLookup, ANameWithoutAddressesIsNotFound) {
  TestNameServer without("", 0), unknown("", 0, TestNameServer::kNameError);
  EXPECT_THAT(AddressLookup(without.Target()).Now(base::Soon()),
              StatusIs(absl::StatusCode::kNotFound, "verifier.test has no address"));
  EXPECT_THAT(AddressLookup(unknown.Target()).Now(base::Soon()),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(AddressLookup, OneThatTakesTooLongIsWaitedForByTheNext) {
  TestNameServer server(DnsRecord(kDnsA, std::string_view("\xc0\x00\x02\x01", 4)), 1);
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
