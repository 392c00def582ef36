#include "policy/sigstore/image_policy.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::Json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Json Object(Json spec, std::string_view version = "v1beta1") {
  return {{"apiVersion", "policy.sigstore.dev/" + std::string(version)},
          {"kind", "ClusterImagePolicy"},
          {"metadata", {{"name", "release"}, {"uid", "x"}}},
          {"spec", std::move(spec)},
          {"status", {{"observedGeneration", 1}}}};
}

ImagePolicy Read(Json spec) { return ReadImagePolicy(Object(std::move(spec))); }

std::vector<std::string> ProblemsOf(const ImagePolicy& policy) {
  std::vector<std::string> lines;
  for (const Problem& problem : policy.problems) {
    lines.push_back(problem.pointer + ": " + problem.reason);
  }
  return lines;
}

// Every member that there is.
Json Everything() {
  return Json::parse(R"({
    "images": [{"glob": "ghcr.io/**"}],
    "mode": "warn",
    "policy": {"type": "rego", "remote": {"url": "https://rules.example/a", "sha256sum": "ab"},
               "fetchConfigFile": true, "includeSpec": false, "includeObjectMeta": true,
               "includeTypeMeta": true},
    "match": [{"group": "apps", "version": "v1", "resource": "deployments",
               "selector": {"matchLabels": {"a": "b"},
                            "matchExpressions": [{"key": "c", "operator": "In", "values": ["d"]}]}}],
    "authorities": [
      {"name": "key", "signatureFormat": "bundle",
       "key": {"secretRef": {"name": "s", "namespace": "n"}, "data": "pem", "kms": "gcpkms://k",
               "hashAlgorithm": "sha512"},
       "source": [{"oci": "ghcr.io/signatures", "tagPrefix": "p-",
                   "signaturePullSecrets": [{"name": "pull"}]}],
       "rfc3161timestamp": {"trustRootRef": "tsa"},
       "attestations": [{"name": "vuln", "predicateType": "vuln",
                         "policy": {"type": "cue", "configMapRef":
                                    {"name": "m", "namespace": "o", "key": "k"}}}]},
      {"keyless": {"url": "https://ca.example", "trustRootRef": "root", "insecureIgnoreSCT": true,
                   "ca-cert": {"data": "cert"},
                   "identities": [{"issuer": "i", "subject": "s"},
                                  {"issuerRegExp": "j", "subjectRegExp": "t"}]},
       "ctlog": {"url": "https://log.example", "trustRootRef": "log"}},
      {"static": {"action": "fail", "message": "no"}}]})");
}

TEST(ReadImagePolicy, ReadsEveryMemberOfBothVersions) {
  for (std::string_view version : {"v1alpha1", "v1beta1"}) {
    const ImagePolicy policy = ReadImagePolicy(Object(Everything(), version));
    ASSERT_THAT(ProblemsOf(policy), IsEmpty());
    EXPECT_EQ(DecodingRefusal(policy), "");
    EXPECT_EQ(policy.name, "release");
    EXPECT_EQ(policy.mode, "warn");
    EXPECT_FALSE(policy.has_default_mode);
    EXPECT_EQ(policy.images.at(0).glob, "ghcr.io/**");
    EXPECT_EQ(policy.rule->type, "rego");
    EXPECT_EQ(policy.rule->remote->url, "https://rules.example/a");
    EXPECT_EQ(policy.rule->remote->sha256sum, "ab");
    EXPECT_EQ(policy.rule->fetches_config_file, true);
    EXPECT_EQ(policy.rule->includes_spec, false);
    EXPECT_EQ(policy.rule->includes_object_meta, true);
    EXPECT_EQ(policy.rule->includes_type_meta, true);
    EXPECT_EQ(policy.match.at(0).group, "apps");
    EXPECT_EQ(policy.match.at(0).version, "v1");
    EXPECT_EQ(policy.match.at(0).resource, "deployments");
    EXPECT_THAT(policy.match.at(0).selector->match_labels, ElementsAre(testing::Pair("a", "b")));
    EXPECT_THAT(policy.match.at(0).selector->match_expressions.at(0).values, ElementsAre("d"));
  }
}

TEST(ReadImagePolicy, ReadsEveryMemberOfAuthorities) {
  const ImagePolicy policy = Read(Everything());
  ASSERT_THAT(policy.authorities, SizeIs(3));
  const AuthoritySpec& key = policy.authorities[0];
  EXPECT_EQ(key.name, "key");
  EXPECT_EQ(key.signature_format, "bundle");
  EXPECT_EQ(key.key->secret->name, "s");
  EXPECT_EQ(key.key->secret->name_space, "n");
  EXPECT_EQ(key.key->data, "pem");
  EXPECT_EQ(key.key->kms, "gcpkms://k");
  EXPECT_EQ(key.key->hash_algorithm, "sha512");
  EXPECT_EQ(key.sources.at(0).oci, "ghcr.io/signatures");
  EXPECT_EQ(key.sources[0].tag_prefix, "p-");
  EXPECT_EQ(key.sources[0].pull_secrets.at(0).name, "pull");
  EXPECT_EQ(key.timestamp->trust_root, "tsa");
  EXPECT_EQ(key.attestations.at(0).name, "vuln");
  EXPECT_EQ(key.attestations[0].predicate_type, "vuln");
  EXPECT_EQ(key.attestations[0].rule->config_map->name, "m");
  EXPECT_EQ(key.attestations[0].rule->config_map->name_space, "o");
  EXPECT_EQ(key.attestations[0].rule->config_map->key, "k");
  const AuthoritySpec& keyless = policy.authorities[1];
  EXPECT_EQ(keyless.keyless->url, "https://ca.example");
  EXPECT_EQ(keyless.keyless->trust_root, "root");
  EXPECT_TRUE(keyless.keyless->ignores_sct);
  EXPECT_EQ(keyless.keyless->ca_cert->data, "cert");
  EXPECT_EQ(keyless.keyless->identities.at(0).issuer, "i");
  EXPECT_EQ(keyless.keyless->identities.at(0).subject, "s");
  EXPECT_EQ(keyless.keyless->identities.at(1).issuer_regexp, "j");
  EXPECT_EQ(keyless.keyless->identities.at(1).subject_regexp, "t");
  EXPECT_EQ(keyless.log->url, "https://log.example");
  EXPECT_EQ(keyless.log->trust_root, "log");
  EXPECT_EQ(policy.authorities[2].fixed->action, "fail");
  EXPECT_EQ(policy.authorities[2].fixed->message, "no");
}

// sigstore/policy-controller at f925c0c (Apache-2.0): pkg/apis/policy/v1beta1/
// clusterimagepolicy_defaults_test.go, and that of v1alpha1, which is the same.
TEST(Defaults, NameAuthoritiesByTheirIndex) {
  const auto names = [](const std::vector<std::string>& given) {
    Json authorities = Json::array();
    for (const std::string& name : given) {
      authorities.push_back({{"name", name}, {"keyless", {{"url", "//tests.example.com"}}}});
    }
    std::vector<std::string> names;
    for (const AuthoritySpec& authority : Read({{"authorities", authorities}}).authorities) {
      names.push_back(authority.name);
      EXPECT_EQ(authority.has_default_name, given[names.size() - 1].empty());
    }
    return names;
  };
  EXPECT_THAT(names({""}), ElementsAre("authority-0"));
  EXPECT_THAT(names({"", "vuln-scan"}), ElementsAre("authority-0", "vuln-scan"));
  EXPECT_THAT(names({"vuln-scan", ""}), ElementsAre("vuln-scan", "authority-1"));
  EXPECT_THAT(names({"first", "second"}), ElementsAre("first", "second"));
}

TEST(Defaults, EnforceWhereNoModeIsGiven) {
  EXPECT_EQ(Read({{"mode", ""}}).mode, "enforce");
  EXPECT_TRUE(Read(Json::object()).has_default_mode);
  EXPECT_EQ(Read({{"mode", "enforce"}}).mode, "enforce");
  EXPECT_EQ(Read({{"mode", "warn"}}).mode, "warn");
}

TEST(Defaults, GiveFulciosPublicInstanceToKeylessAuthoritiesWithoutAnyOther) {
  const auto url = [](Json authority) {
    const ImagePolicy policy = Read({{"authorities", {std::move(authority)}}});
    const std::optional<KeylessRef>& keyless = policy.authorities.at(0).keyless;
    return keyless.has_value() ? keyless->url.value_or("none") : "no keyless";
  };
  EXPECT_EQ(url({{"static", {{"action", "pass"}}}}), "no keyless");
  EXPECT_EQ(url({{"key", {{"data", "Keydata here"}}}}), "no keyless");
  EXPECT_EQ(url({{"keyless", {{"ca-cert", {{"kms", "Keydata here"}}}}}}), "none");
  EXPECT_EQ(url({{"keyless", {{"url", "http://fulcio.fulcio-system.svc"}}}}),
            "http://fulcio.fulcio-system.svc");
  EXPECT_EQ(url({{"keyless", {{"identities", {{{"issuer", "someissuer"}}}}}}}),
            "https://fulcio.sigstore.dev");
  EXPECT_EQ(url({{"keyless", Json::object()}, {"key", Json::object()}}), "none");
}

TEST(Decoding, SetsNoDefaults) {
  const ImagePolicy policy =
      DecodeImagePolicy(Object({{"authorities", {{{"keyless", Json::object()}}}}}));
  EXPECT_EQ(policy.mode, "");
  EXPECT_EQ(policy.authorities.at(0).name, "");
  EXPECT_EQ(policy.authorities[0].keyless->url, std::nullopt);
}

TEST(ReadImagePolicy, KeepsAnAuthorityThatItCannotReadAndSaysWhy) {
  const ImagePolicy policy = Read({{"images", {{{"glob", "**"}}}},
                                   {"authorities",
                                    {{{"name", "a"}, {"static", {{"action", "pass"}}}},
                                     {{"name", "b"}, {"key", {{"data", 1}}}},
                                     "c",
                                     {{"keyless", {{"ctlog", {{"url", "x"}}}}}},
                                     {{"ctlog", {{"url", "http://a b"}}}}}}});
  EXPECT_THAT(ProblemsOf(policy),
              ElementsAre("/spec/authorities/1/key/data: must be a string, is a number",
                          "/spec/authorities/2: must be an object, is a string",
                          "/spec/authorities/3/keyless/ctlog: json: unknown field \"ctlog\"",
                          "/spec/authorities/4/ctlog/url: is no URL: \"http://a b\""));
  ASSERT_THAT(policy.authorities, SizeIs(5));
  EXPECT_FALSE(policy.authorities[0].broken.has_value());
  for (size_t i = 1; i < 5; ++i) EXPECT_TRUE(policy.authorities[i].broken.has_value()) << i;
  EXPECT_TRUE(policy.authorities[1].key->broken.has_value());
  EXPECT_FALSE(policy.broken.has_value());
  EXPECT_FALSE(policy.images.at(0).broken.has_value());
}

TEST(ReadImagePolicy, KeepsWhatElseItCannotRead) {
  const ImagePolicy policy = Read({{"images", {{{"glob", 1}}, {{"glob", "a"}}}},
                                   {"match", {{{"resource", "pods"}, {"kind", "Pod"}}}},
                                   {"policy", {{"data", true}}}});
  EXPECT_TRUE(policy.images.at(0).broken.has_value());
  EXPECT_FALSE(policy.images.at(1).broken.has_value());
  EXPECT_TRUE(policy.match.at(0).broken.has_value());
  EXPECT_EQ(policy.match[0].resource, "pods");
  EXPECT_TRUE(policy.rule->broken.has_value());
  EXPECT_FALSE(policy.broken.has_value());
}

TEST(ReadImagePolicy, HasABrokenPartInPlaceOfAListThatIsNone) {
  const ImagePolicy policy =
      Read({{"images", "**"}, {"authorities", Json::object()}, {"match", true}, {"policy", 1}});
  ASSERT_THAT(policy.images, SizeIs(1));
  EXPECT_EQ(policy.images[0].broken->pointer, "/spec/images");
  ASSERT_THAT(policy.authorities, SizeIs(1));
  EXPECT_TRUE(policy.authorities[0].broken.has_value());
  ASSERT_THAT(policy.match, SizeIs(1));
  EXPECT_TRUE(policy.match[0].broken.has_value());
  EXPECT_TRUE(policy.rule->broken.has_value());
  EXPECT_THAT(policy.problems, SizeIs(4));
}

TEST(ReadImagePolicy, IsBrokenAsAWholeWithAnythingElse) {
  EXPECT_EQ(Read({{"threshold", 2}}).broken->pointer, "/spec/threshold");
  EXPECT_EQ(Read({{"mode", true}}).broken->pointer, "/spec/mode");
  Json other = Object(Json::object());
  other["apiVersion"] = "policy.sigstore.dev/v2";
  EXPECT_EQ(ReadImagePolicy(other).broken->reason,
            "must be policy.sigstore.dev/v1beta1 or policy.sigstore.dev/v1alpha1, is "
            "\"policy.sigstore.dev/v2\"");
  for (const Json& none : {Json("x"), Json(nullptr), Json::array()}) {
    const ImagePolicy policy = ReadImagePolicy(none);
    EXPECT_TRUE(policy.broken.has_value());
    EXPECT_THAT(policy.images, SizeIs(1));
  }
  const ImagePolicy policy = Read("x");
  EXPECT_TRUE(policy.broken.has_value());
  ASSERT_THAT(policy.images, SizeIs(1));
  EXPECT_TRUE(policy.images[0].broken.has_value());
}

TEST(ReadImagePolicy, HasABrokenAuthorityInPlaceOfTooMany) {
  const auto with = [](size_t authorities) {
    Json spec = {{"images", {{{"glob", "r.io/**"}}}}};
    spec["authorities"] = Json::array();
    for (size_t i = 0; i < authorities; ++i) spec["authorities"].push_back(Json::object());
    return Read(std::move(spec));
  };
  EXPECT_THAT(with(256).authorities, SizeIs(256));
  EXPECT_THAT(ProblemsOf(with(256)), IsEmpty());
  const ImagePolicy policy = with(257);
  ASSERT_THAT(policy.authorities, SizeIs(1));
  EXPECT_TRUE(policy.authorities[0].broken.has_value());
  EXPECT_THAT(policy.images, SizeIs(1));
  EXPECT_THAT(ProblemsOf(policy), ElementsAre("/spec/authorities: must hold at most 256 entries"));
}

// Members and elements are counted at any depth.
TEST(ReadImagePolicy, ReadsNothingOfASpecWithTooMuchInIt) {
  const auto with = [](size_t globs) {
    Json images = Json::array();
    for (size_t i = 0; i < globs; ++i) images.push_back({{"glob", "r.io/**"}});
    return Read({{"images", std::move(images)}});
  };
  EXPECT_THAT(with(24'999).images, SizeIs(24'999));
  EXPECT_FALSE(with(24'999).broken.has_value());
  const ImagePolicy policy = with(25'000);
  ASSERT_THAT(policy.images, SizeIs(1));
  EXPECT_TRUE(policy.images[0].broken.has_value());
  EXPECT_TRUE(policy.broken.has_value());
  EXPECT_EQ(policy.mode, "enforce");
  EXPECT_THAT(
      ProblemsOf(policy),
      ElementsAre("/spec: has more than 50000 members and elements: write several policies"));
}

TEST(ReadImagePolicy, TakesNullForAbsent) {
  const ImagePolicy policy = Read({{"images", nullptr}, {"policy", nullptr}, {"mode", nullptr}});
  EXPECT_THAT(policy.problems, IsEmpty());
  EXPECT_THAT(policy.images, IsEmpty());
  EXPECT_FALSE(policy.rule.has_value());
  EXPECT_EQ(policy.mode, "enforce");
}

TEST(DecodingRefusal, IsInTheWebhooksWords) {
  EXPECT_EQ(DecodingRefusal(Read({{"foo", 1}})),
            "decoding request failed: cannot decode incoming new object: json: unknown field "
            "\"foo\" (/spec/foo)");
}

}  // namespace
}  // namespace countersign::policy
