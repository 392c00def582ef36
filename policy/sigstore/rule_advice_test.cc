#include "policy/sigstore/rule_advice.h"

#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

// Without the names of authority and attestation.
std::string Advice(std::string_view type, std::string_view program) {
  const auto conditions = PlainConditionsOf(type, program);
  if (!conditions.has_value()) return "none";
  std::string text;
  for (const PlainCondition& condition : *conditions) {
    text += condition.path + " " + (condition.is_negated ? "not " : "") + condition.op + " " +
            condition.value + "\n";
  }
  return text;
}

TEST(PlainConditions, OfCueAreNestedValuesAndBounds) {
  EXPECT_EQ(Advice("cue", "predicateType: \"https://slsa.dev/provenance/v1\""),
            "/predicateType equals \"https://slsa.dev/provenance/v1\"\n");
  EXPECT_EQ(Advice("cue",
                   "predicate: builder: id: \"a\" // who\npredicate: {\n  ok: true, n: >7 & <=9\n"
                   "  \"a/b\": {c: !=\"d\"}\n}\n"),
            "/predicate/builder/id equals \"a\"\n/predicate/ok equals true\n"
            "/predicate/n greaterThan 7\n/predicate/n not greaterThan 9\n"
            "/predicate/a~1b/c not equals \"d\"\n");
  EXPECT_EQ(Advice("cue", "a: >=1.5, b: <-2"), "/a not lessThan 1.5\n/b lessThan -2\n");
}

TEST(PlainConditions, OfCueAreNoneOfAnythingElse) {
  for (std::string_view other :
       {"", "{{{", "a: string", "a?: 1", "a: b", "a: [1]", "import \"time\"\na: 1", "a: 1 | 2",
        "a: =~\"x\"", "a: > \"x\"", "a: 1 }", "a: {b: 1", "a: \"\\(x)\"", "a: 1 + 1", "a: 0x10"}) {
    EXPECT_EQ(Advice("cue", other), "none") << other;
  }
}

TEST(PlainConditions, OfRegoAreComparisonsWithConstants) {
  EXPECT_EQ(Advice("rego",
                   "package sigstore\n\ndefault isCompliant = false\nisCompliant {\n"
                   "  input.predicateType == \"a\"\n  input.predicate[\"x/y\"].n >= 3\n}\n"),
            "/predicateType equals \"a\"\n/predicate/x~1y/n not lessThan 3\n");
  EXPECT_EQ(Advice("rego", "package sigstore\nimport rego.v1\nisCompliant if { input.a != true }"),
            "/a not equals true\n");
}

TEST(PlainConditions, OfRegoAreNoneOfAnythingElse) {
  for (std::string_view other :
       {"", "package other\nisCompliant { input.a == 1 }", "package sigstore\nisCompliant { true }",
        "package sigstore\nisCompliant { input.a == 1 }\nisCompliant { input.b == 1 }",
        "package sigstore\nisCompliant { not input.a == 1 }",
        "package sigstore\nisCompliant { input.a == input.b }",
        "package sigstore\nisCompliant { count(input.a) == 1 }",
        "package sigstore\nisCompliant { input.a[_] == 1 }", "package sigstore\nisCompliant {}"}) {
    EXPECT_EQ(Advice("rego", other), "none") << other;
  }
}

TEST(PlainConditions, AreNoneOfOtherLanguagesAndLongPrograms) {
  EXPECT_EQ(Advice("cel", "a: 1"), "none");
  EXPECT_EQ(Advice("cue", "a: 1" + std::string(5000, ' ')), "none");
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "a:{";
  EXPECT_EQ(Advice("cue", deep), "none");
}

TEST(ConditionsText, IsYaml) {
  const auto conditions = PlainConditionsOf("cue", "a: b: \"c\", d: !=1");
  ASSERT_TRUE(conditions.has_value());
  EXPECT_EQ(ConditionsText(*conditions, "ci", "vuln"),
            "{authority: \"ci\", attestation: \"vuln\", path: \"/a/b\", equals: \"c\"}, "
            "{authority: \"ci\", attestation: \"vuln\", path: \"/d\", equals: 1, negate: true}");
}

}  // namespace
}  // namespace countersign::policy
