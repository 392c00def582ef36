// The rules are those of sigstore/policy-controller at f925c0c (Apache-2.0),
// test/testdata/policy-controller/e2e/cip-keyless-with-attestations.yaml and examples/policies, shortened.

#include "policy/rules/cue_rule.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/rules/translated_rule_fixture.h"

namespace countersign::policy {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::string Yaml(std::string_view text) { return LinesOf(TranslateCue(text)); }

TEST(TranslateCue, NestedMembersAreConditions) {
  EXPECT_EQ(Yaml(R"j(
      // what the project's tests ask
      import "time"
      before: time.Parse(time.RFC3339, "2049-10-09T17:10:27Z")
      predicateType: "https://cosign.sigstore.dev/attestation/v1"
      predicate: {
        Data: "foobar e2e test"
        Timestamp: <before
        builder: id: =~"^https://github.com/", scanner: { "max-score": <7.5 & >=1 }
        complete: true
      })j"),
            R"j(- {"equals":"https://cosign.sigstore.dev/attestation/v1","path":"/predicateType"}
- {"equals":"foobar e2e test","path":"/predicate/Data"}
- {"before":"2049-10-09T17:10:27Z","path":"/predicate/Timestamp"}
- {"matches":"(?s:.*)(?:^https://github.com/)(?s:.*)","path":"/predicate/builder/id"}
- {"lessThan":7.5,"path":"/predicate/scanner/max-score"}
- {"lessThan":1,"negate":true,"path":"/predicate/scanner/max-score"}
- {"equals":true,"path":"/predicate/complete"}
)j");
}

TEST(TranslateCue, TheNotesSayInWhatTheyDiffer) {
  const auto rule = TranslateCue("predicate: n: 1");
  ASSERT_TRUE(rule.ok());
  EXPECT_THAT(rule->notes, SizeIs(2));
  EXPECT_THAT(rule->notes[0], HasSubstr("lacks what it names"));
}

TEST(TranslateCue, WhatIsNotPlainIsRefusedWithItsLine) {
  for (const char* text : {"",
                           "import \"list\"\npredicate: a: 1",
                           "predicate: a: string",
                           "predicate: a?: 1",
                           "predicate: a: \"x\" | \"y\"",
                           "predicate: [...]",
                           "predicate: a: [1]",
                           "#A: 1",
                           "_h: 1\npredicate: a: 1",
                           "spec: a: 1",
                           "predicate: a: <before",
                           "predicate: {a: 1",
                           "if true {predicate: a: 1}",
                           "predicate: a: \"\\(x)\"",
                           "predicate: a: null",
                           "predicate: a: <\"b\"",
                           "predicate: a: 1 2",
                           "predicate: \"[*]\": 1",
                           "predicate: \"0\": 1",
                           "predicate: time.Parse(time.RFC3339, \"2049-10-09T17:10:27Z\")",
                           "predicate: a: ==1",
                           "predicate: a: 0x10",
                           "predicate: a: =~\"(\"",
                           "...\npredicate: a: 1"}) {
    EXPECT_FALSE(TranslateCue(text).ok()) << text << Yaml(text);
  }
  EXPECT_THAT(Yaml("predicate: a: 1\npredicate: b: string"), HasSubstr("line 2: at \"string\""));
}

TEST(TranslateCue, TakesNoMoreThanPolicyOptionsDo) {
  std::string rule = "predicate: a: >0";
  for (int i = 1; i < 64; ++i) rule += "&>0";
  const auto most = TranslateCue(rule);
  ASSERT_TRUE(most.ok());
  EXPECT_THAT(most->conditions, SizeIs(64));
  EXPECT_EQ(Yaml(rule + "&>0"), "it asks more than 64 conditions can");
}

TEST(TranslateCue, ALongRuleIsNotRead) {
  const std::string rule = "predicate: a: 1";
  EXPECT_TRUE(TranslateCue(rule + std::string(4096 - rule.size(), '\n')).ok());
  EXPECT_EQ(Yaml(rule + std::string(4097 - rule.size(), '\n')), "it is longer than 4096 bytes");
}

// Each of its expressions takes some 10,000 instructions.
TEST(TranslateCue, ExpressionsAreCountedTogether) {
  const std::string large = "=~\"\\\\pL{10}\"";
  const auto one = TranslateCue("predicate: a: " + large);
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_GT(one->instructions, kMaxRuleInstructions / 2);
  EXPECT_EQ(Yaml("predicate: a: " + large + "&" + large),
            "its regular expressions are too large together");
}

// Whatever is below one long name does not have it again for each that is in it.
TEST(TranslateCue, LongNamesAreNotRepeatedWithoutEnd) {
  std::string rule = "predicate: " + std::string(900, 'n') + ": {";
  while (rule.size() < 4000) rule += "a:1,";
  EXPECT_EQ(Yaml(rule + "}"), "it asks more than 64 conditions can");
}

}  // namespace
}  // namespace countersign::policy
