#include "policy/sigstore/check.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::Json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::vector<std::string> Lines(Json spec, const CheckSettings& settings = {}) {
  const ImagePolicy policy = ReadImagePolicy({{"apiVersion", "policy.sigstore.dev/v1beta1"},
                                              {"kind", "ClusterImagePolicy"},
                                              {"spec", std::move(spec)}});
  std::vector<std::string> lines;
  for (const Finding& finding : Check(policy, settings)) {
    lines.push_back((finding.refuses ? "refused " : "warned ") + finding.pointer + ": " +
                    finding.reason);
  }
  return lines;
}

std::vector<std::string> OfAuthority(Json authority, const CheckSettings& settings = {}) {
  return Lines({{"authorities", {std::move(authority)}}}, settings);
}

Json Keyless(Json members) {
  members["identities"] = {{{"issuer", "i"}, {"subject", "s"}}};
  return {{"keyless", std::move(members)}};
}

TEST(Check, SaysNothingOfAPlainPolicy) {
  EXPECT_THAT(OfAuthority({{"static", {{"action", "pass"}}}}), IsEmpty());
  EXPECT_THAT(OfAuthority(Keyless(Json::object())), IsEmpty());
  EXPECT_THAT(OfAuthority({{"key", {{"data", crypto::TestKey::Generate().PublicPem()}}},
                           {"signatureFormat", "bundle"}}),
              IsEmpty());
}

TEST(Check, RefusesWhatCannotBeReadAndSaysWhereItBelongs) {
  EXPECT_THAT(
      OfAuthority({{"keyless", {{"identities", Json::array()}, {"ctlog", Json::object()}}}}),
      ElementsAre("refused /spec/authorities/0/keyless/ctlog: json: unknown field \"ctlog\": "
                  "it belongs beside keyless, in the authority"));
  EXPECT_THAT(
      Lines({{"images", {{{"glob", "**"}, {"authorities", Json::array()}}}},
             {"authorities", {{{"static", {{"action", "pass"}}}}}}}),
      ElementsAre("refused /spec/images/0/authorities: json: unknown field \"authorities\": "
                  "it belongs beside images, in spec"));
  EXPECT_THAT(OfAuthority({{"keyed", 1}}),
              ElementsAre("refused /spec/authorities/0/keyed: json: unknown field \"keyed\""));
}

TEST(Check, RefusesNamesThatAreUsedTwiceDefaultsIncluded) {
  const Json pass = {{"action", "pass"}};
  EXPECT_THAT(
      Lines({{"authorities", {{{"name", "authority-1"}, {"static", pass}}, {{"static", pass}}}}}),
      ElementsAre(StartsWith("refused /spec/authorities/1/name: the authority 0 is called "
                             "\"authority-1\", too")));
}

TEST(Check, RefusesUnknownSignatureFormats) {
  EXPECT_THAT(OfAuthority({{"static", {{"action", "pass"}}}, {"signatureFormat", "Bundle"}}),
              ElementsAre(StartsWith("refused /spec/authorities/0/signatureFormat: \"Bundle\"")));
}

TEST(Check, RefusesKeysThatWouldBeIgnoredOrCannotBeHad) {
  const std::string pem = crypto::TestKey::Generate().PublicPem();
  EXPECT_THAT(OfAuthority({{"key", {{"data", pem + pem}}}}),
              ElementsAre(StartsWith("refused /spec/authorities/0/key/data: has more than one")));
  EXPECT_THAT(OfAuthority({{"key", {{"secretRef", {{"namespace", "cosign-system"}}}}}}),
              ElementsAre("refused /spec/authorities/0/key/secretRef/name: must be given"));
  const Json kms = {{"key", {{"kms", "gcpkms://k"}}}};
  EXPECT_THAT(OfAuthority(kms), ElementsAre(StartsWith("refused /spec/authorities/0/key/kms: ")));
  EXPECT_THAT(OfAuthority(kms, {.kms_keys = {"gcpkms://k"}}), IsEmpty());
}

TEST(Check, WarnsOfACaCertAndOfAddressesOutsideTheDefaultRoot) {
  EXPECT_THAT(
      OfAuthority(Keyless({{"ca-cert", {{"data", "x"}}}})),
      ElementsAre("warned /spec/authorities/0/keyless/ca-cert: keyless.ca-cert never verifies "
                  "anything: put the certificate into a TrustRoot"));
  EXPECT_THAT(
      OfAuthority(Keyless({{"url", "https://fulcio.corp"}})),
      ElementsAre("warned /spec/authorities/0/keyless/url: keyless.url \"https://fulcio.corp\" "
                  "belongs to no certificate authority of the default trust root, so the "
                  "authority cannot pass: set trustRootRef"));
  EXPECT_THAT(OfAuthority(Keyless({{"url", "https://fulcio.sigstore.dev/"}})), IsEmpty());
  EXPECT_THAT(OfAuthority(Keyless({{"url", "https://fulcio.corp"}, {"trustRootRef", "r"}})),
              IsEmpty());
  EXPECT_THAT(OfAuthority(Keyless({{"url", "https://fulcio.corp"}}),
                          {.default_authorities = {"https://fulcio.corp"}}),
              IsEmpty());
  Json with_log = Keyless(Json::object());
  with_log["ctlog"] = {{"url", "https://rekor.corp"}};
  EXPECT_THAT(OfAuthority(with_log),
              ElementsAre(StartsWith("warned /spec/authorities/0/ctlog/url: ")));
  with_log["ctlog"]["trustRootRef"] = "r";
  EXPECT_THAT(OfAuthority(with_log), IsEmpty());
  // The root of its certificates is not that of the log.
  Json of_own_root = Keyless({{"trustRootRef", "r"}});
  of_own_root["ctlog"] = {{"url", "https://rekor.corp"}};
  EXPECT_THAT(OfAuthority(of_own_root),
              ElementsAre(StartsWith("warned /spec/authorities/0/ctlog/url: ")));
}

TEST(Check, RefusesARootWithoutAnyTrustedTime) {
  const Json keyless = Keyless({{"trustRootRef", "r"}});
  EXPECT_THAT(OfAuthority(keyless), IsEmpty());
  EXPECT_THAT(OfAuthority(keyless, {.trust_roots = {{"r", {.has_logs = true}}}}), IsEmpty());
  EXPECT_THAT(OfAuthority(keyless, {.trust_roots = {{"r", {.has_timestamp_authorities = true}}}}),
              IsEmpty());
  EXPECT_THAT(OfAuthority(keyless, {.trust_roots = {{"r", {}}}}),
              ElementsAre(StartsWith("refused /spec/authorities/0/keyless/trustRootRef: ")));
  Json with_timestamp = keyless;
  with_timestamp["rfc3161timestamp"] = {{"trustRootRef", "t"}};
  EXPECT_THAT(OfAuthority(with_timestamp, {.trust_roots = {{"r", {}}}}), IsEmpty());
  // What is there and names nothing asks for nothing.
  for (const char* const empty : {"rfc3161timestamp", "ctlog"}) {
    Json with_empty = keyless;
    with_empty[empty] = Json::object();
    EXPECT_THAT(OfAuthority(with_empty, {.trust_roots = {{"r", {}}}}), SizeIs(1)) << empty;
  }
}

TEST(Check, RefusesRulesAndSaysWhichConditionsSayTheSame) {
  Json authority = {{"name", "ci"}, {"static", {{"action", "pass"}}}};
  authority["attestations"] = {{{"name", "vuln"},
                                {"predicateType", "vuln"},
                                {"policy", {{"type", "cue"}, {"data", "predicate: ok: true"}}}}};
  EXPECT_THAT(
      OfAuthority(authority),
      ElementsAre(AllOf(StartsWith("refused /spec/authorities/0/attestations/0/policy: nothing "
                                   "here evaluates programs in cue"),
                        HasSubstr("[{\"attestation\":\"vuln\",\"authority\":\"ci\","
                                  "\"equals\":true,\"path\":\"/predicate/ok\"}]"))));
  authority["attestations"][0]["policy"]["data"] = "a: [1]";
  EXPECT_THAT(OfAuthority(authority),
              ElementsAre(HasSubstr("write what it asks as spec.conditions of PolicyOptions of the "
                                    "policy's name; that is not plain, as ")));
  EXPECT_THAT(
      Lines({{"authorities", {{{"static", {{"action", "pass"}}}}}},
             {"policy", {{"type", "rego"}, {"configMapRef", {{"name", "m"}, {"key", "k"}}}}}}),
      ElementsAre(AllOf(StartsWith("refused /spec/policy: nothing here fetches"),
                        HasSubstr("spec.threshold"))));
}

// Names and rules are their author's, and each condition has both names in it.
TEST(Check, SaysNoMoreOfARuleThanASentenceBears) {
  std::string rule;
  for (int i = 0; i < 300; ++i) rule += "predicateType:\"\",";
  rule.back() = '\n';
  Json authority = {{"name", std::string(100'000, 'A')}, {"static", {{"action", "pass"}}}};
  authority["attestations"] = {
      {{"name", "vuln"}, {"predicateType", "vuln"}, {"policy", {{"type", "cue"}, {"data", rule}}}}};
  for (const std::string& line : OfAuthority(authority)) EXPECT_LT(line.size(), 5'000u);
  authority["name"] = "ci";
  for (const std::string& line : OfAuthority(authority)) EXPECT_LT(line.size(), 5'000u);
}

TEST(Check, SaysWhatToDoAboutRulesOnMoreThanEvidence) {
  for (const std::string_view member :
       {"fetchConfigFile", "includeSpec", "includeObjectMeta", "includeTypeMeta"}) {
    Json rule = {{"type", "cue"}, {"data", "spec: hostNetwork: false"}};
    rule[std::string(member)] = true;
    EXPECT_THAT(Lines({{"authorities", {{{"static", {{"action", "pass"}}}}}}, {"policy", rule}}),
                ElementsAre(HasSubstr("ValidatingAdmissionPolicy")))
        << member;
  }
}

TEST(Check, WarnsOfEmptyAuthoritiesAndBareRegistries) {
  EXPECT_THAT(Lines(Json::object()), ElementsAre(StartsWith("warned /spec/authorities: is empty")));
  EXPECT_THAT(
      OfAuthority({{"static", {{"action", "pass"}}}, {"source", {{{"oci", "ghcr.io"}}}}}),
      ElementsAre(StartsWith("warned /spec/authorities/0/source/0/oci: means the image's own")));
}

TEST(Check, LooksAtIdentitiesAndMatch) {
  Json authority = Keyless(Json::object());
  authority["keyless"]["identities"][0]["subject"] = "*";
  EXPECT_THAT(Lines({{"authorities", {authority}}, {"match", {{{"version", "v1"}}}}}),
              ElementsAre(StartsWith("warned /spec/authorities/0/keyless/identities/0/subject: "),
                          StartsWith("warned /spec/match/0/resource: ")));
}

TEST(Check, SaysWhereWhatIsOneLevelTooHighBelongs) {
  EXPECT_THAT(OfAuthority({{"data", "x"}}), ElementsAre(HasSubstr(": it belongs in key, in the")));
  EXPECT_THAT(OfAuthority({{"identities", Json::array()}}),
              ElementsAre(HasSubstr(": it belongs in keyless, in the")));
  EXPECT_THAT(
      Lines({{"attestations", Json::array()}, {"authorities", {{{"key", {{"data", "x"}}}}}}}),
      ElementsAre(HasSubstr(": it belongs in each of spec.authorities")));
}

TEST(Check, WarnsOfGlobsThatMayNotMeanWhatTheySeemTo) {
  const Json authorities = {{{"static", {{"action", "pass"}}}}};
  const auto of_glob = [&](std::string_view glob) {
    return Lines({{"images", {{{"glob", glob}}}}, {"authorities", authorities}});
  };
  EXPECT_THAT(of_glob("ghcr.io/**"), IsEmpty());
  EXPECT_THAT(of_glob("ghcr.io**"), ElementsAre(AllOf(StartsWith("warned /spec/images/0/glob: "),
                                                      HasSubstr("ghcr.io.evil.example"))));
  EXPECT_THAT(of_glob("r.io/app:v1"),
              ElementsAre(HasSubstr("never matches in the Policy Controller")));
  EXPECT_THAT(of_glob("**.corp.example/**"), ElementsAre(HasSubstr("of other registries")));
}

TEST(Check, TakesKeysForThereWhereItIsNotKnownWhich) {
  const Json authority = {{"key", {{"kms", "awskms:///alias/a"}}}};
  EXPECT_THAT(OfAuthority(authority), SizeIs(1));
  EXPECT_THAT(OfAuthority(authority, {.has_every_kms_key = true}), IsEmpty());
}

}  // namespace
}  // namespace countersign::policy
