#include "kube/fake_object_feed.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using testing::ElementsAre;

TEST(FakeObjectFeed, TellsItsWatches) {
  FakeObjectFeed feed;
  std::vector<std::string> heard;
  const auto watch = feed.Watch({}, [&](const ListedObjects& objects) {
    std::string words = objects.ok() ? "" : objects.status().ToString();
    if (objects.ok()) {
      for (const Object& object : *objects) words += object.json.dump() + object.locate("/a");
    }
    heard.push_back(words);
  });
  feed.Set(std::vector<base::Json>{base::Json::parse(R"({"a": 1})")});
  feed.Set(absl::InvalidArgumentError("broken"));
  EXPECT_THAT(heard, ElementsAre("", R"({"a":1}/a)", "INVALID_ARGUMENT: broken"));
}

}  // namespace
}  // namespace countersign::kube
