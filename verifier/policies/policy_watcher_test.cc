#include "verifier/policies/policy_watcher.h"

#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/status_matchers.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/fake_object_feed.h"
#include "policy/test_policy.h"

namespace countersign::verifier {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::NotNull;

base::Json Policy(const std::string& name,
                  const std::string& pem = crypto::TestKey::Generate().PublicPem()) {
  base::Json object = policy::TestPolicy().Key("release", pem).Rule("*", {"release"}).Object();
  object["metadata"]["name"] = name;
  return object;
}

class PolicyWatcherTest : public testing::Test {
 protected:
  // Whether it is certain that there is no policy.
  bool IsNone() const {
    const absl::StatusOr<PolicySnapshot> policies = store_.Get();
    return policies.ok() && (*policies)->IsNone();
  }

  kube::FakeObjectFeed feed_;
  PolicyStore store_;
  std::string log_;
  base::ScopedLogSink sink_{[this](std::string_view line) { log_.append(line); }};
};

TEST_F(PolicyWatcherTest, NoPolicyIsReadAsNone) {
  feed_.Set(std::vector<base::Json>{});
  int reads = 0;
  PolicyWatcher watcher(&feed_, &store_, [&reads] { ++reads; });
  EXPECT_TRUE(IsNone());
  EXPECT_EQ(reads, 1);
}

TEST_F(PolicyWatcherTest, PutsAPolicyInForceAndFollowsItsChanges) {
  feed_.Set(std::vector<base::Json>{Policy("image-policy")});
  PolicyWatcher watcher(&feed_, &store_);
  ASSERT_THAT(store_.Get(), IsOkAndHolds(NotNull()));
  EXPECT_EQ((*store_.Get())->groups()[0].problems, 0u);
  feed_.Set(std::vector<base::Json>{});
  EXPECT_TRUE(IsNone());
}

TEST_F(PolicyWatcherTest, APolicyOfAnotherNameIsNotTakenForNoPolicy) {
  feed_.Set(std::vector<base::Json>{Policy("my-policy")});
  PolicyWatcher watcher(&feed_, &store_);
  EXPECT_THAT(store_.Get(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                     AllOf(HasSubstr("must be \"image-policy\""),
                                           HasSubstr("named \"my-policy\""))));
  EXPECT_THAT(log_, HasSubstr("everything is denied until it is mended"));
}

TEST_F(PolicyWatcherTest, ASecondPolicyIsRefusedAndTheLastGoodOneStays) {
  feed_.Set(std::vector<base::Json>{Policy("image-policy")});
  PolicyWatcher watcher(&feed_, &store_);
  const PolicySnapshot good = *store_.Get();
  feed_.Set(std::vector<base::Json>{Policy("image-policy"), Policy("image-policy")});
  EXPECT_THAT(store_.Get(), IsOkAndHolds(good));
  EXPECT_THAT(log_, AllOf(HasSubstr("a second ClusterImagePolicy"),
                          HasSubstr("the last good one stays in force")));
}

TEST_F(PolicyWatcherTest, WhatCannotBeReadLeavesTheLastGoodPolicyInForce) {
  feed_.Set(std::vector<base::Json>{Policy("image-policy")});
  PolicyWatcher watcher(&feed_, &store_);
  const PolicySnapshot good = *store_.Get();
  feed_.Set(absl::FailedPreconditionError("policy.yaml:7: mapping values are not allowed here"));
  EXPECT_THAT(store_.Get(), IsOkAndHolds(good));
  EXPECT_THAT(log_, HasSubstr("policy.yaml:7"));
  base::Json not_a_policy = Policy("image-policy");
  not_a_policy["spec"]["verification"]["keys"] = 7;
  feed_.Set(std::vector<base::Json>{not_a_policy});
  EXPECT_THAT(store_.Get(), IsOkAndHolds(good));
  // The fake says where by the pointer itself.
  EXPECT_THAT(log_,
              HasSubstr("/spec/verification/keys: /spec/verification/keys: must be an array"));
}

TEST_F(PolicyWatcherTest, ABrokenKeyIsSaidWithItsPlaceAndTheRestIsInForce) {
  feed_.Set(std::vector<base::Json>{Policy("image-policy", "no PEM")});
  PolicyWatcher watcher(&feed_, &store_);
  EXPECT_THAT(store_.Get(), IsOkAndHolds(NotNull()));
  EXPECT_THAT(log_, HasSubstr("/spec/verification/keys/0/publicKey"));
}

TEST_F(PolicyWatcherTest, KnowsWhichGenerationIsInForceAndThatTheSourceWasLost) {
  base::Json policy = Policy("image-policy");
  policy["metadata"]["uid"] = "u-1";
  policy["metadata"]["generation"] = 3;
  policy["metadata"]["resourceVersion"] = "17";
  feed_.Set(std::vector<base::Json>{policy});
  PolicyWatcher watcher(&feed_, &store_);
  const PolicyVersion version = {.uid = "u-1", .generation = 3, .resource_version = "17"};
  EXPECT_EQ(store_.state().version, version);
  feed_.Set(absl::UnavailableError("connection refused"));
  EXPECT_THAT(store_.state().problem, StatusIs(absl::StatusCode::kUnavailable, testing::_));
  EXPECT_EQ(store_.state().version, version);
  EXPECT_THAT(log_, HasSubstr("The policy cannot be read; the last good one stays in force"));
  feed_.Set(std::vector<base::Json>{policy});
  EXPECT_TRUE(store_.state().problem.ok());
}

TEST_F(PolicyWatcherTest, SaysNothingWhenOnlyTheStatusHasChanged) {
  base::Json policy = Policy("image-policy");
  policy["metadata"]["uid"] = "u-1";
  policy["metadata"]["generation"] = 3;
  feed_.Set(std::vector<base::Json>{policy});
  PolicyWatcher watcher(&feed_, &store_);
  log_.clear();
  policy["status"]["keys"] = 1;
  feed_.Set(std::vector<base::Json>{policy});
  EXPECT_EQ(log_, "");
  policy["metadata"]["generation"] = 4;
  feed_.Set(std::vector<base::Json>{policy});
  EXPECT_THAT(log_, HasSubstr("The policy is in force."));
}

TEST_F(PolicyWatcherTest, APolicyCanBeTakenWithoutACluster) {
  const kube::Object good = {.json = Policy("image-policy"),
                             .locate = [](std::string_view) { return std::string("the flags"); }};
  EXPECT_TRUE(TakePolicies(CompileList({good}), &store_));
  EXPECT_THAT(store_.Get(), IsOkAndHolds(NotNull()));
  kube::Object bad = good;
  bad.json["metadata"]["name"] = "my-policy";
  EXPECT_FALSE(TakePolicies(CompileList({bad}), &store_));
  EXPECT_THAT(log_, HasSubstr("the flags: there is one ClusterImagePolicy"));
}

TEST_F(PolicyWatcherTest, HandsOnEveryListThatCouldBeRead) {
  feed_.Set(std::vector<base::Json>{Policy("my-policy")});
  std::vector<size_t> sizes;
  PolicyWatcher watcher(&feed_, &store_, nullptr, [&sizes](const PolicyList& list) {
    EXPECT_EQ(list.compiled->sign.size(), list.objects.size());
    sizes.push_back(list.objects.size());
  });
  feed_.Set(absl::UnavailableError("connection refused"));
  feed_.Set(std::vector<base::Json>{});
  EXPECT_THAT(sizes, testing::ElementsAre(1, 0));
}

}  // namespace
}  // namespace countersign::verifier
