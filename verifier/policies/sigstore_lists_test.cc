#include "verifier/policies/sigstore_lists.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/fake_object_feed.h"
#include "verifier/policies/policy_resource.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::Json;
using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

Json Policy(const std::string& name, const std::string& glob = "**") {
  return {{"metadata", {{"name", name}}}, {"spec", {{"images", {{{"glob", glob}}}}}}};
}

class SigstoreListsTest : public testing::Test {
 protected:
  void Start() {
    lists_ = std::make_unique<SigstoreLists>(
        &feeds_, "cosign-system",
        [this](const ObjectList& policies, bool have_changed) {
          policies_.emplace_back(policies->size(), have_changed);
        },
        [this] { ++changes_; });
  }
  kube::FakeObjectFeed& policies() { return feeds_.Of(SigstorePolicySelection()); }
  kube::FakeObjectFeed& roots() { return feeds_.Of(TrustRootSelection()); }

  kube::FakeObjectFeeds feeds_;
  std::vector<std::pair<size_t, bool>> policies_;  // how many, and whether they have changed
  int changes_ = 0;
  std::string log_;
  base::ScopedLogSink sink_{[this](std::string_view line) { log_.append(line); }};
  std::unique_ptr<SigstoreLists> lists_;
};

TEST_F(SigstoreListsTest, AreCompleteOnceEachKindHasBeenRead) {
  policies().Set(std::vector<Json>{Policy("a")});
  roots().Set(absl::UnavailableError("connection refused"));
  Start();
  SigstoreLists::State state = lists_->state();
  EXPECT_FALSE(state.are_complete);
  EXPECT_TRUE(state.have_been_looked_for);
  EXPECT_THAT(state.problem,
              StatusIs(absl::StatusCode::kUnavailable, "TrustRoots: connection refused"));
  EXPECT_THAT(log_, HasSubstr("everything is denied until it can be"));
  roots().Set(std::vector<Json>{});
  state = lists_->state();
  EXPECT_TRUE(state.are_complete);
  EXPECT_THAT(state.problem, IsOk());
  EXPECT_THAT(*state.objects.image_policies, SizeIs(1));
  EXPECT_THAT(*state.objects.trust_roots, SizeIs(0));
  EXPECT_EQ(changes_, 5);
}

TEST_F(SigstoreListsTest, WhatWasReadLastStaysWhileItCannotBeRead) {
  policies().Set(std::vector<Json>{Policy("a")});
  Start();
  policies().Set(absl::UnavailableError("connection refused"));
  const SigstoreLists::State state = lists_->state();
  EXPECT_TRUE(state.are_complete);
  EXPECT_THAT(state.problem, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(*state.objects.image_policies, SizeIs(1));
  EXPECT_THAT(log_, HasSubstr("what was read last stays"));
}

TEST_F(SigstoreListsTest, TellsWhetherAPolicySaysSomethingElse) {
  policies().Set(std::vector<Json>{Policy("a")});
  Start();
  Json with_status = Policy("a");
  with_status["status"] = {{"observedGeneration", 1}};
  with_status["metadata"]["resourceVersion"] = "17";
  const uint64_t version = lists_->state().version;
  policies().Set(std::vector<Json>{with_status});
  EXPECT_EQ(lists_->state().version, version);
  policies().Set(std::vector<Json>{Policy("a", "ghcr.io/**")});
  policies().Set(std::vector<Json>{Policy("a", "ghcr.io/**"), Policy("b")});
  policies().Set(std::vector<Json>{Policy("b")});
  Json annotated = Policy("b");
  annotated["metadata"]["annotations"] = {{"a", "b"}};
  policies().Set(std::vector<Json>{annotated});
  EXPECT_EQ(lists_->state().version, version + 4);
  EXPECT_THAT(policies_, ElementsAre(Pair(1, true), Pair(1, false), Pair(1, true), Pair(2, true),
                                     Pair(1, true), Pair(1, true)));
}

}  // namespace
}  // namespace countersign::verifier
