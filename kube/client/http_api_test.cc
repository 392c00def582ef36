#include "kube/client/http_api.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/client/fake_api_server.h"

namespace countersign::kube {
namespace {

using absl::StatusCode;
using base::IsOk;
using base::Json;
using base::StatusIs;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

absl::Time Soon() { return absl::Now() + absl::Seconds(20); }

class HttpApiTest : public testing::Test {
 protected:
  FakeApiServer server_;
  HttpApi api_{*ApiConnection::Create(server_.Config())};
};

TEST_F(HttpApiTest, SecretsAndServiceAccountsAreReadByNameEachTime) {
  server_.PutObject(
      "/api/v1/namespaces/shop/secrets/regcred",
      {{"type", "kubernetes.io/dockerconfigjson"}, {"data", {{".dockerconfigjson", "e30="}}}});
  server_.PutObject("/api/v1/namespaces/shop/serviceaccounts/web",
                    {{"imagePullSecrets", Json::array({{{"name", "regcred"}}})}});
  const absl::StatusOr<Secret> secret = api_.FetchSecret("shop", "regcred", Soon());
  ASSERT_THAT(secret, IsOk());
  EXPECT_EQ(secret->type, "kubernetes.io/dockerconfigjson");
  EXPECT_EQ(*secret->Find(".dockerconfigjson"), "{}");
  const absl::StatusOr<ServiceAccount> account = api_.FetchServiceAccount("shop", "web", Soon());
  ASSERT_THAT(account, IsOk());
  EXPECT_THAT(account->image_pull_secrets, ElementsAre("regcred"));
  EXPECT_THAT(api_.FetchSecret("shop", "regcred", Soon()), IsOk());
  EXPECT_THAT(server_.Requests(), ElementsAre("GET /api/v1/namespaces/shop/secrets/regcred",
                                              "GET /api/v1/namespaces/shop/serviceaccounts/web",
                                              "GET /api/v1/namespaces/shop/secrets/regcred"));
}

TEST_F(HttpApiTest, WhatIsAbsentIsNotFoundAndWhatCannotBeReadIsNot) {
  EXPECT_THAT(api_.FetchSecret("shop", "none", Soon()),
              StatusIs(StatusCode::kNotFound, HasSubstr("secrets shop/none")));
  EXPECT_THAT(api_.FetchServiceAccount("shop", "none", Soon()), StatusIs(StatusCode::kNotFound));
  server_.SetGone(true);
  EXPECT_THAT(api_.FetchSecret("shop", "none", Soon()), StatusIs(StatusCode::kUnavailable));
}

TEST_F(HttpApiTest, NamesCannotLeadElsewhere) {
  server_.PutObject("/api/v1/namespaces/shop/secrets", {{"type", "list"}});
  server_.PutObject("/api/v1/namespaces/shop/secrets/", {{"type", "list"}});
  EXPECT_THAT(api_.FetchSecret("shop", "", Soon()), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(api_.FetchSecret("", "x", Soon()), StatusIs(StatusCode::kNotFound));
  for (const char* name : {"../configmaps/x", "x?watch=1", "x/status", "..", "."}) {
    EXPECT_THAT(api_.FetchSecret("shop", name, Soon()), StatusIs(StatusCode::kNotFound)) << name;
    EXPECT_THAT(api_.FetchServiceAccount(name, "x", Soon()), StatusIs(StatusCode::kNotFound));
  }
  EXPECT_THAT(server_.Requests(),
              Each(testing::AnyOf(StartsWith("GET /api/v1/namespaces/shop/secrets/"),
                                  testing::EndsWith("/serviceaccounts/x"))));
}

TEST_F(HttpApiTest, ErrorsDoNotQuoteSecrets) {
  server_.PutObject("/api/v1/namespaces/shop/secrets/bad",
                    {{"data", {{"password", "not base64 hunter2"}}}});
  EXPECT_THAT(
      api_.FetchSecret("shop", "bad", Soon()),
      StatusIs(StatusCode::kFailedPrecondition,
               AllOf(StartsWith("Secret shop/bad: /data/password"), Not(HasSubstr("hunter2")))));
}

TEST_F(HttpApiTest, PoliciesAreWatchedOnceForAll) {
  server_.PutPolicy("image-policy", 1);
  absl::Notification first_told;
  absl::Notification second_told;
  const auto first = api_.WatchPolicies([&](absl::StatusOr<std::vector<Object>> policies) {
    ASSERT_THAT(policies, IsOk());
    ASSERT_EQ(policies->size(), 1);
    EXPECT_EQ((*policies)[0].locate("/spec"), "ClusterImagePolicy image-policy");
    first_told.Notify();
  });
  ASSERT_TRUE(first_told.WaitForNotificationWithDeadline(Soon()));
  const auto second =
      api_.WatchPolicies([&](const absl::StatusOr<std::vector<Object>>&) { second_told.Notify(); });
  ASSERT_TRUE(second_told.WaitForNotificationWithDeadline(Soon()));
  EXPECT_LE(server_.Requests().size(), 2);
}

TEST_F(HttpApiTest, NothingIsListedUntilSomebodyWatches) {
  EXPECT_THAT(server_.Requests(), IsEmpty());
}

}  // namespace
}  // namespace countersign::kube
