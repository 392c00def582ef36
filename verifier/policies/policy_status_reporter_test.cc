#include "verifier/policies/policy_status_reporter.h"

#include <atomic>
#include <functional>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/eventually.h"
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

constexpr absl::Duration kShort = absl::Milliseconds(5);

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

  static std::vector<kube::Object> List(Json object) {
    return {{.json = std::move(object),
             .locate = [](std::string_view pointer) { return std::string(pointer); }}};
  }

  // Plays the watch: hands on what is stored until `is_enough`.
  void WatchUntil(const std::vector<PolicyStatusReporter*>& reporters,
                  const std::function<bool()>& is_enough) {
    std::string version;
    EXPECT_TRUE(base::Eventually([&] {
      if (is_enough()) return true;
      const Json stored = Stored();
      if (stored["metadata"]["resourceVersion"] != version) {
        version = stored["metadata"]["resourceVersion"];
        for (PolicyStatusReporter* reporter : reporters) reporter->Report(List(stored));
      }
      return false;
    }));
  }

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
  PolicyStatusReporter reporter(&store_, {.first_wait = kShort});
  WatchUntil({&reporter}, [this] { return IsReported(); });
  const int writes = store_.writes();
  const absl::Time enough = absl::Now() + absl::Milliseconds(200);
  WatchUntil({&reporter}, [enough] { return absl::Now() > enough; });
  EXPECT_EQ(store_.writes(), writes);
  EXPECT_EQ(reporter.counts().writes, 1u);
  EXPECT_EQ(Stored()["status"]["conditions"][0]["reason"], "Accepted");
}

TEST_F(PolicyStatusReporterTest, FollowsChangesOfThePolicy) {
  PolicyStatusReporter reporter(&store_, {.first_wait = kShort});
  WatchUntil({&reporter}, [this] { return IsReported(); });
  Change([](Json& object) {
    object["spec"]["verification"]["keys"][0]["publicKey"] = "no PEM";
    object["metadata"]["generation"] = 2;
  });
  WatchUntil({&reporter}, [this] { return IsReported(); });
  EXPECT_EQ(Stored()["status"]["conditions"][0]["reason"], "PartlyInvalid");
}

TEST_F(PolicyStatusReporterTest, SeveralReplicasWriteOneStatus) {
  PolicyStatusReporter a(&store_, {.first_wait = kShort});
  PolicyStatusReporter b(&store_, {.first_wait = kShort});
  PolicyStatusReporter c(&store_, {.first_wait = kShort});
  const absl::Time enough = absl::Now() + absl::Milliseconds(300);
  WatchUntil({&a, &b, &c}, [this, enough] { return IsReported() && absl::Now() > enough; });
  EXPECT_EQ(a.counts().writes + b.counts().writes + c.counts().writes, 1u);
}

TEST_F(PolicyStatusReporterTest, WaitsForTheNewerObjectWhenItsOwnIsOutdated) {
  PolicyStatusReporter reporter(&store_, {.first_wait = kShort});
  Json outdated = Stored();
  Change([](Json& object) { object["metadata"]["labels"]["a"] = "b"; });
  reporter.Report(List(outdated));
  EXPECT_TRUE(base::Eventually([&] { return reporter.counts().failures > 0; }));
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_EQ(reporter.counts().failures, 1u);
  WatchUntil({&reporter}, [this] { return IsReported(); });
  EXPECT_EQ(Stored()["metadata"]["labels"]["a"], "b");
}

TEST_F(PolicyStatusReporterTest, TriesAgainWhatCannotBeDoneNow) {
  std::atomic<int> failures = 3;
  store_.SetHook([&failures](std::string_view method, const kube::ObjectPath&) {
    if (method != "PUT" || --failures < 0) return absl::OkStatus();
    return absl::UnavailableError("connection refused");
  });
  PolicyStatusReporter reporter(&store_, {.first_wait = kShort});
  WatchUntil({&reporter}, [this] { return IsReported(); });
  EXPECT_EQ(reporter.counts().failures, 3u);
}

TEST_F(PolicyStatusReporterTest, ARefusalIsLoggedOnceAndNotTriedAgainSoon) {
  store_.SetHook([](std::string_view method, const kube::ObjectPath&) {
    if (method != "PUT") return absl::OkStatus();
    return absl::PermissionDeniedError("forbidden");
  });
  PolicyStatusReporter reporter(&store_, {.first_wait = kShort});
  reporter.Report(List(Stored()));
  EXPECT_TRUE(base::Eventually([&] { return reporter.counts().failures > 0; }));
  for (int i = 0; i < 10; ++i) {
    reporter.Report(List(Stored()));
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(reporter.counts().failures, 1u);
  absl::MutexLock lock(&log_mutex_);
  EXPECT_THAT(log_, HasSubstr("forbidden"));
}

TEST_F(PolicyStatusReporterTest, AStatusThatDoesNotStayIsWrittenLessAndLessOften) {
  PolicyStatusReporter reporter(&store_, {.first_wait = absl::Milliseconds(50)});
  const absl::Time enough = absl::Now() + absl::Milliseconds(600);
  Json object = Stored();
  while (absl::Now() < enough) {
    // As if the API server kept nothing of it.
    object["metadata"]["resourceVersion"] = Stored()["metadata"]["resourceVersion"];
    reporter.Report(List(object));
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_GE(reporter.counts().writes, 1u);
  EXPECT_LE(reporter.counts().writes, 5u);
}

}  // namespace
}  // namespace countersign::verifier
