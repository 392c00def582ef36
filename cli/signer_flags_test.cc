#include "cli/signer_flags.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

SignerFlags Identity() {
  return {.certificate_identity = "signer@example.org",
          .certificate_oidc_issuer = "https://issuer.example"};
}

std::string Write(const std::string& name, const std::string& content) {
  const std::string path = absl::StrCat(testing::TempDir(), "/", name);
  std::ofstream(path) << content;
  return path;
}

// What a command line with these arguments says.
SignerFlags Parse(std::vector<std::string> arguments) {
  CLI::App app;
  SignerFlags flags;
  AddIdentityFlags(&app, &flags, "Signer");
  AddWitnessFlags(&app, &flags, "Signer");
  // As CLI11 wants them.
  std::reverse(arguments.begin(), arguments.end());
  app.parse(arguments);
  return flags;
}

bool IsFor(const Wanted& wanted, const cosign::CertificateIdentity& identity) {
  return std::get<cosign::Identities>(wanted.who).FindSubject(identity) != nullptr;
}

TEST(SignerFlags, AreCosigns) {
  const SignerFlags flags =
      Parse({"--certificate-identity", "n", "--certificate-identity-regexp", "nr",
             "--certificate-oidc-issuer", "i", "--certificate-oidc-issuer-regexp=ir",
             "--trusted-root", "r", "--insecure-ignore-tlog", "--require-tlog=true",
             "--insecure-ignore-sct", "--use-signed-timestamps=true"});
  EXPECT_EQ(flags.certificate_identity, "n");
  EXPECT_EQ(flags.certificate_identity_regexp, "nr");
  EXPECT_EQ(flags.certificate_oidc_issuer, "i");
  EXPECT_EQ(flags.certificate_oidc_issuer_regexp, "ir");
  EXPECT_EQ(flags.trusted_root, "r");
  EXPECT_TRUE(flags.insecure_ignore_tlog);
  EXPECT_TRUE(flags.require_tlog);
  EXPECT_TRUE(flags.insecure_ignore_sct);
  EXPECT_TRUE(flags.use_signed_timestamps);
}

TEST(SignerFlags, AskForNothingUnlessTheyAreGiven) {
  const SignerFlags flags = Parse({});
  EXPECT_FALSE(flags.NameAnybody());
  EXPECT_FALSE(flags.insecure_ignore_tlog || flags.require_tlog || flags.insecure_ignore_sct ||
               flags.use_signed_timestamps);
  EXPECT_EQ(flags.trusted_root, "");
}

TEST(SignerFlags, AnyOfAKeyAndAnIdentityNamesSomebody) {
  EXPECT_TRUE((SignerFlags{.keys = {"k"}}.NameAnybody()));
  for (const char* flag : {"--certificate-identity", "--certificate-identity-regexp",
                           "--certificate-oidc-issuer", "--certificate-oidc-issuer-regexp",
                           "--certificate-extension", "--certificate-github-workflow-sha"}) {
    EXPECT_TRUE(Parse({flag, "x"}).NameAnybody()) << flag;
  }
  EXPECT_FALSE(Parse({"--trusted-root", "x", "--require-tlog"}).NameAnybody());
}

// As of a variable of a script that is not set.
TEST(SignerFlags, AreNotEmpty) {
  for (const char* flag :
       {"--certificate-identity", "--certificate-identity-regexp", "--certificate-oidc-issuer",
        "--certificate-oidc-issuer-regexp", "--certificate-extension",
        "--certificate-github-workflow-ref", "--trusted-root"}) {
    EXPECT_THROW(Parse({flag, ""}), CLI::ValidationError) << flag;
  }
}

TEST(SignerFlags, WhatElseACertificateSaysIsAskedForByItsName) {
  const SignerFlags flags = Parse(
      {"--certificate-extension", "buildTrigger=push", "--certificate-extension=tokenSubject=a=b",
       "--certificate-github-workflow-name", "release", "--certificate-github-workflow-ref",
       "refs/heads/main", "--certificate-github-workflow-repository", "shop/app",
       "--certificate-github-workflow-sha", "abc", "--certificate-github-workflow-trigger",
       "push"});
  EXPECT_THAT(flags.certificate_extensions,
              testing::UnorderedElementsAre(
                  "buildTrigger=push", "tokenSubject=a=b", "githubWorkflowName=release",
                  "githubWorkflowRef=refs/heads/main", "githubWorkflowRepository=shop/app",
                  "githubWorkflowSHA=abc", "githubWorkflowTrigger=push"));
  SignerFlags identity = Identity();
  identity.certificate_extensions = flags.certificate_extensions;
  const auto wanted = ReadWanted(identity);
  ASSERT_THAT(wanted, IsOk());
  const auto& identities = std::get<cosign::Identities>(wanted->front().who);
  ASSERT_THAT(identities.rules(), SizeIs(1));
  EXPECT_THAT(
      identities.rules()[0].extensions,
      ElementsAre(Pair("buildTrigger", "push"), Pair("githubWorkflowName", "release"),
                  Pair("githubWorkflowRef", "refs/heads/main"),
                  Pair("githubWorkflowRepository", "shop/app"), Pair("githubWorkflowSHA", "abc"),
                  Pair("githubWorkflowTrigger", "push"), Pair("tokenSubject", "a=b")));
}

TEST(ReadWanted, ReadsEachKeyOnce) {
  const auto first = crypto::TestKey::Generate();
  const auto second = crypto::TestKey::Generate();
  const std::string one = Write("first.pub", first.PublicPem());
  const std::string two = Write("second.pub", second.PublicPem());
  const auto wanted = ReadWanted({.keys = {one, two, one}});
  ASSERT_THAT(wanted, IsOk());
  ASSERT_THAT(*wanted, SizeIs(2));
  EXPECT_EQ((*wanted)[0].name, one);
  EXPECT_EQ(std::get<crypto::PublicKey>((*wanted)[0].who).der(), first.Public().der());
  EXPECT_EQ((*wanted)[1].name, two);
  EXPECT_EQ(std::get<crypto::PublicKey>((*wanted)[1].who).der(), second.Public().der());
}

TEST(ReadWanted, ReadsAnIdentity) {
  const auto wanted = ReadWanted(Identity());
  ASSERT_THAT(wanted, IsOk());
  ASSERT_THAT(*wanted, SizeIs(1));
  EXPECT_EQ((*wanted)[0].name, "signer@example.org");
  EXPECT_TRUE(IsFor((*wanted)[0],
                    {.issuer = "https://issuer.example", .subjects = {"signer@example.org"}}));
  EXPECT_FALSE(IsFor((*wanted)[0], {.issuer = "https://issuer.example",
                                    .subjects = {"another.signer@example.org"}}));
}

TEST(ReadWanted, ReadsExpressionsForEitherHalf) {
  const auto wanted = ReadWanted({.certificate_identity_regexp = "@example\\.org$",
                                  .certificate_oidc_issuer_regexp = "^https://issuer\\."});
  ASSERT_THAT(wanted, IsOk());
  EXPECT_EQ((*wanted)[0].name, "@example\\.org$");
  EXPECT_TRUE(
      IsFor((*wanted)[0], {.issuer = "https://issuer.example", .subjects = {"a@example.org"}}));
  EXPECT_FALSE(IsFor((*wanted)[0],
                     {.issuer = "https://issuer.example", .subjects = {"a@example.org.evil"}}));
  EXPECT_FALSE(
      IsFor((*wanted)[0], {.issuer = "https://other.example", .subjects = {"a@example.org"}}));
}

TEST(ReadWanted, SaysWhichFlagIsMissingOrTooMany) {
  for (const auto& [flags, sentence] : std::vector<std::pair<SignerFlags, std::string>>{
           {{}, "say whose signature it must be"},
           {{.certificate_extensions = {"buildTrigger=push"}}, "say whose signature it must be"},
           {{.certificate_identity = "n"}, "--certificate-identity: "},
           {{.certificate_identity_regexp = "n"}, "--certificate-identity: "},
           {{.certificate_oidc_issuer = "i"}, "--certificate-oidc-issuer: "},
           {{.certificate_oidc_issuer_regexp = "i"}, "--certificate-oidc-issuer: "},
           {{.certificate_identity = "n",
           .certificate_identity_regexp = "n",
           .certificate_oidc_issuer = "i"},
            "--certificate-identity-regexp: "},
           {{.certificate_identity = "n",
           .certificate_oidc_issuer = "i",
           .certificate_oidc_issuer_regexp = "i"},
            "--certificate-oidc-issuer-regexp: "},
           {{.keys = {"k"}, .certificate_identity = "n"}, "--key: "},
           {{.keys = {"k"}, .certificate_oidc_issuer = "i"}, "--key: "},
           {{.keys = {"k"}, .certificate_oidc_issuer_regexp = "i"}, "--key: "},
           {{.keys = {"k"}, .certificate_extensions = {"buildTrigger=push"}}, "--key: "},
           {{.keys = {"k"}, .certificate_identity = "n", .certificate_oidc_issuer = "i"},
            "--key: "}}) {
    EXPECT_THAT(ReadWanted(flags), StatusIs(kInvalid, HasSubstr(sentence)));
  }
}

TEST(ReadWanted, NamesTheFlagAndTheFileOfAKeyThatIsNone) {
  const std::string good = Write("good.pub", crypto::TestKey::Generate().PublicPem());
  const std::string bad = Write("bad.pub", "no key");
  EXPECT_THAT(ReadWanted({.keys = {good, bad}}),
              StatusIs(kInvalid, HasSubstr("--key: " + bad + ": ")));
  EXPECT_THAT(ReadWanted({.keys = {"/no/such/file"}}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("--key: /no/such/file")));
}

TEST(ReadWanted, NamesTheFlagOfAnIdentityThatIsNone) {
  EXPECT_THAT(
      ReadWanted({.certificate_identity_regexp = "(", .certificate_oidc_issuer = "i"}),
      StatusIs(kInvalid, HasSubstr("--certificate-identity-regexp, --certificate-oidc-issuer: ")));
  const auto asked = [](std::vector<std::string> extensions) {
    SignerFlags flags = Identity();
    flags.certificate_extensions = std::move(extensions);
    return ReadWanted(flags);
  };
  EXPECT_THAT(asked({"buildTrigger"}), StatusIs(kInvalid, HasSubstr("--certificate-extension: ")));
  EXPECT_THAT(asked({"buildTrigger=push", "buildTrigger=tag"}),
              StatusIs(kInvalid, HasSubstr("\"buildTrigger\" must be is said twice")));
  EXPECT_THAT(asked({"noSuchThing=x"}), StatusIs(kInvalid, HasSubstr("\"noSuchThing\"")));
  // As of a script whose variable is not set: it is not taken for what asks nothing.
  EXPECT_THAT(asked({"githubWorkflowRef="}), StatusIs(kInvalid, HasSubstr("githubWorkflowRef")));
}

}  // namespace
}  // namespace countersign::cli
