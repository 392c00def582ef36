#include "kube/client/object_reflector.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/scripted_server.h"
#include "kube/client/api_connection.h"
#include "kube/client/cluster_config.h"
#include "kube/client/counting_plugin.h"
#include "kube/client/fake_api_server.h"

namespace countersign::kube {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ObjectReflectorTest : public testing::Test {
 protected:
  ObjectReflectorTest()
      : watch_(watches_.Add([this](const ListedObjects& objects) { Hear(objects); })) {
    options_.first_pause = absl::Milliseconds(5);
    options_.longest_pause = absl::Milliseconds(20);
  }

  void Start() { StartWith(*ApiConnection::Create(server_.Config())); }
  void StartWith(std::shared_ptr<ApiConnection> connection) {
    reflector_ =
        std::make_unique<ObjectReflector>(std::move(connection), selection_, &watches_, options_);
  }

  // What was told so far, once it is as many: the widgets as "a=1 b=2", or the error.
  std::vector<std::string> AwaitTold(size_t count) {
    EXPECT_TRUE(base::Eventually([&] { return Told().size() >= count; }));
    return Told();
  }

  std::vector<std::string> Told() {
    absl::MutexLock lock(&mutex_);
    return told_;
  }

  void AwaitWatches(int count) {
    ASSERT_TRUE(base::Eventually([&] { return server_.watches() >= count; }));
  }

  FakeApiServer server_;
  ObjectSelection selection_ = FakeApiServer::Widgets();
  ObjectReflector::Options options_;

 private:
  void Hear(const ListedObjects& objects) {
    std::string text;
    if (!objects.ok()) {
      text = objects.status().ToString();
    } else {
      for (const Object& object : *objects) {
        absl::StrAppend(&text, text.empty() ? "" : " ",
                        object.json["metadata"]["name"].get<std::string>(), "=",
                        object.json.value("spec", base::Json()).dump());
      }
    }
    absl::MutexLock lock(&mutex_);
    told_.push_back(text);
  }

  absl::Mutex mutex_;
  std::vector<std::string> told_ ABSL_GUARDED_BY(mutex_);
  ObjectWatches watches_;
  std::unique_ptr<ObjectWatch> watch_;

 protected:
  std::unique_ptr<ObjectReflector> reflector_;
};

TEST_F(ObjectReflectorTest, TellsTheListAndThenEachChange) {
  server_.PutWidget("a", 1);
  Start();
  EXPECT_THAT(AwaitTold(1), ElementsAre("a=1"));
  server_.PutWidget("a", 2);
  EXPECT_THAT(AwaitTold(2), ElementsAre("a=1", "a=2"));
  server_.PutWidget("b", 3);
  EXPECT_EQ(AwaitTold(3).back(), "a=2 b=3");
  server_.RemoveWidget("a");
  EXPECT_EQ(AwaitTold(4).back(), "b=3");
}

TEST_F(ObjectReflectorTest, ThatThereIsNoneIsTold) {
  Start();
  EXPECT_THAT(AwaitTold(1), ElementsAre(""));
  server_.PutWidget("a", 1);
  EXPECT_THAT(AwaitTold(2), ElementsAre("", "a=1"));
}

TEST_F(ObjectReflectorTest, ListsInChunks) {
  std::string all;
  for (int i = 10; i < 31; ++i) {
    server_.PutWidget(absl::StrCat("p", i), i);
    absl::StrAppend(&all, all.empty() ? "" : " ", "p", i, "=", i);
  }
  Start();
  EXPECT_THAT(AwaitTold(1), ElementsAre(all));
  AwaitWatches(1);
  EXPECT_THAT(server_.Requests(),
              ElementsAre(HasSubstr("?limit=8"), HasSubstr("?limit=8&continue=8"),
                          HasSubstr("?limit=8&continue=16"),
                          AllOf(HasSubstr("watch=1"), HasSubstr("allowWatchBookmarks=true"),
                                HasSubstr("timeoutSeconds="))));
}

TEST_F(ObjectReflectorTest, ListsMoreAtATimeOfWhatIsSmall) {
  for (int i = 10; i < 31; ++i) server_.PutWidget(absl::StrCat("p", i), i);
  selection_.only_labels = true;
  Start();
  AwaitWatches(1);
  EXPECT_THAT(server_.Requests(), ElementsAre(HasSubstr("?limit=250"), HasSubstr("watch=1")));
}

TEST_F(ObjectReflectorTest, ListsFewAtATimeWhereTheyAreNotSmallAndDoubtsNothingForThat) {
  for (int i = 10; i < 27; ++i) {
    server_.PutWidget(absl::StrCat("p", i), std::string(size_t{1} << 20, 'x'));
  }
  selection_.only_labels = true;
  ClusterConfig config = server_.Config();
  config.exec = MakeCountingPlugin();
  server_.RequireToken("1");  // of the plugin's first run
  StartWith(*ApiConnection::Create(config, {.shortest_interval = absl::ZeroDuration()}));
  AwaitWatches(1);
  EXPECT_THAT(
      server_.Requests(),
      ElementsAre(HasSubstr("?limit=250"), HasSubstr("?limit=8"), HasSubstr("?limit=8&continue=8"),
                  HasSubstr("?limit=8&continue=16"), HasSubstr("watch=1")));
}

TEST_F(ObjectReflectorTest, ListsFewAtATimeFromThenOnWhereTheyHaveManyValues) {
  const std::vector<int> values(120'000, 1);
  for (int i = 1; i < 10; ++i) server_.PutWidget(absl::StrCat("p", i), values);
  selection_.only_labels = true;
  Start();
  AwaitWatches(1);
  server_.Compact();
  AwaitWatches(2);
  EXPECT_THAT(
      server_.Requests(),
      ElementsAre(HasSubstr("?limit=250"), HasSubstr("?limit=8"), HasSubstr("?limit=8&continue=8"),
                  HasSubstr("watch=1"), HasSubstr("?limit=8"), HasSubstr("?limit=8&continue=8"),
                  HasSubstr("watch=1")));
}

TEST_F(ObjectReflectorTest, ListsOneByOneWhereEvenAFewHaveTooManyValues) {
  for (const char* const name : {"a", "b"}) {
    server_.PutWidget(name, std::vector<int>(600'000, 1));
  }
  Start();
  AwaitWatches(1);
  EXPECT_THAT(server_.Requests(),
              ElementsAre(HasSubstr("?limit=8"), HasSubstr("?limit=1"),
                          HasSubstr("?limit=8&continue=1"), HasSubstr("watch=1")));
}

TEST_F(ObjectReflectorTest, ThatSomeFindNoRoomIsLoggedOnceUntilAllDo) {
  absl::Mutex mutex;
  std::vector<std::string> log;
  const base::ScopedLogSink sink([&](std::string_view line) {
    absl::MutexLock lock(&mutex);
    log.emplace_back(line);
  });
  for (const char* const name : {"a", "b", "c"}) server_.PutWidget(name, 1);
  selection_.only_labels = true;
  selection_.max_objects = 2;
  Start();
  EXPECT_THAT(AwaitTold(1), ElementsAre("a=null b=null"));
  AwaitWatches(1);
  server_.PutWidget("d", 1);
  server_.EndWatches();
  AwaitWatches(2);  // without a list, which could find no room either
  server_.Compact();
  AwaitWatches(3);
  EXPECT_EQ(Told().size(), 1);
  server_.RemoveWidget("d");
  server_.RemoveWidget("a");
  EXPECT_EQ(AwaitTold(2).back(), "b=null");
  server_.EndWatches();
  EXPECT_EQ(AwaitTold(3).back(), "b=null c=null");
  AwaitWatches(4);
  const std::vector<std::string> requests = server_.Requests();
  EXPECT_EQ(std::count_if(requests.begin(), requests.end(),
                          [](const std::string& r) { return r.find("limit") != r.npos; }),
            3);
  reflector_.reset();
  absl::MutexLock lock(&mutex);
  EXPECT_THAT(log, ElementsAre(HasSubstr("There is no room for all Widgets, and the youngest"),
                               HasSubstr("There is room for all Widgets again.")));
}

TEST_F(ObjectReflectorTest, AServerThatHasTooMuchToDoIsNotAskedForLess) {
  base::FakeClock clock;
  options_ = {.first_pause = absl::Seconds(1), .longest_pause = absl::Seconds(1), .clock = &clock};
  selection_.only_labels = true;
  server_.AnswerAll(FakeApiServer::Failure(429, "TooManyRequests", "too many requests"));
  Start();
  EXPECT_TRUE(base::Eventually([&] { return clock.waits() == 1; }));
  // The first that fails is tried again at once.
  EXPECT_THAT(server_.Requests(), ElementsAre(HasSubstr("?limit=250"), HasSubstr("?limit=250")));
  EXPECT_THAT(AwaitTold(1), ElementsAre(StartsWith("RESOURCE_EXHAUSTED")));
  server_.AnswerAll("");
  clock.Advance(absl::Seconds(1));
  AwaitWatches(1);
  EXPECT_THAT(server_.Requests()[2], HasSubstr("?limit=250"));
  reflector_.reset();  // before its clock goes
}

TEST_F(ObjectReflectorTest, AWatchThatEndsOrIsCutGoesOnWhereItWas) {
  server_.PutWidget("a", 1);
  Start();
  AwaitWatches(1);
  server_.EndWatches();
  AwaitWatches(2);
  server_.PutWidget("a", 2);
  EXPECT_THAT(AwaitTold(2), ElementsAre("a=1", "a=2"));
  server_.CutWatches();
  server_.PutWidget("a", 3);
  EXPECT_THAT(AwaitTold(3), ElementsAre("a=1", "a=2", "a=3"));
  const std::vector<std::string> requests = server_.Requests();
  EXPECT_EQ(std::count_if(requests.begin(), requests.end(),
                          [](const std::string& r) { return r.find("limit") != r.npos; }),
            1)
      << "it was listed again";
}

TEST_F(ObjectReflectorTest, TheLastVersionIsThatOfABookmark) {
  Start();
  AwaitWatches(1);
  server_.SendLine(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"4711"}}})");
  server_.PutWidget("a", 1);  // so that the bookmark has certainly been read
  AwaitTold(2);
  server_.SendLine(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"4712"}}})");
  server_.EndWatches();
  AwaitWatches(2);
  EXPECT_THAT(server_.Requests().back(), HasSubstr("resourceVersion=4712&"));
}

TEST_F(ObjectReflectorTest, ALostServerIsToldOnceAndItsReturnToo) {
  server_.PutWidget("a", 1);
  Start();
  AwaitWatches(1);
  server_.SetGone(true);
  server_.CutWatches();
  EXPECT_THAT(AwaitTold(2),
              ElementsAre("a=1", AllOf(StartsWith("UNAVAILABLE: reading the gadgets from "),
                                       HasSubstr("http://127.0.0.1:"))));
  const size_t asked = server_.Requests().size();
  EXPECT_TRUE(base::Eventually([&] { return server_.Requests().size() >= asked + 5; }));
  server_.PutWidget("a", 2);
  server_.SetGone(false);
  const std::vector<std::string> told = AwaitTold(4);
  ASSERT_EQ(told.size(), 4);
  EXPECT_EQ(told[2], "a=1");
  EXPECT_EQ(told[3], "a=2");
}

TEST_F(ObjectReflectorTest, WhatFailsIsTriedAgainAfterPausesThatDouble) {
  base::FakeClock clock;
  options_ = {.first_pause = absl::Seconds(1), .longest_pause = absl::Seconds(4), .clock = &clock};
  server_.SetGone(true);
  Start();
  // The first is tried again at once; of each pause that follows half is random.
  uint64_t pauses = 0;
  for (const int64_t longest : {1, 2, 4, 4}) {
    ++pauses;
    EXPECT_TRUE(base::Eventually([&] { return clock.waits() == pauses; }));
    const size_t asked = server_.Requests().size();
    clock.Advance(absl::Seconds(longest) / 2 - absl::Milliseconds(1));
    EXPECT_TRUE(clock.AwaitLook());
    EXPECT_EQ(server_.Requests().size(), asked);
    clock.Advance(absl::Seconds(longest));
    EXPECT_TRUE(base::Eventually([&] { return server_.Requests().size() > asked; }));
  }
  reflector_.reset();  // before its clock goes
}

TEST_F(ObjectReflectorTest, AfterACompactionItListsAnewAndNobodyHearsOfIt) {
  server_.PutWidget("a", 1);
  Start();
  AwaitWatches(1);
  server_.Compact();
  AwaitWatches(2);
  server_.PutWidget("a", 2);
  EXPECT_THAT(AwaitTold(2), ElementsAre("a=1", "a=2"));
}

TEST_F(ObjectReflectorTest, AVersionThatIsGoneAtTheReconnectIsListedAnew) {
  server_.PutWidget("a", 1);
  Start();
  AwaitWatches(1);
  server_.SetGone(true);
  server_.CutWatches();
  AwaitTold(2);
  server_.RemoveWidget("a");
  server_.PutWidget("b", 2);
  server_.Compact();
  server_.SetGone(false);
  EXPECT_EQ(AwaitTold(3).back(), "b=2");
}

TEST_F(ObjectReflectorTest, WatchesThatNeverLastAreTold) {
  Start();
  for (int i = 1; i <= 5; ++i) {
    AwaitWatches(i);
    server_.EndWatches();
  }
  const std::vector<std::string> told = AwaitTold(2);
  ASSERT_GE(told.size(), 2);
  EXPECT_THAT(told[1], AllOf(StartsWith("UNAVAILABLE"), HasSubstr("ends each watch at once")));
  EXPECT_EQ(AwaitTold(3)[2], "");
}

TEST_F(ObjectReflectorTest, WhatIsNoEventMakesItListAnew) {
  Start();
  AwaitWatches(1);
  for (const char* line : {"not json", "{}", R"({"type":"ADDED","object":{"metadata":{}}})",
                           R"({"type":"NEW","object":{}})",
                           R"({"type":"ERROR","object":{"kind":"Status","code":500}})"}) {
    SCOPED_TRACE(line);
    const int before = server_.watches();
    server_.SendLine(line);
    AwaitWatches(before + 1);
    EXPECT_THAT(server_.Requests()[server_.Requests().size() - 2], HasSubstr("limit="));
  }
  EXPECT_EQ(AwaitTold(1)[0], "");
}

TEST_F(ObjectReflectorTest, WhatCannotBeReadIsNotNone) {
  server_.PutWidget("a", 1);
  server_.AnswerAll(FakeApiServer::Failure(404, "NotFound", "the server could not find it"));
  Start();
  EXPECT_THAT(
      AwaitTold(1),
      ElementsAre(AllOf(StartsWith("FAILED_PRECONDITION"),
                        HasSubstr("it has no resource widgets.example.org of version v1, whose "
                                  "CustomResourceDefinition must be installed"))));
  server_.AnswerAll(FakeApiServer::Failure(403, "Forbidden", "User x cannot list y"));
  EXPECT_THAT(AwaitTold(2).back(),
              AllOf(StartsWith("PERMISSION_DENIED"), HasSubstr("User x cannot list y")));
  server_.AnswerAll(FakeApiServer::Failure(401, "Unauthorized", "Unauthorized"));
  EXPECT_THAT(AwaitTold(3).back(), StartsWith("UNAUTHENTICATED"));
  // As for a group that has no CustomResourceDefinition at all.
  server_.AnswerAll(http::WriteResponse(404, {}, "404 page not found\n"));
  EXPECT_THAT(AwaitTold(4).back(), AllOf(StartsWith("FAILED_PRECONDITION"),
                                         HasSubstr("CustomResourceDefinition must be installed")));
  server_.AnswerAll(http::WriteResponse(200, {}, R"({"kind":"PodList","items":[]})"));
  EXPECT_THAT(AwaitTold(5).back(), StartsWith("INVALID_ARGUMENT"));
  server_.AnswerAll(http::WriteResponse(200, {}, "[]"));
  EXPECT_THAT(AwaitTold(6).back(), StartsWith("INVALID_ARGUMENT"));
  server_.AnswerAll("");
  EXPECT_EQ(AwaitTold(7).back(), "a=1");
  EXPECT_THAT(AwaitTold(7), Not(testing::Contains("")));
}

TEST_F(ObjectReflectorTest, WhatTheCoreGroupDoesNotHaveHasNoDefinition) {
  selection_.resource.group = "";
  Start();
  EXPECT_THAT(AwaitTold(1), ElementsAre(testing::EndsWith("no resource widgets of version v1")));
}

TEST_F(ObjectReflectorTest, AStatusIsAChangeToo) {
  server_.PutWidget("a", 1);
  Start();
  AwaitWatches(1);
  server_.PutWidgetStatus("a", {{"conditions", base::Json::array()}});
  EXPECT_THAT(AwaitTold(2), ElementsAre("a=1", "a=1"));
}

TEST_F(ObjectReflectorTest, ASilentWatchIsTakenUpAnew) {
  options_.longest_silence = absl::Milliseconds(10);
  options_.long_enough = absl::Milliseconds(5);
  Start();
  AwaitWatches(3);
  EXPECT_THAT(AwaitTold(1), ElementsAre(""));
}

TEST_F(ObjectReflectorTest, EndsWhileNobodyAnswers) {
  http::ScriptedServer silent([](const std::string&) {
    return http::ScriptedServer::Answer{"", http::ScriptedServer::Answer::Then::kHang};
  });
  ClusterConfig config;
  config.server = absl::StrCat("http://", silent.host());
  ObjectWatches watches;
  options_.request_timeout = absl::Hours(1);
  const ObjectReflector reflector(*ApiConnection::Create(config), selection_, &watches, options_);
  EXPECT_TRUE(base::Eventually([&] { return !silent.Requests().empty(); }));
}

}  // namespace
}  // namespace countersign::kube
