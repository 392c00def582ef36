#include "verifier/policies/sigstore_status.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::Json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr char kNowText[] = "2023-11-14T22:13:20Z";
const policy::Problem kUnread = {"/spec/authorities/0/key/secretRef", "secret \"x\" not found"};

Json Object(const std::string& name, Json finalizers = Json::array()) {
  return {{"apiVersion", "policy.sigstore.dev/v1beta1"},
          {"metadata", {{"name", name}, {"generation", 4}, {"finalizers", std::move(finalizers)}}}};
}

Json Policy(const policy::CompiledSigstoreObject& found,
            const std::vector<policy::Problem>& settings_problems = {}) {
  return BuildSigstorePolicyStatus(Object("signed"), found, settings_problems, kNow);
}

Json ConditionOf(const Json& status, std::string_view type) {
  for (const Json& condition : status.at("conditions")) {
    if (condition.at("type") == type) return condition;
  }
  ADD_FAILURE() << "no " << type;
  return Json();
}

std::string MessageOf(const Json& status, std::string_view type) {
  return ConditionOf(status, type).value("message", "");
}

TEST(SigstoreStatus, APolicyWithoutFaultIsReady) {
  const auto holds = [](const char* type) -> Json {
    return {{"type", type}, {"status", "True"}, {"lastTransitionTime", kNowText}};
  };
  EXPECT_EQ(Policy({}),
            (Json{{"observedGeneration", 4},
                  {"conditions", Json::array({holds("KeysInlined"), holds("PoliciesInlined"),
                                              holds("ConfigMapUpdated"), holds("Ready")})}}));
}

TEST(SigstoreStatus, KeysThatCouldNotBeReadAreNamedByTheirPath) {
  const Json status = Policy({.problems = {kUnread}, .unread_keys = {kUnread}});
  for (const char* type : {"KeysInlined", "Ready"}) {
    EXPECT_EQ(ConditionOf(status, type).at("status"), "False");
    EXPECT_EQ(ConditionOf(status, type).at("reason"), "InliningKeysFailed");
    EXPECT_THAT(MessageOf(status, type),
                AllOf(HasSubstr("/spec/authorities/0/key/secretRef: secret \"x\" not found"),
                      HasSubstr("read again every 30 seconds")));
  }
  EXPECT_EQ(ConditionOf(status, "PoliciesInlined").at("status"), "True");
}

TEST(SigstoreStatus, WhatElseCannotBeUsedIsSaidOfPolicies) {
  const Json status =
      Policy({.problems = {kUnread, {"/spec/policy/data", "does not compile"}}, .unread_keys = {}});
  EXPECT_EQ(ConditionOf(status, "KeysInlined").at("status"), "True");
  EXPECT_EQ(ConditionOf(status, "Ready").at("reason"), "InliningPoliciesFailed");
  EXPECT_THAT(MessageOf(status, "PoliciesInlined"),
              HasSubstr("/spec/policy/data: does not compile"));
  const Json both = Policy(
      {.problems = {kUnread, {"/spec/policy/data", "does not compile"}}, .unread_keys = {kUnread}});
  EXPECT_EQ(ConditionOf(both, "Ready").at("reason"), "InliningKeysFailed");
  EXPECT_THAT(MessageOf(both, "PoliciesInlined"), Not(HasSubstr("secretRef")));
}

TEST(SigstoreStatus, WhatIsOnlyOddIsToldAndThePolicyIsReady) {
  const Json status = Policy({.warnings = {{"/spec/images/0/glob", "crosses the host"}}},
                             {{"/data/no-match-policy", "unknown word"}});
  EXPECT_EQ(ConditionOf(status, "Ready").at("status"), "True");
  EXPECT_THAT(MessageOf(status, "PoliciesInlined"), HasSubstr("crosses the host"));
  EXPECT_THAT(MessageOf(status, "ConfigMapUpdated"),
              HasSubstr("config-policy-controller: /data/no-match-policy: unknown word"));
}

TEST(SigstoreStatus, ATrustRootIsReadyOrSaysWhyNot) {
  const Json good = BuildTrustRootStatus(Object("corp"), absl::OkStatus(), kNow);
  EXPECT_EQ(ConditionOf(good, "Ready").at("status"), "True");
  const Json bad = BuildTrustRootStatus(
      Object("corp"), absl::InvalidArgumentError("/spec/sigstoreKeys: must be given"), kNow);
  EXPECT_EQ(ConditionOf(bad, "Ready").at("reason"), "InliningKeysFailed");
  EXPECT_THAT(MessageOf(bad, "KeysInlined"), HasSubstr("/spec/sigstoreKeys: must be given"));
  EXPECT_EQ(ConditionOf(bad, "ConfigMapUpdated").at("status"), "True");
}

TEST(SigstoreStatus, OptionsAreAcceptedOrSayWhatIsNot) {
  const Json good = BuildOptionsStatus(Object("signed"), {}, kNow);
  EXPECT_EQ(ConditionOf(good, "Accepted").at("status"), "True");
  EXPECT_EQ(ConditionOf(good, "Accepted").at("observedGeneration"), 4);
  const Json bad =
      BuildOptionsStatus(Object("signed"), {.problems = {{"/spec/threshold", "too many"}}}, kNow);
  EXPECT_EQ(ConditionOf(bad, "Accepted").at("reason"), "PartlyInvalid");
  EXPECT_THAT(MessageOf(bad, "Accepted"), HasSubstr("/spec/threshold: too many"));
}

TEST(SigstoreStatus, EachKindIsReportedWhereItIsAndWhoseItIs) {
  const auto list = [](std::vector<Json> objects) {
    auto made = std::make_shared<std::vector<kube::Object>>();
    for (Json& object : objects) made->push_back({.json = std::move(object)});
    return made;
  };
  const SigstoreObjects objects = {
      .image_policies =
          list({Object("a"), Object("b", {"clusterimagepolicies.policy.sigstore.dev"})}),
      .trust_roots = list({Object("corp")}),
      .options = list({Object("a")}),
      .settings = list({})};
  CompiledLists compiled;
  compiled.image_policies.resize(2);
  compiled.options.resize(1);
  const std::vector<ReportedObject> report =
      ReportOf(objects, compiled, {{"corp", absl::InvalidArgumentError("bad")}});
  ASSERT_EQ(report.size(), 4u);
  EXPECT_EQ(report[0].path.Url(),
            "/apis/policy.sigstore.dev/v1beta1/clusterimagepolicies/a/status");
  EXPECT_FALSE(report[0].is_held);
  EXPECT_TRUE(report[1].is_held);
  EXPECT_EQ(report[2].path.resource, "trustroots");
  EXPECT_EQ(ConditionOf(report[2].build_status(kNow), "Ready").at("status"), "False");
  EXPECT_EQ(report[3].path.resource, "policyoptions");
  EXPECT_EQ(*report[3].object, Object("a"));
}

}  // namespace
}  // namespace countersign::verifier
