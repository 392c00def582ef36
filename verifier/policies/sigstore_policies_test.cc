#include "verifier/policies/sigstore_policies.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/fake_object_feed.h"
#include "kube/fake_secret_reader.h"
#include "verifier/policies/policy_resource.h"

namespace countersign::verifier {
namespace {

using base::Json;
using base::StatusIs;
using ::testing::HasSubstr;

Json Named(const std::string& name) { return {{"metadata", {{"name", name}}}}; }

// A policy that names a Secret.
Json Policy(const std::string& name, const std::string& secret) {
  Json policy = Named(name);
  policy["spec"]["secret"] = secret;
  return policy;
}

// Roots that are there or are not.
class FakeTrustRoots final : public PolicyTrustRoots {
 public:
  void Set(const std::vector<kube::Object>& objects) override {
    absl::MutexLock lock(&mutex_);
    set_ = objects.size();
  }
  absl::StatusOr<std::shared_ptr<const cosign::TrustedRoot>> Get(
      const std::string& name) const override {
    absl::MutexLock lock(&mutex_);
    if (!are_there_) return absl::InvalidArgumentError(name + " is bad");
    return std::make_shared<const cosign::TrustedRoot>();
  }
  void Appear() {
    absl::MutexLock lock(&mutex_);
    are_there_ = true;
  }
  size_t set() const {
    absl::MutexLock lock(&mutex_);
    return set_;
  }

 private:
  mutable absl::Mutex mutex_;
  bool are_there_ = false;
  size_t set_ = 0;
};

class SigstorePoliciesTest : public testing::Test {
 protected:
  // Of which the other part has been read.
  std::unique_ptr<PolicyStore> MakeStore() {
    auto store = std::make_unique<PolicyStore>(&clock_);
    store->Expect(PolicyPart::kSigstore);
    store->Set(policy::Policies::None());
    return store;
  }

  // So that another may be started.
  void End() {
    policies_.reset();
    store_ = MakeStore();
  }

  // Makes a group for each policy that can be used: whose Secret has a key.
  policy::CompiledSigstore Compile(const policy::SigstoreInputs& inputs) {
    policy::CompiledSigstore compiled;
    compiled.image_policies.resize(inputs.image_policies.size());
    compiled.options.resize(inputs.options.size());
    std::vector<policy::Group> groups;
    for (size_t i = 0; i < inputs.image_policies.size(); ++i) {
      groups.emplace_back();
      const auto key = inputs.secret_keys.find(SecretOf(*inputs.image_policies[i]));
      if (key == inputs.secret_keys.end() || key->second.ok()) continue;
      groups.back().problems = 1;
      compiled.image_policies[i].problems = {
          {"/spec/secret", std::string(key->second.status().message())}};
      compiled.image_policies[i].unread_keys = compiled.image_policies[i].problems;
    }
    for (const auto& [name, root] : inputs.trust_roots) {
      if (!root.ok()) groups.push_back({.broken_patterns = {name}});
    }
    if (inputs.default_root != nullptr) groups.push_back({.broken_patterns = {"default"}});
    compiled.policies =
        std::make_shared<const policy::Policies>(groups, std::vector<policy::Policy>());
    ++compilations_;
    return compiled;
  }

  static std::string SecretOf(const Json& policy) {
    const Json* const spec = base::FindMember(policy, "spec");
    return spec == nullptr ? "" : base::FindString(*spec, "secret");
  }

  void Start() {
    SigstorePolicies::Options options = {.clock = &clock_};
    options.compile = [this](const policy::SigstoreInputs& inputs) { return Compile(inputs); };
    options.find_references = [](absl::Span<const Json* const> policies) {
      policy::SigstoreReferences references;
      for (const Json* policy : policies) {
        if (!SecretOf(*policy).empty()) references.secrets.push_back(SecretOf(*policy));
      }
      return references;
    };
    options.on_read = [this] { ++reads_; };
    options.on_report = [this](std::vector<ReportedObject> report) {
      absl::MutexLock lock(&mutex_);
      report_ = std::move(report);
    };
    namespaces_ = std::make_unique<NamespaceLabels>(&feeds_, [this] {
      if (policies_ != nullptr) policies_->Touch();
    });
    policies_ = std::make_unique<SigstorePolicies>(
        SigstorePolicies::Sources{.feed = &feeds_,
                                  .secrets = &secrets_,
                                  .kms_keys = kms_.get(),
                                  .namespaces = namespaces_.get(),
                                  .default_root = [this] { return DefaultRoot(); },
                                  .trust_roots = &trust_roots_},
        store_.get(), std::move(options));
  }
  void StartAndAwait() {
    Start();
    policies_->AwaitFirst(base::Soon());
  }

  kube::FakeObjectFeed& Feed(const kube::ObjectSelection& selection) {
    return feeds_.Of(selection);
  }
  kube::FakeObjectFeed& policies() { return Feed(SigstorePolicySelection()); }

  std::shared_ptr<const cosign::TrustedRoot> DefaultRoot() {
    absl::MutexLock lock(&mutex_);
    return default_root_;
  }

  PolicyState State() const { return store_->state(PolicyPart::kSigstore); }
  // How many groups are in force; -1: nothing is.
  int Groups() const {
    const absl::StatusOr<PolicySnapshot> snapshot = store_->Get();
    return snapshot.ok() ? static_cast<int>((*snapshot)->groups().size()) : -1;
  }
  bool AreInForce(int groups) const {
    return base::Eventually([&] { return Groups() == groups; });
  }
  size_t Problems() const {
    size_t problems = 0;
    for (const policy::Group& group : (*State().snapshot)->groups()) problems += group.problems;
    return problems;
  }

  base::FakeClock clock_;
  kube::FakeObjectFeeds feeds_;
  kube::FakeSecretReader secrets_;
  FakeTrustRoots trust_roots_;
  std::unique_ptr<PolicyStore> store_ = MakeStore();
  std::atomic<int> compilations_ = 0;
  std::atomic<int> reads_ = 0;
  absl::Mutex mutex_;
  std::vector<ReportedObject> report_;
  std::shared_ptr<const cosign::TrustedRoot> default_root_;
  base::ScopedLogSink sink_{[](std::string_view) {}};
  std::unique_ptr<KmsKeys> kms_ = *KmsKeys::Create({}, nullptr);
  std::unique_ptr<NamespaceLabels> namespaces_;
  std::unique_ptr<SigstorePolicies> policies_;
};

TEST_F(SigstorePoliciesTest, PutsPoliciesInForceAndFollowsTheirChanges) {
  policies().Set(std::vector<Json>{Named("a")});
  StartAndAwait();
  EXPECT_EQ(Groups(), 1);
  EXPECT_TRUE(base::Eventually([&] { return reads_ > 0; }));
  policies().Set(std::vector<Json>{Named("a"), Named("b")});
  EXPECT_TRUE(AreInForce(2));
  EXPECT_TRUE(base::Eventually([&] { return policies_->counts().image_policies == 2; }));
}

TEST_F(SigstorePoliciesTest, OfAStatusAloneTheReportHearsAndNothingIsCompiled) {
  policies().Set(std::vector<Json>{Named("a")});
  StartAndAwait();
  const int compilations = compilations_;
  Json written = Named("a");
  written["status"] = {{"observedGeneration", 1}};
  policies().Set(std::vector<Json>{written});
  EXPECT_TRUE(base::Eventually([&] {
    absl::MutexLock lock(&mutex_);
    return report_.size() == 1 && report_[0].object->contains("status");
  }));
  EXPECT_EQ(compilations_, compilations);
}

TEST_F(SigstorePoliciesTest, NothingIsInForceBeforeEachKindHasBeenRead) {
  for (const kube::ObjectSelection& kind : SigstoreSelections("cosign-system")) {
    Feed(kind).Set(absl::UnavailableError("connection refused"));
    StartAndAwait();
    EXPECT_THAT(store_->Get(), StatusIs(absl::StatusCode::kUnavailable)) << kind.spoken;
    EXPECT_THAT(State().problem,
                StatusIs(absl::StatusCode::kUnavailable, HasSubstr("connection refused")));
    Feed(kind).Set(std::vector<Json>{});
    EXPECT_TRUE(AreInForce(0)) << kind.spoken;
    EXPECT_TRUE(base::Eventually([&] { return State().problem.ok(); }));
    End();
  }
}

TEST_F(SigstorePoliciesTest, WhatCannotBeReadLeavesTheLastGoodOnesInForceAndTheRestGoesOn) {
  policies().Set(std::vector<Json>{Named("a")});
  StartAndAwait();
  Feed(TrustRootSelection()).Set(absl::UnavailableError("connection refused"));
  EXPECT_TRUE(base::Eventually([&] { return !State().problem.ok(); }));
  EXPECT_EQ(Groups(), 1);
  EXPECT_THAT(State().problem,
              StatusIs(absl::StatusCode::kUnavailable, "TrustRoots: connection refused"));
  const absl::Time since = State().problem_since;
  clock_.Advance(absl::Seconds(1));
  policies().Set(std::vector<Json>{Named("a"), Named("b")});
  EXPECT_TRUE(AreInForce(2));
  EXPECT_EQ(State().problem_since, since);
  EXPECT_EQ(State().failures, 1u);
  Feed(TrustRootSelection()).Set(std::vector<Json>{});
  EXPECT_TRUE(base::Eventually([&] { return State().problem.ok(); }));
}

TEST_F(SigstorePoliciesTest, AKeyThatIsNewIsThereBeforeThePolicyIsInForce) {
  secrets_.PutSecret("cosign-system", "release",
                     {.data = {{"k", crypto::TestKey::Generate().PublicPem()}}});
  policies().Set(std::vector<Json>{Policy("a", "release")});
  StartAndAwait();
  EXPECT_EQ(Groups(), 1);
  EXPECT_EQ(Problems(), 0u);
  EXPECT_EQ(policies_->counts().keys, 1u);
}

TEST_F(SigstorePoliciesTest, OneThatIsMissingIsSaidAndLeavesThePolicyInForce) {
  policies().Set(std::vector<Json>{Policy("a", "release")});
  StartAndAwait();
  EXPECT_EQ(Groups(), 1);
  EXPECT_EQ(Problems(), 1u);
  EXPECT_EQ(policies_->counts().missing_keys, 1u);
  EXPECT_EQ(policies_->counts().broken_image_policies, 1u);
  secrets_.PutSecret("cosign-system", "release",
                     {.data = {{"k", crypto::TestKey::Generate().PublicPem()}}});
  EXPECT_TRUE(base::Eventually([&] {
    clock_.Advance(absl::Seconds(30));
    return Problems() == 0;
  }));
}

TEST_F(SigstorePoliciesTest, TheLastGoodKeyStaysAndTheStatusSaysThatItsSecretIsGone) {
  secrets_.PutSecret("cosign-system", "release",
                     {.data = {{"k", crypto::TestKey::Generate().PublicPem()}}});
  policies().Set(std::vector<Json>{Policy("a", "release")});
  StartAndAwait();
  secrets_.RemoveSecret("cosign-system", "release");
  // Whenever the thread that reads it has come to wait.
  EXPECT_TRUE(base::Eventually([&] {
    clock_.Advance(absl::Seconds(30));
    return policies_->counts().old_keys == 1;
  }));
  EXPECT_EQ(Problems(), 0u);
  const auto is_told = [&] {
    absl::MutexLock lock(&mutex_);
    return report_.size() == 1 &&
           report_[0].build_status(clock_.Now()).dump().find("InliningKeysFailed") !=
               std::string::npos;
  };
  EXPECT_TRUE(base::Eventually(is_told));
}

TEST_F(SigstorePoliciesTest, TrustRootsAreHandedOnAndTakenWhenTheyAreThere) {
  Feed(TrustRootSelection()).Set(std::vector<Json>{Named("corp")});
  StartAndAwait();
  EXPECT_EQ(trust_roots_.set(), 1u);
  EXPECT_EQ(Groups(), 1);
  EXPECT_EQ(policies_->counts().broken_trust_roots, 1u);
  EXPECT_TRUE(policies_->review_settings().check.trust_roots.empty());
  trust_roots_.Appear();
  policies_->Touch();
  EXPECT_TRUE(AreInForce(0));
  EXPECT_TRUE(policies_->review_settings().check.trust_roots.contains("corp"));
}

TEST_F(SigstorePoliciesTest, ReviewsKnowTheSettingsInForce) {
  Start();
  EXPECT_EQ(policies_->review_settings().validation.installation, "cosign-system");
  Feed(PolicySettingsSelection("cosign-system"))
      .Set(std::vector<Json>{{{"metadata", {{"name", "config-policy-controller"}}},
                              {"data", {{"fail-on-empty-authorities", "false"}}}}});
  EXPECT_TRUE(base::Eventually(
      [&] { return !policies_->review_settings().validation.fails_on_empty_authorities; }));
}

TEST_F(SigstorePoliciesTest, TheInstallationsOwnRootIsLookedAtAgain) {
  StartAndAwait();
  EXPECT_EQ(Groups(), 0);
  {
    absl::MutexLock lock(&mutex_);
    default_root_ = std::make_shared<const cosign::TrustedRoot>();
  }
  EXPECT_TRUE(base::Eventually([&] {
    clock_.Advance(absl::Seconds(10));
    return Groups() == 1;
  }));
  const int compilations = compilations_;
  for (int i = 0; i < 3; ++i) {
    const uint64_t before = clock_.waits();
    clock_.Advance(absl::Seconds(10));
    EXPECT_TRUE(base::Eventually([&] { return clock_.waits() > before; }));
  }
  EXPECT_EQ(compilations_, compilations);
}

}  // namespace
}  // namespace countersign::verifier
