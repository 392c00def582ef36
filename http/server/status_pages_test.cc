#include "http/server/status_pages.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/curl_client.h"

namespace countersign::http {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsNull;
using ::testing::Not;

TEST(StatusPages, AreNotServedUnlessTheyAreWanted) {
  base::Metrics metrics;
  const auto server = StartStatusPages({.program = "thing"}, &metrics);
  ASSERT_THAT(server, IsOk());
  EXPECT_THAT(*server, IsNull());
  EXPECT_EQ(metrics.WriteText(), "");
}

TEST(StatusPages, TellWhatProgramThisIsAndWhatItHas) {
  base::Metrics metrics;
  const auto server =
      StartStatusPages({.listen = "127.0.0.1:0",
                        .program = "thing",
                        .certificates = {{"server", "/nowhere.pem"}, {"client", ""}},
                        .check_readiness = [] { return Readiness{.is_ready = true}; }},
                       &metrics);
  ASSERT_THAT(server, IsOk());
  const auto client = *CurlClient::Create({});
  const auto ask = [&](const char* path) {
    return client
        ->Send({.method = "GET", .url = absl::StrCat("http://127.0.0.1:", (*server)->port(), path)},
               base::Soon())
        ->body;
  };
  EXPECT_EQ(ask("/readyz"), "ready\n");
  const std::string text = ask("/metrics");
  EXPECT_THAT(text, HasSubstr("countersign_build_info{program=\"thing\",version=\""));
  EXPECT_THAT(text,
              HasSubstr("countersign_certificate_expiry_timestamp_seconds{use=\"server\"} 0"));
  EXPECT_THAT(text, Not(HasSubstr("use=\"client\"")));
  EXPECT_THAT(text, HasSubstr("countersign_status_connections"));
}

TEST(StatusPages, NameTheFlagThatIsWrong) {
  base::Metrics metrics;
  EXPECT_THAT(StartStatusPages({.listen = "nonsense"}, &metrics),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--status-listen")));
}

}  // namespace
}  // namespace countersign::http
