#include "policy/sigstore/compiled_sigstore.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cosign/test_sigstore.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/requirement.h"

namespace countersign::policy {
namespace {

using base::Json;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Json KeyAuthority(std::string_view name, const std::string& pem) {
  return {{"name", name}, {"key", {{"data", pem}}}};
}

Json ImagePolicyObject(std::string_view name, std::vector<Json> authorities,
                       Json images = {{{"glob", "**"}}}) {
  return {{"apiVersion", "policy.sigstore.dev/v1beta1"},
          {"kind", "ClusterImagePolicy"},
          {"metadata", {{"name", name}}},
          {"spec", {{"images", std::move(images)}, {"authorities", std::move(authorities)}}}};
}

Json OptionsObject(std::string_view name, Json spec) {
  return {{"apiVersion", "policy.countersign.dev/v1alpha1"},
          {"kind", "PolicyOptions"},
          {"metadata", {{"name", name}}},
          {"spec", std::move(spec)}};
}

std::vector<std::string> TextsOf(const std::vector<Problem>& problems) {
  std::vector<std::string> texts;
  for (const Problem& problem : problems) {
    texts.push_back(absl::StrCat(problem.pointer, ": ", problem.reason));
  }
  return texts;
}

class CompiledSigstoreTest : public testing::Test {
 protected:
  CompiledSigstoreTest() {
    inputs_.default_root = std::make_shared<const cosign::TrustedRoot>(sigstore_.trusted());
  }

  CompiledSigstore Compile() {
    inputs_.image_policies.clear();
    inputs_.options.clear();
    for (const Json& object : policies_) inputs_.image_policies.push_back(&object);
    for (const Json& object : options_) inputs_.options.push_back(&object);
    return CompileSigstore(inputs_);
  }
  // Of the one policy there is.
  const Policy& Only(const CompiledSigstore& compiled) {
    EXPECT_THAT(compiled.policies->all(), SizeIs(1));
    return compiled.policies->all().front();
  }
  static std::string WhyBroken(const Policy& policy, size_t authority = 0) {
    const auto* const broken = std::get_if<Broken>(&policy.authorities[authority]->asks);
    return broken == nullptr ? "" : broken->why;
  }

  cosign::TestSigstore sigstore_;
  const std::string pem_ = crypto::TestKey::Generate().PublicPem();
  std::vector<Json> policies_;
  std::vector<Json> options_;
  SigstoreInputs inputs_;
};

TEST_F(CompiledSigstoreTest, APolicyIsWhatItsObjectSays) {
  policies_ = {ImagePolicyObject("release", {KeyAuthority("a", pem_)}, {{{"glob", "r.io/**"}}})};
  const CompiledSigstore compiled = Compile();
  const Policy& policy = Only(compiled);
  EXPECT_EQ(policy.language, Language::kSigstore);
  EXPECT_EQ(policy.name, "release");
  ASSERT_THAT(policy.authorities, SizeIs(1));
  EXPECT_EQ(policy.authorities[0]->name, "a");
  EXPECT_TRUE(policy.authorities[0]->IsUsable());
  EXPECT_EQ(policy.terms->mode, Mode::kEnforce);
  EXPECT_THAT(TextsOf(compiled.image_policies[0].problems), IsEmpty());
  EXPECT_THAT(compiled.policies->Selecting(oci::ImageReference::Parse("r.io/app").value()),
              SizeIs(1));
  EXPECT_THAT(compiled.policies->Selecting(oci::ImageReference::Parse("o.io/app").value()),
              IsEmpty());
}

TEST_F(CompiledSigstoreTest, PoliciesStandByTheirNames) {
  policies_ = {ImagePolicyObject("b", {KeyAuthority("a", pem_)}),
               ImagePolicyObject("a", {KeyAuthority("a", pem_)})};
  const CompiledSigstore compiled = Compile();
  EXPECT_EQ(compiled.policies->all()[0].name, "a");
  EXPECT_EQ(compiled.policies->all()[1].name, "b");
}

// D21
TEST_F(CompiledSigstoreTest, AKeyThatCannotBeReadStaysAsOneThatNothingSatisfies) {
  policies_ = {
      ImagePolicyObject("p", {{{"name", "a"}, {"key", {{"secretRef", {{"name", "keys"}}}}}}})};
  CompiledSigstore compiled = Compile();
  EXPECT_THAT(WhyBroken(Only(compiled)), HasSubstr("has not been read yet"));
  EXPECT_THAT(compiled.image_policies[0].unread_keys, SizeIs(1));
  inputs_.secret_keys.emplace("keys", absl::NotFoundError("secret \"keys\" not found"));
  compiled = Compile();
  EXPECT_EQ(WhyBroken(Only(compiled)), "secret \"keys\" not found");
  EXPECT_THAT(TextsOf(compiled.image_policies[0].problems),
              ElementsAre("/spec/authorities/0/key/secretRef: secret \"keys\" not found"));
  inputs_.secret_keys.insert_or_assign("keys", pem_);
  EXPECT_TRUE(Only(Compile()).authorities[0]->IsUsable());
  inputs_.secret_keys.insert_or_assign("keys", std::string("no key"));
  EXPECT_THAT(WhyBroken(Only(Compile())), HasSubstr("invalid public key"));
}

TEST_F(CompiledSigstoreTest, AKeyOfAManagementServiceIsWhatTheOperatorGaveForIt) {
  policies_ = {
      ImagePolicyObject("p", {{{"name", "a"}, {"key", {{"kms", "gcpkms://projects/p/key"}}}}})};
  EXPECT_THAT(WhyBroken(Only(Compile())), HasSubstr("--kms-public-key"));
  inputs_.kms_keys.emplace("gcpkms://projects/p/key", pem_);
  EXPECT_TRUE(Only(Compile()).authorities[0]->IsUsable());
}

// D2
TEST_F(CompiledSigstoreTest, TwoAuthoritiesOfOneNameAreNone) {
  policies_ = {ImagePolicyObject(
      "p", {KeyAuthority("a", pem_), KeyAuthority("a", pem_), KeyAuthority("b", pem_)})};
  const CompiledSigstore compiled = Compile();
  const Policy& policy = Only(compiled);
  EXPECT_FALSE(policy.authorities[0]->IsUsable());
  EXPECT_FALSE(policy.authorities[1]->IsUsable());
  EXPECT_TRUE(policy.authorities[2]->IsUsable());
}

// D3, D4, D5
TEST_F(CompiledSigstoreTest, WhatWasIgnoredIsRefused) {
  Json format = KeyAuthority("a", pem_);
  format["signatureFormat"] = "Bundle";
  Json ca_cert = {{"name", "c"},
                  {"keyless",
                   {{"ca-cert", {{"data", pem_}}},
                    {"identities", {{{"issuer", "https://i"}, {"subject", "s"}}}}}}};
  policies_ = {ImagePolicyObject("p", {format, KeyAuthority("b", pem_ + pem_), ca_cert})};
  const CompiledSigstore compiled = Compile();
  const Policy& policy = Only(compiled);
  EXPECT_THAT(WhyBroken(policy, 0), HasSubstr("must be bundle or legacy"));
  EXPECT_THAT(WhyBroken(policy, 1), HasSubstr("more than one PEM block"));
  EXPECT_EQ(WhyBroken(policy, 2),
            "keyless.ca-cert never verifies anything: put the certificate into a TrustRoot");
}

// D6
TEST_F(CompiledSigstoreTest, RulesThatAreNotEvaluatedAreNeverIgnored) {
  Json with_rule = KeyAuthority("a", pem_);
  with_rule["attestations"] = {{{"name", "vuln"},
                                {"predicateType", "vuln"},
                                {"policy", {{"type", "cue"}, {"data", "x: 1"}}}}};
  policies_ = {ImagePolicyObject("p", {with_rule})};
  EXPECT_THAT(WhyBroken(Only(Compile())), HasSubstr("are not evaluated"));
  policies_ = {ImagePolicyObject("p", {KeyAuthority("a", pem_)})};
  policies_[0]["spec"]["policy"] = {{"type", "rego"}, {"data", "package sigstore"}};
  const CompiledSigstore compiled = Compile();
  ASSERT_TRUE(Only(compiled).terms->broken.has_value());
  EXPECT_THAT(TextsOf(compiled.image_policies[0].problems),
              ElementsAre(HasSubstr("/spec/policy: ")));
}

TEST_F(CompiledSigstoreTest, AnAttestationIsAskedForByItsType) {
  Json authority = KeyAuthority("a", pem_);
  authority["attestations"] = {{{"name", "scan"}, {"predicateType", "vuln"}},
                               {{"name", "own"}, {"predicateType", "https://example.org/own"}}};
  policies_ = {ImagePolicyObject("p", {authority})};
  const CompiledSigstore compiled = Compile();
  const std::vector<WantedAttestation>& wanted = Only(compiled).authorities[0]->attestations;
  ASSERT_THAT(wanted, SizeIs(2));
  EXPECT_EQ(wanted[0].predicate_type, "https://cosign.sigstore.dev/attestation/vuln/v1");
  EXPECT_EQ(wanted[1].predicate_type, "https://example.org/own");
}

TEST_F(CompiledSigstoreTest, OptionsNarrowDownWhatPasses) {
  Json authority = KeyAuthority("a", pem_);
  authority["attestations"] = {{{"name", "scan"}, {"predicateType", "vuln"}}};
  policies_ = {ImagePolicyObject("p", {authority, KeyAuthority("b", pem_)})};
  options_ = {OptionsObject("p", {{"threshold", 2},
                                  {"annotations", {{"env", "prod"}}},
                                  {"pinning", "required"},
                                  {"platforms", "allChildren"},
                                  {"effectiveFrom", "2026-12-01T00:00:00Z"},
                                  {"conditions",
                                   {{{"authority", "a"},
                                     {"attestation", "scan"},
                                     {"path", "/predicate/x"},
                                     {"equals", 1}}}}})};
  const CompiledSigstore compiled = Compile();
  EXPECT_THAT(TextsOf(compiled.options[0].problems), IsEmpty());
  EXPECT_THAT(TextsOf(compiled.image_policies[0].problems), IsEmpty());
  const Policy& policy = Only(compiled);
  EXPECT_FALSE(policy.terms->broken.has_value());
  EXPECT_EQ(policy.terms->threshold, 2u);
  EXPECT_TRUE(policy.terms->requires_pinning);
  EXPECT_EQ(policy.terms->platforms, Platforms::kAllChildren);
  EXPECT_EQ(policy.terms->effective_from, absl::FromUnixSeconds(1796083200));
  EXPECT_NE(policy.authorities[0]->attestations[0].accepts, nullptr);
  EXPECT_NE(policy.authorities[1]->accepts, nullptr);
}

TEST_F(CompiledSigstoreTest, WhatOptionsSayOfNobodyLeavesNothingThatPasses) {
  policies_ = {ImagePolicyObject("p", {KeyAuthority("a", pem_)})};
  const std::vector<Json> specs = {
      {{"threshold", 2}},
      {{"conditions", {{{"authority", "z"}, {"path", "/predicate/x"}, {"exists", true}}}}},
      {{"conditions", {{{"attestation", "z"}, {"path", "/predicate/x"}, {"exists", true}}}}},
      {{"identities", {{{"authority", "a"}, {"buildTrigger", "push"}}}}},
      {{"unknown", 1}},
      {{"namespaceSelector", {{"matchExpressions", {{{"key", "a"}, {"operator", "Near"}}}}}}},
  };
  for (const Json& spec : specs) {
    options_ = {OptionsObject("p", spec)};
    const CompiledSigstore compiled = Compile();
    EXPECT_TRUE(Only(compiled).terms->broken.has_value()) << spec;
    EXPECT_THAT(compiled.options[0].problems, SizeIs(1)) << spec;
  }
}

TEST_F(CompiledSigstoreTest, APolicyThatMustHaveOptionsDeniesWithoutThem) {
  policies_ = {ImagePolicyObject("p", {KeyAuthority("a", pem_)})};
  policies_[0]["metadata"]["annotations"] = {{"policy.countersign.dev/options", "required"}};
  EXPECT_TRUE(Only(Compile()).terms->broken.has_value());
  options_ = {OptionsObject("p", {{"group", "g"}})};
  EXPECT_FALSE(Only(Compile()).terms->broken.has_value());
}

TEST_F(CompiledSigstoreTest, PoliciesOfOneGroupAreOne) {
  policies_ = {ImagePolicyObject("a", {KeyAuthority("k", pem_)}),
               ImagePolicyObject("b", {KeyAuthority("k", pem_)}),
               ImagePolicyObject("c", {KeyAuthority("k", pem_)})};
  options_ = {OptionsObject("a", {{"group", "g"}}), OptionsObject("c", {{"group", "g"}})};
  const CompiledSigstore compiled = Compile();
  EXPECT_EQ(compiled.policies->all()[0].group, compiled.policies->all()[2].group);
  EXPECT_NE(compiled.policies->all()[0].group, compiled.policies->all()[1].group);
}

// D19
TEST_F(CompiledSigstoreTest, AMatchWithoutAVersionOrGroupMeansWhatItSays) {
  policies_ = {ImagePolicyObject("p", {KeyAuthority("a", pem_)})};
  policies_[0]["spec"]["match"] = {{{"resource", "deployments"}}, {{"version", "v1"}}};
  const CompiledSigstore compiled = Compile();
  const std::vector<ObjectMatch>& objects = Only(compiled).terms->objects;
  ASSERT_THAT(objects, SizeIs(2));
  EXPECT_TRUE(
      objects[0].Matches({.api_group = "apps", .api_version = "v1", .resource = "deployments"}));
  EXPECT_FALSE(objects[0].Matches({.api_version = "v1", .resource = "pods"}));
  EXPECT_TRUE(objects[1].Matches({.api_version = "v1", .resource = "pods"}));
  policies_[0]["spec"]["match"] = Json::array({Json::object()});
  EXPECT_TRUE(Only(Compile()).terms->objects[0].Matches(
      {.api_group = "batch", .api_version = "v1", .resource = "jobs"}));
}

TEST_F(CompiledSigstoreTest, ABadSelectorDisablesItsOwnPolicyAlone) {
  policies_ = {ImagePolicyObject("a", {KeyAuthority("k", pem_)}),
               ImagePolicyObject("b", {KeyAuthority("k", pem_)})};
  policies_[0]["spec"]["match"] = {
      {{"resource", "pods"},
       {"selector", {{"matchExpressions", {{{"key", "a"}, {"operator", "Near"}}}}}}}};
  const CompiledSigstore compiled = Compile();
  EXPECT_TRUE(compiled.policies->all()[0].terms->broken.has_value());
  EXPECT_TRUE(compiled.policies->all()[0].terms->objects[0].Matches({.resource = "jobs"}));
  EXPECT_FALSE(compiled.policies->all()[1].terms->broken.has_value());
}

TEST_F(CompiledSigstoreTest, TheSettingsSayWhatBecomesOfWhatNoPolicyCovers) {
  EXPECT_EQ(Compile().policies->sigstore_rules()->no_match, NoMatchRule::kDeny);
  const Json warn = {{"data", {{"no-match-policy", "warn"}}}};
  inputs_.settings = &warn;
  EXPECT_EQ(Compile().policies->sigstore_rules()->no_match, NoMatchRule::kWarn);
  const Json unknown = {{"data", {{"no-match-policy", "Allow"}}}};
  inputs_.settings = &unknown;
  const CompiledSigstore compiled = Compile();
  EXPECT_EQ(compiled.policies->sigstore_rules()->no_match, NoMatchRule::kDeny);
  EXPECT_THAT(compiled.settings_problems, SizeIs(1));
}

TEST_F(CompiledSigstoreTest, AnIdChangesWithWhatDecides) {
  policies_ = {ImagePolicyObject("p", {KeyAuthority("a", pem_)})};
  const std::string id = Compile().policies->id();
  EXPECT_EQ(Compile().policies->id(), id);
  options_ = {OptionsObject("p", {{"annotations", {{"env", "prod"}}}})};
  const std::string annotated = Compile().policies->id();
  EXPECT_NE(annotated, id);
  options_ = {OptionsObject("p", {{"annotations", {{"env", "test"}}}})};
  EXPECT_NE(Compile().policies->id(), annotated);
}

TEST_F(CompiledSigstoreTest, WhatIsNamedElsewhereIsFoundOnce) {
  const Json by_secret = {{"name", "a"}, {"key", {{"secretRef", {{"name", "keys"}}}}}};
  const Json by_kms = {{"name", "b"}, {"key", {{"kms", "gcpkms://k"}}}};
  const Json first = ImagePolicyObject("a", {by_secret, by_kms});
  const Json second = ImagePolicyObject("b", {by_secret});
  const SigstoreReferences found = FindReferences({&first, &second});
  EXPECT_THAT(found.secrets, ElementsAre("keys"));
  EXPECT_THAT(found.kms_uris, ElementsAre("gcpkms://k"));
}

// What an author writes in a few bytes is 10,000 instructions.
Json DearAuthority(std::string_view name, size_t expressions) {
  Json identities = Json::array();
  for (size_t i = 0; i < expressions; ++i) {
    identities.push_back({{"issuer", "https://i.example"},
                          {"subjectRegExp", absl::StrCat(name, i, "[ab]{1000}c{900}")}});
  }
  return {{"name", name}, {"keyless", {{"identities", std::move(identities)}}}};
}

Json Created(Json object, std::string_view when) {
  object["metadata"]["creationTimestamp"] = when;
  return object;
}

// Together far more than all policies may take, by three authors.
TEST_F(CompiledSigstoreTest, ExpressionsThatTakeTooMuchTogetherSatisfyNobody) {
  policies_ = {
      Created(ImagePolicyObject("a-newcomer",
                                {DearAuthority("dear", 100), DearAuthority("dear-too", 100),
                                 DearAuthority("and-too", 100), DearAuthority("last", 100)}),
              "2026-03-02T00:00:00Z"),
      Created(ImagePolicyObject("old", {DearAuthority("a", 200)}), "2026-03-01T00:00:00Z"),
      Created(ImagePolicyObject("z-small", {DearAuthority("a", 0)}), "2026-03-03T00:00:00Z")};
  policies_[2]["spec"]["authorities"][0]["keyless"]["identities"] = Json::array(
      {{{"issuerRegExp", "^https://i[.]example$"}, {"subjectRegExp", "^.*@example[.]org$"}}});
  const CompiledSigstore compiled = Compile();
  const std::vector<Policy>& all = compiled.policies->all();
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_THAT(WhyBroken(all[0], 3),
              AllOf(HasSubstr("there is no room for its"), HasSubstr("1,024")));
  EXPECT_THAT(TextsOf(compiled.image_policies[0].problems),
              ElementsAre(HasSubstr("/spec/authorities/3/keyless/identities: there is no room")));
  EXPECT_EQ(WhyBroken(all[0], 2), "");
  EXPECT_EQ(WhyBroken(all[1]), "");
  EXPECT_EQ(WhyBroken(all[2]), "");
  EXPECT_THAT(compiled.image_policies[1].problems, IsEmpty());
  EXPECT_THAT(compiled.image_policies[2].problems, IsEmpty());
}

TEST_F(CompiledSigstoreTest, ConditionsThatTakeTooMuchBreakTheirOptions) {
  Json conditions = Json::array();
  for (size_t i = 0; i < 64; ++i) {
    Json where = Json::array();
    for (size_t j = 0; j < 16; ++j) {
      where.push_back(
          {{"path", "/name"}, {"matches", absl::StrCat(i, "-", j, "[ab]{1000}c{1000}[ab]{1000}")}});
    }
    conditions.push_back({{"path", "/predicate/builds/[*]"}, {"where", std::move(where)}});
  }
  Json authority = KeyAuthority("a", pem_);
  authority["attestations"] = Json::array({{{"name", "b"}, {"predicateType", "https://x"}}});
  policies_ = {ImagePolicyObject("p", {authority})};
  options_ = {OptionsObject("p", {{"conditions", conditions}})};
  const CompiledSigstore compiled = Compile();
  EXPECT_THAT(TextsOf(compiled.options[0].problems),
              AllOf(Not(IsEmpty()), Each(HasSubstr("there is no room for its"))));
  ASSERT_TRUE(Only(compiled).terms->broken.has_value());
  EXPECT_THAT(Only(compiled).terms->broken->why, HasSubstr("no room"));
  // As many as have room, if nobody else has any.
  for (int i = 0; i < 56; ++i) options_[0]["spec"]["conditions"].erase(1);
  EXPECT_THAT(Compile().options[0].problems, IsEmpty());
  options_.push_back(options_[0]);
  options_[1]["metadata"] = {{"name", "another"}};
  options_.push_back(options_[0]);
  options_[2]["metadata"] = {{"name", "last"}};
  const CompiledSigstore three = Compile();
  EXPECT_THAT(TextsOf(three.options[0].problems),
              ElementsAre(HasSubstr("/spec/conditions: there is no room for its")));
  EXPECT_THAT(three.options[1].problems, IsEmpty());
  EXPECT_THAT(three.options[2].problems, IsEmpty());
}

}  // namespace
}  // namespace countersign::policy
