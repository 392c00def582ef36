#include "verifier/policies/policy_status.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"

namespace countersign::verifier {
namespace {

using base::Json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr char kNowText[] = "2023-11-14T22:13:20Z";

kube::Object Policy(const policy::TestPolicy& policy, const std::string& name = "image-policy") {
  Json object = policy.Object();
  object["metadata"]["name"] = name;
  object["metadata"]["generation"] = 4;
  return {.json = std::move(object),
          .locate = [](std::string_view pointer) { return std::string(pointer); }};
}

Json BuildStatus(const std::vector<kube::Object>& policies, size_t index, absl::Time now) {
  return BuildPolicyStatus(CompileList(policies), index, now);
}

policy::TestPolicy Good() {
  return policy::TestPolicy()
      .Key("release", crypto::TestKey::Generate().PublicPem())
      .Rule("registry.example.org/*", {"release"})
      .Rule("*", {"release"});
}

Json Accepted(const Json& status) { return status.at("conditions").at(0); }

TEST(PolicyStatus, APolicyWithoutFaultIsAccepted) {
  const Json status = BuildStatus({Policy(Good())}, 0, kNow);
  EXPECT_EQ(status, Json({{"observedGeneration", 4},
                          {"keys", 1},
                          {"images", 2},
                          {"conditions", Json::array({{{"type", "Accepted"},
                                                       {"status", "True"},
                                                       {"reason", "Accepted"},
                                                       {"message", "The policy is in force."},
                                                       {"observedGeneration", 4},
                                                       {"lastTransitionTime", kNowText}}})}}));
}

TEST(PolicyStatus, NamesKeysAndPatternsThatCannotBeUsedByTheirPaths) {
  const Json status = BuildStatus(
      {Policy(Good().Key("broken", "no PEM").Rule("a b", {"release"}).Rule("*", {"unknown"}))}, 0,
      kNow);
  EXPECT_EQ(Accepted(status).at("status"), "False");
  EXPECT_EQ(Accepted(status).at("reason"), "PartlyInvalid");
  EXPECT_THAT(Accepted(status).at("message").get<std::string>(),
              AllOf(HasSubstr("/spec/verification/keys/1/publicKey: "),
                    HasSubstr("/spec/verification/images/2/namePattern: "),
                    HasSubstr("/spec/verification/images/3/keys")));
  EXPECT_EQ(status.at("keys"), 2);
  EXPECT_EQ(status.at("images"), 4);
}

TEST(PolicyStatus, BoundsTheMessage) {
  policy::TestPolicy policy = Good();
  for (int i = 0; i < 1000; ++i) policy.Rule("a b", {absl::StrCat("unknown-", i)});
  const std::string message =
      Accepted(BuildStatus({Policy(policy)}, 0, kNow)).at("message").get<std::string>();
  EXPECT_LT(message.size(), 8u << 10);
  EXPECT_THAT(message, testing::ContainsRegex("and [0-9]+ more$"));
}

TEST(PolicyStatus, AnObjectThatIsNoPolicyIsInvalid) {
  kube::Object object = Policy(Good());
  object.json["spec"]["verification"]["keys"] = 7;
  const Json status = BuildStatus({object}, 0, kNow);
  EXPECT_EQ(Accepted(status).at("reason"), "Invalid");
  EXPECT_THAT(Accepted(status).at("message").get<std::string>(),
              HasSubstr("/spec/verification/keys: must be an array"));
  EXPECT_FALSE(status.contains("keys"));
}

TEST(PolicyStatus, OfSeveralPoliciesNoneIsAccepted) {
  const std::vector<kube::Object> policies = {Policy(Good(), "other"), Policy(Good())};
  const Json other = Accepted(BuildStatus(policies, 0, kNow));
  EXPECT_EQ(other.at("status"), "False");
  EXPECT_EQ(other.at("reason"), "WrongName");
  EXPECT_THAT(other.at("message").get<std::string>(),
              HasSubstr("its name must be \"image-policy\""));
  const Json right = Accepted(BuildStatus(policies, 1, kNow));
  EXPECT_EQ(right.at("status"), "False");
  EXPECT_EQ(right.at("reason"), "NotTheOnlyOne");
  EXPECT_THAT(right.at("message").get<std::string>(), HasSubstr("\"other\""));
}

TEST(PolicyStatus, OneThatIsStoredGivesItself) {
  kube::Object object = Policy(Good());
  object.json["status"] = BuildStatus({object}, 0, kNow);
  EXPECT_EQ(BuildStatus({object}, 0, kNow + absl::Hours(1)), object.json["status"]);
}

TEST(PolicyStatus, TheTimeIsThatOfTheTransition) {
  kube::Object object = Policy(Good());
  object.json["status"] = BuildStatus({object}, 0, kNow);
  object.json["spec"]["verification"]["keys"] = 7;
  object.json["metadata"]["generation"] = 5;
  const Json broken = BuildStatus({object}, 0, kNow + absl::Hours(1));
  EXPECT_EQ(Accepted(broken).at("lastTransitionTime"), "2023-11-14T23:13:20Z");
  EXPECT_EQ(Accepted(broken).at("observedGeneration"), 5);
}

TEST(PolicyStatus, KeepsTheConditionsOfOthersAndBearsNonsense) {
  kube::Object object = Policy(Good());
  object.json["status"]["conditions"] =
      Json::array({{{"type", "Reviewed"}, {"status", "True"}},
                   7,
                   {{"type", "Accepted"}},
                   {{"type", "Accepted"}, {"status", "Unknown"}}});
  const Json conditions = BuildStatus({object}, 0, kNow).at("conditions");
  ASSERT_EQ(conditions.size(), 3u);
  EXPECT_EQ(conditions[0].at("type"), "Reviewed");
  EXPECT_EQ(conditions[2].at("status"), "True");
  object.json["status"] = "nonsense";
  EXPECT_EQ(BuildStatus({object}, 0, kNow).at("conditions").size(), 1u);
}

TEST(PolicyStatus, OfEachIsToldWhereItIsWritten) {
  const std::vector<ReportedObject> report =
      ReportOf(CompileList({Policy(Good(), "other"), Policy(Good())}));
  ASSERT_EQ(report.size(), 2u);
  EXPECT_EQ(report[1].path.name, "image-policy");
  EXPECT_FALSE(report[1].is_held);
  EXPECT_EQ(Accepted(report[0].build_status(kNow)).at("reason"), "WrongName");
  EXPECT_EQ(Accepted(report[1].build_status(kNow)).at("reason"), "NotTheOnlyOne");
}

}  // namespace
}  // namespace countersign::verifier
