#include "cli/verify_bundle.h"

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cli/test_command.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "crypto/hash_algorithm.h"
#include "crypto/message.h"
#include "crypto/sha256.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

std::string Write(const std::string& name, std::string_view content) {
  const std::string path = absl::StrCat(testing::TempDir(), "/", name);
  std::ofstream(path) << content;
  return path;
}

std::string Sha512Hex(std::string_view bytes) {
  return absl::BytesToHexString(
      crypto::DigestOf(crypto::Message(std::string(bytes)), crypto::HashAlgorithm::kSha512));
}

// The command with these arguments.
Answer Ask(const std::vector<std::string>& arguments) {
  return RunCommand(AddVerifyBundleCommand, "verify-bundle", arguments);
}

// A file that is signed, and who trusts whom.
class VerifyBundleTest : public testing::Test {
 protected:
  void Sign(cosign::TestSigning signing) {
    signing.message = std::string(kContent);
    bundle_ = Write("bundle.json", TestBundleJson(sigstore_.Sign(signing)).dump());
  }

  std::vector<std::string> Identity(std::string_view subject = cosign::kTestSubject) const {
    return {"--certificate-identity", std::string(subject), "--certificate-oidc-issuer",
            std::string(cosign::kTestIssuer)};
  }

  // With the flags first, as the conformance suite has them.
  Answer Verify(std::vector<std::string> flags, const std::string& file) const {
    flags.insert(flags.begin(), {"--bundle", bundle_});
    flags.insert(flags.end(), {"--trusted-root", root_, file});
    return Ask(flags);
  }

  static constexpr std::string_view kContent = "content";

  cosign::TestSigstore sigstore_;
  const std::string root_ =
      Write("trusted_root.json", cosign::TestTrustedRootJson(sigstore_.trusted()).dump());
  const std::string file_ = Write("file", kContent);
  std::string bundle_;
};

TEST_F(VerifyBundleTest, SaysWhoSignedWhenAndWhereItIsLogged) {
  Sign(sigstore_.Keyless());
  const Answer answer = Verify(Identity(), file_);
  EXPECT_EQ(answer.exit_code, 0) << answer.errors;
  EXPECT_THAT(
      answer.output,
      AllOf(StartsWith(absl::StrCat("verified   ", file_, "  signed by ", cosign::kTestSubject,
                                    ", as ", cosign::kTestIssuer, " says\n")),
            HasSubstr("  at 2027-01-15T08:30:00Z\n"), HasSubstr("  logged as entry ")));
}

TEST_F(VerifyBundleTest, TakesTheDigestForTheFile) {
  Sign(sigstore_.Keyless());
  const std::string hex = crypto::Sha256Hex(kContent);
  EXPECT_EQ(Verify(Identity(), absl::StrCat("sha256:", hex)).exit_code, 0);
  const std::string other = crypto::Sha256Hex("other content");
  EXPECT_EQ(Verify(Identity(), absl::StrCat("sha256:", other)).exit_code, 1);
}

// As the statements of npm's packages have it.
TEST_F(VerifyBundleTest, TakesTheSha512ThatAStatementIsAbout) {
  cosign::TestSigning signing = sigstore_.Keyless();
  const std::string hex = Sha512Hex(kContent);
  signing.envelope.payload =
      cosign::WriteTestStatement(absl::StrCat(R"({"digest":{"sha512":")", hex, R"("}})"));
  bundle_ = Write("bundle.json", TestBundleJson(sigstore_.Sign(signing)).dump());
  EXPECT_EQ(Verify(Identity(), absl::StrCat("sha512:", hex)).exit_code, 0);
  EXPECT_EQ(Verify(Identity(), file_).exit_code, 0);
  const Answer other = Verify(Identity(), absl::StrCat("sha512:", Sha512Hex("other content")));
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.output, HasSubstr("its statement is not about this file"));
  // Which the statement does not have.
  EXPECT_EQ(Verify(Identity(), absl::StrCat("sha256:", crypto::Sha256Hex(kContent))).exit_code, 1);
}

TEST_F(VerifyBundleTest, SaysByWhichDigestASignatureCanBeVerified) {
  Sign(sigstore_.Keyless());
  const Answer answer = Verify(Identity(), absl::StrCat("sha512:", Sha512Hex(kContent)));
  EXPECT_EQ(answer.exit_code, 1);
  EXPECT_THAT(answer.output, HasSubstr("of the file only the SHA-512 is known, and signatures by "
                                       "the key of its certificate are verified over its SHA-256"));
}

TEST_F(VerifyBundleTest, TakesAKeyForAnIdentity) {
  const cosign::TestSigning signing;
  Sign(signing);
  const std::string key = Write("key.pub", signing.key.PublicPem());
  EXPECT_EQ(Verify({"--key", key}, file_).output.substr(0, 9), "verified ");
  const std::string other = Write("other.pub", crypto::TestKey::Generate().PublicPem());
  EXPECT_EQ(Verify({"--key", other}, file_).exit_code, 1);
}

TEST_F(VerifyBundleTest, TakesItsFlagsInAnyOrder) {
  Sign(sigstore_.Keyless());
  const std::vector<std::string> identity = Identity();
  EXPECT_EQ(Ask({file_, "--trusted-root", root_, identity[2], identity[3], "--bundle", bundle_,
                 identity[0], identity[1]})
                .exit_code,
            0);
  EXPECT_EQ(Ask({"--trusted-root=" + root_, "--staging", identity[0], identity[1], file_,
                 identity[2], identity[3], "--bundle=" + bundle_})
                .exit_code,
            0);
}

TEST_F(VerifyBundleTest, SaysWhyNot) {
  Sign(sigstore_.Keyless());
  const Answer answer = Verify(Identity("https://example.org/workflow@other"), file_);
  EXPECT_EQ(answer.exit_code, 1);
  EXPECT_THAT(answer.output, AllOf(StartsWith(absl::StrCat("denied     ", file_, "  ")),
                                   HasSubstr(cosign::kTestSubject)));
}

TEST_F(VerifyBundleTest, ABundleThatCannotBeReadIsRefused) {
  bundle_ = Write("bundle.json", "{");
  const Answer answer = Verify(Identity(), file_);
  EXPECT_EQ(answer.exit_code, 1);
  EXPECT_THAT(answer.output, MatchesRegex("denied  .*the bundle cannot be read: .+\n"));
}

TEST_F(VerifyBundleTest, TrustsOnlyWhomTheRootNames) {
  Sign(sigstore_.Keyless());
  const std::vector<std::string> identity = Identity();
  // Sigstore's own instances know nothing of these logs and authorities.
  for (const std::vector<std::string>& instance :
       std::vector<std::vector<std::string>>{{}, {"--staging"}}) {
    std::vector<std::string> flags = {"--bundle", bundle_, file_};
    flags.insert(flags.end(), identity.begin(), identity.end());
    flags.insert(flags.end(), instance.begin(), instance.end());
    EXPECT_EQ(Ask(flags).exit_code, 1);
  }
}

// An instance like GitHub's own: an authority for certificates, and one for timestamps.
TEST_F(VerifyBundleTest, AnInstanceWithoutLogsIsJudgedByItsTimestamps) {
  cosign::TestSigning signing = sigstore_.Keyless();
  signing.witnesses = {cosign::TestWitness::kTimestamp};
  Sign(signing);
  cosign::TrustedRoot root = sigstore_.trusted();
  root.logs.clear();
  root.certificate_logs.clear();
  Write("trusted_root.json", cosign::TestTrustedRootJson(root).dump());
  const auto verify = [this](const std::vector<std::string>& more) {
    std::vector<std::string> flags = Identity();
    flags.insert(flags.end(), more.begin(), more.end());
    return Verify(flags, file_);
  };
  EXPECT_EQ(verify({"--insecure-ignore-sct"}).exit_code, 0);
  EXPECT_EQ(verify({"--insecure-ignore-tlog", "--use-signed-timestamps", "--insecure-ignore-sct"})
                .exit_code,
            0);
  const Answer without = verify({});
  EXPECT_EQ(without.exit_code, 2);
  EXPECT_THAT(without.errors, AllOf(StartsWith("countersign: --trusted-root: "),
                                    HasSubstr("--insecure-ignore-sct")));
}

TEST_F(VerifyBundleTest, WhoeverMustHaveWitnessedItIsWhatTheFlagsSay) {
  cosign::TestSigning signing;
  signing.witnesses = {};
  Sign(signing);
  const std::string key = Write("key.pub", signing.key.PublicPem());
  EXPECT_EQ(Verify({"--key", key}, file_).exit_code, 1);
  EXPECT_EQ(Verify({"--key", key, "--insecure-ignore-tlog"}, file_).exit_code, 0);
  EXPECT_EQ(
      Verify({"--key", key, "--insecure-ignore-tlog", "--use-signed-timestamps"}, file_).exit_code,
      1);
  const Answer both = Verify({"--key", key, "--insecure-ignore-tlog", "--require-tlog"}, file_);
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_THAT(both.errors, StartsWith("countersign: --require-tlog: "));
}

TEST_F(VerifyBundleTest, ACertificateNeedsATimeWhateverIsIgnored) {
  cosign::TestSigning signing = sigstore_.Keyless();
  signing.witnesses = {};
  Sign(signing);
  std::vector<std::string> flags = Identity();
  flags.push_back("--insecure-ignore-tlog");
  const Answer answer = Verify(flags, file_);
  EXPECT_EQ(answer.exit_code, 1);
  EXPECT_THAT(answer.errors, HasSubstr("warning: --insecure-ignore-tlog: "));
}

TEST_F(VerifyBundleTest, WhatCannotBeFoundOutIsNoAnswer) {
  Sign(sigstore_.Keyless());
  const Answer no_file = Verify(Identity(), "/no/such/file");
  EXPECT_EQ(no_file.exit_code, 2);
  EXPECT_THAT(no_file.errors, StartsWith("countersign: /no/such/file: "));
  bundle_ = "/no/such/bundle";
  const Answer no_bundle = Verify(Identity(), file_);
  EXPECT_EQ(no_bundle.exit_code, 2);
  EXPECT_THAT(no_bundle.errors, StartsWith("countersign: --bundle: /no/such/bundle: "));
  EXPECT_EQ(no_bundle.output, "");
}

}  // namespace
}  // namespace countersign::cli
