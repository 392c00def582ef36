#include "kube/client/server_url.h"

#include "absl/status/status.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;

TEST(ServerUrl, IsHttpsAndMayHaveAPath) {
  EXPECT_THAT(ReadServerUrl("https://10.0.0.1:6443"), IsOkAndHolds("https://10.0.0.1:6443"));
  EXPECT_THAT(ReadServerUrl("https://example.org/k8s/c1/"),
              IsOkAndHolds("https://example.org/k8s/c1"));
}

TEST(ServerUrl, HttpIsForThisMachine) {
  EXPECT_THAT(ReadServerUrl("http://127.0.0.1:8001"), IsOkAndHolds("http://127.0.0.1:8001"));
  EXPECT_THAT(ReadServerUrl("http://[::1]:8001"), IsOkAndHolds("http://[::1]:8001"));
  EXPECT_THAT(ReadServerUrl("http://10.0.0.1"),
              StatusIs(absl::StatusCode::kInvalidArgument, testing::HasSubstr("must be https")));
  EXPECT_THAT(ReadServerUrl("http://127.0.0.1.example.org"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ServerUrl, OthersAreRefused) {
  for (const char* text : {"", "10.0.0.1:6443", "ftp://example.org", "https://", "https://a?b",
                           "https://user:password@example.org"}) {
    EXPECT_THAT(ReadServerUrl(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(ServerUrl, IsBuiltOfHostAndPort) {
  EXPECT_THAT(BuildServerUrl("10.0.0.1", "6443"), IsOkAndHolds("https://10.0.0.1:6443"));
  EXPECT_THAT(BuildServerUrl("fd00::1", "443"), IsOkAndHolds("https://[fd00::1]"));
  EXPECT_THAT(BuildServerUrl("a", "x"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ServerUrl, ServerNamesAreHostNames) {
  EXPECT_TRUE(IsServerName(""));
  EXPECT_TRUE(IsServerName("kubernetes.default.svc"));
  EXPECT_FALSE(IsServerName("a/b"));
  EXPECT_FALSE(IsServerName("a:443"));
  EXPECT_FALSE(IsServerName("a b"));
}

}  // namespace
}  // namespace countersign::kube
