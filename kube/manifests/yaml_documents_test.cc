#include "kube/manifests/yaml_documents.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using base::Json;
using base::StatusIs;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

absl::StatusOr<std::vector<Document>> Parse(const std::string& text) {
  return ParseYamlDocuments("policy.yaml", text);
}

// The only document of `text`.
Json ParseOne(const std::string& text) {
  const absl::StatusOr<std::vector<Document>> documents = Parse(text);
  EXPECT_TRUE(documents.ok()) << documents.status();
  EXPECT_THAT(*documents, SizeIs(1));
  return documents.ok() && documents->size() == 1 ? documents->front().json : Json();
}

std::string Repeat(std::string_view text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) repeated += text;
  return repeated;
}

TEST(YamlDocuments, BlockAndFlowStylesAreRead) {
  EXPECT_EQ(ParseOne(R"(
# A comment.
kind: Secret
data: {a: 1, "b": [x, 'y', "z\n", ~]}
list:
- one
- two: 2
  three:
    - nested
text: |
  line one
  line two
folded: >-
  in one
  line
)"),
            Json::parse(R"({
    "kind": "Secret",
    "data": {"a": 1, "b": ["x", "y", "z\n", null]},
    "list": ["one", {"two": 2, "three": ["nested"]}],
    "text": "line one\nline two\n",
    "folded": "in one line"})"));
}

TEST(YamlDocuments, ScalarsMeanWhatTheyMeanToKubectl) {
  EXPECT_EQ(
      ParseOne(R"({a: yes, b: "yes", c: 'no', d: 0x10, e: "7", f: !!str 7, g: ! 7, h: , i: 1.5})"),
      Json::parse(R"({"a": true, "b": "yes", "c": "no", "d": 16, "e": "7", "f": "7",
                            "g": "7", "h": null, "i": 1.5})"));
}

TEST(YamlDocuments, EscapesAreTheCharactersThatTheyStandFor) {
  // YAML 1.2 section 5.7, all of them.
  EXPECT_EQ(
      ParseOne(R"({"A\_B": "\N\_\L\P\x85\xA0é\u00e9\U0001F600", b: "\0\a\b\t\n\v\f\r\e \"\/\\"})"),
      Json({{"A\u00a0B", "\u0085\u00a0\u2028\u2029\u0085\u00a0\u00e9\u00e9\U0001F600"},
            {"b", std::string("\0\a\b\t\n\v\f\r\x1b \"/\\", 13)}}));
}

TEST(YamlDocuments, KeysThatAreNumbersOrBooleansBecomeStrings) {
  EXPECT_EQ(ParseOne("{1: a, yes: b, 'no': c, 0x10: d}"),
            Json::parse(R"({"1": "a", "true": "b", "no": "c", "16": "d"})"));
}

TEST(YamlDocuments, EmptyDocumentsAreLeftOut) {
  EXPECT_THAT(*Parse(""), SizeIs(0));
  EXPECT_THAT(*Parse("# nothing\n---\n---\n# still\n...\n"), SizeIs(0));
  const auto documents = Parse("---\na: 1\n---\n---\nb: 2\n...\n---\n[c]\n");
  ASSERT_TRUE(documents.ok()) << documents.status();
  ASSERT_THAT(*documents, SizeIs(3));
  EXPECT_EQ((*documents)[1].json, Json::parse(R"({"b": 2})"));
}

TEST(YamlDocuments, KeysMayLackAValue) {
  EXPECT_EQ(ParseOne("a:\nb: {c: , d: e}\n? f\n"),
            Json::parse(R"({"a": null, "b": {"c": null, "d": "e"}, "f": null})"));
}

TEST(YamlDocuments, LinesMayEndAsOnWindows) {
  EXPECT_EQ(ParseOne("a: |\r\n  x\r\n  y\r\nb:\r\n- c\r\n---\r\n"),
            Json::parse(R"({"a": "x\ny\n", "b": ["c"]})"));
}

TEST(YamlDocuments, TheLastLineNeedsNoEnd) {
  EXPECT_EQ(ParseOne("a: x"), Json({{"a", "x"}}));
  EXPECT_EQ(ParseOne("a: 'x'"), Json({{"a", "x"}}));
  EXPECT_EQ(ParseOne("a: 'x'\n "), Json({{"a", "x"}}));
  EXPECT_EQ(ParseOne("a: |\n  x"), Json({{"a", "x"}}));
  EXPECT_EQ(ParseOne("a: |\n  x\n"), Json({{"a", "x\n"}}));
  EXPECT_EQ(ParseOne("a: |+\n  x\n\n"), Json({{"a", "x\n\n"}}));
  EXPECT_EQ(ParseOne("a: |-\n  x\n\n"), Json({{"a", "x"}}));
  EXPECT_EQ(ParseOne("a: x\n...\n"), Json({{"a", "x"}}));
}

TEST(YamlDocuments, JsonIsReadAsWell) {
  EXPECT_EQ(ParseOne(R"({"a": [1, true, null, "x\u00fc"]})"),
            Json::parse(R"({"a": [1, true, null, "xü"]})"));
}

TEST(YamlDocuments, ValuesAreFoundByTheirPointers) {
  const auto documents = Parse(R"(kind: One
---
spec:
  keys:
  - name: a
    publicKey: |
      PEM
  - name: b
  mark: &mark
    x: 1
  alias: *mark
)");
  ASSERT_TRUE(documents.ok()) << documents.status();
  ASSERT_THAT(*documents, SizeIs(2));
  const SourceLines& lines = (*documents)[1].lines;
  const std::pair<std::string_view, int> cases[] = {
      {"", 3},
      {"/spec", 3},
      {"/spec/keys", 4},
      {"/spec/keys/0", 5},
      {"/spec/keys/0/publicKey", 6},
      {"/spec/keys/1/name", 8},
      {"/spec/keys/1/publicKey", 8},
      {"/spec/mark/x", 10},
      {"/spec/alias", 11},
      {"/spec/alias/x", 10},
  };
  for (const auto& [pointer, line] : cases) {
    EXPECT_EQ(FindLines(lines, pointer).line, line) << pointer;
  }
}

TEST(YamlDocuments, AliasesAreFollowed) {
  EXPECT_EQ(ParseOne("a: &x {k: [1]}\nb: *x\nc: &y text\nd: [*y, *y]\n&z e: *y\n"),
            Json::parse(R"({"a": {"k": [1]}, "b": {"k": [1]}, "c": "text",
                            "d": ["text", "text"], "e": "text"})"));
}

TEST(YamlDocuments, SaysWhereAndWhatIsWrong) {
  const std::pair<std::string, std::string_view> cases[] = {
      {"a: 1\nb: 2\na: 3\n", "policy.yaml:3: a second key \"a\" in one mapping"},
      {"x:\n  {a: 1,\n   a: 1}\n", "policy.yaml:3: a second key \"a\""},
      {"1: a\n'1': b\n", "policy.yaml:2: a second key \"1\""},
      {"a: [1\nb: 2\n", "policy.yaml:"},
      {"a: 'x\n", "policy.yaml:"},
      {"a: 'x", "policy.yaml:"},
      {"a: \"x\n", "policy.yaml:"},
      {"a: 'x\n  \t", "policy.yaml:"},
      {"a: 'x\r", "policy.yaml:"},
      {"'", "policy.yaml:"},
      {"a: |\n  x\nb: 'y\n\n\n", "policy.yaml:"},
      {"a:\n\t- b\n", "policy.yaml:2: "},
      {"a: b: c\n", "policy.yaml:1: "},
      {"a: &x\n  b: *x\n", "policy.yaml:2: an alias of something that contains it"},
      {"a: *x\n", "policy.yaml:1: "},
      {"a: &x 1\n---\nb: *x\n", "policy.yaml:3: "},
      {"a: 1\n<<: {b: 1}\n", "policy.yaml:2: merge keys (<<) are not supported"},
      {"  spec:\n    a: b\n keys: []\n", "policy.yaml:3: no part of what comes before"},
      {"spec:\n  keys: []\n images: []\n", "policy.yaml:3: "},
      {"a: |\n  x\n-----BEGIN PUBLIC KEY-----\n", "policy.yaml:3: a key without a colon"},
      {"- a\n---x\n", "policy.yaml:2: no part of what comes before"},
      {"a: 1\n...\nb: 2\n", "policy.yaml:3: no part of what comes before"},
      {"a: b\nspec", "policy.yaml:2: a key without a colon"},
      {"a: b\n\rc: d\n", "policy.yaml:2: a control character"},
      {"\uFEFFa: b\n", "policy.yaml:1: a byte order mark"},
      {"? [a]\n: b\n", "policy.yaml:1: a key that is no scalar"},
      {"? {a: 1}\n: b\n", "policy.yaml:1: a key that is no scalar"},
      {"~: b\n", "policy.yaml:1: a key that is null"},
      {"1.5: b\n", "policy.yaml:1: a key that is no string: quote it"},
      {"- &k a\n- {*k : b}\n", "policy.yaml:2: a key that is an alias"},
      {"\n\na: !!binary aGk=\n",
       "policy.yaml:3: the tag tag:yaml.org,2002:binary is not supported"},
      {"a: !own {b: 1}\n", "policy.yaml:1: the tag !own is not supported"},
      {"a: !!set [b]\n", "policy.yaml:1: the tag tag:yaml.org,2002:set is not supported"},
      {"a: .inf\n", "policy.yaml:1: infinity"},
      {"a: b\nc: \xff\n", "policy.yaml:2: text that is not UTF-8"},
      {"a: b\nc: \x04\nd: e\n", "policy.yaml:2: a control character"},
      {std::string("a: \0", 4), "policy.yaml:1: a control character"},
      {"a: \"\\ud800\"\n", "policy.yaml:1: "},
      {"%YAML 3.0\n---\na: b\n", "policy.yaml:1: "},
  };
  for (const auto& [text, reason] : cases) {
    EXPECT_THAT(Parse(text), StatusIs(kInvalid, HasSubstr(reason))) << text;
  }
}

TEST(YamlDocuments, DepthIsBounded) {
  EXPECT_THAT(Parse(Repeat("[", 64) + Repeat("]", 64)), base::IsOk());
  EXPECT_THAT(Parse(Repeat("[", 65) + Repeat("]", 65)),
              StatusIs(kInvalid, HasSubstr("nested more than 64 deep")));
  for (const std::string_view opening : {"[", "{a: ", "- ", "? ", "[{a: ", "a:\n "}) {
    EXPECT_THAT(Parse(Repeat(opening, 10'000)), StatusIs(kInvalid)) << opening;
  }
}

TEST(YamlDocuments, AliasesOfAliasesAreBounded) {
  std::string laughs = "a0: &a0 [x]\n";
  for (int i = 1; i < 20; ++i) {
    absl::StrAppend(&laughs, "a", i, ": &a", i, " [", Repeat(absl::StrCat("*a", i - 1, ", "), 9),
                    "]\n");
  }
  EXPECT_THAT(Parse(laughs), StatusIs(kInvalid, HasSubstr("more than 100000 values")));
}

TEST(YamlDocuments, AliasesOfLongTextAreBounded) {
  std::string text = absl::StrCat("a: &a ", std::string(1 << 20, 'x'), "\nb: [");
  text += Repeat("*a, ", 1000) + "]\n";
  EXPECT_THAT(Parse(text), StatusIs(kInvalid, HasSubstr("bytes of text, aliases followed")));
}

TEST(YamlDocuments, AnchorsInsideEachOtherAreBounded) {
  std::string text = "a: ";
  for (int i = 0; i < 60; ++i) absl::StrAppend(&text, "&a", i, " [");
  text += Repeat("1, ", 50'000) + Repeat("]", 60);
  EXPECT_THAT(Parse(text), StatusIs(kInvalid, HasSubstr("more than 100000 values")));
}

TEST(YamlDocuments, ValuesAndBytesAreBounded) {
  EXPECT_THAT(Parse(Repeat("- a\n", 99'999)), base::IsOk());
  EXPECT_THAT(Parse(Repeat("- a\n", 100'000)),
              StatusIs(kInvalid, HasSubstr("policy.yaml:100000: more than 100000 values")));
  EXPECT_THAT(Parse(Repeat("---\na\n", 100'001)), StatusIs(kInvalid));
  EXPECT_THAT(Parse(std::string((4 << 20) + 1, ' ')), StatusIs(kInvalid, HasSubstr("larger than")));
}

TEST(YamlDocuments, HostileTextTakesNoLongTime) {
  constexpr int kBytes = 1 << 18;
  for (const std::string_view piece :
       {"[",   "{",    "- ", "? ",  "a",     " ", "\n", "'",  "\"\\", "&a ", "*a ", "!",  "#\n",
        "a: ", "- - ", "%",  "|\n", "---\n", "]", "\t", "[]", "[,",   "{,",  "\r",  "!<", "a:\n"}) {
    (void)Parse(Repeat(piece, kBytes / static_cast<int>(piece.size())));
  }
  // It ends, long before the test would be ended.
}

TEST(YamlDocuments, ATabInABlockScalarIsNotToBlame) {
  EXPECT_THAT(Parse("a: |\n  \tx\n]\n"),
              StatusIs(kInvalid, AllOf(HasSubstr("policy.yaml:3: "), Not(HasSubstr("tabs")))));
}

TEST(YamlDocuments, WhatOftenGoesWrongHasARemedy) {
  const std::pair<std::string, std::string_view> cases[] = {
      {"a: {{ .Values.a }}\n", "helm template"},
      {"a:\n\tb: 1\n", "indent by spaces"},
      {"a: 1\nb:\n  c: 1\n\td: 2\n", "indent by spaces"},
      {std::string("\xff\xfe\x61\0", 4), "save the file in that encoding"},
      {"a: &x {b: 1}\nc:\n  <<: *x\n", "write out what they bring in"},
      {"a: !!null ''\n", "leave it out"},
  };
  for (const auto& [text, remedy] : cases) {
    EXPECT_THAT(ParseYamlDocuments("a.yaml", text),
                base::StatusIs(absl::StatusCode::kInvalidArgument,
                               ::testing::HasSubstr(std::string(remedy))))
        << text;
  }
}

}  // namespace
}  // namespace countersign::kube
