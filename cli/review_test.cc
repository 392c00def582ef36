// What the command answers by manifests in a directory. No network is asked.

#include "cli/review.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "cli/test_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::Json;
using ::testing::HasSubstr;

Json Policy(std::string_view glob) {
  return base::ParseJson(absl::StrCat(R"({"apiVersion": "policy.sigstore.dev/v1beta1",
 "kind": "ClusterImagePolicy", "metadata": {"name": "shop"}, "spec": {"images": [{"glob": ")",
                                      glob, R"("}], "authorities": []}})"))
      .value();
}

Json Review(std::string_view group, std::string_view kind, Json object) {
  const std::string name = object["metadata"]["name"].get<std::string>();
  return {{"apiVersion", "admission.k8s.io/v1"},
          {"kind", "AdmissionReview"},
          {"request",
           {{"uid", "u-1"},
            {"kind", {{"group", group}, {"version", "v1beta1"}, {"kind", kind}}},
            {"name", name},
            {"operation", "CREATE"},
            {"object", std::move(object)}}}};
}

class ReviewTest : public testing::Test {
 protected:
  ReviewTest() { std::filesystem::create_directories(directory_); }
  ~ReviewTest() override { std::filesystem::remove_all(directory_); }

  void Install(std::string_view manifests) const {
    std::ofstream(directory_ + "/objects.yaml") << manifests;
  }

  // The answer's `response`; null where the command fails.
  Json Answered(const Json& review) const {
    const std::string input = directory_ + "/review";
    std::ofstream(input) << review.dump();
    EXPECT_NE(std::freopen(input.c_str(), "r", stdin), nullptr);
    const Answer answer = RunCommand(AddReviewCommand, "review", {"--objects", directory_});
    EXPECT_EQ(answer.exit_code, 0) << answer.errors;
    return answer.exit_code == 0 ? base::ParseJson(answer.output).value()["response"] : Json();
  }

  const std::string directory_ = absl::StrCat(testing::TempDir(), "/review_test");
};

TEST_F(ReviewTest, APolicyIsAnsweredAsByTheWebhookOfPolicies) {
  const Json response =
      Answered(Review("policy.sigstore.dev", "ClusterImagePolicy", Policy("r.io/shop/**")));
  EXPECT_EQ(response["uid"], "u-1");
  EXPECT_EQ(response["allowed"], false);
  EXPECT_EQ(response["status"]["code"], 400);
  EXPECT_THAT(response["status"]["message"].get<std::string>(), HasSubstr("authorities"));
}

TEST_F(ReviewTest, WhatIsInForceCounts) {
  Install(R"(apiVersion: v1
kind: ConfigMap
metadata: {name: config-policy-controller, namespace: cosign-system}
data: {fail-on-empty-authorities: "false"}
---
apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: other}
spec: {images: [{glob: "r.io/**"}], authorities: [{static: {action: pass}}]}
)");
  const Json response =
      Answered(Review("policy.sigstore.dev", "ClusterImagePolicy", Policy("r.io/shop/**")));
  EXPECT_EQ(response["allowed"], true) << response;
}

TEST_F(ReviewTest, APolicyIsAnsweredThoughNoneIsInForce) {
  Install("- no object\n");
  const Json response = Answered(Review("signing.apps.tanzu.vmware.com", "ClusterImagePolicy",
                                        {{"apiVersion", "signing.apps.tanzu.vmware.com/v1beta1"},
                                         {"kind", "ClusterImagePolicy"},
                                         {"metadata", {{"name", "image-policy"}}},
                                         {"spec", {{"verification", {{"keys", 7}}}}}}));
  EXPECT_EQ(response["allowed"], false);
  EXPECT_EQ(response["status"]["code"], 422);
}

TEST_F(ReviewTest, SettingsTrustRootsAndOptionsAreAnsweredToo) {
  const Json settings = {{"apiVersion", "v1"},
                         {"kind", "ConfigMap"},
                         {"metadata", {{"name", "config-policy-controller"}}},
                         {"data", {{"no-match-policy", "perhaps"}, {"enable-oci11", "perhaps"}}}};
  EXPECT_EQ(Answered(Review("", "ConfigMap", settings))["allowed"], false);
  const Json root = {{"apiVersion", "policy.sigstore.dev/v1alpha1"},
                     {"kind", "TrustRoot"},
                     {"metadata", {{"name", "a"}}},
                     {"spec", Json::object()}};
  EXPECT_EQ(Answered(Review("policy.sigstore.dev", "TrustRoot", root))["allowed"], false);
  const Json options = {{"apiVersion", "policy.countersign.dev/v1alpha1"},
                        {"kind", "PolicyOptions"},
                        {"metadata", {{"name", "a"}}},
                        {"spec", {{"threshold", "two"}}}};
  EXPECT_EQ(Answered(Review("policy.countersign.dev", "PolicyOptions", options))["allowed"], false);
}

TEST_F(ReviewTest, WhatRunsImagesIsAnsweredAsBefore) {
  const Json pod = base::ParseJson(R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
 "spec": {"containers": [{"name": "a", "image": "localhost:1/shop/web:1"}]}})")
                       .value();
  Json review = Review("", "Pod", pod);
  review["request"]["kind"]["version"] = "v1";
  review["request"]["namespace"] = "shop";
  // No policy asks anything.
  EXPECT_EQ(Answered(review)["allowed"], true);
}

}  // namespace
}  // namespace countersign::cli
