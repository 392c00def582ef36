#include "verifier/policies/policy_status_reporter.h"

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/log.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/client/fake_object_store.h"
#include "policy/test_policy.h"
#include "verifier/policies/policy_status.h"

namespace countersign::verifier {
namespace {

using base::Json;
using ::testing::HasSubstr;

std::vector<ReportedObject> List(Json object) {
  return ReportOf(CompileList({{.json = std::move(object), .locate = [](std::string_view pointer) {
                                  return std::string(pointer);
                                }}}));
}

// A reporter with a clock of its own.
struct Replica {
  explicit Replica(kube::ObjectStore* store)
      : reporter(store, PolicyStatusReporter::Options{.clock = &clock}) {}

  // Hands on an object, and returns when it has been looked at. The first time the reporter may
  // still have been at what came before.
  void LookAt(const Json& object) {
    for (int i = 0; i < 2; ++i) {
      const uint64_t before = clock.waits();
      reporter.Report(List(object));
      EXPECT_TRUE(base::Eventually([&] { return clock.waits() > before; }));
    }
  }

  uint64_t writes() const { return reporter.counts().writes; }
  uint64_t failures() const { return reporter.counts().failures; }

  base::FakeClock clock;
  PolicyStatusReporter reporter;
};

class PolicyStatusReporterTest : public testing::Test {
 protected:
  PolicyStatusReporterTest() {
    Json object = policy::TestPolicy()
                      .Key("release", crypto::TestKey::Generate().PublicPem())
                      .Rule("*", {"release"})
                      .Object();
    object["metadata"]["uid"] = "u-1";
    object["metadata"]["generation"] = 1;
    EXPECT_TRUE(store_.Create(path_, object, absl::InfiniteFuture()).ok());
  }

  Json Stored() { return *store_.Get(path_, absl::InfiniteFuture()); }

  bool IsReported() {
    const Json stored = Stored();
    return stored.contains("status") &&
           stored["status"]["observedGeneration"] == stored["metadata"]["generation"];
  }

  void Change(const std::function<void(Json&)>& change) {
    Json object = Stored();
    change(object);
    kube::ObjectPath whole = path_;
    whole.sub_resource.clear();
    EXPECT_TRUE(store_.Replace(whole, object, absl::InfiniteFuture()).ok());
  }

  kube::FakeObjectStore store_;
  const kube::ObjectPath path_ = {.group = "signing.apps.tanzu.vmware.com",
                                  .version = "v1beta1",
                                  .resource = "clusterimagepolicies",
                                  .name = "image-policy",
                                  .sub_resource = "status"};
  absl::Mutex log_mutex_;
  std::string log_;
  base::ScopedLogSink sink_{[this](std::string_view line) {
    absl::MutexLock lock(&log_mutex_);
    log_.append(line);
  }};
};

TEST_F(PolicyStatusReporterTest, WritesAStatusOnceAndItsOwnWriteLeadsToNone) {
  Replica replica(&store_);
  replica.LookAt(Stored());
  EXPECT_TRUE(IsReported());
  const int writes = store_.writes();
  replica.LookAt(Stored());
  replica.clock.Advance(absl::Hours(1));
  replica.LookAt(Stored());
  EXPECT_EQ(store_.writes(), writes);
  EXPECT_EQ(replica.writes(), 1u);
  EXPECT_EQ(Stored()["status"]["conditions"][0]["reason"], "Accepted");
}

TEST_F(PolicyStatusReporterTest, FollowsChangesOfThePolicy) {
  Replica replica(&store_);
  replica.LookAt(Stored());
  Change([](Json& object) {
    object["spec"]["verification"]["keys"][0]["publicKey"] = "no PEM";
    object["metadata"]["generation"] = 2;
  });
  replica.LookAt(Stored());
  EXPECT_TRUE(IsReported());
  EXPECT_EQ(Stored()["status"]["conditions"][0]["reason"], "PartlyInvalid");
}

TEST_F(PolicyStatusReporterTest, SeveralReplicasWriteOneStatus) {
  Replica a(&store_);
  Replica b(&store_);
  Replica c(&store_);
  // All hear of it at once; the watch then brings them the one status that was written.
  const Json first = Stored();
  for (Replica* replica : {&a, &b, &c}) replica->reporter.Report(List(first));
  EXPECT_TRUE(base::Eventually([this] { return IsReported(); }));
  for (Replica* replica : {&a, &b, &c}) replica->LookAt(Stored());
  EXPECT_EQ(a.writes() + b.writes() + c.writes(), 1u);
}

TEST_F(PolicyStatusReporterTest, WaitsForTheNewerObjectWhenItsOwnIsOutdated) {
  Replica replica(&store_);
  const Json outdated = Stored();
  Change([](Json& object) { object["metadata"]["labels"]["a"] = "b"; });
  replica.LookAt(outdated);
  replica.clock.Advance(absl::Minutes(5));
  replica.LookAt(outdated);
  EXPECT_EQ(replica.failures(), 1u);
  replica.LookAt(Stored());
  EXPECT_TRUE(IsReported());
  EXPECT_EQ(Stored()["metadata"]["labels"]["a"], "b");
}

TEST_F(PolicyStatusReporterTest, TriesAgainWhatCannotBeDoneNow) {
  std::atomic<int> failures = 3;
  store_.SetHook([&failures](std::string_view method, const kube::ObjectPath&) {
    if (method != "PUT" || --failures < 0) return absl::OkStatus();
    return absl::UnavailableError("connection refused");
  });
  Replica replica(&store_);
  replica.LookAt(Stored());
  // After a second, two, and four.
  for (const int64_t seconds : {1, 2, 4}) {
    const uint64_t failed = replica.failures();
    replica.clock.Advance(absl::Seconds(seconds) - absl::Milliseconds(1));
    replica.LookAt(Stored());
    EXPECT_EQ(replica.failures(), failed);
    replica.clock.Advance(absl::Milliseconds(1));
    EXPECT_TRUE(base::Eventually([&] { return replica.failures() + replica.writes() > failed; }));
  }
  EXPECT_TRUE(IsReported());
  EXPECT_EQ(replica.failures(), 3u);
}

TEST_F(PolicyStatusReporterTest, ARefusalIsLoggedOnceAndTriedAgainAfterTenMinutes) {
  store_.SetHook([](std::string_view method, const kube::ObjectPath&) {
    if (method != "PUT") return absl::OkStatus();
    return absl::PermissionDeniedError("forbidden");
  });
  Replica replica(&store_);
  for (int i = 0; i < 10; ++i) {
    replica.LookAt(Stored());
    replica.clock.Advance(absl::Seconds(59));
  }
  EXPECT_EQ(replica.failures(), 1u);
  replica.clock.Advance(absl::Seconds(10));
  EXPECT_TRUE(base::Eventually([&] { return replica.failures() == 2; }));
  absl::MutexLock lock(&log_mutex_);
  EXPECT_THAT(log_, HasSubstr("forbidden"));
  EXPECT_EQ(log_.find("forbidden"), log_.rfind("forbidden"));
}

TEST_F(PolicyStatusReporterTest, AStatusThatDoesNotStayIsWrittenLessAndLessOften) {
  Replica replica(&store_);
  Json object = Stored();
  // As if the API server kept nothing of it.
  const auto look = [&] {
    object["metadata"]["resourceVersion"] = Stored()["metadata"]["resourceVersion"];
    replica.LookAt(object);
  };
  look();
  uint64_t writes = 1;
  for (const int64_t seconds : {1, 2, 4, 8}) {
    look();
    replica.clock.Advance(absl::Seconds(seconds) - absl::Milliseconds(1));
    look();
    EXPECT_EQ(replica.writes(), writes);
    replica.clock.Advance(absl::Milliseconds(1));
    ++writes;
    EXPECT_TRUE(base::Eventually([&] { return replica.writes() == writes; }));
  }
}

TEST_F(PolicyStatusReporterTest, WhatIsSomebodyElsesIsCountedAndToldOnceForEachChange) {
  Replica replica(&store_);
  const auto look = [&](bool is_held) {
    for (int i = 0; i < 2; ++i) {
      const uint64_t before = replica.clock.waits();
      std::vector<ReportedObject> report = List(Stored());
      report[0].is_held = is_held;
      replica.reporter.Report(std::move(report));
      EXPECT_TRUE(base::Eventually([&] { return replica.clock.waits() > before; }));
    }
  };
  look(true);
  EXPECT_FALSE(IsReported());
  EXPECT_EQ(replica.reporter.counts().held, 1u);
  Change([](Json& object) { object["metadata"]["generation"] = 2; });
  look(true);
  EXPECT_EQ(replica.reporter.counts().held, 2u);
  EXPECT_EQ(replica.writes(), 0u);
  {
    absl::MutexLock lock(&log_mutex_);
    EXPECT_THAT(log_, HasSubstr("another controller's finalizer"));
    EXPECT_THAT(log_, HasSubstr("The policy is in force."));
  }
  look(false);
  EXPECT_TRUE(IsReported());
}

}  // namespace
}  // namespace countersign::verifier
