#include "kube/fake_object_feed.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using testing::ElementsAre;

TEST(FakeObjectFeed, TellsItsWatchesOfPolicies) {
  FakeObjectFeed feed;
  std::vector<std::string> heard;
  const auto watch = feed.WatchPolicies([&](const absl::StatusOr<std::vector<Object>>& policies) {
    std::string words = policies.ok() ? "" : policies.status().ToString();
    if (policies.ok()) {
      for (const Object& policy : *policies) words += policy.json.dump() + policy.locate("/a");
    }
    heard.push_back(words);
  });
  feed.SetPolicies(std::vector<base::Json>{base::Json::parse(R"({"a": 1})")});
  feed.SetPolicies(absl::InvalidArgumentError("broken"));
  EXPECT_THAT(heard, ElementsAre("", R"({"a":1}/a)", "INVALID_ARGUMENT: broken"));
}

}  // namespace
}  // namespace countersign::kube
