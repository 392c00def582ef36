#include "kube/object_watches.h"

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

ListedObjects Named(std::string name) {
  return std::vector<Object>{{.json = std::move(name), .locate = nullptr}};
}

// Notes what it is told as "name" or "error: message".
ObjectsCallback NoteIn(std::vector<std::string>& heard) {
  return [&heard](const ListedObjects& objects) {
    heard.push_back(objects.ok() ? objects->at(0).json.get<std::string>()
                                 : "error: " + std::string(objects.status().message()));
  };
}

TEST(ObjectWatches, ANewOneHearsTheLastWord) {
  ObjectWatches watches(Named("first"));
  watches.Publish(Named("second"));
  std::vector<std::string> heard;
  const auto watch = watches.Add(NoteIn(heard));
  EXPECT_EQ(heard, std::vector<std::string>{"second"});
}

TEST(ObjectWatches, EachHearsEverythingInOrder) {
  ObjectWatches watches(Named("a"));
  std::vector<std::string> one, two;
  const auto first = watches.Add(NoteIn(one));
  watches.Publish(absl::InvalidArgumentError("b"));
  const auto second = watches.Add(NoteIn(two));
  watches.Publish(Named("c"));
  EXPECT_EQ(one, (std::vector<std::string>{"a", "error: b", "c"}));
  EXPECT_EQ(two, (std::vector<std::string>{"error: b", "c"}));
}

TEST(ObjectWatches, AnEndedOneHearsNothing) {
  ObjectWatches watches(Named("a"));
  std::vector<std::string> heard;
  watches.Add(NoteIn(heard)).reset();
  watches.Publish(Named("b"));
  EXPECT_EQ(heard, std::vector<std::string>{"a"});
}

TEST(ObjectWatches, EndingWaitsForACallInProgress) {
  ObjectWatches watches(Named("a"));
  absl::Notification called;
  absl::Notification ending;
  std::atomic<bool> returned = false;
  auto watch = watches.Add([&](const ListedObjects& objects) {
    if (objects.ok()) return;
    called.Notify();
    EXPECT_TRUE(base::Await(ending));
    returned = true;
  });
  std::thread publisher([&] { watches.Publish(absl::InternalError("b")); });
  EXPECT_TRUE(base::Await(called));
  ending.Notify();
  watch.reset();
  EXPECT_TRUE(returned);
  publisher.join();
}

TEST(ObjectWatches, AWatchMayOutliveThem) {
  std::vector<std::string> heard;
  std::unique_ptr<ObjectWatch> watch;
  {
    ObjectWatches watches(Named("a"));
    watch = watches.Add(NoteIn(heard));
  }
  watch.reset();
  EXPECT_EQ(heard.size(), 1u);
}

}  // namespace
}  // namespace countersign::kube
