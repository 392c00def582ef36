// What the command answers about images in a registry on this machine, whose evidence is of a Sigstore
// in memory.

#include "cli/verify.h"

#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "cli/test_command.h"
#include "cosign/dsse.h"
#include "cosign/statement.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "registry/fake_registry.h"
#include "verifier/test_registry_server.h"

namespace countersign::cli {
namespace {

using cosign::TestSigning;
using cosign::TestWitness;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kBundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
constexpr std::string_view kProvenance = "https://slsa.dev/provenance/v1";

std::string Write(const std::string& name, std::string_view content) {
  const std::string path = absl::StrCat(testing::TempDir(), "/", name);
  std::ofstream(path) << content;
  return path;
}

// `command` is `verify` or `verify-attestation`.
Answer RunCommand(const std::string& command, const std::vector<std::string>& arguments) {
  return cli::RunCommand(command == "verify" ? AddVerifyCommand : AddVerifyAttestationCommand,
                         command, arguments);
}

class VerifyTest : public testing::Test {
 protected:
  // Of the image, by a fresh key that is certified to be the test's subject.
  TestSigning Keyless(std::string_view predicate_type = cosign::kSignaturePredicateType) const {
    TestSigning signing = ByKey(predicate_type);
    crypto::TestCertificate request = sigstore_.Request(signing.key);
    request.extensions.push_back(cosign::TestFulcioExtension(14, "refs/heads/main"));
    signing.certificate = sigstore_.Issue(request);
    return signing;
  }
  TestSigning ByKey(std::string_view predicate_type = cosign::kSignaturePredicateType) const {
    TestSigning signing;
    signing.envelope = {std::string(cosign::kInTotoPayloadType),
                        cosign::WriteTestStatement(image_, predicate_type)};
    return signing;
  }

  // As version 3 of cosign pushes a bundle.
  void Push(const TestSigning& signing) { PushTo(repository_, signing); }
  void PushTo(const oci::Repository& repository, const TestSigning& signing) {
    const std::string blob = cosign::TestBundleJson(sigstore_.Sign(signing)).dump();
    const base::Json layer = {{"mediaType", kBundleType},
                              {"digest", registry_.PutBlob(repository, blob).ToString()},
                              {"size", blob.size()}};
    const base::Json manifest = {{"schemaVersion", 2},
                                 {"mediaType", oci::kOciManifest},
                                 {"artifactType", kBundleType},
                                 {"layers", base::Json::array({layer})}};
    const std::string bytes = manifest.dump();
    const base::Json entry = {{"mediaType", oci::kOciManifest},
                              {"artifactType", kBundleType},
                              {"digest", registry_.PutManifest(repository, "", bytes).ToString()},
                              {"size", bytes.size()}};
    entries_.push_back(entry);
    const base::Json index = {
        {"schemaVersion", 2}, {"mediaType", oci::kOciIndex}, {"manifests", entries_}};
    registry_.SetReferrers(repository, image_, {index.dump()});
  }

  static std::vector<std::string> Identity(std::string_view subject = cosign::kTestSubject) {
    return {"--certificate-identity", std::string(subject), "--certificate-oidc-issuer",
            std::string(cosign::kTestIssuer)};
  }
  static std::vector<std::string> Key(const TestSigning& signing) {
    return {"--key", Write("signer.pub", signing.key.PublicPem())};
  }

  // About the image, by the test's trusted root.
  Answer Ask(const std::string& command, std::vector<std::string> flags,
             const std::vector<std::string>& more = {}) const {
    flags.insert(flags.end(), more.begin(), more.end());
    flags.insert(flags.end(),
                 {"--trusted-root", root_, "--insecure-registry", server_.host(), "--docker-config",
                  docker_config_, "--timeout", "60", absl::StrCat(repository_.ToString(), ":1")});
    return RunCommand(command, flags);
  }
  int Verify(std::vector<std::string> flags, const std::vector<std::string>& more = {}) const {
    return Ask("verify", std::move(flags), more).exit_code;
  }

  cosign::TestSigstore sigstore_;
  registry::FakeRegistry registry_;
  verifier::TestRegistryServer server_{&registry_};
  const oci::Repository repository_ = {server_.host(), "app"};
  const oci::Digest image_ = registry_.PutManifest(
      repository_, "1",
      base::Json(
          {{"schemaVersion", 2}, {"mediaType", oci::kOciManifest}, {"layers", base::Json::array()}})
          .dump());
  base::Json entries_ = base::Json::array();
  const std::string root_ =
      Write("trusted_root.json", cosign::TestTrustedRootJson(sigstore_.trusted()).dump());
  const std::string docker_config_ = Write("config.json", R"({"auths": {}})");
};

TEST_F(VerifyTest, AnIdentityThatSignedIsNamed) {
  Push(Keyless());
  const Answer answer = Ask("verify", Identity());
  EXPECT_EQ(answer.exit_code, 0) << answer.output << answer.errors;
  EXPECT_THAT(answer.output, AllOf(StartsWith("allowed "), HasSubstr(cosign::kTestSubject)));
}

TEST_F(VerifyTest, SomebodyElseIsDenied) {
  Push(Keyless());
  const Answer answer = Ask("verify", Identity("https://example.org/workflow@other"));
  EXPECT_EQ(answer.exit_code, 1) << answer.errors;
  EXPECT_THAT(answer.output, AllOf(StartsWith("denied "), HasSubstr(cosign::kTestSubject)));
}

TEST_F(VerifyTest, AnExpressionMayStandForEitherHalf) {
  Push(Keyless());
  EXPECT_EQ(Verify({"--certificate-identity-regexp", "^https://example\\.org/workflow@",
                    "--certificate-oidc-issuer-regexp", "^https://accounts\\.example\\.org$"}),
            0);
  EXPECT_EQ(Verify({"--certificate-identity-regexp", "^workflow@", "--certificate-oidc-issuer",
                    std::string(cosign::kTestIssuer)}),
            1);
}

TEST_F(VerifyTest, WhatIsKeptInAnotherRepositoryIsFoundByWhoeverSaysSo) {
  const oci::Repository other = {server_.host(), "signatures"};
  PushTo(other, Keyless());
  EXPECT_EQ(Verify(Identity()), 1);
  EXPECT_EQ(Verify(Identity(), {"--signature-repository", other.ToString()}), 0);
  EXPECT_EQ(Verify(Identity(), {"--signature-repository", repository_.ToString()}), 1);
  EXPECT_EQ(Verify(Identity(), {"--attachment-tag-prefix", "release-"}), 1);
}

TEST_F(VerifyTest, WhereEvidenceIsKeptIsSaidOfASignerAndCorrectly) {
  Push(Keyless());
  const Answer wrong = Ask("verify", Identity(), {"--attachment-tag-prefix", "a/b"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.errors, HasSubstr("--attachment-tag-prefix: \"a/b\" is not what"));
  const Answer nobody =
      RunCommand("verify", {"--objects", testing::TempDir(), "--signature-repository",
                            repository_.ToString(), "r.io/app"});
  EXPECT_EQ(nobody.exit_code, 2);
  EXPECT_THAT(nobody.errors, HasSubstr("--signature-repository and --attachment-tag-prefix: "));
}

TEST_F(VerifyTest, WhatElseTheCertificateSaysIsAskedForExactly) {
  Push(Keyless());
  EXPECT_EQ(Verify(Identity(), {"--certificate-extension", "sourceRepositoryRef=refs/heads/main"}),
            0);
  EXPECT_EQ(Verify(Identity(), {"--certificate-extension", "sourceRepositoryRef=refs/heads/m"}), 1);
  // The same in the extension of Fulcio's first years, which the certificate does not have.
  EXPECT_EQ(Verify(Identity(), {"--certificate-github-workflow-ref", "refs/heads/main"}), 1);
}

TEST_F(VerifyTest, AnIdentityNeedsAnEntryOfALogUnlessThatIsIgnored) {
  TestSigning signing = Keyless();
  signing.witnesses = {TestWitness::kTimestamp};
  Push(signing);
  EXPECT_EQ(Verify(Identity()), 1);
  EXPECT_EQ(Verify(Identity(), {"--insecure-ignore-tlog"}), 0);
  EXPECT_EQ(Verify(Identity(), {"--insecure-ignore-tlog", "--use-signed-timestamps"}), 0);
}

TEST_F(VerifyTest, AnIdentityNeedsATimeWhateverIsIgnored) {
  TestSigning signing = Keyless();
  signing.witnesses = {};
  Push(signing);
  const Answer answer =
      Ask("verify", Identity(), {"--insecure-ignore-tlog", "--insecure-ignore-sct"});
  EXPECT_EQ(answer.exit_code, 1);
  EXPECT_THAT(answer.errors, HasSubstr("warning: --insecure-ignore-tlog: "));
}

TEST_F(VerifyTest, ATimestampIsNeededWhereItIsAskedFor) {
  Push(Keyless());
  EXPECT_EQ(Verify(Identity(), {"--use-signed-timestamps"}), 1);
  TestSigning stamped = Keyless();
  stamped.witnesses = {TestWitness::kRekor1, TestWitness::kTimestamp};
  Push(stamped);
  EXPECT_EQ(Verify(Identity(), {"--use-signed-timestamps"}), 0);
}

TEST_F(VerifyTest, OfAKeyNothingElseIsAskedUnlessTheFlagsDo) {
  TestSigning signing = ByKey();
  signing.witnesses = {};
  Push(signing);
  EXPECT_EQ(Verify(Key(signing)), 0);
  EXPECT_EQ(Verify(Key(signing), {"--insecure-ignore-tlog", "--insecure-ignore-sct"}), 0);
  EXPECT_EQ(Verify(Key(signing), {"--require-tlog"}), 1);
  EXPECT_EQ(Verify(Key(signing), {"--use-signed-timestamps"}), 1);
  signing.witnesses = {TestWitness::kRekor2};
  Push(signing);
  EXPECT_EQ(Verify(Key(signing), {"--require-tlog"}), 0);
  EXPECT_EQ(Verify(Key(ByKey())), 1);
}

TEST_F(VerifyTest, AKeyIsNoIdentityNorTheReverse) {
  const TestSigning by_key = ByKey();
  Push(by_key);
  EXPECT_EQ(Verify(Identity()), 1);
  Push(Keyless());
  EXPECT_EQ(Verify(Identity()), 0);
  EXPECT_EQ(Verify(Key(by_key)), 0);
}

// GHSA-w6c6-c85g-mmv6: the type is asked for, and what is signed says it.
TEST_F(VerifyTest, AnAttestationIsOfTheTypeThatIsAskedFor) {
  Push(Keyless(kProvenance));
  EXPECT_EQ(Ask("verify-attestation", Identity(), {"--type", "slsaprovenance1"}).exit_code, 0);
  EXPECT_EQ(Ask("verify-attestation", Identity(), {"--type", std::string(kProvenance)}).exit_code,
            0);
  EXPECT_EQ(Verify(Identity(), {"--type", "slsaprovenance1"}), 0);
  EXPECT_EQ(Ask("verify-attestation", Identity(), {"--type", "slsaprovenance02"}).exit_code, 1);
  EXPECT_EQ(
      Ask("verify-attestation", Identity("somebody@example.org"), {"--type", "slsaprovenance1"})
          .exit_code,
      1);
}

TEST_F(VerifyTest, AnAttestationIsNoSignatureNorTheReverse) {
  Push(Keyless(kProvenance));
  EXPECT_EQ(Verify(Identity()), 1);
  Push(Keyless());
  EXPECT_EQ(Verify(Identity()), 0);
  EXPECT_EQ(Ask("verify-attestation", Identity(), {"--type", "spdx"}).exit_code, 1);
}

TEST_F(VerifyTest, AnAttestationByAKey) {
  const TestSigning signing = ByKey(kProvenance);
  Push(signing);
  EXPECT_EQ(Ask("verify-attestation", Key(signing), {"--type", "slsaprovenance1"}).exit_code, 0);
  EXPECT_EQ(Ask("verify-attestation", Key(ByKey()), {"--type", "slsaprovenance1"}).exit_code, 1);
}

TEST_F(VerifyTest, NamesNoPatternWhereFlagsSayWhatIsAskedOfEveryImage) {
  const TestSigning signing = ByKey();
  Push(signing);
  EXPECT_THAT(Ask("verify", Key(signing)).output,
              AllOf(StartsWith("allowed "), HasSubstr(" verified at "), Not(HasSubstr("pattern"))));
}

// Whatever else hangs on the image, and stands before it.
TEST_F(VerifyTest, ADenialSaysWhoseIsWhatIsAskedFor) {
  for (int i = 0; i < 12; ++i) Push(ByKey("https://example.org/other"));
  Push(ByKey());
  Push(Keyless(kProvenance));
  const std::vector<std::string> somebody = Identity("somebody@example.org");
  const Answer attested = Ask("verify-attestation", somebody, {"--type", "slsaprovenance1"});
  EXPECT_EQ(attested.exit_code, 1);
  EXPECT_THAT(attested.output,
              AllOf(HasSubstr(" 1 attestation was found, "), HasSubstr(cosign::kTestSubject),
                    HasSubstr("; 12 of another kind: "), HasSubstr("; 1 of another kind: ")));
  EXPECT_THAT(Ask("verify", somebody).output,
              AllOf(HasSubstr(" 1 signature was found, "), HasSubstr("; 12 of another kind: ")));
}

TEST(Verify, SaysWhichFlagIsMissingOrTooMany) {
  const auto errors = [](const std::string& command, const std::vector<std::string>& arguments) {
    const Answer answer = RunCommand(command, arguments);
    EXPECT_EQ(answer.exit_code, 2);
    EXPECT_EQ(answer.output, "");
    return answer.errors;
  };
  EXPECT_THAT(errors("verify", {"nginx"}), HasSubstr("say by what to verify: "));
  EXPECT_THAT(errors("verify", {"--type", "spdx", "nginx"}), HasSubstr("countersign: --type: "));
  EXPECT_THAT(errors("verify", {"--require-tlog", "--server=127.0.0.1:1", "nginx"}),
              HasSubstr("--require-tlog and the like"));
  EXPECT_THAT(errors("verify", {"--certificate-identity=n", "--certificate-oidc-issuer=i",
                                "--server=127.0.0.1:1", "nginx"}),
              HasSubstr("--server: has its own policy"));
  EXPECT_THAT(errors("verify", {"--certificate-identity=n", "nginx"}),
              HasSubstr("--certificate-oidc-issuer URL"));
  EXPECT_THAT(errors("verify-attestation", {"--type=spdx", "nginx"}),
              HasSubstr("countersign: --type: whose attestation"));
  EXPECT_THAT(errors("verify-attestation", {"--type=sbom", "--certificate-identity=n",
                                            "--certificate-oidc-issuer=i", "nginx"}),
              HasSubstr("--type: \"sbom\" is neither a URI nor one of custom, "));
}

TEST(VerifyAttestation, NeedsAType) {
  CLI::App app;
  int exit_code = -1;
  AddVerifyAttestationCommand(&app, &exit_code);
  std::vector<std::string> arguments = {"nginx", "--key=k",
                                        "verify-attestation"};  // the last first
  EXPECT_THROW(app.parse(arguments), CLI::RequiredError);
  EXPECT_EQ(exit_code, -1);
}

}  // namespace
}  // namespace countersign::cli
