#include "policy/sign_policy.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using ::countersign::base::IsOk;
using ::countersign::base::Json;
using ::countersign::base::StatusIs;
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

// Of a policy that must be readable as a whole.
ImagePolicy Read(Json verification) {
  absl::StatusOr<ImagePolicy> policy =
      ImagePolicy::FromObject(PolicyObject(std::move(verification)));
  EXPECT_THAT(policy, IsOk());
  return *std::move(policy);
}

auto ProblemAt(std::string path, std::string part_of_message) {
  return AllOf(Field(&Problem::path, std::move(path)),
               Field(&Problem::message, HasSubstr(std::move(part_of_message))));
}

TEST(ImagePolicy, IsReadFromItsObject) {
  Json images = Json::array({Image("registry.example.org/*", {"b", "a"}), Image("*", {"b"})});
  images[0]["secretRef"] = {{"name", "regcred"}, {"namespace", "shop"}};
  const ImagePolicy policy =
      Read({{"keys", {Key("a", GoodPem()), Key("b", GoodPem())}},
            {"images", std::move(images)},
            {"exclude", {{"resources", {{"namespaces", {"kube-system", "build"}}}}}}});

  EXPECT_THAT(policy.problems(), IsEmpty());
  EXPECT_THAT(policy.broken_patterns(), IsEmpty());
  ASSERT_THAT(policy.keys(), SizeIs(2));
  EXPECT_EQ(policy.keys()[0].name, "a");
  EXPECT_THAT(policy.keys()[0].signer, IsOk());
  EXPECT_EQ(policy.keys()[1].name, "b");
  ASSERT_THAT(policy.rules(), SizeIs(2));
  EXPECT_EQ(policy.rules()[0].pattern.text(), "registry.example.org/*");
  EXPECT_THAT(policy.rules()[0].keys, ElementsAre(0, 1));
  EXPECT_EQ(policy.rules()[0].secret, (SecretReference{"shop", "regcred"}));
  EXPECT_THAT(policy.rules()[1].keys, ElementsAre(1));
  EXPECT_EQ(policy.rules()[1].secret, std::nullopt);
  EXPECT_TRUE(policy.ExcludesNamespace("kube-system"));
  EXPECT_TRUE(policy.ExcludesNamespace("build"));
  EXPECT_FALSE(policy.ExcludesNamespace("kube-system2"));
  EXPECT_FALSE(policy.ExcludesNamespace(""));
}

TEST(ImagePolicy, ListsMayBeAbsent) {
  for (const Json& verification :
       {Json::object(), Json({{"keys", nullptr}, {"images", nullptr}, {"exclude", nullptr}}),
        Json({{"exclude", Json::object()}}), Json({{"unknown", 1}})}) {
    const ImagePolicy policy = Read(verification);
    EXPECT_THAT(policy.keys(), IsEmpty());
    EXPECT_THAT(policy.rules(), IsEmpty());
    EXPECT_THAT(policy.problems(), IsEmpty());
  }
}

TEST(ImagePolicy, AnyVersionOfTheGroupWillDo) {
  Json object = PolicyObject(Json::object());
  object["apiVersion"] = "signing.apps.tanzu.vmware.com/v2";
  EXPECT_THAT(ImagePolicy::FromObject(object), IsOk());
}

TEST(ImagePolicy, WhatIsNoPolicyAsAWholeIsRefused) {
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
    EXPECT_THAT(ImagePolicy::FromObject(object),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(std::string(why))));
  }
}

TEST(ImagePolicy, ABadKeyLeavesTheOthersInForce) {
  const ImagePolicy policy = Read({{"keys", {Key("bad", "no PEM"), Key("good", GoodPem())}},
                                   {"images", {Image("*", {"bad", "good"})}}});
  EXPECT_THAT(policy.problems(), ElementsAre(ProblemAt("/spec/verification/keys/0/publicKey", "")));
  EXPECT_THAT(policy.keys()[0].signer, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(policy.keys()[1].signer, IsOk());
  EXPECT_THAT(policy.rules()[0].keys, ElementsAre(0, 1));
}

TEST(ImagePolicy, AMalformedKeyIsAProblem) {
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
    const ImagePolicy policy = Read({{"keys", Json::array({key})}});
    EXPECT_THAT(policy.problems(), ElementsAre(ProblemAt(std::string(path), std::string(why))));
    for (const PolicyKey& read : policy.keys()) {
      EXPECT_THAT(read.signer, StatusIs(absl::StatusCode::kInvalidArgument));
    }
  }
}

// Otherwise it would depend on the order which of them a rule means.
TEST(ImagePolicy, KeysOfOneNameAreAllBroken) {
  const std::string pem = GoodPem();
  const ImagePolicy policy =
      Read({{"keys", {Key("a", pem), Key("b", GoodPem()), Key("a", pem), Key("a", GoodPem())}},
            {"images", {Image("*", {"a"})}}});
  EXPECT_THAT(policy.problems(), ElementsAre(ProblemAt("/spec/verification/keys/2/name", "\"a\""),
                                             ProblemAt("/spec/verification/keys/3/name", "\"a\"")));
  for (const size_t broken : {0, 2, 3}) {
    EXPECT_THAT(policy.keys()[broken].signer,
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("more than one key")));
  }
  EXPECT_THAT(policy.keys()[1].signer, IsOk());
}

TEST(ImagePolicy, AKeyWithoutANameIsNamedByNoRule) {
  const ImagePolicy policy = Read({{"keys", {Key("", GoodPem())}}, {"images", {Image("*", {""})}}});
  EXPECT_THAT(policy.rules()[0].keys, IsEmpty());
  EXPECT_THAT(policy.problems(),
              ElementsAre(ProblemAt("/spec/verification/keys/0/name", "empty"),
                          ProblemAt("/spec/verification/images/0/keys/0/name", "empty")));
}

TEST(ImagePolicy, ARuleNamingAnUnknownKeyKeepsItsOthers) {
  const ImagePolicy policy =
      Read({{"keys", {Key("a", GoodPem())}}, {"images", {Image("*", {"x", "a", "x", "a"})}}});
  EXPECT_THAT(policy.rules()[0].keys, ElementsAre(0));
  EXPECT_THAT(policy.rules()[0].unknown_keys, ElementsAre("x"));
  EXPECT_THAT(policy.problems(),
              ElementsAre(ProblemAt("/spec/verification/images/0/keys/0/name", "\"x\""),
                          ProblemAt("/spec/verification/images/0/keys/2/name", "\"x\"")));
}

TEST(ImagePolicy, ARuleWithoutKeysStaysAndHasNone) {
  const std::vector<Json> rules = {
      {{"namePattern", "*"}},
      {{"namePattern", "*"}, {"keys", nullptr}},
      {{"namePattern", "*"}, {"keys", Json::array()}},
      {{"namePattern", "*"}, {"keys", "a"}},
      {{"namePattern", "*"}, {"keys", {{"name", "a"}}}},
  };
  for (const Json& rule : rules) {
    const ImagePolicy policy =
        Read({{"keys", {Key("a", GoodPem())}}, {"images", Json::array({rule})}});
    ASSERT_THAT(policy.rules(), SizeIs(1)) << rule;
    EXPECT_THAT(policy.rules()[0].keys, IsEmpty()) << rule;
    EXPECT_THAT(policy.problems(),
                ElementsAre(ProblemAt("/spec/verification/images/0/keys", "must be an array")))
        << rule;
  }
}

TEST(ImagePolicy, AMalformedKeyOfARuleIsAProblem) {
  const Json rule = {{"namePattern", "*"},
                     {"keys", {"a", {{"name", 1}}, Json::object(), {{"name", "a"}}}}};
  const ImagePolicy policy =
      Read({{"keys", {Key("a", GoodPem())}}, {"images", Json::array({rule})}});
  EXPECT_THAT(policy.rules()[0].keys, ElementsAre(0));
  EXPECT_THAT(policy.problems(),
              ElementsAre(ProblemAt("/spec/verification/images/0/keys/0", "an object"),
                          ProblemAt("/spec/verification/images/0/keys/1/name", "a string"),
                          ProblemAt("/spec/verification/images/0/keys/2/name", "missing")));
}

TEST(ImagePolicy, APatternThatDoesNotParseIsKeptAsBroken) {
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
    const ImagePolicy policy = Read(
        {{"keys", {Key("a", GoodPem())}}, {"images", Json::array({rule, Image("r.io/*", {"a"})})}});
    EXPECT_THAT(policy.rules(), SizeIs(1)) << rule;
    EXPECT_THAT(policy.problems(), ElementsAre(ProblemAt(std::string(path), std::string(why))));
    EXPECT_THAT(policy.broken_patterns(), ElementsAre(AllOf(HasSubstr(std::string(path) + ": "),
                                                            HasSubstr(std::string(why)))));
  }
}

// It leaves the rest in force, as one does that does not parse.
TEST(ImagePolicy, APatternThatCanMatchNothingIsKeptAsBroken) {
  const ImagePolicy policy =
      Read({{"keys", {Key("a", GoodPem())}},
            {"images", {Image("r.io/a..b", {"a"}), Image("r.io/*", {"a"})}}});
  const std::string path = "/spec/verification/images/0/namePattern";
  EXPECT_THAT(policy.rules(), SizeIs(1));
  EXPECT_THAT(policy.problems(), ElementsAre(ProblemAt(path, "\"r.io/a..b\" cannot be used: ")));
  EXPECT_THAT(policy.broken_patterns(), ElementsAre(HasSubstr(path + ": \"r.io/a..b\"")));
}

// Each pattern is dear, and can match something; there are 2 MB of them.
TEST(ImagePolicy, PatternsThatAreTooComplexTogetherAreNamedAndBroken) {
  std::string stars = "r.io/";
  for (int i = 0; i < 250; ++i) stars += "*a";
  Json images = Json::array({Image("first.io/*", {"a"})});
  for (int i = 0; i < 4'000; ++i) images.push_back(Image(stars, {"a"}));
  images.push_back(Image("last.io/*", {"a"}));
  const ImagePolicy policy = Read({{"keys", {Key("a", GoodPem())}}, {"images", images}});
  const size_t usable = policy.rules().size();
  EXPECT_GT(usable, 500u);
  EXPECT_LT(usable, 4'000u);
  ASSERT_EQ(policy.problems().size(), images.size() - usable);
  EXPECT_EQ(policy.broken_patterns().size(), images.size() - usable);
  EXPECT_THAT(
      policy.problems().front(),
      ProblemAt(absl::StrCat("/spec/verification/images/", usable, "/namePattern"), "\"r.io/*a*a"));
  for (const Problem& problem : policy.problems()) {
    ASSERT_THAT(problem.message, HasSubstr("too complex"));
  }
}

TEST(ImagePolicy, TheRestOfABrokenRuleIsStillChecked) {
  Json rule = Image("..", {"x"});
  rule["secretRef"] = "regcred";
  EXPECT_THAT(Read({{"images", Json::array({rule})}}).problems(),
              ElementsAre(ProblemAt("/spec/verification/images/0/namePattern", ""),
                          ProblemAt("/spec/verification/images/0/keys/0/name", ""),
                          ProblemAt("/spec/verification/images/0/secretRef", "")));
}

TEST(ImagePolicy, AnIncompleteSecretRefIsIgnoredAndSaid) {
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
    const ImagePolicy policy =
        Read({{"keys", {Key("a", GoodPem())}}, {"images", Json::array({rule})}});
    EXPECT_EQ(policy.rules()[0].secret, std::nullopt) << secret;
    EXPECT_THAT(policy.problems(), ElementsAre(ProblemAt(std::string(path), ""))) << secret;
  }
}

TEST(ImagePolicy, ASecretRefThatCanNameNoSecretIsIgnoredAndSaid) {
  for (const auto& [name, secret_namespace] :
       std::vector<std::pair<std::string, std::string>>{{"..", "shop"},
                                                        {"Regcred", "shop"},
                                                        {"regcred", "shop/x"},
                                                        {"regcred", "a.b"},
                                                        {std::string(254, 'a'), "shop"}}) {
    Json rule = Image("*", {"a"});
    rule["secretRef"] = {{"name", name}, {"namespace", secret_namespace}};
    const ImagePolicy policy =
        Read({{"keys", {Key("a", GoodPem())}}, {"images", Json::array({rule})}});
    EXPECT_EQ(policy.rules()[0].secret, std::nullopt) << name;
    EXPECT_THAT(policy.problems(),
                ElementsAre(ProblemAt("/spec/verification/images/0/secretRef", "can be named")));
  }
}

TEST(ImagePolicy, ANamespaceThatCanBeNamedSoByNobodyExcludesNothing) {
  const ImagePolicy policy = Read({{"exclude", {{"resources", {{"namespaces", {"kube-*"}}}}}}});
  EXPECT_FALSE(policy.ExcludesNamespace("kube-*"));
  EXPECT_THAT(policy.problems(),
              ElementsAre(ProblemAt("/spec/verification/exclude/resources/namespaces/0", "'*'")));
}

TEST(ImagePolicy, ANamespaceThatIsNoNameExcludesNothing) {
  const ImagePolicy policy =
      Read({{"exclude", {{"resources", {{"namespaces", {"", 1, nullptr, "build"}}}}}}});
  EXPECT_TRUE(policy.ExcludesNamespace("build"));
  EXPECT_FALSE(policy.ExcludesNamespace(""));
  EXPECT_FALSE(policy.ExcludesNamespace("1"));
  const std::string path = "/spec/verification/exclude/resources/namespaces/";
  EXPECT_THAT(policy.problems(), ElementsAre(ProblemAt(path + "0", ""), ProblemAt(path + "1", ""),
                                             ProblemAt(path + "2", "")));
}

TEST(ImagePolicy, WhatProblemsQuoteIsPrintable) {
  const ImagePolicy policy = Read({{"images", {Image("a\nb", {"x\n"})}}});
  for (const Problem& problem : policy.problems()) {
    EXPECT_EQ(problem.message.find('\n'), std::string::npos) << problem.message;
  }
  EXPECT_EQ(policy.broken_patterns()[0].find('\n'), std::string::npos);
}

}  // namespace
}  // namespace countersign::policy
