#include "policy/sigstore/policy_options.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;

absl::Time At(std::string_view text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, std::string(text), &time, &error)) << error;
  return time;
}

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);  // September 2026

PolicyOptions ReadObject(std::string_view json) {
  const auto parsed = base::ParseJson(json);
  EXPECT_TRUE(parsed.ok()) << json << parsed.status();
  return ReadPolicyOptions(parsed.value_or(base::Json()), kNow);
}

PolicyOptions Read(std::string_view spec) {
  return ReadObject(absl::StrCat(
      R"({"apiVersion":"policy.countersign.dev/v1alpha1","kind":"PolicyOptions",
          "metadata":{"name":"release-images"},"spec":)",
      spec, "}"));
}

std::vector<std::string> Told(const std::vector<Problem>& problems) {
  std::vector<std::string> told;
  for (const Problem& one : problems) told.push_back(absl::StrCat(one.pointer, ": ", one.reason));
  return told;
}

TEST(ReadPolicyOptions, EveryFieldOnceReadsClean) {
  const PolicyOptions options = Read(R"({
      "group": "image-policy",
      "threshold": 2,
      "namespaceSelector": {"matchLabels": {"tier": "prod"}},
      "annotations": {"git-branch": "main"},
      "identities": [
        {"authority": "ci",
         "sourceRepositoryURI": "https://github.com/example/shop",
         "sourceRepositoryRef": "refs/heads/main",
         "buildTrigger": "push",
         "runnerEnvironment": "github-hosted"}],
      "conditions": [
        {"authority": "ci", "attestation": "provenance",
         "path": "/predicate/runDetails/builder/id",
         "equals": "https://github.com/actions/runner/github-hosted"},
        {"authority": "scan", "attestation": "vuln",
         "path": "/predicate/scanner/result/[*]", "quantifier": "none",
         "where": [{"path": "/severity", "in": ["HIGH", "CRITICAL"]},
                   {"path": "/fixed", "exists": true}]},
        {"authority": "scan", "attestation": "vuln",
         "path": "/predicate/metadata/scanFinishedOn", "olderThan": "168h", "negate": true}],
      "platforms": "index",
      "pinning": "required",
      "remap": [{"from": "mirror.example.org/ghcr/*", "to": "ghcr.io/*"}],
      "effectiveFrom": "2026-12-01T00:00:00Z",
      "effectiveUntil": "2027-03-01T00:00:00Z"})");
  EXPECT_THAT(Told(options.problems), IsEmpty());
  EXPECT_FALSE(options.broken.has_value());
  EXPECT_THAT(Told(options.warnings), IsEmpty());
  EXPECT_EQ(options.name, "release-images");
  EXPECT_EQ(options.group, "image-policy");
  EXPECT_EQ(options.threshold, 2u);
  ASSERT_TRUE(options.namespace_selector.has_value());
  EXPECT_EQ(options.namespace_selector->pointer, "/spec/namespaceSelector");
  EXPECT_EQ(options.namespace_selector->json.dump(), R"({"matchLabels":{"tier":"prod"}})");
  EXPECT_THAT(options.annotations, ElementsAre(Pair("git-branch", "main")));
  ASSERT_THAT(options.identities, SizeIs(1));
  EXPECT_EQ(options.identities[0].authority, "ci");
  EXPECT_THAT(options.identities[0].extensions, SizeIs(4));
  ASSERT_THAT(options.conditions, SizeIs(3));
  EXPECT_EQ(options.conditions[1].authority, "scan");
  EXPECT_EQ(options.conditions[1].attestation, "vuln");
  EXPECT_EQ(options.conditions[1].condition.where.size(), 2u);
  EXPECT_EQ(options.platforms, Platforms::kIndex);
  EXPECT_TRUE(options.requires_pinning);
  ASSERT_THAT(options.remaps, SizeIs(1));
  EXPECT_EQ(options.remaps[0].Apply({"mirror.example.org", "ghcr/a/b"})->ToString(), "ghcr.io/a/b");
  EXPECT_EQ(options.effective_from, At("2026-12-01T00:00:00Z"));
  EXPECT_EQ(options.effective_until, At("2027-03-01T00:00:00Z"));
}

TEST(ReadPolicyOptions, WhatIsLeftOutTightensNothing) {
  const PolicyOptions options = Read("{}");
  EXPECT_THAT(Told(options.problems), IsEmpty());
  EXPECT_EQ(options.threshold, 1u);
  EXPECT_FALSE(options.requires_pinning || options.namespace_selector.has_value());
  EXPECT_EQ(options.effective_from, absl::InfinitePast());
  EXPECT_EQ(options.effective_until, absl::InfiniteFuture());
  EXPECT_EQ(Read(R"({"platforms":"anyLevel"})").platforms, Platforms::kAnyLevel);
  EXPECT_EQ(Read(R"({"platforms":"allChildren"})").platforms, Platforms::kAllChildren);
}

TEST(ReadPolicyOptions, OneProblemBreaksAllOfIt) {
  struct Row {
    std::string_view spec;
    std::string_view told;
  };
  const std::vector<Row> rows = {
      {"[]", "/spec: must be an object"},
      {R"({"treshold":2})", "/spec/treshold: is not known"},
      {R"({"group":""})", "/spec/group: is empty"},
      {R"({"group":"A b"})", "/spec/group: must be lower-case"},
      {R"({"threshold":0})", "/spec/threshold: must be from 1 to 100"},
      {R"({"threshold":101})", "/spec/threshold: must be from 1 to 100"},
      {R"({"threshold":"2"})", "/spec/threshold: must be an integer"},
      {R"({"threshold":1.5})", "/spec/threshold: must be an integer"},
      {R"({"namespaceSelector":"prod"})", "/spec/namespaceSelector: must be an object"},
      {R"({"namespaceSelector":{"tier":"prod"}})", "/spec/namespaceSelector/tier: is not known"},
      {R"({"annotations":{}})", "/spec/annotations: is empty"},
      {R"({"annotations":{"a":1}})", "/spec/annotations/a: must be a string"},
      {R"({"identities":{}})", "/spec/identities: must be an array"},
      {R"({"identities":[]})", "/spec/identities: is empty"},
      {R"({"identities":["x"]})", "/spec/identities/0: must be an object"},
      {R"({"identities":[{"authority":"ci"}]})", "/spec/identities/0: must say something"},
      {R"({"identities":[{"sourceRepositoryUri":"x"}]})",
       "/spec/identities/0/sourceRepositoryUri: is not known: members are authority"},
      {R"({"identities":[{"buildTrigger":""}]})", "/spec/identities/0/buildTrigger: is empty"},
      {R"({"conditions":[]})", "/spec/conditions: is empty"},
      {R"({"conditions":[{"authority":"ci"}]})", "/spec/conditions/0/path: must be"},
      {R"({"conditions":[{"attestation":"","path":"/predicate","exists":true}]})",
       "/spec/conditions/0/attestation: is empty"},
      {R"({"conditions":[{"path":"/predicate","exists":true},{"path":"x","exists":true}]})",
       "/spec/conditions/1/path: must begin with '/'"},
      {R"({"platforms":"all"})", "/spec/platforms: must be index, anyLevel or allChildren"},
      {R"({"pinning":true})", "/spec/pinning: must be a string"},
      {R"({"pinning":"off"})", "/spec/pinning: must be required"},
      {R"({"remap":[{"from":"a.example/*","to":"ghcr.io/*","x":1}]})", "/spec/remap/0/x: is not"},
      {R"({"remap":[{"from":"a.example/*"}]})", "/spec/remap/0/to: must be"},
      {R"({"remap":[{"from":"a.example/*","to":"ghcr.io/x"}]})", "/spec/remap/0: "},
      {R"({"remap":[{"from":"a.example*","to":"ghcr.io/*"}]})", "/spec/remap/0: "},
      {R"({"remap":[{"from":"a.example/*/b/*","to":"ghcr.io/*"}]})", "/spec/remap/0: "},
      {R"({"effectiveFrom":"tomorrow"})", "/spec/effectiveFrom: must be an RFC 3339 time"},
      {R"({"effectiveUntil":"2026-12-01"})", "/spec/effectiveUntil: must be an RFC 3339 time"},
      {R"({"effectiveFrom":"2027-01-01T00:00:00Z","effectiveUntil":"2027-01-01T00:00:00Z"})",
       "/spec/effectiveUntil: must be after effectiveFrom"},
  };
  for (const Row& row : rows) {
    const PolicyOptions options = Read(row.spec);
    EXPECT_THAT(Told(options.problems), ElementsAre(StartsWith(row.told))) << row.spec;
    ASSERT_TRUE(options.broken.has_value()) << row.spec;
    EXPECT_THAT(options.broken->why, StartsWith("its PolicyOptions cannot be used: /spec"));
    EXPECT_EQ(options.name, "release-images");
  }
}

TEST(ReadPolicyOptions, AllThatIsWrongIsTold) {
  EXPECT_THAT(Told(Read(R"({"threshold":0,"pinning":"x","remap":[],
                            "conditions":[{"path":"x"},{"path":"/predicate"}]})")
                       .problems),
              SizeIs(5));
}

TEST(ReadPolicyOptions, AnotherObjectIsBroken) {
  for (
      const char* json :
      {"null", "[]", "7", "{}", R"({"metadata":{"name":"a"},"spec":{}})",
       R"({"apiVersion":"policy.countersign.dev/v1","kind":"PolicyOptions","metadata":{"name":"a"},"spec":{}})",
       R"({"apiVersion":"policy.countersign.dev/v1alpha1","kind":"Options","metadata":{"name":"a"},"spec":{}})",
       R"({"apiVersion":"policy.countersign.dev/v1alpha1","kind":"PolicyOptions","metadata":{"name":"a"}})",
       R"({"apiVersion":"policy.countersign.dev/v1alpha1","kind":"PolicyOptions","metadata":{"name":"A!"},"spec":{}})",
       R"({"apiVersion":"policy.countersign.dev/v1alpha1","kind":"PolicyOptions","metadata":{"name":"a"},"spec":{},"data":{}})"}) {
    const PolicyOptions options = ReadObject(json);
    EXPECT_TRUE(options.broken.has_value()) << json;
    EXPECT_FALSE(options.problems.empty()) << json;
  }
}

// Each would be as much work as the largest that compiles.
TEST(ReadPolicyOptions, NotEveryFaultyExpressionIsCompiled) {
  std::string conditions;
  for (int i = 0; i < 64; ++i) {
    absl::StrAppend(&conditions, i == 0 ? "" : ",", R"({"path":"/predicate/[*]","where":[)");
    for (int line = 0; line < 16; ++line) {
      absl::StrAppend(&conditions, line == 0 ? "" : ",", R"({"path":"/a","matches":"("})");
    }
    absl::StrAppend(&conditions, "]}");
  }
  size_t compiled = 0, others = 0;
  for (const Problem& one : Read(absl::StrCat(R"({"conditions":[)", conditions, "]}")).problems) {
    (one.pointer.ends_with("/matches") ? compiled : others) += 1;
  }
  EXPECT_EQ(compiled, 5u * 16);
  EXPECT_EQ(others, 59u);
}

// Or the policy of that name would be in force without them.
TEST(ReadPolicyOptions, WhateverIsWrongTheirNameIsKnown) {
  const PolicyOptions options = ReadObject(
      R"({"apiVersion":"policy.countersign.dev/v1alpha1","kind":"PolicyOptions","metadata":{"name":"a"},"spec":{},"pinning":"required"})");
  EXPECT_TRUE(options.broken.has_value());
  EXPECT_EQ(options.name, "a");
}

TEST(ReadPolicyOptions, WhatIsOddIsWarnedAbout) {
  EXPECT_THAT(Told(Read(R"({"effectiveUntil":"2026-01-01T00:00:00Z"})").warnings),
              ElementsAre(StartsWith("/spec/effectiveUntil: is past")));
  EXPECT_THAT(Told(Read(R"({"namespaceSelector":{}})").warnings),
              ElementsAre(StartsWith("/spec/namespaceSelector: selects every namespace")));
  EXPECT_THAT(Told(Read(R"({"conditions":[{"path":"/predicate/t","before":"2022-04-15T17:10:27Z"},
                                          {"path":"/predicate/t","olderThan":"168h"}]})")
                       .warnings),
              ElementsAre(StartsWith("/spec/conditions/0: "), StartsWith("/spec/conditions/1: ")));
}

}  // namespace
}  // namespace countersign::policy
