#include "kube/client/http_object_feed.h"

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/client/fake_api_server.h"

namespace countersign::kube {
namespace {

using base::IsOk;
using testing::HasSubstr;
using testing::IsEmpty;

// What a watch was told last: the specs as "1 2", or the error.
class Told {
 public:
  ObjectsCallback Callback() {
    return [this](const ListedObjects& objects) {
      std::string text = objects.ok() ? "" : std::string(objects.status().message());
      if (objects.ok()) {
        for (const Object& object : *objects) {
          absl::StrAppend(&text, text.empty() ? "" : " ", object.json["spec"].dump());
        }
      }
      absl::MutexLock lock(&mutex_);
      last_ = text;
    };
  }

  std::string Last() const {
    absl::MutexLock lock(&mutex_);
    return last_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::string last_ ABSL_GUARDED_BY(mutex_) = "nothing";
};

class HttpObjectFeedTest : public testing::Test {
 protected:
  FakeApiServer server_;
  HttpObjectFeed feed_{*ApiConnection::Create(server_.Config())};
};

TEST_F(HttpObjectFeedTest, WhatSeveralWatchIsWatchedOnce) {
  server_.PutWidget("a", 1);
  absl::Notification first_told;
  absl::Notification second_told;
  const auto first = feed_.Watch(FakeApiServer::Widgets(), [&](const ListedObjects& widgets) {
    ASSERT_THAT(widgets, IsOk());
    ASSERT_EQ(widgets->size(), 1);
    EXPECT_EQ((*widgets)[0].locate("/spec"), "Widget a");
    first_told.Notify();
  });
  ASSERT_TRUE(first_told.WaitForNotificationWithDeadline(base::Soon()));
  const auto second =
      feed_.Watch(FakeApiServer::Widgets(), [&](const ListedObjects&) { second_told.Notify(); });
  ASSERT_TRUE(second_told.WaitForNotificationWithDeadline(base::Soon()));
  EXPECT_LE(server_.Requests().size(), 2);
}

TEST_F(HttpObjectFeedTest, OneObjectOfANameIsWatchedBesideAll) {
  server_.PutWidget("a", 1);
  server_.PutWidget("b", 2);
  ObjectSelection named = FakeApiServer::Widgets();
  named.name = "b";
  Told all;
  Told one;
  const auto first = feed_.Watch(FakeApiServer::Widgets(), all.Callback());
  const auto second = feed_.Watch(named, one.Callback());
  EXPECT_TRUE(base::Eventually([&] { return all.Last() == "1 2" && one.Last() == "2"; }));
  server_.PutWidget("a", 3);
  server_.PutWidget("b", 4);
  EXPECT_TRUE(base::Eventually([&] { return all.Last() == "3 4" && one.Last() == "4"; }));
  server_.RemoveWidget("b");
  EXPECT_TRUE(base::Eventually([&] { return all.Last() == "3" && one.Last() == ""; }));
}

TEST_F(HttpObjectFeedTest, NothingIsListedUntilSomebodyWatches) {
  EXPECT_THAT(server_.Requests(), IsEmpty());
}

TEST_F(HttpObjectFeedTest, SecretsAreNeverListed) {
  ObjectSelection secrets = FakeApiServer::Widgets();
  secrets.resource.group = "";
  secrets.resource.plural = "secrets";
  Told told;
  const auto watch = feed_.Watch(secrets, told.Callback());
  EXPECT_THAT(told.Last(), HasSubstr("Secrets are read by name"));
  EXPECT_THAT(server_.Requests(), IsEmpty());
}

}  // namespace
}  // namespace countersign::kube
