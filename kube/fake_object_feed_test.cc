#include "kube/fake_object_feed.h"

#include <cstddef>
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

TEST(FakeObjectFeed, ThoseOfEachKindAreApart) {
  const ObjectSelection one = {.resource = {.group = "a", .plural = "ones"}};
  const ObjectSelection other = {.resource = {.group = "b", .plural = "ones"}};
  FakeObjectFeeds feeds;
  std::vector<size_t> counts;
  const auto watch =
      feeds.Watch(one, [&](const ListedObjects& objects) { counts.push_back(objects->size()); });
  feeds.Of(other).Set(std::vector<base::Json>{1, 2});
  feeds.Of(one).Set(std::vector<base::Json>{1});
  EXPECT_THAT(counts, ElementsAre(0, 1));
}

}  // namespace
}  // namespace countersign::kube
