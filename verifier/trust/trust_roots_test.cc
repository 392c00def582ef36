#include "verifier/trust/trust_roots.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/fake_client.h"
#include "tuf/test_archive.h"
#include "tuf/test_repository.h"
#include "verifier/trust/remote_root.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::Json;
using base::StatusIs;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;

constexpr absl::Duration kDay = absl::Hours(24);

std::string TextOf(std::string_view name) {
  return absl::StrCat(R"({"mediaType": "application/vnd.dev.sigstore.trustedroot.v0.2+json", ")",
                      name, R"(": 1})");
}

// Mirrors, each with a repository, which a test changes while nobody looks: the threads look when the
// clock says so.
class TrustRootsTest : public testing::Test {
 protected:
  void Publish(const std::string& mirror, std::string_view name) {
    repositories_[mirror].target = TextOf(name);
    repositories_[mirror].PublishAll();
  }

  Json Object(std::string_view name, Json spec) {
    return {{"apiVersion", "policy.sigstore.dev/v1alpha1"},
            {"kind", "TrustRoot"},
            {"metadata", {{"name", name}}},
            {"spec", std::move(spec)}};
  }
  Json Remote(const std::string& name) {
    return Object(name, {{"remote",
                          {{"mirror", absl::StrCat("https://", name, ".example.org")},
                           {"root", absl::Base64Escape(repositories_[name].RootFile(1))}}}});
  }
  Json Packed(const std::string& name, const tuf::TestRepository& repository) {
    return Object(name,
                  {{"repository",
                    {{"root", absl::Base64Escape(repository.RootFile(1))},
                     {"mirrorFS", absl::Base64Escape(tuf::WriteTestArchive(repository.files))}}}});
  }

  void Set(const std::vector<Json>& objects) {
    std::vector<const Json*> pointers;
    for (const Json& object : objects) pointers.push_back(&object);
    roots_->Set(pointers);
  }
  void AwaitInForce(std::string_view root, std::string_view text) {
    ASSERT_TRUE(base::Eventually([&] { return absl::StrContains(InForce(root), text); }));
  }
  void AwaitProblem(std::string_view root) {
    ASSERT_TRUE(base::Eventually([&] { return !ProblemOf(root).ok(); }));
  }
  // Returns once the threads that wait have seen what time it is, and what was set.
  void AwaitLooks() {
    for (size_t i = 0; i <= TrustRootTable::kAtOnce; ++i) ASSERT_TRUE(clock_.AwaitLook());
  }

  // What tells the root in force from others; "" if there is none.
  std::string InForce(std::string_view name) const {
    const absl::StatusOr<TrustedRootPtr> root = roots_->Find(name);
    return root.ok() && !(*root)->warnings.empty() ? (*root)->warnings[0] : "";
  }
  absl::Status ProblemOf(std::string_view name) const {
    for (const TrustRootState& state : roots_->States()) {
      if (state.name == name) return state.problem;
    }
    return absl::UnknownError("no such root");
  }

  absl::StatusOr<http::ClientResponse> Answer(const http::ClientRequest& request) {
    for (const auto& [name, repository] : repositories_) {
      const std::string url = absl::StrCat("https://", name, ".example.org/");
      if (!absl::StartsWith(request.url, url)) continue;
      if (name == hanging_) {
        asked_.push_back(clock_.Now());
        clock_.Advance(TrustRoots::kUpdateTimeout);
        return absl::DeadlineExceededError("did not answer in time");
      }
      if (absl::StartsWith(name, "silent")) {
        EXPECT_TRUE(base::Await(release_));
        return absl::DeadlineExceededError("did not answer in time");
      }
      const auto file = repository.files.find(request.url.substr(url.size()));
      http::ClientResponse response;
      response.status = file == repository.files.end() ? 404 : 200;
      if (file != repository.files.end()) response.body = file->second;
      return response;
    }
    return absl::UnavailableError("no route");
  }

  size_t RequestsTo(std::string_view name) const {
    size_t count = 0;
    for (const http::ClientRequest& request : client_.Requests()) {
      count += absl::StrContains(request.url, absl::StrCat("//", name, "."));
    }
    return count;
  }

  std::map<std::string, tuf::TestRepository> repositories_;
  std::string hanging_;
  std::vector<absl::Time> asked_;  // when that one was; of one thread at a time
  absl::Notification release_;     // of those whose names begin with "silent"
  base::FakeClock clock_{tuf::TestNow()};
  http::FakeClient client_{[this](const http::ClientRequest& request) { return Answer(request); }};
  std::atomic<int> changes_ = 0;
  absl::Mutex log_mutex_;
  std::string log_;
  base::ScopedLogSink sink_{[this](std::string_view line) {
    absl::MutexLock lock(&log_mutex_);
    log_.append(line);
  }};
  std::unique_ptr<TrustRoots> roots_ = std::make_unique<TrustRoots>(
      &client_, [this] { ++changes_; }, &clock_);
};

TEST_F(TrustRootsTest, WithoutObjectsThereIsNoneAndNobodyIsAsked) {
  EXPECT_THAT(roots_->Find("x"), StatusIs(absl::StatusCode::kNotFound, "trustRootRef x not found"));
  EXPECT_THAT(roots_->all(), IsEmpty());
  Set({});
  EXPECT_EQ(changes_, 0);
  EXPECT_THAT(client_.Requests(), IsEmpty());
}

TEST_F(TrustRootsTest, WhatNeedsNoMirrorIsInForceAtOnce) {
  Publish("packed", "in a file");
  Set({Packed("packed", repositories_["packed"])});
  EXPECT_THAT(InForce("packed"), HasSubstr("in a file"));
  EXPECT_EQ(changes_, 1);
  EXPECT_THAT(client_.Requests(), IsEmpty());
  EXPECT_THAT(roots_->all(), SizeIs(1));
}

// Whoever has no network cannot make it newer, and was told when he applied it.
TEST_F(TrustRootsTest, WhatIsInAFileIsUsedBeyondItsExpiry) {
  Publish("packed", "old");
  clock_.Advance(30 * kDay);
  Set({Packed("packed", repositories_["packed"])});
  EXPECT_THAT(InForce("packed"), HasSubstr("old"));
  EXPECT_EQ(roots_->States()[0].expires, tuf::TestNow() + 7 * kDay);
}

TEST_F(TrustRootsTest, AMirrorIsAskedAtOnceAndDaily) {
  Publish("one", "first");
  Set({Remote("one")});
  AwaitInForce("one", "first");
  Publish("one", "second");
  clock_.Advance(kDay);
  AwaitInForce("one", "second");
  EXPECT_THAT(ProblemOf("one"), IsOk());
  clock_.Advance(kDay);
  EXPECT_TRUE(base::Eventually([&] { return roots_->States()[0].refreshed == clock_.Now(); }));
  roots_.reset();
  EXPECT_EQ(changes_, 3) << "once for the object and for each root";
}

TEST_F(TrustRootsTest, NobodyElsesLocalAddressesAreAsked) {
  Publish("one", "first");
  Set({Remote("one")});
  AwaitInForce("one", "first");
  ASSERT_THAT(client_.Requests(), Not(IsEmpty()));
  for (const http::ClientRequest& request : client_.Requests()) {
    EXPECT_TRUE(request.refuse_local_addresses);
  }
}

TEST_F(TrustRootsTest, AMirrorThatFailsLeavesTheLastGoodRoot) {
  Publish("one", "first");
  Set({Remote("one")});
  AwaitInForce("one", "first");
  repositories_["one"].files.clear();
  clock_.Advance(kDay);
  AwaitProblem("one");
  EXPECT_THAT(InForce("one"), HasSubstr("first"));
  roots_.reset();  // so that it has been told
  absl::MutexLock lock(&log_mutex_);
  EXPECT_THAT(log_, HasSubstr("the last good one stays"));
}

TEST_F(TrustRootsTest, AnObjectThatTurnsBadLeavesTheLastGoodRoot) {
  Publish("one", "first");
  Set({Remote("one")});
  AwaitInForce("one", "first");
  Set({Object("one", {{"remote", {{"mirror", "x"}}}})});
  EXPECT_THAT(InForce("one"), HasSubstr("first"));
  EXPECT_THAT(ProblemOf("one"), StatusIs(absl::StatusCode::kInvalidArgument));
  Set({});
  EXPECT_THAT(roots_->Find("one"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(TrustRootsTest, WhatAMirrorSignsWithOtherKeysIsNotTaken) {
  Publish("one", "first");
  const Json object = Remote("one");
  repositories_["one"] = tuf::TestRepository();
  Publish("one", "forged");
  Set({object});
  AwaitProblem("one");
  EXPECT_THAT(roots_->Find("one"), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(ProblemOf("one"), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(TrustRootsTest, WhatWasSeenIsNotRolledBack) {
  Publish("one", "first");
  const std::map<std::string, std::string> files = repositories_["one"].files;
  Publish("one", "second");
  Set({Remote("one")});
  AwaitInForce("one", "second");
  repositories_["one"].files = files;
  clock_.Advance(kDay);
  AwaitProblem("one");
  EXPECT_THAT(InForce("one"), HasSubstr("second"));
  EXPECT_THAT(ProblemOf("one"), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(TrustRootsTest, AMirrorThatHangsIsAskedMuchLater) {
  hanging_ = "a";  // the first by name
  Publish("a", "hangs");
  Publish("b", "first");
  Set({Remote("a"), Remote("b")});
  AwaitInForce("b", "first");
  AwaitProblem("a");
  // A pause of a minute would be asking it a quarter of the time.
  const absl::Duration pause = TrustRootTable::kPausePerTime * TrustRoots::kUpdateTimeout;
  clock_.Advance(pause - absl::Minutes(1));
  AwaitLooks();
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(base::Eventually([&] { return RequestsTo("a") == 2; }));
  EXPECT_THAT(roots_->Find("a"), StatusIs(absl::StatusCode::kUnavailable));
  roots_.reset();
  EXPECT_THAT(asked_,
              ElementsAre(tuf::TestNow(), tuf::TestNow() + TrustRoots::kUpdateTimeout + pause));
}

TEST_F(TrustRootsTest, MirrorsThatHangHoldUpNobodyElse) {
  Publish("old", "first");
  Set({Remote("old")});
  AwaitInForce("old", "first");
  Publish("new", "first");
  Publish("old", "second");
  std::vector<Json> objects = {Remote("new"), Remote("old")};
  // As many as have a place while nobody else wants one.
  for (size_t i = 1; i < TrustRootTable::kAtOnce; ++i) {
    const std::string name = absl::StrCat("silent-", i);
    Publish(name, "never");
    objects.push_back(Remote(name));
  }
  Set(objects);
  AwaitInForce("new", "first");
  clock_.Advance(kDay);
  AwaitInForce("old", "second");
  release_.Notify();
}

TEST_F(TrustRootsTest, WhatCouldNotBeKeptIsNotFetched) {
  Publish("one", "first");
  repositories_["one"].target = TextOf("large") + std::string(kMaxRemoteFileBytes, ' ');
  repositories_["one"].PublishAll();
  Set({Remote("one")});
  AwaitProblem("one");
  EXPECT_THAT(roots_->Find("one"), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(client_.Requests(),
              Each(Field(&http::ClientRequest::max_response_bytes, Le(kMaxRemoteFileBytes))));
}

TEST_F(TrustRootsTest, AnObjectThatIsTheSameIsNotReadAgain) {
  Publish("one", "first");
  Json object = Remote("one");
  Set({object});
  AwaitInForce("one", "first");
  EXPECT_TRUE(base::Eventually([&] { return changes_ == 2; }));
  object["status"] = {{"observedGeneration", 3}};
  object["metadata"]["resourceVersion"] = "7";
  const size_t requests = client_.Requests().size();
  Set({object});
  AwaitLooks();
  EXPECT_EQ(changes_, 2);
  EXPECT_THAT(client_.Requests(), SizeIs(requests));
}

TEST_F(TrustRootsTest, ObjectsWithoutNamesArePassedOver) {
  Set({Json::object(), Json::array(), Object("", Json::object())});
  EXPECT_THAT(roots_->States(), IsEmpty());
}

TEST_F(TrustRootsTest, BeyondSoManyObjectsTheyAreNotEvenRead) {
  std::vector<Json> objects;
  for (size_t i = 0; i < TrustRootTable::kMaxRoots + 5; ++i) {
    objects.push_back(Object(absl::StrCat("r", 1000 + i), Json::object()));
  }
  Set(objects);
  EXPECT_THAT(roots_->States(), SizeIs(TrustRootTable::kMaxRoots + 5));
  EXPECT_THAT(roots_->Find("r1099"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(roots_->Find("r1100"), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(TrustRootsTest, OnChangeMayLook) {
  int seen = 0;
  roots_ = nullptr;
  roots_ = std::make_unique<TrustRoots>(
      &client_, [&] { seen = static_cast<int>(roots_->all().size()); }, &clock_);
  Set({Object("one", Json::object()), Object("two", Json::object())});
  EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace countersign::verifier
