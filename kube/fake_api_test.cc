#include "kube/fake_api.h"

#include <string>
#include <vector>

#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using testing::ElementsAre;
using testing::Field;

const absl::Time kNever = absl::InfiniteFuture();

TEST(FakeApi, KeepsSecretsUntilTheyAreRemoved) {
  FakeApi api;
  EXPECT_THAT(api.FetchSecret("shop", "pull", kNever), StatusIs(absl::StatusCode::kNotFound));
  api.PutSecret("shop", "pull", {.type = "Opaque", .data = {{"a", "b"}}});
  EXPECT_THAT(api.FetchSecret("shop", "pull", kNever),
              IsOkAndHolds(Field(&Secret::type, "Opaque")));
  EXPECT_THAT(api.FetchSecret("other", "pull", kNever), StatusIs(absl::StatusCode::kNotFound));
  api.RemoveSecret("shop", "pull");
  EXPECT_THAT(api.FetchSecret("shop", "pull", kNever), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(api.fetches(), 4);
}

TEST(FakeApi, KeepsServiceAccounts) {
  FakeApi api;
  api.PutServiceAccount("shop", "default", {.image_pull_secrets = {"pull"}});
  EXPECT_THAT(api.FetchServiceAccount("shop", "default", kNever),
              IsOkAndHolds(Field(&ServiceAccount::image_pull_secrets, ElementsAre("pull"))));
}

TEST(FakeApi, FailsAsToldUntilToldOtherwise) {
  FakeApi api;
  api.PutSecret("shop", "pull", {});
  api.FailWith(absl::UnavailableError("down"));
  EXPECT_THAT(api.FetchSecret("shop", "pull", kNever),
              StatusIs(absl::StatusCode::kUnavailable, "down"));
  EXPECT_THAT(api.FetchServiceAccount("shop", "default", kNever),
              StatusIs(absl::StatusCode::kUnavailable, "down"));
  api.FailWith(absl::OkStatus());
  EXPECT_THAT(api.FetchSecret("shop", "pull", kNever), IsOk());
}

TEST(FakeApi, TellsItsWatchesOfPolicies) {
  FakeApi api;
  std::vector<std::string> heard;
  const auto watch = api.WatchPolicies([&](const absl::StatusOr<std::vector<Object>>& policies) {
    std::string words = policies.ok() ? "" : policies.status().ToString();
    if (policies.ok()) {
      for (const Object& policy : *policies) words += policy.json.dump() + policy.locate("/a");
    }
    heard.push_back(words);
  });
  api.SetPolicies(std::vector<base::Json>{base::Json::parse(R"({"a": 1})")});
  api.SetPolicies(absl::InvalidArgumentError("broken"));
  EXPECT_THAT(heard, ElementsAre("", R"({"a":1}/a)", "INVALID_ARGUMENT: broken"));
}

}  // namespace
}  // namespace countersign::kube
