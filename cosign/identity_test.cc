#include "cosign/identity.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "crypto/der.h"
#include "crypto/test_certificate.h"
#include "crypto/test_der.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::countersign::base::IsOk;
using ::countersign::base::StatusIs;
using crypto::ConstructedTag;
using crypto::DerTag;
using crypto::PrimitiveTag;
using crypto::TestExtension;
using crypto::WriteDer;
using crypto::WriteDerOid;
using crypto::WriteDerSequence;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr std::string_view kGitHub = "https://token.actions.githubusercontent.com";
constexpr std::string_view kWorkflow =
    "https://github.com/o/r/.github/workflows/w.yml@refs/heads/m";

std::string Utf8(std::string_view text) { return WriteDer(DerTag::kUtf8String, {text}); }

// The extension of Fulcio's with that last number.
TestExtension Fulcio(int number, std::string value) {
  return {.oid = absl::StrCat("1.3.6.1.4.1.57264.1.", number), .value = std::move(value)};
}
TestExtension OldIssuer(std::string_view issuer) { return Fulcio(1, std::string(issuer)); }
TestExtension Issuer(std::string_view issuer) { return Fulcio(8, Utf8(issuer)); }

std::string Uri(std::string_view text) { return WriteDer(PrimitiveTag(6), {text}); }
std::string Email(std::string_view text) { return WriteDer(PrimitiveTag(1), {text}); }
std::string Dns(std::string_view text) { return WriteDer(PrimitiveTag(2), {text}); }
std::string Address(std::string_view bytes) { return WriteDer(PrimitiveTag(7), {bytes}); }
std::string Other(std::string_view oid, std::string_view text) {
  return WriteDer(ConstructedTag(0), {WriteDerOid(oid), WriteDer(ConstructedTag(0), {Utf8(text)})});
}

// subjectAltName.
TestExtension Names(std::initializer_list<std::string_view> names) {
  return {.oid = "2.5.29.17", .is_critical = true, .value = WriteDerSequence(names)};
}

absl::StatusOr<CertificateIdentity> IdentityWith(std::vector<TestExtension> extensions) {
  const crypto::TestKey key = crypto::TestKey::Generate();
  return IdentityOf(
      crypto::MakeTestCertificate({.issuer = "ca", .extensions = std::move(extensions)}, key));
}

CertificateIdentity ByGitHub(std::vector<std::string> subjects) {
  return {.issuer = std::string(kGitHub), .subjects = std::move(subjects)};
}

Identities Compiled(std::vector<IdentityRule> rules) {
  return Identities::Compile(std::move(rules)).value();
}

TEST(IdentityOf, IsWhatFulcioWrites) {
  const absl::StatusOr<CertificateIdentity> identity =
      IdentityWith({Names({Uri(kWorkflow)}), OldIssuer(kGitHub), Fulcio(2, "push"), Issuer(kGitHub),
                    Fulcio(9, Utf8(kWorkflow)), Fulcio(20, Utf8("push"))});
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->issuer, kGitHub);
  EXPECT_THAT(identity->subjects, ElementsAre(kWorkflow));
  EXPECT_THAT(identity->extensions,
              ElementsAre(Pair("buildSignerURI", kWorkflow), Pair("buildTrigger", "push"),
                          Pair("githubWorkflowTrigger", "push"), Pair("issuer", kGitHub)));
}

TEST(IdentityOf, ExtensionsHaveNames) {
  const std::pair<int, const char*> kNames[] = {
      {2, "githubWorkflowTrigger"},
      {3, "githubWorkflowSHA"},
      {4, "githubWorkflowName"},
      {5, "githubWorkflowRepository"},
      {6, "githubWorkflowRef"},
      {9, "buildSignerURI"},
      {10, "buildSignerDigest"},
      {11, "runnerEnvironment"},
      {12, "sourceRepositoryURI"},
      {13, "sourceRepositoryDigest"},
      {14, "sourceRepositoryRef"},
      {15, "sourceRepositoryIdentifier"},
      {16, "sourceRepositoryOwnerURI"},
      {17, "sourceRepositoryOwnerIdentifier"},
      {18, "buildConfigURI"},
      {19, "buildConfigDigest"},
      {20, "buildTrigger"},
      {21, "runInvocationURI"},
      {22, "sourceRepositoryVisibilityAtSigning"},
      {23, "deploymentEnvironment"},
      {24, "tokenSubject"},
  };
  for (const auto& [number, name] : kNames) {
    const std::string text = absl::StrCat("value ", number);
    const absl::StatusOr<CertificateIdentity> identity =
        IdentityWith({Fulcio(number, number < 8 ? text : Utf8(text))});
    ASSERT_THAT(identity, IsOk()) << number;
    EXPECT_THAT(identity->extensions, ElementsAre(Pair(name, text))) << number;
    EXPECT_EQ(identity->issuer, "");
  }
}

TEST(IdentityOf, EitherExtensionNamesTheIssuer) {
  EXPECT_EQ(IdentityWith({OldIssuer(kGitHub)})->issuer, kGitHub);
  EXPECT_EQ(IdentityWith({Issuer(kGitHub)})->issuer, kGitHub);
  EXPECT_EQ(IdentityWith({OldIssuer(kGitHub), Issuer(kGitHub)})->issuer, kGitHub);
  EXPECT_EQ(IdentityWith({Issuer(kGitHub), OldIssuer(kGitHub)})->issuer, kGitHub);
  EXPECT_EQ(IdentityWith({Names({Uri(kWorkflow)})})->issuer, "");
}

TEST(IdentityOf, TwoIssuersAreNone) {
  for (const std::string_view other : {"https://accounts.google.com", "", "https://token"}) {
    EXPECT_THAT(IdentityWith({OldIssuer(kGitHub), Issuer(other)}),
                StatusIs(kInvalid, "its two extensions for the issuer differ"));
    EXPECT_THAT(IdentityWith({OldIssuer(other), Issuer(kGitHub)}),
                StatusIs(kInvalid, "its two extensions for the issuer differ"));
  }
}

// The old extension is text as it stands, so that the new one's would have a tag and a length in
// front of it.
TEST(IdentityOf, TheOldIssuerIsNoUtf8String) {
  EXPECT_EQ(IdentityWith({OldIssuer(Utf8(kGitHub))})->issuer, Utf8(kGitHub));
  EXPECT_THAT(IdentityWith({OldIssuer(Utf8(kGitHub)), Issuer(kGitHub)}), StatusIs(kInvalid));
}

TEST(IdentityOf, TheNewIssuerMustBeAUtf8String) {
  for (const std::string& value :
       {std::string(kGitHub), WriteDer(static_cast<DerTag>(0x16), {kGitHub}),
        WriteDer(static_cast<DerTag>(0x13), {kGitHub}),
        WriteDer(DerTag::kOctetString, {Utf8(kGitHub)}), Utf8(kGitHub) + "x",
        Utf8(kGitHub) + std::string(1, '\0'), Utf8(kGitHub).substr(0, kGitHub.size()), Utf8("\xff"),
        std::string("\x0c\x80"), std::string()}) {
    EXPECT_THAT(IdentityWith({Fulcio(8, value)}),
                StatusIs(kInvalid, "its extension 1.3.6.1.4.1.57264.1.8 is no UTF8String"));
    EXPECT_THAT(IdentityWith({OldIssuer(kGitHub), Fulcio(8, value)}), StatusIs(kInvalid));
  }
}

TEST(IdentityOf, EveryNewExtensionMustBeAUtf8String) {
  for (int number = 9; number <= 24; ++number) {
    EXPECT_THAT(IdentityWith({Fulcio(number, "text")}),
                StatusIs(kInvalid, HasSubstr("is no UTF8String")))
        << number;
  }
}

TEST(IdentityOf, ExtensionsOfOthersSayNothing) {
  const absl::StatusOr<CertificateIdentity> identity =
      IdentityWith({Fulcio(7, "x"),
                    Fulcio(25, "x"),
                    {.oid = "1.3.6.1.4.1.57264.2", .value = "x"},
                    {.oid = "1.3.6.1.4.1.57265.1.8", .value = Utf8(kGitHub)}});
  ASSERT_THAT(identity, IsOk());
  EXPECT_THAT(identity->extensions, IsEmpty());
  EXPECT_EQ(identity->issuer, "");
}

TEST(IdentityOf, SubjectsAreUrisEmailsAndUserNames) {
  const absl::StatusOr<CertificateIdentity> identity = IdentityWith({Names(
      {Uri(kWorkflow), Email("me@example.org"), Other("1.3.6.1.4.1.57264.1.7", "me!here")})});
  ASSERT_THAT(identity, IsOk());
  EXPECT_THAT(identity->subjects, ElementsAre(kWorkflow, "me@example.org", "me!here"));
}

TEST(IdentityOf, DnsNamesAndAddressesAreNoSubjects) {
  const absl::StatusOr<CertificateIdentity> identity = IdentityWith(
      {Names({Dns("example.org"), Address("\x7f\x01\x01\x01"), Dns("me@example.org")})});
  ASSERT_THAT(identity, IsOk());
  EXPECT_THAT(identity->subjects, IsEmpty());
}

TEST(IdentityOf, OtherNamesOfOthersAreNoSubjects) {
  // A Windows user's principal name, and Fulcio's issuer.
  for (const char* oid :
       {"1.3.6.1.4.1.311.20.2.3", "1.3.6.1.4.1.57264.1.8", "1.3.6.1.4.1.57264.1"}) {
    const absl::StatusOr<CertificateIdentity> identity = IdentityWith({Names({Other(oid, "me")})});
    ASSERT_THAT(identity, IsOk());
    EXPECT_THAT(identity->subjects, IsEmpty()) << oid;
  }
}

TEST(IdentityOf, AnEmptySubjectIsNone) {
  const absl::StatusOr<CertificateIdentity> identity = IdentityWith({Names({Uri(""), Email("")})});
  ASSERT_THAT(identity, IsOk());
  EXPECT_THAT(identity->subjects, IsEmpty());
}

TEST(Identities, AnExactRuleIsForThatTextAlone) {
  const Identities identities = Compiled({{.issuer = "https://idp", .subject = "me@example.org"}});
  const auto finds = [&](std::string issuer, std::string subject) {
    return identities.FindSubject({.issuer = issuer, .subjects = {subject}}) != nullptr;
  };
  EXPECT_TRUE(finds("https://idp", "me@example.org"));
  EXPECT_FALSE(finds("https://idp/", "me@example.org"));
  EXPECT_FALSE(finds("https://IDP", "me@example.org"));
  EXPECT_FALSE(finds("https://idp", "Me@example.org"));
  EXPECT_FALSE(finds("https://idp", "xme@example.org"));
  EXPECT_FALSE(finds("https://idp", "me@example.org "));
  EXPECT_FALSE(finds("https://idp", std::string("me@example.org\0", 15)));
  EXPECT_FALSE(finds("me@example.org", "https://idp"));
}

// What is no expression is not taken for one.
TEST(Identities, AnExactRuleHasNoSpecialCharacters) {
  const Identities identities = Compiled({{.issuer = ".*", .subject = ".*"}});
  EXPECT_EQ(identities.FindSubject(ByGitHub({"me"})), nullptr);
  EXPECT_NE(identities.FindSubject({.issuer = ".*", .subjects = {".*"}}), nullptr);
}

TEST(Identities, AnExpressionWithoutAnchorsIsFoundAnywhere) {
  const Identities loose =
      Compiled({{.issuer_regexp = "githubusercontent", .subject_regexp = "github\\.com/o/r/"}});
  EXPECT_NE(loose.FindSubject(ByGitHub({std::string(kWorkflow)})), nullptr);
  EXPECT_NE(loose.FindSubject(ByGitHub({"https://evil.example/github.com/o/r/"})), nullptr);
  EXPECT_EQ(loose.FindSubject(ByGitHub({"https://githubXcom/o/r/"})), nullptr);
  const Identities tight = Compiled(
      {{.issuer = std::string(kGitHub), .subject_regexp = "^https://github\\.com/o/r/.*$"}});
  EXPECT_NE(tight.FindSubject(ByGitHub({std::string(kWorkflow)})), nullptr);
  EXPECT_EQ(tight.FindSubject(ByGitHub({"https://evil.example/https://github.com/o/r/"})), nullptr);
  EXPECT_EQ(tight.FindSubject(ByGitHub({"https://github.com/o/r/\nx"})), nullptr);
}

TEST(Identities, ARuleNeedsBothItsHalves) {
  const Identities identities = Compiled(
      {{.issuer = "a", .subject = "b"}, {.issuer_regexp = "^c$", .subject_regexp = "^d$"}});
  EXPECT_NE(identities.FindSubject({.issuer = "a", .subjects = {"b"}}), nullptr);
  EXPECT_NE(identities.FindSubject({.issuer = "c", .subjects = {"d"}}), nullptr);
  EXPECT_EQ(identities.FindSubject({.issuer = "a", .subjects = {"d"}}), nullptr);
  EXPECT_EQ(identities.FindSubject({.issuer = "c", .subjects = {"b"}}), nullptr);
}

TEST(Identities, AnyOfSeveralSubjectsCounts) {
  const Identities identities = Compiled({{.issuer_regexp = ".", .subject = "second"}});
  const CertificateIdentity identity = ByGitHub({"first", "second", "third"});
  EXPECT_EQ(identities.FindSubject(identity), &identity.subjects[1]);
  EXPECT_EQ(identities.FindSubject(ByGitHub({"first", "third"})), nullptr);
  EXPECT_EQ(identities.FindSubject(ByGitHub({})), nullptr);
}

TEST(Identities, WithoutAnIssuerNothingMatches) {
  const Identities anybody = Compiled({{.issuer_regexp = ".*", .subject_regexp = ".*"}});
  EXPECT_NE(anybody.FindSubject({.issuer = "x", .subjects = {"me"}}), nullptr);
  EXPECT_EQ(anybody.FindSubject({.issuer = "", .subjects = {"me"}}), nullptr);
}

TEST(Identities, DnsNamesNeverMatch) {
  const Identities anybody = Compiled({{.issuer_regexp = ".*", .subject_regexp = ".*"}});
  const absl::StatusOr<CertificateIdentity> identity =
      IdentityWith({Issuer(kGitHub), Names({Dns("example.org")})});
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(anybody.FindSubject(*identity), nullptr);
}

TEST(Identities, NoneAreRefused) {
  EXPECT_THAT(Identities::Compile({}),
              StatusIs(kInvalid, "no identity is named, and anybody will not do"));
}

TEST(Identities, ARuleHasOneOfEachPair) {
  const std::string issuer = "identity 1: it must have exactly one of issuer and issuerRegExp";
  const std::string subject = "identity 1: it must have exactly one of subject and subjectRegExp";
  EXPECT_THAT(Identities::Compile({{}}), StatusIs(kInvalid, issuer));
  EXPECT_THAT(Identities::Compile({{.subject = "s"}}), StatusIs(kInvalid, issuer));
  EXPECT_THAT(Identities::Compile({{.issuer = "i", .issuer_regexp = "i", .subject = "s"}}),
              StatusIs(kInvalid, issuer));
  EXPECT_THAT(Identities::Compile({{.issuer = "i"}}), StatusIs(kInvalid, subject));
  EXPECT_THAT(Identities::Compile({{.issuer = "i", .subject = "s", .subject_regexp = "s"}}),
              StatusIs(kInvalid, subject));
  EXPECT_THAT(Identities::Compile({{.issuer = "i", .subject = "s"}, {.issuer = "i"}}),
              StatusIs(kInvalid, HasSubstr("identity 2: ")));
}

TEST(Identities, AnExtensionIsAskedForExactly) {
  const auto finds = [](const char* asked, const CertificateIdentity& identity) {
    return Compiled({{.issuer = "i", .subject = "s", .extensions = {{"buildTrigger", asked}}}})
               .FindSubject(identity) != nullptr;
  };
  const CertificateIdentity pushed = {
      .issuer = "i", .subjects = {"s"}, .extensions = {{"buildTrigger", "push"}}};
  EXPECT_TRUE(finds("push", pushed));
  EXPECT_FALSE(finds("pus", pushed));
  EXPECT_FALSE(finds("Push", pushed));
  EXPECT_FALSE(finds(".*", pushed));
  // In another extension it is something else, and in none it is not there.
  EXPECT_FALSE(
      finds("push", {.issuer = "i", .subjects = {"s"}, .extensions = {{"tokenSubject", "push"}}}));
  EXPECT_FALSE(finds("push", {.issuer = "i", .subjects = {"s"}}));
  // It stands for no issuer and no subject.
  EXPECT_FALSE(
      finds("push", {.issuer = "j", .subjects = {"s"}, .extensions = {{"buildTrigger", "push"}}}));
  EXPECT_FALSE(
      finds("push", {.issuer = "i", .subjects = {"t"}, .extensions = {{"buildTrigger", "push"}}}));
}

TEST(Identities, AllExtensionsOfOneRuleAreNeeded) {
  const Identities identities =
      Compiled({{.issuer = "i",
                 .subject = "s",
                 .extensions = {{"buildTrigger", "push"}, {"sourceRepositoryRef", "main"}}},
                {.issuer = "i", .subject = "t", .extensions = {{"buildTrigger", "tag"}}}});
  const auto finds = [&](std::string subject, std::string trigger, std::string ref) {
    return identities.FindSubject({.issuer = "i",
                                   .subjects = {std::move(subject)},
                                   .extensions = {{"buildTrigger", std::move(trigger)},
                                                  {"sourceRepositoryRef", std::move(ref)}}}) !=
           nullptr;
  };
  EXPECT_TRUE(finds("s", "push", "main"));
  EXPECT_FALSE(finds("s", "push", "other"));
  EXPECT_FALSE(finds("s", "tag", "main"));
  EXPECT_TRUE(finds("t", "tag", "other"));
  EXPECT_FALSE(finds("t", "push", "main"));
}

TEST(Identities, TheExtensionThatAloneIsOtherIsNamed) {
  const Identities identities =
      Compiled({{.issuer = "i", .subject = "s", .extensions = {{"buildTrigger", "push"}}}});
  const auto other = [&](const CertificateIdentity& identity) -> std::string {
    const std::string* const name = identities.FindOtherExtension(identity);
    return name == nullptr ? "none" : *name;
  };
  EXPECT_EQ(other({.issuer = "i", .subjects = {"s"}}), "buildTrigger");
  EXPECT_EQ(other({.issuer = "i", .subjects = {"s"}, .extensions = {{"buildTrigger", "tag"}}}),
            "buildTrigger");
  EXPECT_EQ(other({.issuer = "i", .subjects = {"s"}, .extensions = {{"buildTrigger", "push"}}}),
            "none");
  EXPECT_EQ(other({.issuer = "i", .subjects = {"t"}}), "none");
  EXPECT_EQ(other({.issuer = "j", .subjects = {"s"}}), "none");
}

TEST(Identities, ExtensionsWithoutNameOrTextAreRefused) {
  const auto compile = [](const char* name, const char* text) {
    return Identities::Compile({{.issuer = "i", .subject = "s", .extensions = {{name, text}}}});
  };
  EXPECT_THAT(compile("sourceRepositoryURI", "https://github.com/o/r"), IsOk());
  EXPECT_THAT(compile("issuer", "i"), IsOk());
  for (const char* name : {"", "sourceRepositoryUri", "1.3.6.1.4.1.57264.1.12", "subject"}) {
    EXPECT_THAT(compile(name, "x"),
                StatusIs(kInvalid, HasSubstr("identity 1: no extension of a certificate is named")))
        << name;
  }
  EXPECT_THAT(compile("buildTrigger", ""), StatusIs(kInvalid, HasSubstr("buildTrigger")));
}

TEST(Identities, WhatIsNoExpressionIsRefused) {
  for (const char* regexp : {"(", "[a", "a**", "(?=a)", "\\1", "a{2,1}", "\xff"}) {
    EXPECT_THAT(Identities::Compile({{.issuer = "i", .subject_regexp = regexp}}),
                StatusIs(kInvalid, HasSubstr("identity 1: its subjectRegExp cannot be used: ")))
        << regexp;
    EXPECT_THAT(Identities::Compile({{.issuer_regexp = regexp, .subject = "s"}}),
                StatusIs(kInvalid, HasSubstr("identity 1: its issuerRegExp cannot be used: ")))
        << regexp;
  }
}

TEST(Identities, AnExpressionThatIsTooLargeIsRefused) {
  EXPECT_THAT(Identities::Compile({{.issuer = "i", .subject_regexp = "[a-z]{500}"}}), IsOk());
  for (const char* regexp : {"\\pL{1000}", "((a{100}){100}){100}", "(\\pL{30}){30}"}) {
    EXPECT_THAT(Identities::Compile({{.issuer = "i", .subject_regexp = regexp}}),
                StatusIs(kInvalid, AllOf(HasSubstr("subjectRegExp"), HasSubstr("used: "))))
        << regexp;
  }
}

// An expression that backtracks would not end.
TEST(Identities, MatchingTakesLinearTime) {
  const Identities identities =
      Compiled({{.issuer = std::string(kGitHub), .subject_regexp = "^(a|a)*(a*)*(a|b)*c$"}});
  EXPECT_EQ(identities.FindSubject(ByGitHub({std::string(32'000, 'a')})), nullptr);
}

TEST(Identities, CopiesMatchTheSame) {
  const Identities identities = Compiled({{.issuer = "i", .subject_regexp = "^s$"}});
  const Identities copy = identities;  // NOLINT: it is what is tested
  EXPECT_NE(copy.FindSubject({.issuer = "i", .subjects = {"s"}}), nullptr);
  ASSERT_EQ(copy.rules().size(), 1u);
  EXPECT_EQ(copy.rules()[0].subject_regexp, "^s$");
}

TEST(Regexps, AreCompiledOnceAndCountOnce) {
  Regexps regexps;
  const auto first = regexps.Compile("a+b");
  ASSERT_THAT(first, IsOk());
  const size_t used = regexps.used();
  EXPECT_GT(used, 0u);
  EXPECT_EQ(regexps.Compile("a+b").value(), *first);
  EXPECT_EQ(regexps.used(), used);
  EXPECT_THAT(regexps.Compile("c"), IsOk());
  EXPECT_GT(regexps.used(), used);
}

TEST(Regexps, AreReadUpToALengthOfAll) {
  Regexps regexps;
  const std::string padding(4000, 'a');
  size_t compiled = 0;
  for (size_t i = 0; i < 100; ++i) compiled += regexps.Compile(absl::StrCat(padding, i)).ok();
  EXPECT_EQ(compiled, Regexps::kMaxBytes / 4002);
}

TEST(Regexps, AfterManyThatAreFaultyNoneIsCompiled) {
  Regexps regexps;
  EXPECT_THAT(regexps.Compile("ab"), IsOk());
  for (size_t i = 0; i < Regexps::kMaxFaulty; ++i) {
    EXPECT_THAT(regexps.Compile("("), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(regexps.Compile("("), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(regexps.Compile("cd"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(regexps.Compile("ab"), IsOk());
}

TEST(Regexps, BeyondTheirRoomAreNone) {
  Regexps regexps(50);
  ASSERT_THAT(regexps.Compile("ab"), IsOk());
  EXPECT_THAT(regexps.Compile("[ab]{100}"), StatusIs(absl::StatusCode::kResourceExhausted));
  // One that would have had room, too, so that which ones are none does not depend on their sizes.
  EXPECT_THAT(regexps.Compile("cd"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(regexps.Compile("ab"), IsOk());
  EXPECT_THAT(Identities::Compile({{.issuer = "i", .subject_regexp = "x"}}, regexps),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("identity 1: its subjectRegExp cannot be used: ")));
  EXPECT_LE(regexps.used(), 50u);
}

}  // namespace
}  // namespace countersign::cosign
