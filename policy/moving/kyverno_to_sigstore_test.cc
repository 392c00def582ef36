#include "policy/moving/kyverno_to_sigstore.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::Json;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

constexpr auto kTheirs = Target::kPolicyController;
constexpr size_t kSteps = 10'000'000;

const std::string& Pem() {
  static const auto* const pem = new std::string(crypto::TestKey::Generate().PublicPem());
  return *pem;
}

Json Keys(int count) {
  std::string keys;
  for (int i = 0; i < count; ++i) keys += Pem();
  return {{"keys", {{"publicKeys", keys}, {"rekor", {{"ignoreTlog", true}}}}}};
}

Json ClusterPolicy(Json images) {
  return {{"apiVersion", "kyverno.io/v1"},
          {"kind", "ClusterPolicy"},
          {"metadata", {{"name", "check"}}},
          {"spec",
           {{"validationFailureAction", "Enforce"},
            {"rules", {{{"name", "r"}, {"verifyImages", Json::array({std::move(images)})}}}}}}};
}

Translation Move(const std::vector<Json>& objects, Target target = Target::kCountersign) {
  StepBudget steps(kSteps);
  return KyvernoToSigstore(objects, target, steps);
}

Translation Move(const Json& object, Target target = Target::kCountersign) {
  return Move(std::vector<Json>{object}, target);
}

auto Says(const char* text) { return Contains(Field(&Divergence::sentence, HasSubstr(text))); }

TEST(KyvernoToSigstore, AllEntriesOfASetMustHold) {
  const Translation made = Move(ClusterPolicy(
      {{"imageReferences", {"ghcr.io/a*"}},
       {"attestors", Json::array({{{"entries", Json::array({Keys(1), Keys(2)})}}})}}));
  ASSERT_EQ(made.objects.size(), 3u);
  EXPECT_EQ(made.objects[0]["spec"]["authorities"].size(), 3u);
  EXPECT_EQ(made.objects[0]["spec"]["mode"], "enforce");
  EXPECT_FALSE(made.objects[0]["spec"]["authorities"][0].contains("ctlog"));
  EXPECT_EQ(made.objects[1]["spec"]["threshold"], 3);
  EXPECT_TRUE(made.differences.empty());
}

TEST(KyvernoToSigstore, WhatCannotBeMovedIsListedAndIsNotMissed) {
  const Json certificate = {{"certificates", {{"cert", "x"}}}};
  const Translation made = Move(ClusterPolicy(
      {{"imageReferences", {"ghcr.io/a*"}},
       {"attestors", Json::array({{{"entries", Json::array({Keys(1), certificate})}}})}}));
  EXPECT_THAT(made.differences,
              Says("/spec/rules/0/verifyImages/0/attestors/0/entries/1/certificates"));
  // One of the two alone would admit more.
  EXPECT_TRUE(made.objects[0]["spec"]["authorities"][0].contains("static"));
}

TEST(KyvernoToSigstore, AQuestionMarkIsAskedForByAWiderGlob) {
  const Translation made =
      Move(ClusterPolicy({{"imageReferences", {"ghcr.io/a?"}},
                          {"attestors", Json::array({{{"entries", Json::array({Keys(1)})}}})}}));
  EXPECT_THAT(made.differences, Says("/spec/rules/0/verifyImages/0/imageReferences/0"));
  ASSERT_EQ(made.objects.size(), 2u);
  EXPECT_EQ(made.objects[0]["spec"]["images"][0]["glob"], "ghcr.io/a**");
  EXPECT_TRUE(made.objects[0]["spec"]["authorities"][0].contains("key"));
}

TEST(KyvernoToSigstore, AttestationsBecomePoliciesOfTheirOwn) {
  const Translation made = Move(ClusterPolicy(
      {{"imageReferences", {"*"}},
       {"attestations",
        Json::array({{{"type", "https://slsa.dev/provenance/v1"},
                      {"attestors", Json::array({{{"entries", Json::array({Keys(1)})}}})}}})}}));
  EXPECT_EQ(made.objects[0]["spec"]["images"][0]["glob"], "**");
  EXPECT_EQ(made.objects[0]["spec"]["authorities"][0]["attestations"][0]["predicateType"],
            "https://slsa.dev/provenance/v1");
  EXPECT_TRUE(made.differences.empty());
}

Json ValidatingPolicy(std::string_view expression) {
  return {{"apiVersion", "policies.kyverno.io/v1"},
          {"kind", "ImageValidatingPolicy"},
          {"metadata", {{"name", "check"}}},
          {"spec",
           {{"matchImageReferences", Json::array({{{"glob", "ghcr.io/a/*"}}})},
            {"attestors", Json::array({{{"name", "cosign"},
                                        {"cosign",
                                         {{"key", {{"data", Pem()}}},
                                          {"ctlog", {{"insecureIgnoreTlog", true}}}}}}})},
            {"validations", Json::array({{{"expression", expression}}})}}}};
}

TEST(KyvernoToSigstore, TheUsualExpressionAsksForOneOfItsAttestors) {
  const Translation made =
      Move(ValidatingPolicy("images.containers.map(image, verifyImageSignatures(image, "
                            "[attestors.cosign])).all(e, e > 0)"));
  EXPECT_TRUE(made.differences.empty());
  EXPECT_EQ(made.objects[0]["spec"]["images"][0]["glob"], "ghcr.io/a/**");
  EXPECT_EQ(made.objects[0]["spec"]["authorities"][0]["key"]["data"], Pem());
}

TEST(KyvernoToSigstore, OtherExpressionsDeny) {
  for (const char* expression : {"true",
                                 "images.containers.map(image, verifyImageSignatures(image, "
                                 "[attestors.cosign])).all(e, e > -1)",
                                 "images.containers.map(image, verifyImageSignatures(other, "
                                 "[attestors.cosign])).all(e, e > 0)"}) {
    const Translation made = Move(ValidatingPolicy(expression));
    EXPECT_THAT(made.differences, Says("/spec/validations/0/expression")) << expression;
    EXPECT_TRUE(made.objects[0]["spec"]["authorities"][0].contains("static")) << expression;
  }
}

TEST(KyvernoToSigstore, MalformedObjectsAreListed) {
  for (const Json& object :
       {Json(1), Json::object(), Json({{"kind", "ClusterPolicy"}}),
        Json({{"kind", "ImageValidatingPolicy"}, {"spec", {{"attestors", 1}}}}), ClusterPolicy(1),
        ClusterPolicy({{"attestors", Json::array({1})}})}) {
    EXPECT_EQ(Move(object).exactness, Exactness::kInexact);
  }
}

// The set that all of these entries must hold of, about ghcr.io/shop.
Json SetOf(std::vector<Json> entries) {
  return {{"imageReferences", {"ghcr.io/shop/*"}},
          {"attestors", std::vector<Json>{{{"entries", std::move(entries)}}}}};
}

bool IsDenial(const Json& policy) {
  const Json& authorities = policy["spec"]["authorities"];
  return authorities.size() == 1 && authorities[0].contains("static") &&
         authorities[0]["static"]["action"] == "fail";
}

TEST(KyvernoForPolicyController, EachEntryIsAPolicyAsAllMustHold) {
  const Translation made = Move(ClusterPolicy(SetOf({Keys(1), Keys(1)})), kTheirs);
  ASSERT_EQ(made.objects.size(), 3u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(made.objects[i]["kind"], "ClusterImagePolicy");
    EXPECT_EQ(made.objects[i]["spec"]["authorities"].size(), 1u);
    EXPECT_EQ(made.objects[i]["spec"]["images"][0]["glob"], "ghcr.io/shop/**");
  }
  EXPECT_TRUE(made.differences.empty());
}

TEST(KyvernoForPolicyController, ACountThatItCannotSayIsAll) {
  Json images = SetOf({Keys(1), Keys(1), Keys(1)});
  images["attestors"][0]["count"] = 2;
  const Translation made = Move(ClusterPolicy(images), kTheirs);
  EXPECT_EQ(made.objects.size(), 4u);
  EXPECT_THAT(made.differences, Says("all of its 3 entries must hold, of which Kyverno wants 2"));
  images["attestors"][0]["count"] = 1;
  const Translation any = Move(ClusterPolicy(images), kTheirs);
  EXPECT_EQ(any.objects[0]["spec"]["authorities"].size(), 3u);
  EXPECT_TRUE(any.differences.empty());
}

TEST(KyvernoForPolicyController, WhatOnlyOptionsSayIsDenied) {
  Json images = SetOf({Keys(1)});
  images["annotations"] = {{"branch", "main"}};
  const Translation made = Move(ClusterPolicy(images), kTheirs);
  ASSERT_EQ(made.objects.size(), 2u);
  EXPECT_TRUE(IsDenial(made.objects[0]));
  EXPECT_FALSE(made.objects[0]["metadata"].contains("annotations"));
  EXPECT_THAT(made.differences, Says("the Policy Controller has no annotations"));
  EXPECT_EQ(Move(ClusterPolicy(images)).objects[1]["spec"]["annotations"]["branch"], "main");
}

TEST(KyvernoForPolicyController, PatternsAreForNamesWithDigests) {
  Json images = SetOf({Keys(1)});
  images["imageReferences"] = {"ghcr.io/fluxcd/source-controller:*"};
  EXPECT_EQ(Move(ClusterPolicy(images), kTheirs).objects[0]["spec"]["images"][0]["glob"],
            "ghcr.io/fluxcd/source-controller@**");
}

TEST(KyvernoToSigstore, OtherSignaturesThanSigstoresAreDenied) {
  Json images = SetOf({{{"certificates", {{"cert", "x"}}}}});
  images["type"] = "Notary";
  const Translation made = Move(ClusterPolicy(images));
  ASSERT_EQ(made.objects.size(), 2u);
  EXPECT_TRUE(IsDenial(made.objects[0]));
  EXPECT_THAT(made.objects[0]["spec"]["authorities"][0]["static"]["message"].get<std::string>(),
              HasSubstr("/spec/rules/0/verifyImages/0/type"));
}

TEST(KyvernoToSigstore, TheOldFormMeansAnAttestor) {
  const Translation made =
      Move(ClusterPolicy({{"image", "ghcr.io/old/*"}, {"key", "k8s://ns/sec"}}));
  ASSERT_EQ(made.objects.size(), 2u);
  EXPECT_EQ(made.objects[0]["spec"]["images"][0]["glob"], "ghcr.io/old/**");
  EXPECT_EQ(made.objects[0]["spec"]["authorities"][0]["key"]["secretRef"]["name"], "sec");
  const Translation keyless = Move(ClusterPolicy({{"image", "ghcr.io/old/*"},
                                                  {"issuer", "https://i.example"},
                                                  {"subject", "*@i.example"},
                                                  {"roots", "x"}}));
  EXPECT_TRUE(IsDenial(keyless.objects[0]));
  const Translation stated = Move(ClusterPolicy(
      {{"image", "a.example/*"}, {"key", Pem()}, {"attestations", {{{"type", "https://t"}}}}}));
  EXPECT_EQ(stated.objects[0]["spec"]["authorities"][0]["attestations"][0]["predicateType"],
            "https://t");
}

Json Attesting(Json conditions) {
  return {{"imageReferences", {"ghcr.io/shop/*"}},
          {"attestations",
           std::vector<Json>{{{"type", "https://t"},
                              {"conditions", std::move(conditions)},
                              {"attestors", std::vector<Json>{{{"entries", {Keys(1)}}}}}}}}};
}

TEST(KyvernoToSigstore, ConditionsAreThoseOfPolicyOptions) {
  const Json age = {{"key", "{{ time_since('','{{metadata.scanFinishedOn}}','') }}"},
                    {"operator", "LessThanOrEquals"},
                    {"value", "168h"}};
  const Json conditions = std::vector<Json>{{{"all", std::vector<Json>{age}}}};
  const Translation made = Move(ClusterPolicy(Attesting(conditions)));
  ASSERT_EQ(made.objects.size(), 3u);
  EXPECT_EQ(made.objects[1]["spec"]["conditions"][0],
            Json({{"attestation", "attestation"},
                  {"path", "/predicate/metadata/scanFinishedOn"},
                  {"olderThan", "168h"},
                  {"negate", true}}));
  // Kyverno wants all of the type to satisfy them.
  ASSERT_EQ(made.differences.size(), 1u);
  EXPECT_THAT(made.differences[0].witness, HasSubstr("ghcr.io/shop/"));
  const Translation theirs = Move(ClusterPolicy(Attesting(conditions)), kTheirs);
  ASSERT_EQ(theirs.objects.size(), 2u);
  EXPECT_TRUE(IsDenial(theirs.objects[0]));
}

TEST(KyvernoToSigstore, ConditionsThatCannotBeSaidAreDenied) {
  const Json plain = {{"key", "{{ a }}"}, {"operator", "Equals"}, {"value", "x"}};
  const Json other = {{"key", "{{ a | [0] }}"}, {"operator", "Equals"}, {"value", "x"}};
  for (const Json& conditions :
       {Json(std::vector<Json>{{{"all", std::vector<Json>{plain, other}}}}),
        Json(std::vector<Json>{{{"any", std::vector<Json>{plain, plain}}}}),
        Json(std::vector<Json>{{{"any", Json::array()}}}), Json(std::vector<Json>{plain}),
        Json("x")}) {
    const Translation made = Move(ClusterPolicy(Attesting(conditions)));
    EXPECT_TRUE(IsDenial(made.objects[0])) << conditions;
    EXPECT_THAT(made.differences, Says("/attestations/0/conditions")) << conditions;
  }
  const Json age = {{"key", "{{ time_since('','{{metadata.at}}','') }}"},
                    {"operator", "LessThanOrEquals"},
                    {"value", "inf"}};
  const Translation made =
      Move(ClusterPolicy(Attesting(std::vector<Json>{{{"all", std::vector<Json>{age}}}})));
  EXPECT_TRUE(IsDenial(made.objects[0]));
  EXPECT_THAT(made.differences, Says("/all/0: no conditions of PolicyOptions say this"));
  // The rule has another meaning for the name.
  Json named = Attesting(std::vector<Json>{{{"all", std::vector<Json>{plain}}}});
  EXPECT_FALSE(IsDenial(Move(ClusterPolicy(named)).objects[0]));
  named["attestations"][0]["name"] = "a";
  EXPECT_TRUE(IsDenial(Move(ClusterPolicy(named)).objects[0]));
}

Json Keyless(Json more) {
  more["issuer"] = "https://token.actions.githubusercontent.com";
  more["subject"] = "https://github.com/shop/*";
  return {{"keyless", std::move(more)}};
}

TEST(KyvernoToSigstore, ExtensionsOfCertificatesAreIdentities) {
  const Translation made = Move(ClusterPolicy(SetOf({Keyless(
      {{"additionalExtensions", {{"buildTrigger", "push"}, {"githubWorkflowSha", "1"}}}})})));
  ASSERT_EQ(made.objects.size(), 3u);
  EXPECT_EQ(
      made.objects[1]["spec"]["identities"][0],
      Json({{"authority", "authority-0"}, {"buildTrigger", "push"}, {"githubWorkflowSHA", "1"}}));
  EXPECT_TRUE(made.differences.empty());
  for (const Json& unsaid :
       {Json({{"additionalExtensions", {{"buildTrigger", "p*"}}}}),
        Json({{"additionalExtensions", {{"unheardOf", "x"}}}}), Json({{"roots", "x"}}),
        Json({{"subjectRegExp", "x"}}), Json({{"issuerRegExp", "("}, {"issuer", ""}}),
        Json({{"rekor", {{"pubkey", "x"}}}}), Json({{"ctlog", {{"tsaCertChain", "x"}}}})}) {
    EXPECT_TRUE(IsDenial(Move(ClusterPolicy(SetOf({Keyless(unsaid)}))).objects[0])) << unsaid;
  }
}

TEST(KyvernoToSigstore, AnnotationsOfEntriesAreNotMixed) {
  Json one = Keys(1);
  one["annotations"] = {{"branch", "main"}};
  Json other = Keys(1);
  other["annotations"] = {{"branch", "next"}};
  const Translation made = Move(ClusterPolicy(SetOf({one, other})));
  ASSERT_EQ(made.objects.size(), 5u);
  EXPECT_EQ(made.objects[1]["spec"]["annotations"]["branch"], "main");
  EXPECT_EQ(made.objects[3]["spec"]["annotations"]["branch"], "next");
}

TEST(KyvernoToSigstore, AKeyThatCannotBeReadDenies) {
  const Json bad = {
      {"keys", {{"publicKeys", "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"}}}};
  for (const Json& entry : {bad, Json({{"keys", {{"publicKeys", "-----END PUBLIC KEY-----"}}}}),
                            Json({{"keys", {{"publicKeys", "{{ keys.data.prod }}"}}}})}) {
    const Translation made = Move(ClusterPolicy(SetOf({Keys(1), entry})));
    EXPECT_TRUE(IsDenial(made.objects[0])) << entry;
    EXPECT_FALSE(made.differences.empty());
  }
}

TEST(KyvernoToSigstore, KeysOfAManagementServiceAreTakenToBeThere) {
  const Json entry = {
      {"keys", {{"kms", "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k"}}}};
  const Translation made = Move(ClusterPolicy(SetOf({entry})));
  EXPECT_EQ(made.objects[0]["spec"]["authorities"][0]["key"]["kms"],
            "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k");
  EXPECT_TRUE(made.differences.empty());
}

TEST(KyvernoToSigstore, WildcardsOfIdentitiesAreExpressionsOfTheWholeText) {
  const Translation made = Move(ClusterPolicy(SetOf({Keyless(Json::object())})));
  const Json& keyless = made.objects[0]["spec"]["authorities"][0]["keyless"];
  EXPECT_EQ(keyless["identities"][0],
            Json({{"issuer", "https://token.actions.githubusercontent.com"},
                  {"subjectRegExp", "(?s)^https://github\\.com/shop/.*$"}}));
  EXPECT_EQ(keyless["url"], "https://fulcio.sigstore.dev");
  EXPECT_EQ(made.objects[0]["spec"]["authorities"][0]["ctlog"]["url"],
            "https://rekor.sigstore.dev");
}

TEST(KyvernoToSigstore, WhatIsEnforcedSomewhereIsEnforced) {
  Json policy = ClusterPolicy(SetOf({Keys(1)}));
  policy["spec"]["validationFailureAction"] = "Audit";
  EXPECT_EQ(Move(policy).objects[0]["spec"]["mode"], "warn");
  policy["spec"]["validationFailureActionOverrides"] =
      std::vector<Json>{{{"action", "Enforce"}, {"namespaces", {"prod"}}}};
  const Translation made = Move(policy);
  EXPECT_EQ(made.objects[0]["spec"]["mode"], "enforce");
  EXPECT_THAT(made.differences, Says("/spec/validationFailureActionOverrides/0"));
}

TEST(KyvernoToSigstore, ConditionsOnTheResultsAndUnknownMembersAreDenied) {
  Json validated = Attesting(nullptr);
  validated["validate"] = {{"deny", {{"conditions", {{"any", Json::array()}}}}}};
  EXPECT_TRUE(IsDenial(Move(ClusterPolicy(validated)).objects[0]));
  Json told = Attesting(nullptr);
  told["validate"] = {{"message", "x"}};
  EXPECT_FALSE(IsDenial(Move(ClusterPolicy(told)).objects[0]));
  Json unknown = SetOf({Keys(1)});
  unknown["unheardOf"] = 1;
  EXPECT_TRUE(IsDenial(Move(ClusterPolicy(unknown)).objects[0]));
  unknown.erase("unheardOf");
  unknown["skipImageReferences"] = {"ghcr.io/shop/x*"};
  EXPECT_FALSE(IsDenial(Move(ClusterPolicy(unknown)).objects[0]));
}

TEST(KyvernoToSigstore, ImagesThatNeedOnlyBeNamedByDigestsArePinned) {
  Json images = {{"imageReferences", {"*"}}, {"required", false}, {"verifyDigest", true}};
  const Translation made = Move(ClusterPolicy(images));
  EXPECT_EQ(made.objects[1]["spec"]["pinning"], "required");
  images.erase("required");
  EXPECT_TRUE(IsDenial(Move(ClusterPolicy(images)).objects[0]));
}

TEST(KyvernoToSigstore, NamesAreGivenOnce) {
  const Translation made =
      Move(std::vector<Json>{ClusterPolicy(SetOf({Keys(1)})),
                             ValidatingPolicy("images.containers.map(i, verifyImageSignatures(i, "
                                              "[attestors.cosign])).all(e, e > 0)")});
  ASSERT_EQ(made.objects.size(), 3u);
  EXPECT_EQ(made.objects[0]["metadata"]["name"], "check-0");
  EXPECT_EQ(made.objects[1]["metadata"]["name"], "check-0-2");
}

TEST(KyvernoToSigstore, AnAttestorOfWhichMoreIsAskedIsNobody) {
  const std::string expression =
      "images.containers.map(i, verifyImageSignatures(i, [attestors.cosign])).all(e, e > 0)";
  Json policy = ValidatingPolicy(expression);
  policy["spec"]["attestors"][0]["cosign"]["certificate"] = {{"value", "x"}};
  EXPECT_TRUE(IsDenial(Move(policy).objects[0]));
  policy = ValidatingPolicy(expression);
  policy["spec"]["attestors"][0]["cosign"]["annotations"] = {{"a", "b"}};
  EXPECT_EQ(Move(policy).objects[1]["spec"]["annotations"]["a"], "b");
  policy = ValidatingPolicy(expression);
  policy["spec"]["matchImageReferences"][0] = {{"expression", "true"}};
  EXPECT_EQ(Move(policy).objects[0]["spec"]["images"][0]["glob"], "**");
}

}  // namespace
}  // namespace countersign::policy
