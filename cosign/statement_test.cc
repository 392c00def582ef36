#include "cosign/statement.h"

#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::countersign::base::IsOk;
using ::countersign::base::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

auto IsFault(const std::string& message) {
  return StatusIs(absl::StatusCode::kInvalidArgument, message);
}

const std::string kDigest(64, 'a');
const std::string kOther(64, 'b');

std::string StatementAbout(std::string_view subjects, std::string_view more = "") {
  return absl::StrCat(
      R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"https://example.org/p",)",
      R"("subject":[)", subjects, "]", more, "}");
}

std::string SubjectWith(std::string_view digests) {
  return absl::StrCat(R"({"digest":{)", digests, "}}");
}

// Whether the statement about `subjects` is about kDigest.
bool IsAboutDigest(std::string_view subjects) {
  const absl::StatusOr<Statement> statement = ParseStatement(StatementAbout(subjects));
  EXPECT_THAT(statement, IsOk());
  return statement.ok() && FindSubject(*statement, "sha256", kDigest) != nullptr;
}

TEST(Statement, IsReadAsCosignWritesIt) {
  const absl::StatusOr<Statement> statement = ParseStatement(
      R"({"_type":"https://in-toto.io/Statement/v1","predicateType":)"
      R"("https://sigstore.dev/cosign/sign/v1","subject":[{"annotations":{"env":"prod","who":"me"},)"
      R"("digest":{"sha256":"0123","sha512":"4567"},"name":"registry.example.org/app"}],)"
      R"("predicate":{}})");
  ASSERT_THAT(statement, IsOk());
  EXPECT_EQ(statement->predicate_type, kSignaturePredicateType);
  ASSERT_EQ(statement->subjects.size(), 1u);
  const Subject& subject = statement->subjects[0];
  EXPECT_EQ(subject.name, "registry.example.org/app");
  EXPECT_THAT(subject.digests, ElementsAre(Pair("sha256", "0123"), Pair("sha512", "4567")));
  EXPECT_THAT(subject.annotations, ElementsAre(Pair("env", "prod"), Pair("who", "me")));
}

TEST(Statement, NeedsNoPredicate) {
  EXPECT_THAT(ParseStatement(StatementAbout("{}")), IsOk());
  for (const char* predicate : {"null", "7", "[]", R"({"a":[1,{}]})"}) {
    EXPECT_THAT(ParseStatement(StatementAbout("{}", absl::StrCat(R"(,"predicate":)", predicate))),
                IsOk())
        << predicate;
  }
}

TEST(Statement, IsOfVersion1Or01) {
  for (const char* good :
       {"https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"}) {
    EXPECT_THAT(ParseStatement(absl::StrCat(R"({"_type":")", good,
                                            R"(","predicateType":"p","subject":[{}]})")),
                IsOk())
        << good;
  }
  for (const char* bad : {"https://in-toto.io/Statement/v0.2", "https://in-toto.io/Statement/v1.0",
                          "https://in-toto.io/Statement/v1 ", "http://in-toto.io/Statement/v1",
                          "https://in-toto.io/Statement/V1", "link"}) {
    EXPECT_THAT(ParseStatement(
                    absl::StrCat(R"({"_type":")", bad, R"(","predicateType":"p","subject":[{}]})")),
                IsFault("/_type: must be that of an in-toto statement, version 1 or 0.1"))
        << bad;
  }
}

TEST(Statement, WhatIsMalformedSaysWhere) {
  const std::string type = R"("_type":"https://in-toto.io/Statement/v1")";
  const struct {
    std::string payload;
    std::string message;
  } kCases[] = {
      {"[]", "must be an object, is an array"},
      {"{}", "/_type: must be given"},
      {R"({"_type":null})", "/_type: must be given"},
      {R"({"_type":7})", "/_type: must be a string, is a number"},
      {absl::StrCat("{", type, "}"), "/predicateType: must be given"},
      {absl::StrCat("{", type, R"(,"predicateType":""})"), "/predicateType: must be given"},
      {absl::StrCat("{", type, R"(,"predicateType":[]})"),
       "/predicateType: must be a string, is an array"},
      {absl::StrCat("{", type, R"(,"predicate_type":"p","subject":[{}]})"),
       "/predicateType: must be given"},
      {absl::StrCat("{", type, R"(,"predicateType":"p"})"), "/subject: must hold at least one"},
      {StatementAbout(""), "/subject: must hold at least one"},
      {absl::StrCat("{", type, R"(,"predicateType":"p","subject":{}})"),
       "/subject: must be an array, is an object"},
      {StatementAbout("{},null"), "/subject/1: must be an object"},
      {StatementAbout(R"("sha256")"), "/subject/0: must be an object"},
      {StatementAbout(R"({"name":1})"), "/subject/0/name: must be a string, is a number"},
      {StatementAbout(R"({"digest":[]})"), "/subject/0/digest: must be an object, is an array"},
      {StatementAbout(SubjectWith(R"("sha256":1)")),
       "/subject/0/digest/sha256: must be a string, is a number"},
      {StatementAbout(SubjectWith(R"("sha256":null)")),
       "/subject/0/digest/sha256: must be a string, is null"},
      {StatementAbout(R"({"annotations":"x"})"),
       "/subject/0/annotations: must be an object, is a string"},
  };
  for (const auto& [payload, message] : kCases) {
    EXPECT_THAT(ParseStatement(payload), IsFault(message)) << payload;
  }
}

TEST(Statement, NullIsAnAbsentMember) {
  const absl::StatusOr<Statement> statement =
      ParseStatement(StatementAbout(R"({"name":null,"digest":null,"annotations":null})"));
  ASSERT_THAT(statement, IsOk());
  EXPECT_EQ(statement->subjects[0].name, "");
  EXPECT_TRUE(statement->subjects[0].digests.empty());
}

TEST(Statement, MembersThatNobodyReadsAreIgnored) {
  EXPECT_THAT(ParseStatement(StatementAbout(R"({"uri":7,"mediaType":[],"digest":{}})",
                                            R"(,"Subject":1,"more":{"_type":"x"})")),
              IsOk());
}

// What policies ask about annotations is text.
TEST(Statement, AnAnnotationThatIsNoTextIsNone) {
  const absl::StatusOr<Statement> statement = ParseStatement(
      StatementAbout(R"({"annotations":{"a":1,"b":null,"c":["x"],"d":{"e":"x"},"f":"x"}})"));
  ASSERT_THAT(statement, IsOk());
  EXPECT_THAT(statement->subjects[0].annotations, ElementsAre(Pair("f", "x")));
}

TEST(Statement, WhatIsNoSingleJsonObjectIsRefused) {
  const std::string good = StatementAbout("{}");
  for (const std::string& payload :
       {std::string(), std::string("null"), "[" + good + "]", good + good, good + "x",
        good + std::string(1, '\0'), "\xef\xbb\xbf" + good, good.substr(0, good.size() - 1),
        StatementAbout("{}", ",\"predicate\":\"\\ud800\""), StatementAbout("{}", ",\"\\udc00\":1"),
        StatementAbout("{}", ",\"predicate\":\"\xff\"")}) {
    EXPECT_THAT(ParseStatement(payload), StatusIs(absl::StatusCode::kInvalidArgument)) << payload;
  }
  EXPECT_THAT(ParseStatement(good + " \n"), IsOk());
}

// Two parsers could each take another of two members.
TEST(Statement, DuplicateMembersAreRefusedAtAnyDepth) {
  for (const std::string& payload : {
           StatementAbout("{}", R"(,"subject":[{}])"),
           StatementAbout("{}", R"(,"predicateType":"q")"),
           StatementAbout("{}", R"(,"_t\u0079pe":"https://in-toto.io/Statement/v1")"),
           StatementAbout(R"({"digest":{},"digest":{}})"),
           StatementAbout(SubjectWith(R"("sha256":"a","sha256":"a")")),
           StatementAbout(SubjectWith(R"("sha256":"a","sh\u0061256":"b")")),
           StatementAbout(R"({"annotations":{"a":"x","a":"y"}})"),
           StatementAbout("{}", R"(,"predicate":{"a":{"b":1,"b":2}})"),
       }) {
    EXPECT_THAT(ParseStatement(payload), StatusIs(absl::StatusCode::kInvalidArgument,
                                                  HasSubstr("a second member of the same name")))
        << payload;
  }
}

TEST(Statement, ADigestMustBeThatText) {
  EXPECT_TRUE(IsAboutDigest(SubjectWith(absl::StrCat(R"("sha256":")", kDigest, "\""))));
  EXPECT_FALSE(IsAboutDigest(SubjectWith(absl::StrCat(R"("sha256":")", kOther, "\""))));
  for (const std::string& other :
       {absl::StrCat("sha256:", kDigest), kDigest + "a", kDigest.substr(1), " " + kDigest}) {
    EXPECT_FALSE(IsAboutDigest(SubjectWith(absl::StrCat(R"("sha256":")", other, "\"")))) << other;
  }
}

TEST(Statement, ADigestInUpperCaseIsAnother) {
  EXPECT_FALSE(IsAboutDigest(
      SubjectWith(absl::StrCat(R"("sha256":")", absl::AsciiStrToUpper(kDigest), "\""))));
}

TEST(Statement, AnotherAlgorithmsDigestIsAnother) {
  for (const char* algorithm : {"sha512", "SHA256", "sha-256", "sha3_256", "gitCommit", ""}) {
    EXPECT_FALSE(IsAboutDigest(SubjectWith(absl::StrCat("\"", algorithm, "\":\"", kDigest, "\""))))
        << algorithm;
  }
}

TEST(Statement, ANameIsNoDigest) {
  for (const char* member : {"name", "uri", "downloadLocation"}) {
    EXPECT_FALSE(IsAboutDigest(
        absl::StrCat("{\"", member, "\":\"registry.example.org/app@sha256:", kDigest, "\"}")))
        << member;
  }
  EXPECT_FALSE(
      IsAboutDigest(absl::StrCat(R"({"annotations":{"sha256":")", kDigest, R"("},"digest":{}})")));
}

TEST(Statement, AnyOfItsSubjectsCounts) {
  const std::string first =
      absl::StrCat(R"({"digest":{"sha256":")", kOther, R"("},"annotations":{"which":"first"}})");
  const std::string second =
      absl::StrCat(R"({"digest":{"sha256":")", kDigest, R"("},"annotations":{"which":"second"}})");
  const absl::StatusOr<Statement> statement =
      ParseStatement(StatementAbout(absl::StrCat(first, ",", second)));
  ASSERT_THAT(statement, IsOk());
  const Subject* const found = FindSubject(*statement, "sha256", kDigest);
  ASSERT_EQ(found, &statement->subjects[1]);
  EXPECT_THAT(found->annotations, ElementsAre(Pair("which", "second")));
}

// The statement whose predicate nests `depth` deep, the statement included.
std::string NestedTo(int depth) {
  return StatementAbout("{}", absl::StrCat(R"(,"predicate":)", std::string(depth - 1, '['),
                                           std::string(depth - 1, ']')));
}

TEST(Statement, DepthIsBounded) {
  EXPECT_THAT(ParseStatement(NestedTo(kMaxStatementDepth)), IsOk());
  EXPECT_THAT(ParseStatement(NestedTo(kMaxStatementDepth + 1)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nested more than 64 deep")));
  EXPECT_THAT(ParseStatement(NestedTo(1'000'000)), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Statement, SizeIsBounded) {
  const std::string good = StatementAbout("{}");
  EXPECT_THAT(ParseStatement(good + std::string(kMaxStatementBytes - good.size(), ' ')), IsOk());
  EXPECT_THAT(ParseStatement(good + std::string(kMaxStatementBytes - good.size() + 1, ' ')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("larger than")));
}

std::string Repeated(std::string_view element, size_t times) {
  return absl::StrJoin(std::vector<std::string_view>(times, element), ",",
                       [](std::string* out, std::string_view text) { out->append(text); });
}

TEST(Statement, SubjectsAreBounded) {
  EXPECT_THAT(ParseStatement(StatementAbout(Repeated("{}", kMaxSubjects))), IsOk());
  EXPECT_THAT(ParseStatement(StatementAbout(Repeated("{}", kMaxSubjects + 1))),
              IsFault("/subject: must hold at most 1024"));
}

std::string WithDigests(size_t count) {
  std::string digests;
  for (size_t i = 0; i < count; ++i) {
    absl::StrAppend(&digests, i == 0 ? "" : ",", "\"hash", i, "\":\"0\"");
  }
  return SubjectWith(digests);
}

TEST(Statement, DigestsOfASubjectAreBounded) {
  EXPECT_THAT(ParseStatement(StatementAbout(WithDigests(kMaxDigestsOfSubject))), IsOk());
  EXPECT_THAT(ParseStatement(StatementAbout(WithDigests(kMaxDigestsOfSubject + 1))),
              IsFault("/subject/0/digest: must hold at most 32"));
}

// Or a subject could be left out of what is read.
TEST(Statement, ValuesOfAllSubjectsAreBounded) {
  const std::string many = WithDigests(kMaxDigestsOfSubject);
  EXPECT_THAT(ParseStatement(StatementAbout(Repeated(many, 200))), IsOk());
  EXPECT_THAT(ParseStatement(StatementAbout(Repeated(many, 400))),
              IsFault("its subjects hold more than 10000 values"));
}

TEST(Statement, APredicateIsNotCounted) {
  EXPECT_THAT(ParseStatement(StatementAbout(
                  "{}", absl::StrCat(R"(,"predicate":[)", Repeated("{}", 100'000), "]"))),
              IsOk());
}

}  // namespace
}  // namespace countersign::cosign
