#include "kube/core_objects.h"

#include <string_view>
#include <utility>

#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using base::Json;
using base::StatusIs;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::Pointee;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

TEST(Secret, IsDecoded) {
  const absl::StatusOr<Secret> secret = ReadSecret(
      Json::parse(R"({"type": "Opaque", "data": {"b": "aGVs\nbG8=\r\n", "a": "", "n": null}})"));
  ASSERT_TRUE(secret.ok()) << secret.status();
  EXPECT_EQ(secret->type, "Opaque");
  EXPECT_THAT(secret->data, ElementsAre(Pair("a", ""), Pair("b", "hello"), Pair("n", "")));
  EXPECT_THAT(secret->Find("b"), Pointee(std::string("hello")));
  EXPECT_EQ(secret->Find("c"), nullptr);
}

TEST(Secret, StringDataReplacesData) {
  const absl::StatusOr<Secret> secret = ReadSecret(Json::parse(
      R"({"data": {"a": "aGVsbG8=", "b": "aGVsbG8="}, "stringData": {"b": "aGVsbG8="}})"));
  ASSERT_TRUE(secret.ok()) << secret.status();
  EXPECT_THAT(secret->data, ElementsAre(Pair("a", "hello"), Pair("b", "aGVsbG8=")));
}

TEST(Secret, WhatIsWrongIsNamedAndNotQuoted) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"data": {"a/b": "hunter2!"}})", "/data/a~1b: "},
      {R"({"data": {"a": "aGVsbG8"}})", "/data/a: "},
      {R"({"data": {"a": 5}})", "/data/a: must be a string, is a number"},
      {R"({"data": ["a"]})", "/data: must be an object, is an array"},
      {R"({"stringData": {"a": true}})", "/stringData/a: must be a string, is a boolean"},
      {R"({"type": {}})", "/type: must be a string, is an object"},
  };
  for (const auto& [object, reason] : cases) {
    EXPECT_THAT(ReadSecret(Json::parse(object)),
                StatusIs(kInvalid, AllOf(HasSubstr(reason), Not(HasSubstr("hunter2")))))
        << object;
  }
}

TEST(ServiceAccount, PullSecretsKeepTheirOrder) {
  const absl::StatusOr<ServiceAccount> account = ReadServiceAccount(
      Json::parse(R"({"imagePullSecrets": [{"name": "z"}, {"name": "a"}, {}]})"));
  ASSERT_TRUE(account.ok()) << account.status();
  EXPECT_THAT(account->image_pull_secrets, ElementsAre("z", "a"));
}

TEST(ServiceAccount, WhatIsWrongIsNamed) {
  EXPECT_THAT(ReadServiceAccount(Json::parse(R"({"imagePullSecrets": {}})")),
              StatusIs(kInvalid, HasSubstr("/imagePullSecrets: must be an array")));
  EXPECT_THAT(ReadServiceAccount(Json::parse(R"({"imagePullSecrets": ["a"]})")),
              StatusIs(kInvalid, HasSubstr("/imagePullSecrets/0: must be an object")));
  EXPECT_THAT(ReadServiceAccount(Json::parse(R"({"imagePullSecrets": [{"name": 1}]})")),
              StatusIs(kInvalid, HasSubstr("/imagePullSecrets/0/name: must be a string")));
}

}  // namespace
}  // namespace countersign::kube
