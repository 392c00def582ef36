#include "kube/client/http_object_store.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/scripted_server.h"
#include "kube/client/cluster_config.h"

namespace countersign::kube {
namespace {

using absl::StatusCode;
using base::IsOkAndHolds;
using base::Json;
using base::StatusIs;
using http::ScriptedServer;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class HttpObjectStoreTest : public testing::Test {
 protected:
  void Answer(int status, const std::string& body) {
    server_ = std::make_unique<ScriptedServer>([=](const std::string&) {
      return ScriptedServer::Answer{http::WriteResponse(status, {}, body)};
    });
    ClusterConfig config;
    config.server = absl::StrCat("http://", server_->host(), "/clusters/c1");
    config.token = "the-token";
    store_ = std::make_unique<HttpObjectStore>(*ApiConnection::Create(config));
  }
  void Refuse(int status, const std::string& reason) {
    Answer(status, Json{{"kind", "Status"}, {"reason", reason}, {"message", "the reason"}}.dump());
  }

  absl::StatusOr<Json> Get() { return store_->Get(path_, base::Soon()); }
  absl::StatusOr<Json> Create() { return store_->Create(path_, object_, base::Soon()); }
  absl::StatusOr<Json> Replace() { return store_->Replace(path_, object_, base::Soon()); }

  const ObjectPath path_ = {.group = "",
                            .version = "v1",
                            .object_namespace = "shop",
                            .resource = "secrets",
                            .name = "regcred"};
  const Json object_ = {{"metadata", {{"name", "regcred"}, {"resourceVersion", "5"}}}};
  std::unique_ptr<ScriptedServer> server_;
  std::unique_ptr<HttpObjectStore> store_;
};

TEST_F(HttpObjectStoreTest, GetsCreatesAndReplaces) {
  Answer(200, R"({"kind":"Secret"})");
  EXPECT_THAT(Get(), IsOkAndHolds(Json{{"kind", "Secret"}}));
  EXPECT_THAT(Create(), IsOkAndHolds(Json{{"kind", "Secret"}}));
  EXPECT_THAT(Replace(), IsOkAndHolds(Json{{"kind", "Secret"}}));
  const std::string one = "/clusters/c1/api/v1/namespaces/shop/secrets/regcred HTTP/1.1\r\n";
  EXPECT_THAT(
      server_->Requests(),
      ElementsAre(AllOf(StartsWith("GET " + one), HasSubstr("Authorization: Bearer the-token\r\n")),
                  AllOf(StartsWith("POST /clusters/c1/api/v1/namespaces/shop/secrets HTTP/1.1\r\n"),
                        HasSubstr("Content-Type: application/json\r\n"), EndsWith(object_.dump())),
                  AllOf(StartsWith("PUT " + one), EndsWith(object_.dump()))));
}

TEST_F(HttpObjectStoreTest, ErrorsHaveTheirCodesAndNameTheObject) {
  Refuse(404, "NotFound");
  EXPECT_THAT(Get(), StatusIs(StatusCode::kNotFound, StartsWith("secrets shop/regcred: ")));
  Refuse(409, "AlreadyExists");
  EXPECT_THAT(Create(), StatusIs(StatusCode::kAlreadyExists));
  Refuse(409, "Conflict");
  EXPECT_THAT(Replace(), StatusIs(StatusCode::kAborted, HasSubstr("the reason")));
  Refuse(403, "Forbidden");
  EXPECT_THAT(Get(), StatusIs(StatusCode::kPermissionDenied, HasSubstr("the reason")));
  Refuse(401, "Unauthorized");
  EXPECT_THAT(Get(), StatusIs(StatusCode::kUnauthenticated));
  Refuse(422, "Invalid");
  EXPECT_THAT(Replace(), StatusIs(StatusCode::kInvalidArgument, HasSubstr("the reason")));
  Refuse(429, "TooManyRequests");
  EXPECT_THAT(Get(), StatusIs(StatusCode::kResourceExhausted));
  Refuse(500, "InternalError");
  EXPECT_THAT(Get(), StatusIs(StatusCode::kUnavailable));
}

TEST_F(HttpObjectStoreTest, WhatIsNoObjectIsNotTakenForOne) {
  Answer(200, "<html>");
  EXPECT_THAT(Get(), StatusIs(StatusCode::kUnavailable));
  Answer(200, "[]");
  EXPECT_THAT(Get(), StatusIs(StatusCode::kUnavailable));
  Answer(404, "<html>");
  EXPECT_THAT(Get(), StatusIs(StatusCode::kUnavailable));
}

TEST_F(HttpObjectStoreTest, ReplacesOnlyWhatWasRead) {
  Answer(200, "{}");
  EXPECT_THAT(store_->Replace(path_, {{"metadata", {{"name", "regcred"}}}}, base::Soon()),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("resourceVersion")));
  EXPECT_TRUE(server_->Requests().empty());
}

TEST_F(HttpObjectStoreTest, NamesCannotLeadElsewhere) {
  Answer(200, "{}");
  for (const char* name : {"", ".", ".."}) {
    EXPECT_THAT(
        store_->Get(
            {.version = "v1", .object_namespace = "shop", .resource = "secrets", .name = name},
            base::Soon()),
        StatusIs(StatusCode::kInvalidArgument));
    EXPECT_THAT(store_->Create(
                    {.version = "v1", .object_namespace = "..", .resource = "secrets", .name = "x"},
                    object_, base::Soon()),
                StatusIs(StatusCode::kInvalidArgument));
  }
  EXPECT_TRUE(server_->Requests().empty());
}

}  // namespace
}  // namespace countersign::kube
