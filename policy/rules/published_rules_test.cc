// Rules on attestations as they are published, said as conditions, each of a document that satisfies it
// and of one that does not. The shapes are those of
//   sigstore/policy-controller at f925c0c (Apache-2.0): test/testdata/policy-controller/e2e/cip-*.yaml,
//     examples/policies/*attestation-sbom-spdxjson.yaml
//   securesign/policy-controller-operator: test/e2e/custom_resources/*/cluster_image_policy.yaml.tpl
//   buildsec/frsca: resources/kyverno/admission-control-policy/*.cue
//   Kyverno's "Verify Image Attestations" and "Attesting Image Scans With Kyverno" (Chip Zoller)
//   the specifications of the predicates: slsa.dev/provenance v0.2 and v1, cosign's COSIGN_VULN_ATTESTATION
//     _SPEC.md, CycloneDX 1.5, SPDX 2.3, OpenVEX 0.2.0, in-toto's test-result, link and SCAI predicates
// Documents are our own, and as small as the rule allows.

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "policy/rules/condition_fixture.h"

namespace countersign::policy {
namespace {

struct Rule {
  std::string_view condition;
  std::string_view good;  // predicates
  std::string_view bad;
};

void ExpectJudged(const std::vector<Rule>& rules) {
  for (const Rule& rule : rules) {
    EXPECT_EQ(WhyUnmetIn(rule.condition, rule.good), "") << rule.condition;
    EXPECT_NE(WhyUnmetIn(rule.condition, rule.bad), "") << rule.condition;
    EXPECT_NE(WhyUnmetIn(rule.condition, "{}"), "") << rule.condition;
    EXPECT_NE(WhyUnmetIn(rule.condition, "null"), "") << rule.condition;
  }
}

TEST(PublishedRules, OfTheStatementItself) {
  for (const std::string_view type :
       {"https://spdx.dev/Document", "https://cyclonedx.org/bom", "https://openvex.dev/ns",
        "https://cosign.sigstore.dev/attestation/v1",
        "https://cosign.sigstore.dev/attestation/vuln/v1", "https://slsa.dev/provenance/v1"}) {
    const std::string condition =
        absl::StrCat(R"({"path":"/predicateType","equals":")", type, "\"}");
    EXPECT_EQ(WhyUnmet(condition, absl::StrCat(R"({"predicateType":")", type, "\"}")), "");
    EXPECT_NE(WhyUnmet(condition, absl::StrCat(R"({"predicateType":")", type, "/x\"}")), "");
    EXPECT_NE(WhyUnmet(condition, "{}"), "");
  }
  constexpr std::string_view kAbout =
      R"({"path":"/subject/[*]/name","quantifier":"any","matches":"ghcr\\.io/example/.*"})";
  EXPECT_EQ(WhyUnmet(kAbout, R"({"subject":[{"name":"x"},{"name":"ghcr.io/example/shop"}]})"), "");
  EXPECT_NE(WhyUnmet(kAbout, R"({"subject":[{"name":"ghcr.io/other/shop"}]})"), "");
}

TEST(PublishedRules, OfProvenance) {
  ExpectJudged({
      {R"({"path":"/predicate/builder/id","equals":"https://tekton.dev/chains/v2"})",
       R"({"builder":{"id":"https://tekton.dev/chains/v2"}})",
       R"({"builder":{"id":"https://tekton.dev/chains/v1"}})"},
      {R"({"path":"/predicate/buildType","equals":"https://tekton.dev/attestations/chains@v2"})",
       R"({"buildType":"https://tekton.dev/attestations/chains@v2"})", R"({"buildType":"make"})"},
      {R"({"path":"/predicate/runDetails/builder/id","matches":"https://github\\.com/slsa-framework/slsa-github-generator/\\.github/workflows/generator_container_slsa3\\.yml@refs/tags/v[0-9.]+"})",
       R"({"runDetails":{"builder":{"id":"https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@refs/tags/v2.0.0"}}})",
       R"({"runDetails":{"builder":{"id":"https://github.com/evil/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@refs/tags/v2.0.0"}}})"},
      {R"({"path":"/predicate/buildDefinition/buildType","in":["https://actions.github.io/buildtypes/workflow/v1","https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1"]})",
       R"({"buildDefinition":{"buildType":"https://actions.github.io/buildtypes/workflow/v1"}})",
       R"({"buildDefinition":{"buildType":"https://mobyproject.org/buildkit@v1"}})"},
      {R"({"path":"/predicate/buildDefinition/externalParameters/workflow/ref","equals":"refs/heads/main"})",
       R"({"buildDefinition":{"externalParameters":{"workflow":{"ref":"refs/heads/main"}}}})",
       R"({"buildDefinition":{"externalParameters":{"workflow":{"ref":"refs/heads/dev"}}}})"},
      {R"({"path":"/predicate/invocation/configSource/uri","matches":"git\\+https://github\\.com/example/.*"})",
       R"({"invocation":{"configSource":{"uri":"git+https://github.com/example/shop@refs/heads/main"}}})",
       R"({"invocation":{"configSource":{"uri":"git+https://github.com/other/shop"}}})"},
      {R"({"path":"/predicate/materials/[*]/uri","quantifier":"any","matches":"git\\+https://github\\.com/example/.*"})",
       R"({"materials":[{"uri":"pkg:docker/golang"},{"uri":"git+https://github.com/example/shop"}]})",
       R"({"materials":[{"uri":"pkg:docker/golang"}]})"},
      {R"({"path":"/predicate/metadata/completeness/materials","equals":true})",
       R"({"metadata":{"completeness":{"materials":true}}})",
       R"({"metadata":{"completeness":{"materials":false}}})"},
      {R"({"path":"/predicate/runDetails/metadata/finishedOn","olderThan":"720h","negate":true})",
       R"({"runDetails":{"metadata":{"finishedOn":"2025-12-20T00:00:00Z"}}})",
       R"({"runDetails":{"metadata":{"finishedOn":"2025-11-20T00:00:00Z"}}})"},
      {R"({"path":"/predicate/buildDefinition/resolvedDependencies/[*]/digest","exists":true})",
       R"({"buildDefinition":{"resolvedDependencies":[{"digest":{"gitCommit":"00"}}]}})",
       R"({"buildDefinition":{"resolvedDependencies":[{"digest":{}},{"uri":"x"}]}})"},
  });
}

TEST(PublishedRules, OfScansForVulnerabilities) {
  ExpectJudged({
      {R"({"path":"/predicate/scanner/uri","equals":"fakescanner.example.com/cosign-testing"})",
       R"({"scanner":{"uri":"fakescanner.example.com/cosign-testing"}})",
       R"({"scanner":{"uri":"fakescanner.example.com/other"}})"},
      {R"({"path":"/predicate/invocation/uri","equals":"invocation.example.com/cosign-testing"})",
       R"({"invocation":{"uri":"invocation.example.com/cosign-testing"}})",
       R"({"invocation":{"uri":""}})"},
      {R"({"path":"/predicate/metadata/scanStartedOn","before":"2022-04-15T17:10:27Z"})",
       R"({"metadata":{"scanStartedOn":"2022-04-12T00:00:00Z"}})",
       R"({"metadata":{"scanStartedOn":"2022-04-16T00:00:00Z"}})"},
      {R"({"path":"/predicate/metadata/scanFinishedOn","after":"2022-03-09T17:10:27Z"})",
       R"({"metadata":{"scanFinishedOn":"2022-04-12T00:10:00Z"}})",
       R"({"metadata":{"scanFinishedOn":"0001-01-01T00:00:00Z"}})"},
      {R"({"path":"/predicate/metadata/scanFinishedOn","olderThan":"168h","negate":true})",
       R"({"metadata":{"scanFinishedOn":"2025-12-30T00:00:00Z"}})",
       R"({"metadata":{"scanFinishedOn":"2025-12-20T00:00:00Z"}})"},
      {R"({"path":"/predicate/scanner/result/[*]","quantifier":"none","where":[{"path":"/severity","in":["HIGH","CRITICAL"]},{"path":"/fixed","exists":true}]})",
       R"({"scanner":{"result":[{"severity":"HIGH"},{"severity":"LOW","fixed":"2"}]}})",
       R"({"scanner":{"result":[{"severity":"CRITICAL","fixed":"2"}]}})"},
      {R"({"path":"/predicate/scanner/result/Results/[*]/Vulnerabilities/[*]/Severity","quantifier":"none","equals":"CRITICAL"})",
       R"({"scanner":{"result":{"Results":[{"Vulnerabilities":[{"Severity":"LOW"}]},{"Vulnerabilities":[]}]}}})",
       R"({"scanner":{"result":{"Results":[{"Vulnerabilities":[{"Severity":"LOW"},{"Severity":"CRITICAL"}]}]}}})"},
      {R"({"path":"/predicate/scanner/result/Results/[*]/Vulnerabilities/[*]/CVSS/nvd/V3Score","lessThan":9})",
       R"({"scanner":{"result":{"Results":[{"Vulnerabilities":[{"CVSS":{"nvd":{"V3Score":8.9}}}]}]}}})",
       R"({"scanner":{"result":{"Results":[{"Vulnerabilities":[{"CVSS":{"nvd":{"V3Score":9.0}}}]}]}}})"},
      {R"({"path":"/predicate/scanner/result/[*]/id","quantifier":"none","in":["CVE-2021-44228","CVE-2021-45046"]})",
       R"({"scanner":{"result":[{"id":"CVE-2024-1"}]}})",
       R"({"scanner":{"result":[{"id":"CVE-2024-1"},{"id":"CVE-2021-44228"}]}})"},
      {R"({"path":"/predicate/scanner/db/lastUpdate","olderThan":"24h","negate":true})",
       R"({"scanner":{"db":{"lastUpdate":"2025-12-31T12:00:00Z"}}})",
       R"({"scanner":{"db":{"lastUpdate":"2025-12-30T12:00:00Z"}}})"},
      {R"({"path":"/predicate/summary/critical","equals":0})", R"({"summary":{"critical":0}})",
       R"({"summary":{"critical":1}})"},
  });
}

TEST(PublishedRules, OfBillsOfMaterials) {
  ExpectJudged({
      {R"({"path":"/predicate/SPDXID","equals":"SPDXRef-DOCUMENT"})",
       R"({"SPDXID":"SPDXRef-DOCUMENT"})", R"({"SPDXID":"x"})"},
      {R"({"path":"/predicate/spdxVersion","in":["SPDX-2.2","SPDX-2.3"]})",
       R"({"spdxVersion":"SPDX-2.3"})", R"({"spdxVersion":"SPDX-1.0"})"},
      {R"({"path":"/predicate/packages/[*]/licenseConcluded","quantifier":"none","matches":".*AGPL.*"})",
       R"({"packages":[{"licenseConcluded":"MIT"}]})",
       R"({"packages":[{"licenseConcluded":"MIT OR AGPL-3.0-only"}]})"},
      {R"({"path":"/predicate/packages/[*]","quantifier":"none","where":[{"path":"/name","equals":"log4j-core"},{"path":"/versionInfo","matches":"2\\.(0|1[0-6])\\..*"}]})",
       R"({"packages":[{"name":"log4j-core","versionInfo":"2.17.1"}]})",
       R"({"packages":[{"name":"log4j-core","versionInfo":"2.14.0"}]})"},
      {R"({"path":"/predicate/creationInfo/creators/[*]","quantifier":"any","matches":"Tool: syft-.*"})",
       R"({"creationInfo":{"creators":["Organization: x","Tool: syft-1.0"]}})",
       R"({"creationInfo":{"creators":["Tool: other"]}})"},
      {R"({"path":"/predicate/bomFormat","equals":"CycloneDX"})", R"({"bomFormat":"CycloneDX"})",
       R"({"bomFormat":"SPDX"})"},
      {R"({"path":"/predicate/metadata/component/name","equals":"registry.example.org/shop"})",
       R"({"metadata":{"component":{"name":"registry.example.org/shop"}}})",
       R"({"metadata":{"component":{"name":"registry.example.org/other"}}})"},
      {R"({"path":"/predicate/components/[*]/purl","quantifier":"none","matches":"pkg:npm/event-stream@.*"})",
       R"({"components":[{"purl":"pkg:npm/left-pad@1.3.0"}]})",
       R"({"components":[{"purl":"pkg:npm/event-stream@3.3.6"}]})"},
      {R"({"path":"/predicate/components/0","exists":true})", R"({"components":[{}]})",
       R"({"components":[]})"},
  });
}

TEST(PublishedRules, OfVexTestsReviewsAndOurOwn) {
  ExpectJudged({
      {R"({"path":"/predicate/author","equals":"security@example.org"})",
       R"({"author":"security@example.org"})", R"({"author":"anybody"})"},
      {R"({"path":"/predicate/statements/[*]/status","in":["not_affected","fixed"]})",
       R"({"statements":[{"status":"fixed"},{"status":"not_affected"}]})",
       R"({"statements":[{"status":"fixed"},{"status":"affected"}]})"},
      {R"({"path":"/predicate/statements/[*]","quantifier":"any","where":[{"path":"/vulnerability/name","equals":"CVE-2023-1"},{"path":"/status","equals":"not_affected"},{"path":"/justification","exists":true}]})",
       R"({"statements":[{"vulnerability":{"name":"CVE-2023-1"},"status":"not_affected","justification":"x"}]})",
       R"({"statements":[{"vulnerability":{"name":"CVE-2023-1"},"status":"affected","justification":"x"},{"vulnerability":{"name":"CVE-2023-2"},"status":"not_affected","justification":"x"}]})"},
      {R"({"path":"/predicate/result","equals":"PASSED"})", R"({"result":"PASSED"})",
       R"({"result":"FAILED"})"},
      {R"({"path":"/predicate/failedTests/[*]","quantifier":"none","exists":true})",
       R"({"failedTests":[]})", R"({"failedTests":["x"]})"},
      {R"({"path":"/predicate/attributes/[*]/attribute","quantifier":"any","equals":"REPRODUCIBLE"})",
       R"({"attributes":[{"attribute":"REPRODUCIBLE"}]})",
       R"({"attributes":[{"attribute":"OTHER"}]})"},
      {R"({"path":"/predicate/reviewers/1","exists":true})", R"({"reviewers":["a","b"]})",
       R"({"reviewers":["a"]})"},
      {R"({"path":"/predicate/coverage/percent","greaterThan":79.5})",
       R"({"coverage":{"percent":80}})", R"({"coverage":{"percent":79.5}})"},
      {R"({"path":"/predicate/Data","equals":"foobar e2e test"})", R"({"Data":"foobar e2e test"})",
       R"({"Data":"foobar e2e test\n"})"},
      {R"({"path":"/predicate/Timestamp","before":"2049-10-09T17:10:27Z"})",
       R"({"Timestamp":"2022-04-12T00:00:00Z"})", R"({"Timestamp":"2050-01-01T00:00:00Z"})"},
      {R"({"path":"/predicate/byproducts/return-value","equals":0})",
       R"({"byproducts":{"return-value":0}})", R"({"byproducts":{"return-value":1}})"},
  });
}

}  // namespace
}  // namespace countersign::policy
