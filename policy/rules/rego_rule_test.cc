// The first rule is that of sigstore/policy-controller at f925c0c (Apache-2.0),
// test/testdata/policy-controller/e2e/cip-keyless-with-attestations-rego.yaml.

#include "policy/rules/rego_rule.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/rules/translated_rule_fixture.h"

namespace countersign::policy {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string Yaml(std::string_view text) { return LinesOf(TranslateRego(text)); }

std::string Body(std::string_view body) {
  return Yaml(absl::StrCat("package sigstore\nisCompliant {\n", body, "\n}\n"));
}

TEST(TranslateRego, ComparisonsAreConditions) {
  const auto rule = TranslateRego(R"(package sigstore
      default isCompliant = false
      isCompliant {
        input.predicateType == "https://cosign.sigstore.dev/attestation/v1"
        input.predicate.Data == "foobar e2e test"
      }
      )");
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_THAT(rule->conditions, SizeIs(2));
  EXPECT_THAT(rule->notes, IsEmpty());
  EXPECT_EQ(Body("  true == input.predicate[\"a/b\"] # so\n input.predicate.n >= 7; "
                 "input.predicate.l[_].uri != \"x\"\n regex.match(\"^a\", input.predicate.b)"),
            R"j(- {"equals":true,"path":"/predicate/a~1b"}
- {"lessThan":7,"negate":true,"path":"/predicate/n"}
- {"equals":"x","negate":true,"path":"/predicate/l/[*]/uri","quantifier":"any"}
- {"matches":"(?s:.*)(?:^a)(?s:.*)","path":"/predicate/b"}
)j");
  EXPECT_EQ(Yaml("package sigstore\nimport rego.v1\ndefault isCompliant := false\n"
                 "isCompliant if { input.predicate.a == 1 }"),
            "- {\"equals\":1,\"path\":\"/predicate/a\"}\n");
}

TEST(TranslateRego, WhatIsNotPlainIsRefusedWithItsLine) {
  for (const char* body : {"",
                           "input.predicate.a",
                           "not input.predicate.a == 1",
                           "x := input.predicate.a",
                           "input.predicate.a == input.predicate.b",
                           "count(input.predicate.l) > 1",
                           "input.predicate.a == null",
                           "input.predicate.l[i].x == 1",
                           "input.predicate.a > \"b\"",
                           "input.spec.a == 1",
                           "input == 1",
                           "some i",
                           "startswith(input.predicate.a, \"b\")",
                           "input.predicate.a == 1 input.predicate.b == 2",
                           "5 < input.predicate.a",
                           "input.predicate.a == 1\n}\nisCompliant {\ninput.predicate.b == 1",
                           "input.predicate.a == 1\n} else {\ninput.predicate.b == 1",
                           "input.predicate[\"[*]\"] == 1",
                           "data.x == 1",
                           "http.send({})"}) {
    EXPECT_THAT(Body(body), testing::Not(HasSubstr("- {"))) << body;
  }
  for (const char* text : {"", "package other\nisCompliant { input.predicate.a == 1 }",
                           "package sigstore\ndefault isCompliant = true\n"
                           "isCompliant { input.predicate.a == 1 }",
                           "package sigstore\nisCompliant[m] { m := \"x\" }",
                           "package sigstore\nisCompliant { input.predicate.a == 1"}) {
    EXPECT_FALSE(TranslateRego(text).ok()) << text;
  }
  EXPECT_THAT(Body("input.predicate.a == 1\ninput.predicate.b == null"),
              HasSubstr("line 4: at \"null\""));
}

}  // namespace
}  // namespace countersign::policy
