#include "shim/policy_webhook.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/eventually.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "base/trace_context.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using ::countersign::base::Json;
using ::countersign::base::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Answers every question with the same words, and remembers what it was asked.
class ScriptedValidator final : public PolicyValidator {
 public:
  absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(
      const v1::ValidatePolicyRequest& request, absl::Time deadline,
      const base::TraceContext& trace) override {
    traces.push_back(trace);
    asked.push_back(base::ParseJson(request.policy_json()).value());
    deadlines.push_back(deadline);
    return answer;
  }

  absl::StatusOr<v1::ValidatePolicyResponse> answer = v1::ValidatePolicyResponse();
  std::vector<Json> asked;
  std::vector<absl::Time> deadlines;
  std::vector<base::TraceContext> traces;
};

Json Policy(std::string_view name = "image-policy", Json spec = {{"verification", {{"keys", 1}}}}) {
  return {{"apiVersion", "signing.apps.tanzu.vmware.com/v1beta1"},
          {"kind", "ClusterImagePolicy"},
          {"metadata",
           {{"name", name},
            {"managedFields", {{{"manager", "kubectl"}}}},
            {"annotations", {{"a", "b"}}}}},
          {"spec", std::move(spec)},
          {"status", {{"keys", 1}}}};
}

Json Review(std::string_view operation, Json object, Json old_object = nullptr) {
  return {{"apiVersion", "admission.k8s.io/v1"},
          {"kind", "AdmissionReview"},
          {"request",
           {{"uid", "u-1"},
            {"kind",
             {{"group", "signing.apps.tanzu.vmware.com"},
              {"version", "v1beta1"},
              {"kind", "ClusterImagePolicy"}}},
            {"name", "image-policy"},
            {"operation", operation},
            {"object", std::move(object)},
            {"oldObject", std::move(old_object)}}}};
}

class PolicyWebhookTest : public testing::Test {
 protected:
  Json Ask(const Json& review) {
    const absl::StatusOr<std::string> answer = webhook_.Handle(review.dump(), base::Soon());
    EXPECT_THAT(answer, base::IsOk());
    return answer.ok() ? base::ParseJson(*answer).value()["response"] : Json();
  }

  void Answer(const std::vector<std::pair<std::string, std::string>>& problems) {
    for (const auto& [path, message] : problems) {
      v1::PolicyProblem* const problem = validator_.answer->add_problems();
      problem->set_path(path);
      problem->set_message(message);
    }
  }

  ScriptedValidator validator_;
  const PolicyWebhook webhook_{&validator_};
};

TEST_F(PolicyWebhookTest, APolicyWithoutProblemsIsAllowed) {
  validator_.answer->add_warnings("The key \"a\" is named by no pattern.");
  const Json response = Ask(Review("CREATE", Policy()));
  EXPECT_EQ(response["allowed"], true);
  EXPECT_EQ(response["uid"], "u-1");
  EXPECT_EQ(response["warnings"], Json::array({"The key \"a\" is named by no pattern."}));
  EXPECT_FALSE(response.contains("patch"));
}

TEST_F(PolicyWebhookTest, EveryProblemIsACauseWithItsField) {
  Answer({{"/spec/verification/keys/0/publicKey", "it holds no PEM block"},
          {"/metadata/name", "must be \"image-policy\""},
          {"", "must be an object"}});
  const Json response = Ask(Review("CREATE", Policy()));
  EXPECT_EQ(response["allowed"], false);
  const Json& status = response["status"];
  EXPECT_EQ(status["code"], 422);
  EXPECT_EQ(status["reason"], "Invalid");
  EXPECT_EQ(status["message"],
            "The policy is not valid:\n"
            "spec.verification.keys[0].publicKey: it holds no PEM block\n"
            "metadata.name: must be \"image-policy\"\n"
            "must be an object");
  EXPECT_EQ(status["details"],
            Json({{"group", "signing.apps.tanzu.vmware.com"},
                  {"kind", "ClusterImagePolicy"},
                  {"name", "image-policy"},
                  {"causes",
                   {{{"reason", "FieldValueInvalid"},
                     {"field", "spec.verification.keys[0].publicKey"},
                     {"message", "it holds no PEM block"}},
                    {{"reason", "FieldValueInvalid"},
                     {"field", "metadata.name"},
                     {"message", "must be \"image-policy\""}},
                    {{"reason", "FieldValueInvalid"}, {"message", "must be an object"}}}}}));
}

TEST_F(PolicyWebhookTest, WhatIsLeftOutIsCountedAndDenies) {
  validator_.answer->set_problems_left_out(7);
  const Json response = Ask(Review("CREATE", Policy()));
  EXPECT_EQ(response["allowed"], false);
  EXPECT_EQ(response["status"]["details"]["causes"][0]["message"], "and 7 more problems");
}

TEST_F(PolicyWebhookTest, AProblemWithoutWordsDenies) {
  Answer({{"", ""}});
  EXPECT_EQ(Ask(Review("CREATE", Policy()))["allowed"], false);
}

TEST_F(PolicyWebhookTest, ADenialIsBounded) {
  for (int i = 0; i < 100; ++i) {
    Answer({{"/spec/verification/keys/" + std::to_string(i), std::string(1024, 'x')}});
  }
  validator_.answer->set_problems_left_out(1);
  const Json response = Ask(Review("CREATE", Policy()));
  EXPECT_EQ(response["allowed"], false);
  EXPECT_LT(response.dump().size(), 64u << 10);
}

TEST_F(PolicyWebhookTest, OnlyWhatIsJudgedIsSent) {
  Ask(Review("CREATE", Policy()));
  ASSERT_THAT(validator_.asked, SizeIs(1));
  EXPECT_EQ(validator_.asked[0], Json({{"apiVersion", "signing.apps.tanzu.vmware.com/v1beta1"},
                                       {"kind", "ClusterImagePolicy"},
                                       {"metadata", {{"name", "image-policy"}}},
                                       {"spec", {{"verification", {{"keys", 1}}}}}}));
}

TEST_F(PolicyWebhookTest, AnUpdateThatLeavesTheSpecAloneIsAllowedUnasked) {
  Answer({{"/spec", "is bad already"}});
  Json labelled = Policy();
  labelled["metadata"]["labels"] = {{"team", "a"}};
  labelled["status"] = {{"keys", 2}};
  EXPECT_EQ(Ask(Review("UPDATE", labelled, Policy()))["allowed"], true);
  EXPECT_THAT(validator_.asked, IsEmpty());

  EXPECT_EQ(Ask(Review("UPDATE", Policy("image-policy", Json::object()), Policy()))["allowed"],
            false);
  EXPECT_THAT(validator_.asked, SizeIs(1));
}

TEST_F(PolicyWebhookTest, APolicyThatLosesItsSpecIsAskedAbout) {
  Answer({{"/spec", "is missing"}});
  Json without = Policy();
  without.erase("spec");
  EXPECT_EQ(Ask(Review("UPDATE", without, Policy()))["allowed"], false);
}

TEST_F(PolicyWebhookTest, OtherKindsSubresourcesAndOperationsAreAllowedUnasked) {
  Answer({{"/spec", "is bad"}});
  Json status_update = Review("UPDATE", Policy("image-policy", Json::object()), Policy());
  status_update["request"]["subResource"] = "status";
  Json other_kind = Review("CREATE", Policy());
  other_kind["request"]["kind"]["kind"] = "Other";
  Json other_group = Review("CREATE", Policy());
  other_group["request"]["kind"]["group"] = "example.org";
  for (const Json& review :
       {status_update, other_kind, other_group, Review("DELETE", nullptr, Policy())}) {
    EXPECT_EQ(Ask(review)["allowed"], true) << review;
  }
  EXPECT_THAT(validator_.asked, IsEmpty());
}

// Objects of the Policy Controller's API, and beside it.

Json Of(const std::string& group, const std::string& version, const std::string& kind,
        std::string_view name, Json object, Json old_object = nullptr) {
  const std::string_view operation = old_object.is_null() ? "CREATE" : "UPDATE";
  Json review = Review(operation, std::move(object), std::move(old_object));
  review["request"]["kind"] = {{"group", group}, {"version", version}, {"kind", kind}};
  review["request"]["name"] = name;
  return review;
}

Json Sigstore(Json spec = {{"images", Json::array()}}) {
  return {{"apiVersion", "policy.sigstore.dev/v1beta1"},
          {"kind", "ClusterImagePolicy"},
          {"metadata", {{"name", "release"}}},
          {"spec", std::move(spec)}};
}

TEST_F(PolicyWebhookTest, IsDeniedAsThePolicyControllerDenies) {
  validator_.answer->set_policy_controller_message(
      "validation failed: missing field(s): spec.authorities, spec.images");
  Answer({{"/spec/images", "must have an element"}, {"/spec/authorities", "must have one"}});
  validator_.answer->add_warnings("invalid value: vuln: spec.a\ndeprecated value");
  const Json response =
      Ask(Of("policy.sigstore.dev", "v1beta1", "ClusterImagePolicy", "release", Sigstore()));
  EXPECT_EQ(response["allowed"], false);
  EXPECT_EQ(response["status"],
            Json({{"code", 400},
                  {"reason", "BadRequest"},
                  {"message",
                   "validation failed: missing field(s): spec.authorities, spec.images\n"
                   "/spec/images: must have an element\n/spec/authorities: must have one"}}));
  EXPECT_EQ(response["warnings"], Json({"invalid value: vuln: spec.a", "deprecated value"}));
}

TEST_F(PolicyWebhookTest, WhatCannotBeDecodedIsSaidAsThePolicyControllerSaysIt) {
  const std::string message =
      "decoding request failed: cannot decode incoming new object: json: unknown field \"foo\"";
  validator_.answer->set_policy_controller_message(message);
  const Json response = Ask(Of("policy.sigstore.dev", "v1alpha1", "TrustRoot", "keys", Sigstore()));
  EXPECT_EQ(response["status"],
            Json({{"code", 400}, {"reason", "BadRequest"}, {"message", message}}));
}

TEST_F(PolicyWebhookTest, WhatOnlyWeRefuseOfThePolicyControllersIsABadRequestToo) {
  Answer({{"/spec/authorities/1/name", "is another's"}});
  const Json response =
      Ask(Of("policy.sigstore.dev", "v1beta1", "ClusterImagePolicy", "release", Sigstore()));
  EXPECT_EQ(
      response["status"],
      Json({{"code", 400},
            {"reason", "BadRequest"},
            {"message", "The object is not valid:\n/spec/authorities/1/name: is another's"}}));
}

TEST_F(PolicyWebhookTest, OptionsAndSettingsAreAskedAboutAndDeniedAsInvalid) {
  Answer({{"/spec/threshold", "must be 1 at least"}});
  const Json options = {{"kind", "PolicyOptions"}, {"spec", {{"threshold", 0}}}};
  EXPECT_EQ(Ask(Of("policy.countersign.dev", "v1alpha1", "PolicyOptions", "release",
                   options))["status"]["code"],
            422);
  const Json settings = {{"kind", "ConfigMap"}, {"data", {{"no-match-policy", "x"}}}};
  const Json review = Of("", "v1", "ConfigMap", "config-policy-controller", settings);
  EXPECT_EQ(Ask(review)["status"]["code"], 422);
  ASSERT_THAT(validator_.asked, SizeIs(2));
  EXPECT_EQ(validator_.asked[1], Json({{"kind", "ConfigMap"},
                                       {"metadata", {{"name", "config-policy-controller"}}},
                                       {"data", {{"no-match-policy", "x"}}}}));
}

// An object of each kind, as its author writes it and the API server sends it.
struct Written {
  std::string group, version, kind, text;
};
std::vector<Written> OfEachKind() {
  const std::string policy = R"({"apiVersion": "policy.sigstore.dev/$version",
      "kind": "ClusterImagePolicy",
      "metadata": {"name": "release", "uid": "1", "managedFields": [{"manager": "kubectl"}]},
      "spec": {"images": [{"glob": "r.io/**"}], "authorities": [{"static": {"action": "pass"}}]},
      "status": {"observedGeneration": 1}, $strays})";
  const auto of = [&](const std::string& version) {
    return Written{"policy.sigstore.dev", version, "ClusterImagePolicy",
                   absl::StrReplaceAll(policy, {{"$version", version}})};
  };
  return {of("v1alpha1"),
          of("v1beta1"),
          {"policy.sigstore.dev", "v1alpha1", "TrustRoot",
           R"({$strays, "apiVersion": "policy.sigstore.dev/v1alpha1", "kind": "TrustRoot",
               "metadata": {"name": "release"},
               "spec": {"remote": {"mirror": "https://tuf.example.org", "root": "e30="}}})"},
          {"policy.countersign.dev", "v1alpha1", "PolicyOptions",
           R"({"apiVersion": "policy.countersign.dev/v1alpha1", "kind": "PolicyOptions",
               "metadata": {"name": "release"}, $strays, "spec": {"group": "web"}})"}};
}

// A review of it, with these members in it.
std::string ReviewOf(const Written& written, const std::string& strays) {
  const std::string text = absl::StrReplaceAll(written.text, {{"$strays", strays}});
  Json review = Of(written.group, written.version, written.kind, "release", "$object");
  return absl::StrReplaceAll(review.dump(), {{"\"$object\"", text}});
}

// An unknown member beside `spec` may be what its author meant to say in it.
TEST_F(PolicyWebhookTest, AMemberThatNoObjectHasIsToldByItsName) {
  Answer({{"/sepc", "json: unknown field \"sepc\""}});
  const std::string strays =
      R"("sepc": {"images": [{"glob": "**"}]}, "\u0074hresholds": [1, 2], "none": null)";
  for (const Written& written : OfEachKind()) {
    validator_.asked.clear();
    const absl::StatusOr<std::string> answer =
        webhook_.Handle(ReviewOf(written, strays), base::Soon());
    ASSERT_THAT(answer, base::IsOk()) << written.kind;
    const Json response = base::ParseJson(*answer).value()["response"];
    EXPECT_EQ(response["allowed"], false) << written.kind;
    EXPECT_THAT(response["status"]["message"].get<std::string>(),
                HasSubstr("sepc: json: unknown field \"sepc\""));
    // As it is written, but for what others write in it, and what the strays say.
    Json expected = Json::parse(absl::StrReplaceAll(
        written.text, {{"$strays", R"("sepc": null, "thresholds": null, "none": null)"}}));
    expected["metadata"] = {{"name", "release"}};
    expected.erase("status");
    EXPECT_THAT(validator_.asked, ElementsAre(expected)) << written.kind;
  }
}

TEST_F(PolicyWebhookTest, OfManyStraysAFewAreTold) {
  std::string strays = absl::StrCat("\"", std::string(100'000, 'x'), "\": 1");
  for (int i = 0; i < 10'000; ++i) absl::StrAppend(&strays, ", \"s", i, "\": {\"a\": [1, {}]}");
  for (const Written& written : OfEachKind()) {
    validator_.asked.clear();
    EXPECT_THAT(webhook_.Handle(ReviewOf(written, strays), base::Soon()), base::IsOk());
    ASSERT_THAT(validator_.asked, SizeIs(1));
    const Json& asked = validator_.asked[0];
    EXPECT_THAT(asked, SizeIs(4 + 8)) << written.kind;  // beside apiVersion, kind, metadata, spec
    EXPECT_TRUE(asked.contains(std::string(128, 'x')));
    EXPECT_TRUE(asked.contains("s6"));
    EXPECT_LT(asked.dump().size(), 1000u);
  }
}

TEST_F(PolicyWebhookTest, AMemberThatComesTwiceIsRefusedWhereverItIs) {
  for (const Written& written : OfEachKind()) {
    for (const std::string twice :
         {R"("sepc": 1, "sepc": 1)", R"("sepc": {"a": 1, "\u0061": 1})", R"("spec": {})",
          R"("\u0073pec": {})", R"("metadata": {"name": "other"})"}) {
      EXPECT_THAT(webhook_.Handle(ReviewOf(written, twice), base::Soon()),
                  StatusIs(absl::StatusCode::kInvalidArgument,
                           HasSubstr("a second member of the same name")))
          << written.kind << " " << twice;
    }
  }
  EXPECT_THAT(validator_.asked, IsEmpty());
}

TEST_F(PolicyWebhookTest, AnUpdateThatAddsAStrayIsAskedAboutAndOneThatLeavesItIsNot) {
  Answer({{"/sepc", "is not known"}});
  Json odd = Sigstore();
  odd["sepc"] = 1;
  Json labelled = odd;
  labelled["metadata"]["labels"] = {{"team", "a"}};
  labelled["status"] = {{"observedGeneration", 2}};
  const auto update = [&](const Json& object, const Json& old_object) {
    return Ask(Of("policy.sigstore.dev", "v1beta1", "ClusterImagePolicy", "release", object,
                  old_object))["allowed"];
  };
  EXPECT_EQ(update(odd, Sigstore()), false);
  EXPECT_THAT(validator_.asked, SizeIs(1));
  EXPECT_EQ(update(labelled, odd), true);
  EXPECT_THAT(validator_.asked, SizeIs(1));
}

// Which members it has beside `data` is the API server's, which keeps no others.
TEST_F(PolicyWebhookTest, NothingIsAStrayInAConfigMap) {
  const Json settings = {{"kind", "ConfigMap"}, {"data", {{"a", "x"}}}};
  Json immutable = settings;
  immutable["immutable"] = true;
  immutable["binaryData"] = {{"b", "eA=="}};
  const auto of = [](const Json& object, const Json& old_object = nullptr) {
    return Of("", "v1", "ConfigMap", "config-policy-controller", object, old_object);
  };
  Ask(of(immutable, settings));
  EXPECT_THAT(validator_.asked, IsEmpty());
  Ask(of(immutable));
  EXPECT_THAT(validator_.asked,
              ElementsAre(Json({{"kind", "ConfigMap"},
                                {"metadata", {{"name", "config-policy-controller"}}},
                                {"data", {{"a", "x"}}}})));
}

TEST_F(PolicyWebhookTest, WhatIsNotJudgedOfThemIsAllowedUnasked) {
  Answer({{"/spec", "is bad"}});
  const Json settings = {{"data", {{"a", "x"}}}};
  Json status = Of("policy.sigstore.dev", "v1beta1", "ClusterImagePolicy", "release",
                   Sigstore(Json::object()), Sigstore());
  status["request"]["subResource"] = "status";
  Json deletion = Review("DELETE", nullptr, Sigstore());
  deletion["request"]["kind"]["group"] = "policy.sigstore.dev";
  for (const Json& review :
       {status, deletion, Of("", "v1", "ConfigMap", "other", settings),
        Of("", "v1", "ConfigMap", "config-policy-controller", settings, settings),
        Of("policy.sigstore.dev", "v1", "Other", "x", Sigstore())}) {
    EXPECT_EQ(Ask(review)["allowed"], true) << review;
  }
  EXPECT_THAT(validator_.asked, IsEmpty());
  const Json changed = {{"data", {{"a", "y"}}}};
  EXPECT_EQ(
      Ask(Of("", "v1", "ConfigMap", "config-policy-controller", changed, settings))["allowed"],
      false);
}

// A denial would not let the failurePolicy decide.
TEST_F(PolicyWebhookTest, WithoutAVerifiersAnswerThereIsNone) {
  for (const absl::Status& failure :
       {absl::PermissionDeniedError("not listed"), absl::InvalidArgumentError("policy_json: x"),
        absl::UnimplementedError("")}) {
    validator_.answer = failure;
    EXPECT_THAT(webhook_.Handle(Review("CREATE", Policy()).dump(), base::Soon()),
                StatusIs(absl::StatusCode::kUnavailable,
                         HasSubstr("no verifier said whether the policy is valid: " +
                                   std::string(failure.message()))));
  }
  // gRPC's own words hold addresses.
  for (const absl::Status& failure : {absl::UnavailableError("ipv4:192.0.2.1:443: refused"),
                                      absl::DeadlineExceededError("too late")}) {
    validator_.answer = failure;
    EXPECT_THAT(webhook_.Handle(Review("CREATE", Policy()).dump(), base::Soon()),
                StatusIs(absl::StatusCode::kUnavailable,
                         "no verifier said whether the policy is valid: try again in a moment"));
  }
}

// Otherwise a failurePolicy of Ignore would let it pass unread.
TEST_F(PolicyWebhookTest, WhatIsLongerThanAVerifierTakesIsRefused) {
  const Json response =
      Ask(Review("CREATE", Policy("image-policy", {{"verification", std::string(2 << 20, 'a')}})));
  EXPECT_EQ(response["allowed"], false);
  EXPECT_EQ(response["status"]["code"], 422);
  EXPECT_THAT(response["status"]["message"].get<std::string>(), HasSubstr("longer than"));
  EXPECT_THAT(validator_.asked, IsEmpty());
}

TEST_F(PolicyWebhookTest, ADenialIsLoggedInItsTrace) {
  validator_.answer->add_problems()->set_message("no keys");
  const base::TraceContext trace = {.trace_id = std::string(32, 'a'),
                                    .span_id = std::string(16, 'b')};
  std::vector<std::string> lines;
  const base::ScopedLogSink sink([&lines](std::string_view line) { lines.emplace_back(line); });
  EXPECT_THAT(webhook_.Handle(Review("CREATE", Policy()).dump(), base::Soon(), "", trace),
              base::IsOk());
  EXPECT_THAT(validator_.traces, ElementsAre(trace));
  EXPECT_THAT(lines, ElementsAre(AllOf(HasSubstr("Denied."), HasSubstr(trace.trace_id))));
}

TEST_F(PolicyWebhookTest, WhatIsNoReviewIsInvalid) {
  EXPECT_THAT(webhook_.Handle("{}", base::Soon()), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace countersign::shim
