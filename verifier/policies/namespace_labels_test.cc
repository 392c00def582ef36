#include "verifier/policies/namespace_labels.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/fake_object_feed.h"
#include "kube/manifests/manifest_directory.h"
#include "verifier/policies/policy_resource.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::Json;
using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::Pointee;

Json Namespace(const std::string& name, const Json& labels) {
  return {{"kind", "Namespace"}, {"metadata", {{"name", name}, {"labels", labels}}}};
}

class NamespaceLabelsTest : public testing::Test {
 protected:
  void Set(std::vector<Json> namespaces) { feed_.Set(std::move(namespaces)); }

  kube::FakeObjectFeed feed_;
  std::string log_;
  base::ScopedLogSink sink_{[this](std::string_view line) { log_.append(line); }};
};

TEST_F(NamespaceLabelsTest, AreThoseOfEachNamespace) {
  Set({Namespace("shop", {{"tier", "prod"}}), Namespace("bare", nullptr)});
  const NamespaceLabels labels(&feed_);
  EXPECT_THAT(labels.Find("shop"), Pointee(ElementsAre(Pair("tier", "prod"))));
  EXPECT_THAT(labels.Find("bare"), Pointee(IsEmpty()));
  EXPECT_EQ(labels.Find("other"), nullptr);
  EXPECT_EQ(labels.count(), 2u);
  EXPECT_THAT(labels.first_read(), IsOk());
}

TEST_F(NamespaceLabelsTest, ChangesHoldAndWhatWasFoundBeforeStaysAsItWas) {
  Set({Namespace("shop", {{"tier", "prod"}})});
  const NamespaceLabels labels(&feed_);
  const LabelsPtr before = labels.Find("shop");
  Set({Namespace("shop", {{"tier", "dev"}})});
  EXPECT_THAT(labels.Find("shop"), Pointee(ElementsAre(Pair("tier", "dev"))));
  EXPECT_THAT(before, Pointee(ElementsAre(Pair("tier", "prod"))));
  Set({});
  EXPECT_EQ(labels.Find("shop"), nullptr);
}

TEST_F(NamespaceLabelsTest, ThoseReadLastStayWhileTheyCannotBeRead) {
  Set({Namespace("shop", {{"tier", "prod"}})});
  const NamespaceLabels labels(&feed_);
  feed_.Set(absl::UnavailableError("connection refused"));
  EXPECT_THAT(labels.Find("shop"), Pointee(ElementsAre(Pair("tier", "prod"))));
  EXPECT_THAT(labels.first_read(), IsOk());
  EXPECT_THAT(labels.problem(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(log_, HasSubstr("connection refused"));
  Set({});
  EXPECT_THAT(labels.problem(), IsOk());
}

TEST_F(NamespaceLabelsTest, TellOnceWhenTheyHaveBeenReadForTheFirstTime) {
  feed_.Set(absl::PermissionDeniedError("forbidden"));
  int told = 0;
  const NamespaceLabels labels(&feed_, [&told] { ++told; });
  EXPECT_THAT(labels.first_read(), StatusIs(absl::StatusCode::kPermissionDenied, "forbidden"));
  EXPECT_EQ(told, 0);
  Set({});
  Set({Namespace("shop", nullptr)});
  EXPECT_EQ(told, 1);
}

TEST_F(NamespaceLabelsTest, OfWhichSomeCannotBeReadAreNotKnown) {
  Set({Namespace("shop", {{"tier", true}, {"a", "b"}}), Namespace("odd", "labels"),
       Namespace("good", {{"a", "b"}})});
  const NamespaceLabels labels(&feed_);
  EXPECT_EQ(labels.Find("shop"), nullptr);
  EXPECT_EQ(labels.Find("odd"), nullptr);
  EXPECT_THAT(labels.Find("good"), Pointee(ElementsAre(Pair("a", "b"))));
  EXPECT_EQ(labels.count(), 1u);
  EXPECT_THAT(labels.first_read(), IsOk());
  EXPECT_THAT(log_, HasSubstr("/metadata/labels/tier: must be a string, is a boolean"));
  EXPECT_THAT(log_, HasSubstr("/metadata/labels: must be an object, is a string"));
}

TEST_F(NamespaceLabelsTest, OfAFileWhichCannotBeReadAreNotKnownAndOthersAre) {
  const std::string directory = absl::StrCat(testing::TempDir(), "/namespace_labels_test");
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  std::ofstream(directory + "/namespaces.yaml") << R"(
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    policy.sigstore.dev/include: true
---
apiVersion: v1
kind: Namespace
metadata: {name: good, labels: {a: b}}
)";
  const auto files = kube::ManifestDirectory::Open(directory, {NamespaceSelection()});
  ASSERT_THAT(files, IsOk());
  const NamespaceLabels labels(files->get());
  EXPECT_EQ(labels.Find("shop"), nullptr);
  EXPECT_THAT(labels.Find("good"), Pointee(ElementsAre(Pair("a", "b"))));
  EXPECT_THAT(log_, HasSubstr("namespaces.yaml:7: /metadata/labels/policy.sigstore.dev~1include: "
                              "must be a string, is a boolean"));
}

TEST_F(NamespaceLabelsTest, WhatCannotBeReadIsToldOnceUntilItIsMended) {
  const Json bad = Namespace("shop", {{"tier", true}});
  Set({bad});
  const NamespaceLabels labels(&feed_);
  log_.clear();
  Set({bad, Namespace("other", nullptr)});
  EXPECT_THAT(log_, IsEmpty());
  Set({Namespace("shop", {{"tier", "prod"}})});
  EXPECT_THAT(labels.Find("shop"), Pointee(ElementsAre(Pair("tier", "prod"))));
  Set({bad});
  EXPECT_EQ(labels.Find("shop"), nullptr);
  EXPECT_THAT(log_, HasSubstr("/metadata/labels/tier"));
}

}  // namespace
}  // namespace countersign::verifier
