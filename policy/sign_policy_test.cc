#include "policy/sign_policy.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using ::countersign::base::Json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Json Key(std::string_view name, std::string_view pem) {
  return {{"name", name}, {"publicKey", pem}};
}

std::string GoodPem() { return crypto::TestKey::Generate().PublicPem(); }

Json Image(std::string_view pattern, const std::vector<std::string>& key_names) {
  Json keys = Json::array();
  for (const std::string& name : key_names) keys.push_back({{"name", name}});
  return {{"namePattern", pattern}, {"keys", keys}};
}

Json PolicyObject(Json verification) {
  return {{"apiVersion", "signing.apps.tanzu.vmware.com/v1beta1"},
          {"kind", "ClusterImagePolicy"},
          {"metadata", {{"name", "image-policy"}, {"labels", {{"a", "b"}}}}},
          {"spec", {{"verification", std::move(verification)}}}};
}

// With more steps than any of the policies here takes, but those that are to be too complex.
constexpr size_t kSteps = 10'000'000;

SignPolicy ReadObject(const Json& object) {
  StepBudget steps(kSteps);
  return ReadSignPolicy(object, steps);
}

// Of a policy that must be usable as a whole.
SignPolicy Read(Json verification) {
  SignPolicy policy = ReadObject(PolicyObject(std::move(verification)));
  EXPECT_FALSE(policy.fault.has_value());
  return policy;
}

std::vector<std::string> NamesOf(const std::vector<AuthorityPtr>& authorities) {
  std::vector<std::string> names;
  for (const AuthorityPtr& authority : authorities) names.push_back(authority->name);
  return names;
}

// Why an authority is broken; "" if it is usable.
std::string Why(const AuthorityPtr& authority) {
  const auto* const broken = std::get_if<Broken>(&authority->asks);
  return broken == nullptr ? "" : broken->why;
}

bool Excludes(const SignPolicy& policy, std::string_view name) {
  return policy.group.excluded_namespaces.contains(name);
}

auto ProblemAt(std::string path, std::string part_of_message) {
  return AllOf(Field(&Problem::pointer, std::move(path)),
               Field(&Problem::reason, HasSubstr(std::move(part_of_message))));
}

TEST(SignPolicy, IsReadFromItsObject) {
  Json images = Json::array({Image("registry.example.org/*", {"b", "a"}), Image("*", {"b"})});
  images[0]["secretRef"] = {{"name", "regcred"}, {"namespace", "shop"}};
  const SignPolicy policy =
      Read({{"keys", {Key("a", GoodPem()), Key("b", GoodPem())}},
            {"images", std::move(images)},
            {"exclude", {{"resources", {{"namespaces", {"kube-system", "build"}}}}}}});

  EXPECT_THAT(policy.problems, IsEmpty());
  EXPECT_THAT(policy.group.broken_patterns, IsEmpty());
  EXPECT_EQ(policy.group.language, Language::kSign);
  EXPECT_EQ(policy.group.problems, 0u);
  const std::vector<AuthorityPtr>& keys = policy.group.authorities;
  ASSERT_THAT(NamesOf(keys), ElementsAre("a", "b"));
  EXPECT_TRUE(keys[0]->IsUsable());
  EXPECT_TRUE(keys[1]->IsUsable());
  EXPECT_EQ(keys[1]->index, 1u);
  ASSERT_THAT(policy.policies, SizeIs(2));
  EXPECT_EQ(policy.policies[0].language, Language::kSign);
  EXPECT_EQ(policy.policies[0].name, "registry.example.org/*");
  EXPECT_EQ(std::get<NamePattern>(policy.policies[0].images).text(), "registry.example.org/*");
  EXPECT_EQ(policy.policies[0].secret, (SecretReference{"shop", "regcred"}));
  EXPECT_EQ(policy.policies[1].secret, std::nullopt);
  // A key is there once, whoever names it.
  EXPECT_THAT(policy.policies[0].authorities, ElementsAre(keys[0], keys[1]));
  EXPECT_THAT(policy.policies[1].authorities, ElementsAre(keys[1]));
  EXPECT_TRUE(Excludes(policy, "kube-system"));
  EXPECT_TRUE(Excludes(policy, "build"));
  EXPECT_FALSE(Excludes(policy, "kube-system2"));
  EXPECT_FALSE(Excludes(policy, ""));
}

TEST(SignPolicy, ListsMayBeAbsent) {
  for (const Json& verification :
       {Json::object(), Json({{"keys", nullptr}, {"images", nullptr}, {"exclude", nullptr}}),
        Json({{"exclude", Json::object()}}), Json({{"unknown", 1}})}) {
    const SignPolicy policy = Read(verification);
    EXPECT_THAT(policy.group.authorities, IsEmpty());
    EXPECT_THAT(policy.policies, IsEmpty());
    EXPECT_THAT(policy.problems, IsEmpty());
  }
}

TEST(SignPolicy, AnyVersionOfTheGroupWillDo) {
  Json object = PolicyObject(Json::object());
  object["apiVersion"] = "signing.apps.tanzu.vmware.com/v2";
  EXPECT_FALSE(ReadObject(object).fault.has_value());
}

TEST(SignPolicy, WhatIsNoPolicyAsAWholeIsRefused) {
  const struct {
    std::string_view pointer;  // what to change
    Json value;
    std::string_view why;
  } kCases[] = {
      {"", 7, "must be an object"},
      {"", Json::array(), "must be an object"},
      {"", nullptr, "must be an object"},
      {"/apiVersion", "v1", "/apiVersion: must be a version of signing.apps.tanzu.vmware.com"},
      {"/apiVersion", "signing.apps.tanzu.vmware.com", "/apiVersion: "},
      {"/apiVersion", "signing.apps.tanzu.vmware.com.evil.example/v1", "/apiVersion: "},
      {"/apiVersion", 1, "/apiVersion: must be a string"},
      {"/kind", "ImagePolicy", "/kind: must be \"ClusterImagePolicy\", is \"ImagePolicy\""},
      {"/kind", nullptr, "/kind: "},
      {"/metadata", nullptr, "/metadata: is missing"},
      {"/metadata", "image-policy", "/metadata: "},
      {"/metadata/name", "other", "/metadata/name: must be \"image-policy\", is \"other\""},
      {"/metadata/name", nullptr, "/metadata/name: "},
      {"/spec", nullptr, "/spec: is missing"},
      {"/spec", Json::array(), "/spec: "},
      {"/spec/verification", nullptr, "/spec/verification: is missing"},
      {"/spec/verification", "x", "/spec/verification: "},
      {"/spec/verification/keys", Json::object(), "/spec/verification/keys: "},
      {"/spec/verification/images", "*", "/spec/verification/images: "},
      {"/spec/verification/exclude", Json::array(), "/spec/verification/exclude: "},
      {"/spec/verification/exclude/resources", "x", "/spec/verification/exclude/resources: "},
      {"/spec/verification/exclude/resources/namespaces", "kube-system",
       "/spec/verification/exclude/resources/namespaces: "},
  };
  for (const auto& [pointer, value, why] : kCases) {
    Json object = PolicyObject(
        {{"exclude", {{"resources", {{"namespaces", Json::array()}}}}}, {"keys", Json::array()}});
    object[Json::json_pointer(std::string(pointer))] = value;
    const SignPolicy policy = ReadObject(object);
    ASSERT_TRUE(policy.fault.has_value()) << pointer;
    EXPECT_THAT(absl::StrCat(policy.fault->pointer, ": ", policy.fault->reason),
                HasSubstr(std::string(why)));
    EXPECT_FALSE(policy.problems.empty());
  }
}

TEST(SignPolicy, ProblemsAreInTheOrderOfTheMembersWhateverTheyAre) {
  const SignPolicy policy = ReadObject(PolicyObject(
      {{"exclude", "kube-system"}, {"images", "*"}, {"keys", {Key("bad", "no PEM"), "a"}}}));
  EXPECT_THAT(policy.problems, ElementsAre(ProblemAt("/spec/verification/keys/0/publicKey", ""),
                                           ProblemAt("/spec/verification/keys/1", "an object"),
                                           ProblemAt("/spec/verification/images", "an array"),
                                           ProblemAt("/spec/verification/exclude", "an object")));
  EXPECT_EQ(policy.fault->pointer, "/spec/verification/images");
}

TEST(SignPolicy, ABadKeyLeavesTheOthersInForce) {
  const SignPolicy policy = Read({{"keys", {Key("bad", "no PEM"), Key("good", GoodPem())}},
                                  {"images", {Image("*", {"bad", "good"})}}});
  EXPECT_THAT(policy.problems, ElementsAre(ProblemAt("/spec/verification/keys/0/publicKey", "")));
  EXPECT_EQ(Why(policy.group.authorities[0]), policy.problems[0].reason);
  EXPECT_TRUE(policy.group.authorities[1]->IsUsable());
  EXPECT_THAT(NamesOf(policy.policies[0].authorities), ElementsAre("bad", "good"));
}

TEST(SignPolicy, AMalformedKeyIsAProblem) {
  const struct {
    Json key;
    std::string_view path;
    std::string_view why;
  } kCases[] = {
      {"a", "/spec/verification/keys/0", "must be an object"},
      {nullptr, "/spec/verification/keys/0", "must be an object"},
      {{{"publicKey", GoodPem()}}, "/spec/verification/keys/0/name", "is missing"},
      {Key("", GoodPem()), "/spec/verification/keys/0/name", "is empty"},
      {{{"name", 1}, {"publicKey", GoodPem()}}, "/spec/verification/keys/0/name", "a string"},
      {{{"name", "a"}}, "/spec/verification/keys/0/publicKey", "is missing"},
      {Key("a", ""), "/spec/verification/keys/0/publicKey", "is empty"},
      {{{"name", "a"}, {"publicKey", {1}}}, "/spec/verification/keys/0/publicKey", "a string"},
      {Key("a", GoodPem() + GoodPem()), "/spec/verification/keys/0/publicKey", ""},
  };
  for (const auto& [key, path, why] : kCases) {
    const SignPolicy policy = Read({{"keys", Json::array({key})}});
    EXPECT_THAT(policy.problems, ElementsAre(ProblemAt(std::string(path), std::string(why))));
    // It is there, and counted.
    ASSERT_THAT(policy.group.authorities, SizeIs(1));
    EXPECT_NE(Why(policy.group.authorities[0]), "");
  }
}

// Otherwise it would depend on the order which of them a rule means.
TEST(SignPolicy, KeysOfOneNameAreAllBroken) {
  const std::string pem = GoodPem();
  const SignPolicy policy =
      Read({{"keys", {Key("a", pem), Key("b", GoodPem()), Key("a", pem), Key("a", GoodPem())}},
            {"images", {Image("*", {"a"})}}});
  EXPECT_THAT(policy.problems, ElementsAre(ProblemAt("/spec/verification/keys/2/name", "\"a\""),
                                           ProblemAt("/spec/verification/keys/3/name", "\"a\"")));
  for (const size_t broken : {0, 2, 3}) {
    EXPECT_THAT(Why(policy.group.authorities[broken]), HasSubstr("more than one key"));
  }
  EXPECT_TRUE(policy.group.authorities[1]->IsUsable());
}

TEST(SignPolicy, AKeyWithoutANameIsNamedByNoRule) {
  const SignPolicy policy = Read({{"keys", {Key("", GoodPem())}}, {"images", {Image("*", {""})}}});
  EXPECT_THAT(policy.policies[0].authorities, IsEmpty());
  EXPECT_THAT(policy.problems,
              ElementsAre(ProblemAt("/spec/verification/keys/0/name", "empty"),
                          ProblemAt("/spec/verification/images/0/keys/0/name", "empty")));
}

TEST(SignPolicy, ARuleNamingAnUnknownKeyKeepsItsOthers) {
  const SignPolicy policy =
      Read({{"keys", {Key("a", GoodPem())}}, {"images", {Image("*", {"x", "a", "x", "a"})}}});
  ASSERT_THAT(NamesOf(policy.policies[0].authorities), ElementsAre("a", "x"));
  EXPECT_EQ(Why(policy.policies[0].authorities[1]), "the policy has no key of this name");
  EXPECT_THAT(policy.problems,
              ElementsAre(ProblemAt("/spec/verification/images/0/keys/0/name", "\"x\""),
                          ProblemAt("/spec/verification/images/0/keys/2/name", "\"x\"")));
}

TEST(SignPolicy, ARuleWithoutKeysStaysAndHasNone) {
  const std::vector<Json> rules = {
      {{"namePattern", "*"}},
      {{"namePattern", "*"}, {"keys", nullptr}},
      {{"namePattern", "*"}, {"keys", Json::array()}},
      {{"namePattern", "*"}, {"keys", "a"}},
      {{"namePattern", "*"}, {"keys", {{"name", "a"}}}},
  };
  for (const Json& rule : rules) {
    const SignPolicy policy =
        Read({{"keys", {Key("a", GoodPem())}}, {"images", Json::array({rule})}});
    ASSERT_THAT(policy.policies, SizeIs(1)) << rule;
    EXPECT_THAT(policy.policies[0].authorities, IsEmpty()) << rule;
    EXPECT_THAT(policy.problems,
                ElementsAre(ProblemAt("/spec/verification/images/0/keys", "must be an array")))
        << rule;
  }
}

TEST(SignPolicy, AMalformedKeyOfARuleIsAProblem) {
  const Json rule = {{"namePattern", "*"},
                     {"keys", {"a", {{"name", 1}}, Json::object(), {{"name", "a"}}}}};
  const SignPolicy policy =
      Read({{"keys", {Key("a", GoodPem())}}, {"images", Json::array({rule})}});
  EXPECT_THAT(NamesOf(policy.policies[0].authorities), ElementsAre("a"));
  EXPECT_THAT(policy.problems,
              ElementsAre(ProblemAt("/spec/verification/images/0/keys/0", "an object"),
                          ProblemAt("/spec/verification/images/0/keys/1/name", "a string"),
                          ProblemAt("/spec/verification/images/0/keys/2/name", "missing")));
}

TEST(SignPolicy, APatternThatDoesNotParseIsKeptAsBroken) {
  const struct {
    Json rule;
    std::string_view path;
    std::string_view why;
  } kCases[] = {
      {Image("https://r.io/*", {"a"}), "/spec/verification/images/0/namePattern",
       "\"https://r.io/*\" cannot be used: the pattern contains a scheme"},
      {Image("", {"a"}), "/spec/verification/images/0/namePattern", "is empty"},
      {{{"keys", {{{"name", "a"}}}}}, "/spec/verification/images/0/namePattern", "is missing"},
      {{{"namePattern", 1}, {"keys", {{{"name", "a"}}}}},
       "/spec/verification/images/0/namePattern",
       "must be a string"},
      {"r.io/*", "/spec/verification/images/0", "must be an object"},
  };
  for (const auto& [rule, path, why] : kCases) {
    const SignPolicy policy = Read(
        {{"keys", {Key("a", GoodPem())}}, {"images", Json::array({rule, Image("r.io/*", {"a"})})}});
    EXPECT_THAT(policy.policies, SizeIs(1)) << rule;
    EXPECT_THAT(policy.problems, ElementsAre(ProblemAt(std::string(path), std::string(why))));
    EXPECT_THAT(policy.group.broken_patterns, ElementsAre(AllOf(HasSubstr(std::string(path) + ": "),
                                                                HasSubstr(std::string(why)))));
  }
}

// It leaves the rest in force, as one does that does not parse.
TEST(SignPolicy, APatternThatCanMatchNothingIsKeptAsBroken) {
  const SignPolicy policy = Read({{"keys", {Key("a", GoodPem())}},
                                  {"images", {Image("r.io/a..b", {"a"}), Image("r.io/*", {"a"})}}});
  const std::string path = "/spec/verification/images/0/namePattern";
  EXPECT_THAT(policy.policies, SizeIs(1));
  EXPECT_THAT(policy.problems, ElementsAre(ProblemAt(path, "\"r.io/a..b\" cannot be used: ")));
  EXPECT_THAT(policy.group.broken_patterns, ElementsAre(HasSubstr(path + ": \"r.io/a..b\"")));
}

// Each pattern is dear, and can match something; there are 2 MB of them.
TEST(SignPolicy, PatternsThatAreTooComplexTogetherAreNamedAndBroken) {
  std::string stars = "r.io/";
  for (int i = 0; i < 250; ++i) stars += "*a";
  Json images = Json::array({Image("first.io/*", {"a"})});
  for (int i = 0; i < 4'000; ++i) images.push_back(Image(stars, {"a"}));
  images.push_back(Image("last.io/*", {"a"}));
  const SignPolicy policy = Read({{"keys", {Key("a", GoodPem())}}, {"images", images}});
  const size_t usable = policy.policies.size();
  EXPECT_GT(usable, 500u);
  EXPECT_LT(usable, 4'000u);
  ASSERT_EQ(policy.problems.size(), images.size() - usable);
  EXPECT_EQ(policy.group.broken_patterns.size(), images.size() - usable);
  EXPECT_THAT(
      policy.problems.front(),
      ProblemAt(absl::StrCat("/spec/verification/images/", usable, "/namePattern"), "\"r.io/*a*a"));
  for (const Problem& problem : policy.problems) {
    ASSERT_THAT(problem.reason, HasSubstr("too complex"));
  }
}

TEST(SignPolicy, IsPaidForFromTheStepsThatAreLeft) {
  const Json object = PolicyObject({{"images", {Image("r.io/*a*", {"a"})}}});
  StepBudget steps(kSteps);
  EXPECT_THAT(ReadSignPolicy(object, steps).policies, SizeIs(1));
  const size_t one = kSteps - steps.left();
  StepBudget short_of_two(2 * one - 1);
  EXPECT_THAT(ReadSignPolicy(object, short_of_two).policies, SizeIs(1));
  EXPECT_THAT(ReadSignPolicy(object, short_of_two).policies, IsEmpty());
}

TEST(SignPolicy, TheRestOfABrokenRuleIsStillChecked) {
  Json rule = Image("..", {"x"});
  rule["secretRef"] = "regcred";
  EXPECT_THAT(Read({{"images", Json::array({rule})}}).problems,
              ElementsAre(ProblemAt("/spec/verification/images/0/namePattern", ""),
                          ProblemAt("/spec/verification/images/0/keys/0/name", ""),
                          ProblemAt("/spec/verification/images/0/secretRef", "")));
}

TEST(SignPolicy, AnIncompleteSecretRefIsIgnoredAndSaid) {
  const struct {
    Json secret;
    std::string_view path;
  } kCases[] = {
      {"regcred", "/spec/verification/images/0/secretRef"},
      {{{"name", "regcred"}}, "/spec/verification/images/0/secretRef/namespace"},
      {{{"namespace", "shop"}}, "/spec/verification/images/0/secretRef/name"},
      {{{"name", ""}, {"namespace", "shop"}}, "/spec/verification/images/0/secretRef/name"},
      {{{"name", "regcred"}, {"namespace", 1}}, "/spec/verification/images/0/secretRef/namespace"},
  };
  for (const auto& [secret, path] : kCases) {
    Json rule = Image("*", {"a"});
    rule["secretRef"] = secret;
    const SignPolicy policy =
        Read({{"keys", {Key("a", GoodPem())}}, {"images", Json::array({rule})}});
    EXPECT_EQ(policy.policies[0].secret, std::nullopt) << secret;
    EXPECT_THAT(policy.problems, ElementsAre(ProblemAt(std::string(path), ""))) << secret;
  }
}

TEST(SignPolicy, ASecretRefThatCanNameNoSecretIsIgnoredAndSaid) {
  for (const auto& [name, secret_namespace] :
       std::vector<std::pair<std::string, std::string>>{{"..", "shop"},
                                                        {"Regcred", "shop"},
                                                        {"regcred", "shop/x"},
                                                        {"regcred", "a.b"},
                                                        {std::string(254, 'a'), "shop"}}) {
    Json rule = Image("*", {"a"});
    rule["secretRef"] = {{"name", name}, {"namespace", secret_namespace}};
    const SignPolicy policy =
        Read({{"keys", {Key("a", GoodPem())}}, {"images", Json::array({rule})}});
    EXPECT_EQ(policy.policies[0].secret, std::nullopt) << name;
    EXPECT_THAT(policy.problems,
                ElementsAre(ProblemAt("/spec/verification/images/0/secretRef", "can be named")));
  }
}

TEST(SignPolicy, ANamespaceThatCanBeNamedSoByNobodyExcludesNothing) {
  const SignPolicy policy = Read({{"exclude", {{"resources", {{"namespaces", {"kube-*"}}}}}}});
  EXPECT_FALSE(Excludes(policy, "kube-*"));
  EXPECT_THAT(policy.problems,
              ElementsAre(ProblemAt("/spec/verification/exclude/resources/namespaces/0", "'*'")));
}

TEST(SignPolicy, ANamespaceThatIsNoNameExcludesNothing) {
  const SignPolicy policy =
      Read({{"exclude", {{"resources", {{"namespaces", {"", 1, nullptr, "build"}}}}}}});
  EXPECT_TRUE(Excludes(policy, "build"));
  EXPECT_FALSE(Excludes(policy, ""));
  EXPECT_FALSE(Excludes(policy, "1"));
  const std::string path = "/spec/verification/exclude/resources/namespaces/";
  EXPECT_THAT(policy.problems, ElementsAre(ProblemAt(path + "0", ""), ProblemAt(path + "1", ""),
                                           ProblemAt(path + "2", "")));
}

TEST(SignPolicy, WhatProblemsQuoteIsPrintable) {
  const SignPolicy policy = Read({{"images", {Image("a\nb", {"x\n"})}}});
  for (const Problem& problem : policy.problems) {
    EXPECT_EQ(problem.reason.find('\n'), std::string::npos) << problem.reason;
  }
  EXPECT_EQ(policy.group.broken_patterns[0].find('\n'), std::string::npos);
}

}  // namespace
}  // namespace countersign::policy
