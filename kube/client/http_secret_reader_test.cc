#include "kube/client/http_secret_reader.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/eventually.h"
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
using testing::Not;
using testing::StartsWith;

class HttpSecretReaderTest : public testing::Test {
 protected:
  FakeApiServer server_;
  HttpSecretReader reader_{*ApiConnection::Create(server_.Config())};
};

TEST_F(HttpSecretReaderTest, SecretsAndServiceAccountsAreReadByNameEachTime) {
  server_.PutObject(
      "/api/v1/namespaces/shop/secrets/regcred",
      {{"type", "kubernetes.io/dockerconfigjson"}, {"data", {{".dockerconfigjson", "e30="}}}});
  server_.PutObject("/api/v1/namespaces/shop/serviceaccounts/web",
                    {{"imagePullSecrets", Json::array({{{"name", "regcred"}}})}});
  const absl::StatusOr<Secret> secret = reader_.FetchSecret("shop", "regcred", base::Soon());
  ASSERT_THAT(secret, IsOk());
  EXPECT_EQ(secret->type, "kubernetes.io/dockerconfigjson");
  EXPECT_EQ(*secret->Find(".dockerconfigjson"), "{}");
  const absl::StatusOr<ServiceAccount> account =
      reader_.FetchServiceAccount("shop", "web", base::Soon());
  ASSERT_THAT(account, IsOk());
  EXPECT_THAT(account->image_pull_secrets, ElementsAre("regcred"));
  EXPECT_THAT(reader_.FetchSecret("shop", "regcred", base::Soon()), IsOk());
  EXPECT_THAT(server_.Requests(), ElementsAre("GET /api/v1/namespaces/shop/secrets/regcred",
                                              "GET /api/v1/namespaces/shop/serviceaccounts/web",
                                              "GET /api/v1/namespaces/shop/secrets/regcred"));
}

TEST_F(HttpSecretReaderTest, WhatIsAbsentIsNotFoundAndWhatCannotBeReadIsNot) {
  EXPECT_THAT(reader_.FetchSecret("shop", "none", base::Soon()),
              StatusIs(StatusCode::kNotFound, HasSubstr("secrets shop/none")));
  EXPECT_THAT(reader_.FetchServiceAccount("shop", "none", base::Soon()),
              StatusIs(StatusCode::kNotFound));
  server_.SetGone(true);
  EXPECT_THAT(reader_.FetchSecret("shop", "none", base::Soon()),
              StatusIs(StatusCode::kUnavailable));
}

TEST_F(HttpSecretReaderTest, NamesCannotLeadElsewhere) {
  server_.PutObject("/api/v1/namespaces/shop/secrets", {{"type", "list"}});
  server_.PutObject("/api/v1/namespaces/shop/secrets/", {{"type", "list"}});
  EXPECT_THAT(reader_.FetchSecret("shop", "", base::Soon()), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(reader_.FetchSecret("", "x", base::Soon()), StatusIs(StatusCode::kNotFound));
  for (const char* name : {"../configmaps/x", "x?watch=1", "x/status", "..", "."}) {
    EXPECT_THAT(reader_.FetchSecret("shop", name, base::Soon()), StatusIs(StatusCode::kNotFound))
        << name;
    EXPECT_THAT(reader_.FetchServiceAccount(name, "x", base::Soon()),
                StatusIs(StatusCode::kNotFound));
  }
  EXPECT_THAT(server_.Requests(),
              Each(testing::AnyOf(StartsWith("GET /api/v1/namespaces/shop/secrets/"),
                                  testing::EndsWith("/serviceaccounts/x"))));
}

TEST_F(HttpSecretReaderTest, ErrorsDoNotQuoteSecrets) {
  server_.PutObject("/api/v1/namespaces/shop/secrets/bad",
                    {{"data", {{"password", "not base64 hunter2"}}}});
  EXPECT_THAT(
      reader_.FetchSecret("shop", "bad", base::Soon()),
      StatusIs(StatusCode::kFailedPrecondition,
               AllOf(StartsWith("Secret shop/bad: /data/password"), Not(HasSubstr("hunter2")))));
}

}  // namespace
}  // namespace countersign::kube
