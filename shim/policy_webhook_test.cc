#include "shim/policy_webhook.h"

#include <string>
#include <utility>
#include <vector>

#include "base/eventually.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using ::countersign::base::Json;
using ::countersign::base::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Answers every question with the same words, and remembers what it was asked.
class ScriptedValidator final : public PolicyValidator {
 public:
  absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(
      const v1::ValidatePolicyRequest& request, absl::Time deadline) override {
    asked.push_back(base::ParseJson(request.policy_json()).value());
    deadlines.push_back(deadline);
    return answer;
  }

  absl::StatusOr<v1::ValidatePolicyResponse> answer = v1::ValidatePolicyResponse();
  std::vector<Json> asked;
  std::vector<absl::Time> deadlines;
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

TEST_F(PolicyWebhookTest, WhatIsNoReviewIsInvalid) {
  EXPECT_THAT(webhook_.Handle("{}", base::Soon()), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(FieldPath, IsWrittenAsKubectlUsersReadIt) {
  EXPECT_EQ(FieldPath(""), "");
  EXPECT_EQ(FieldPath("/spec/verification/images/10/keys/0/name"),
            "spec.verification.images[10].keys[0].name");
  EXPECT_EQ(FieldPath("/metadata/annotations/a~1b~0c"), "metadata.annotations.a/b~c");
  EXPECT_EQ(FieldPath("/a\n"), "a\\x0a");
}

}  // namespace
}  // namespace countersign::shim
