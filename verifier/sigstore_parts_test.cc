#include "verifier/sigstore_parts.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/eventually.h"
#include "base/json.h"
#include "base/metrics.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/fake_object_feed.h"
#include "kube/fake_secret_reader.h"
#include "policy/policies.h"
#include "verifier/policies/policy_resource.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::Json;
using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class SigstorePartsTest : public testing::Test {
 protected:
  SigstorePartsTest() {
    store_.Set(policy::Policies::None());
    cluster_.feed = feeds_;
    cluster_.secrets = std::make_shared<kube::FakeSecretReader>();
  }

  absl::StatusOr<std::unique_ptr<SigstoreParts>> Create(const SigstoreOptions& options = {}) {
    return SigstoreParts::Create(
        options, {.cluster = &cluster_, .store = &store_, .metrics = &metrics_, .on_read = [this] {
                    ++reads_;
                  }});
  }

  std::shared_ptr<kube::FakeObjectFeeds> feeds_ = std::make_shared<kube::FakeObjectFeeds>();
  kube::ClusterConnection cluster_;
  PolicyStore store_;
  base::Metrics metrics_;
  std::atomic<int> reads_ = 0;
};

TEST_F(SigstorePartsTest, PutWhatThereIsInForce) {
  const auto parts = Create();
  ASSERT_THAT(parts, IsOk());
  (*parts)->AwaitFirst(base::Soon());
  EXPECT_THAT(store_.Get(), IsOk());
  EXPECT_TRUE(base::Eventually([&] { return reads_ > 0; }));
  EXPECT_THAT((*parts)->Describe(), ElementsAre(StartsWith("policy.sigstore.dev: 0 policies are in "
                                                           "force since")));
  EXPECT_THAT(metrics_.WriteText(), HasSubstr("countersign_sigstore_policy_readable 1\n"));
}

TEST_F(SigstorePartsTest, NothingIsInForceWithoutTheLabelsOfNamespaces) {
  kube::FakeObjectFeed& namespaces = feeds_->Of(NamespaceSelection());
  namespaces.Set(absl::PermissionDeniedError("forbidden"));
  const auto parts = Create();
  ASSERT_THAT(parts, IsOk());
  (*parts)->AwaitFirst(base::Soon());
  EXPECT_THAT(store_.Get(),
              StatusIs(absl::StatusCode::kPermissionDenied, "labels of namespaces: forbidden"));
  namespaces.Set(std::vector<Json>{{{"metadata", {{"name", "shop"}}}}});
  EXPECT_TRUE(base::Eventually([&] { return store_.Get().ok(); }));
  EXPECT_NE((*parts)->namespaces().Find("shop"), nullptr);
}

TEST_F(SigstorePartsTest, WhatIsWrongIsRefusedWithTheNameOfItsFlag) {
  EXPECT_THAT(Create({.kms_keys = {"nonsense"}}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("--kms-public-key: ")));
}

TEST_F(SigstorePartsTest, ADirectoryHasThemOrNot) {
  EXPECT_FALSE(SigstoreParts::AreAny(feeds_.get()));
  feeds_->Of(NamespaceSelection()).Set(std::vector<Json>{Json::object()});
  EXPECT_FALSE(SigstoreParts::AreAny(feeds_.get()));
  feeds_->Of(TrustRootSelection()).Set(std::vector<Json>{Json::object()});
  EXPECT_TRUE(SigstoreParts::AreAny(feeds_.get()));
}

}  // namespace
}  // namespace countersign::verifier
