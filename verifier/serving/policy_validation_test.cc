#include "verifier/serving/policy_validation.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/status_matchers.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"
#include "proto/limits.h"

namespace countersign::verifier {
namespace {

using ::countersign::base::StatusIs;
using ::testing::HasSubstr;

std::string GoodPem() { return crypto::TestKey::Generate().PublicPem(); }

// For what is none of its matters.
policy::ReviewedObject NotAsked(const base::Json& object) {
  ADD_FAILURE() << "asked about " << object;
  return {};
}

v1::ValidatePolicyResponse Validate(const base::Json& object) {
  v1::ValidatePolicyRequest request;
  request.set_policy_json(object.dump());
  return ValidatePolicy(request, NotAsked).value();
}

TEST(ValidatePolicy, AGoodPolicyHasNoProblems) {
  const auto response = Validate(
      policy::TestPolicy().Key("a", GoodPem()).Rule("registry.example.org/*", {"a"}).Object());
  EXPECT_EQ(response.problems_size(), 0);
  EXPECT_EQ(response.problems_left_out(), 0u);
  EXPECT_EQ(response.warnings_size(), 0);
}

TEST(ValidatePolicy, SaysWhereAndWhat) {
  const auto response = Validate(policy::TestPolicy().Key("a", "no PEM").Rule("*", {"b"}).Object());
  ASSERT_EQ(response.problems_size(), 2);
  EXPECT_EQ(response.problems(0).path(), "/spec/verification/keys/0/publicKey");
  EXPECT_THAT(response.problems(0).message(), HasSubstr("PEM"));
  EXPECT_EQ(response.problems(1).path(), "/spec/verification/images/0/keys/0/name");
  EXPECT_EQ(response.problems(1).message(), "the policy has no key named \"b\"");
  EXPECT_EQ(response.warnings_size(), 0);
}

TEST(ValidatePolicy, CountsWhatItDoesNotList) {
  policy::TestPolicy policy;
  for (int i = 0; i < 110; ++i) policy.Rule("Upper" + std::to_string(i), {"a"});
  const auto response = Validate(policy.Object());
  EXPECT_EQ(response.problems_size(), 100);
  EXPECT_EQ(response.problems_left_out(), 120u);
}

TEST(ValidatePolicy, ListsAFewWarnings) {
  const std::string pem = GoodPem();
  policy::TestPolicy policy;
  for (int i = 0; i < 30; ++i) policy.Key("key" + std::to_string(i), pem);
  const auto response = Validate(policy.Rule("*", {"key0"}).Object());
  EXPECT_EQ(response.problems_size(), 0);
  ASSERT_EQ(response.warnings_size(), 20);
  EXPECT_EQ(response.warnings(0), "The key \"key1\" is named by no pattern.");
}

TEST(ValidatePolicy, TakesTenThousandPatterns) {
  policy::TestPolicy policy;
  policy.Key("release", GoodPem());
  for (int i = 0; i < 10'000; ++i) {
    policy.Rule("registry.example.org/some-team/some-application-" + std::to_string(i) + "/*",
                {"release"}, policy::SecretReference{"some-namespace", "some-secret"});
  }
  EXPECT_EQ(Validate(policy.Object()).problems_size(), 0);
}

TEST(ValidatePolicy, AMessageIsBounded) {
  const auto response =
      Validate(policy::TestPolicy().Rule("r.io/" + std::string(4000, '\x01'), {}).Object());
  ASSERT_GE(response.problems_size(), 1);
  for (const v1::PolicyProblem& problem : response.problems()) {
    EXPECT_LE(problem.message().size(), v1::kMaxProblemBytes);
  }
}

TEST(ValidatePolicy, WhatIsNoPolicyAtAllIsAProblemOfTheWhole) {
  const auto response = Validate(7);
  ASSERT_EQ(response.problems_size(), 1);
  EXPECT_EQ(response.problems(0).path(), "");
}

TEST(ValidatePolicy, WhatIsNoJsonIsNotAnswered) {
  v1::ValidatePolicyRequest request;
  for (const std::string text : {"", "{", "{\"a\":1,\"a\":2}"}) {
    request.set_policy_json(text);
    EXPECT_THAT(ValidatePolicy(request, NotAsked),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("policy_json: ")));
  }
  request.set_policy_json("\"" + std::string(2 << 20, 'a') + "\"");
  EXPECT_THAT(ValidatePolicy(request, NotAsked),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("larger than 2097152 bytes")));
}

// What the review of an object says.
v1::ValidatePolicyResponse ValidateReviewed(const base::Json& object,
                                            const policy::ReviewedObject& reviewed) {
  v1::ValidatePolicyRequest request;
  request.set_policy_json(object.dump());
  return ValidatePolicy(request,
                        [&](const base::Json& seen) {
                          EXPECT_EQ(seen, object);
                          return reviewed;
                        })
      .value();
}

base::Json OfKind(std::string_view version, std::string_view kind) {
  return {{"apiVersion", version}, {"kind", kind}};
}

TEST(ValidatePolicy, AsksTheReviewAboutWhatIsNotTheSignPolicys) {
  const std::pair<std::string, std::string> others[] = {
      {"policy.sigstore.dev/v1alpha1", "ClusterImagePolicy"},
      {"policy.sigstore.dev/v1beta1", "ClusterImagePolicy"},
      {"policy.sigstore.dev/v1alpha1", "TrustRoot"},
      {"policy.countersign.dev/v1alpha1", "PolicyOptions"},
      {"v1", "ConfigMap"},
  };
  for (const auto& [version, kind] : others) {
    const auto response = ValidateReviewed(OfKind(version, kind), {.problems = {{"/a", "b"}}});
    ASSERT_EQ(response.problems_size(), 1) << version << kind;
    EXPECT_EQ(response.problems(0).path(), "/a");
    EXPECT_EQ(response.problems(0).message(), "b");
  }
}

TEST(ValidatePolicy, WhatNobodyJudgesIsNoSignPolicy) {
  for (const base::Json& object :
       {OfKind("signing.apps.tanzu.vmware.com/v1", "TrustRoot"), OfKind("v1", "Secret"),
        OfKind("policy.sigstore.dev/v1alpha1", "Other"), OfKind("", ""), base::Json::array()}) {
    v1::ValidatePolicyRequest request;
    request.set_policy_json(object.dump());
    const auto response = ValidatePolicy(request, NotAsked);
    ASSERT_THAT(response, base::IsOk());
    EXPECT_GE(response->problems_size(), 1) << object;
  }
}

TEST(ValidatePolicy, PassesOnWhatTheReviewFound) {
  const auto response = ValidateReviewed(
      OfKind("policy.sigstore.dev/v1beta1", "ClusterImagePolicy"),
      {.problems = {{"/spec/images", "must have an element"}},
       .warnings = {{"/spec/images/0/glob", "crosses the host"},
                    {"", "invalid value: vuln: spec.a\ndeprecated value"}},
       .policy_controller_message = "validation failed: missing field(s): spec.images\x01"});
  EXPECT_EQ(response.problems_size(), 1);
  ASSERT_EQ(response.warnings_size(), 2);
  EXPECT_EQ(response.warnings(0), "/spec/images/0/glob: crosses the host");
  EXPECT_EQ(response.warnings(1), "invalid value: vuln: spec.a\ndeprecated value");
  EXPECT_EQ(response.policy_controller_message(),
            "validation failed: missing field(s): spec.images\\x01");
}

TEST(ValidatePolicy, WhatThePolicyControllerRefusesIsNeverAcceptable) {
  const auto response = ValidateReviewed(OfKind("policy.sigstore.dev/v1alpha1", "TrustRoot"),
                                         {.policy_controller_message = "validation failed: x"});
  EXPECT_EQ(response.problems_size(), 1);
}

TEST(ValidatePolicy, WhatThePolicyControllerSaysIsBounded) {
  std::string text = "validation failed: ";
  for (int i = 0; i < 10'000; ++i) text += "missing field(s): a\n\x01";
  const auto response = ValidateReviewed(OfKind("policy.sigstore.dev/v1alpha1", "TrustRoot"),
                                         {.policy_controller_message = text});
  EXPECT_LE(response.policy_controller_message().size(), v1::kMaxPolicyControllerMessageBytes);
  EXPECT_GT(response.policy_controller_message().size(), v1::kMaxPolicyControllerMessageBytes / 2);
}

}  // namespace
}  // namespace countersign::verifier
