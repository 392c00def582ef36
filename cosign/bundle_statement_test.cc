// What the envelopes of bundles state: each test changes one thing of one that is asked for.

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cosign/bundle.h"
#include "cosign/dsse.h"
#include "cosign/refusal.h"
#include "cosign/statement.h"
#include "cosign/test_judge.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "crypto/hash_algorithm.h"
#include "crypto/message.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"

namespace countersign::cosign {
namespace {

constexpr std::string_view kProvenance = "https://slsa.dev/provenance/v1";
constexpr std::string_view kScan = "https://cosign.sigstore.dev/attestation/vuln/v1";

class BundleStatementTest : public ::testing::Test {
 protected:
  BundleVerdict JudgePayload(std::string payload) {
    signing_.envelope.payload = std::move(payload);
    return judge_.Judge(sigstore_.Sign(signing_));
  }
  // Of subjects with these members.
  BundleVerdict JudgeSubjects(std::string_view subjects) {
    return JudgePayload(WriteTestStatement(subjects));
  }

  TestSigstore sigstore_;
  TestSigning signing_ = sigstore_.Keyless();
  TestJudge judge_{sigstore_};
  const std::string hex_ = std::string(TestImage().hex());
};

std::string HexBy(crypto::HashAlgorithm algorithm, std::string_view bytes) {
  return absl::BytesToHexString(crypto::DigestOf(crypto::Message(std::string(bytes)), algorithm));
}

TEST_F(BundleStatementTest, ADigestInUpperCaseIsAnother) {
  EXPECT_THAT(JudgeSubjects(absl::StrCat(R"({"digest":{"sha256":")", hex_, R"("}})")), Holds());
  EXPECT_THAT(JudgeSubjects(
                  absl::StrCat(R"({"digest":{"sha256":")", absl::AsciiStrToUpper(hex_), R"("}})")),
              IsRefusedAs(Refused::kWrongArtifact));
}

// Also where it is that of the image.
TEST_F(BundleStatementTest, ADigestByAnotherHashIsNotTheImages) {
  const std::string sha512 = HexBy(crypto::HashAlgorithm::kSha512, "image");
  ASSERT_EQ(TestImage(), oci::Digest::Of("image"));
  EXPECT_THAT(JudgeSubjects(absl::StrCat(R"({"digest":{"sha512":")", sha512, R"("}})")),
              IsRefusedAs(Refused::kWrongArtifact));
  EXPECT_THAT(JudgeSubjects(absl::StrCat(R"({"digest":{"sha512":")", hex_, R"("}})")),
              IsRefusedAs(Refused::kWrongArtifact));
}

TEST_F(BundleStatementTest, ANameIsNoDigest) {
  for (const char* member : {"name", "uri"}) {
    EXPECT_THAT(
        JudgeSubjects(absl::StrCat("{\"", member, "\":\"app@sha256:", hex_, "\",\"digest\":{}}")),
        IsRefusedAs(Refused::kWrongArtifact));
  }
}

TEST_F(BundleStatementTest, TheSecondOfTwoSubjectsCounts) {
  EXPECT_THAT(JudgeSubjects(absl::StrCat(R"({"digest":{"sha256":")", std::string(64, '0'),
                                         R"("}},{"digest":{"sha256":")", hex_, R"("}})")),
              Holds());
}

// CVE-2022-47633: whoever serves it serves it for another image.
TEST_F(BundleStatementTest, EvidenceOfAnotherImageIsOfAnother) {
  EXPECT_THAT(JudgePayload(WriteTestStatement(oci::Digest::Of("another image"))),
              IsRefusedAs(Refused::kWrongArtifact));
}

// A scan's report is about the image, and by the right signer, and allows nothing.
TEST_F(BundleStatementTest, AnAttestationIsNoSignature) {
  EXPECT_THAT(JudgePayload(WriteTestStatement(TestImage(), kScan)),
              IsRefusedAs(Refused::kWrongStatement));
  signing_.certificate.reset();
  judge_.key = signing_.key.Public();
  judge_.witnesses = {};
  EXPECT_THAT(JudgePayload(WriteTestStatement(TestImage(), kScan)),
              IsRefusedAs(Refused::kWrongStatement));
  EXPECT_THAT(JudgePayload(WriteTestStatement(TestImage())), Holds());
}

// GHSA-w6c6-c85g-mmv6, GHSA-vjxv-45g9-9296 (CVE-2022-35929).
TEST_F(BundleStatementTest, AnAttestationOfAnotherTypeIsNotOfTheOneAskedFor) {
  judge_.predicate_type = kProvenance;
  EXPECT_THAT(JudgePayload(WriteTestStatement(TestImage(), kProvenance)), Holds());
  for (const std::string_view other :
       {kScan, kSignaturePredicateType, std::string_view("https://slsa.dev/provenance/v0.2"),
        std::string_view("https://slsa.dev/provenance/v1/"),
        std::string_view("https://SLSA.dev/provenance/v1"), std::string_view("slsaprovenance1"),
        std::string_view("https://slsa.dev/provenance/v1#x")}) {
    EXPECT_THAT(JudgePayload(WriteTestStatement(TestImage(), other)),
                IsRefusedAs(Refused::kWrongStatement))
        << other;
  }
}

// GHSA-vjxv-45g9-9296.
TEST_F(BundleStatementTest, WhatIsNoStatementIsRefused) {
  const std::string good = WriteTestStatement(TestImage());
  const std::string subject = absl::StrCat(R"({"digest":{"sha256":")", hex_, R"("}})");
  const std::string type = R"("_type":"https://in-toto.io/Statement/v1")";
  for (const std::string& payload :
       {std::string("not JSON"), std::string("{}"), std::string("[]"), std::string("null"),
        good.substr(1), good + good, good + "x", "[" + good + "]",
        absl::StrCat(R"({"_type":"https://in-toto.io/Statement/v2","predicateType":")",
                     kSignaturePredicateType, R"(","subject":[)", subject, "]}"),
        absl::StrCat("{", type, R"(,"subject":[)", subject, "]}"),
        absl::StrCat("{", type, R"(,"predicateType":")", kSignaturePredicateType, "\"}"),
        WriteTestStatement(absl::StrCat(subject, ",7")),
        WriteTestStatement(
            absl::StrCat(R"({"digest":{"sha256":")", hex_, R"(","sha256":")", hex_, R"("}})")),
        std::string(100'000, '[')}) {
    EXPECT_THAT(JudgePayload(payload), IsRefusedAs(Refused::kWrongStatement))
        << payload.substr(0, 200);
  }
}

// Whoever attests may call it anything.
TEST_F(BundleStatementTest, ALongTypeThatIsNotPrintableIsShownInPart) {
  EXPECT_THAT(JudgePayload(WriteTestStatement(
                  TestImage(), absl::StrCat(R"(\u001b[31m\n)", std::string(100'000, 'x')))),
              IsRefusedAs(Refused::kWrongStatement));
}

TEST_F(BundleStatementTest, WhereItCannotBeReadIsShownInPartAndPrintable) {
  const std::string name = absl::StrCat(R"(\u001b[31m\n)", std::string(100'000, 'x'));
  EXPECT_THAT(JudgeSubjects(absl::StrCat(R"({"digest":{")", name, R"(":1}})")),
              IsRefusedAs(Refused::kWrongStatement));
}

// Signed as that type, and logged.
TEST_F(BundleStatementTest, APayloadOfAnotherTypeIsNoStatement) {
  for (const char* type :
       {"application/json", "application/vnd.in-toto+json ", "application/vnd.in-toto+JSON",
        "application/vnd.in-toto+json; charset=utf-8", "text/plain"}) {
    signing_.envelope.payload_type = type;
    EXPECT_THAT(JudgePayload(WriteTestStatement(TestImage())),
                IsRefusedAs(Refused::kWrongStatement))
        << type;
  }
}

// What signs the payload alone, or under another type, signs something else.
TEST_F(BundleStatementTest, ASignatureMustCoverThePayloadsType) {
  signing_.certificate.reset();
  judge_.key = signing_.key.Public();
  judge_.witnesses = {};
  Bundle bundle = sigstore_.Sign(signing_);
  const std::string& payload = signing_.envelope.payload;
  const auto judge_with = [&](std::string_view signed_bytes) {
    bundle.signature = signing_.key.Sign(signed_bytes);
    return judge_.Judge(bundle);
  };
  EXPECT_THAT(judge_with(PreAuthenticationEncoding(kInTotoPayloadType, payload)), Holds());
  for (const std::string& other :
       {payload, PreAuthenticationEncoding("text/plain", payload),
        absl::StrCat(kInTotoPayloadType, payload),
        // What a delimiter alone would let be moved from one to the other.
        PreAuthenticationEncoding(absl::StrCat(kInTotoPayloadType, " "), payload)}) {
    EXPECT_THAT(judge_with(other), IsRefusedAs(Refused::kBadSignature));
  }
}

// Not even if it is the manifest, or what cosign signs in signature layers.
TEST_F(BundleStatementTest, AMessageIsNoSignatureOfAnImage) {
  for (const std::string& message : {std::string("image"), TestSigner::Payload(TestImage())}) {
    signing_.message = message;
    const Bundle bundle = sigstore_.Sign(signing_);
    EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kWrongArtifact));
    EXPECT_THAT(judge_.JudgeFile(bundle, TestFile(message)), Holds());
  }
}

TEST_F(BundleStatementTest, AFileIsASubjectByLongerHashesIfItIsThere) {
  for (const auto& [name, algorithm] : {std::pair{"sha384", crypto::HashAlgorithm::kSha384},
                                        {"sha512", crypto::HashAlgorithm::kSha512}}) {
    signing_.envelope.payload = WriteTestStatement(
        absl::StrCat("{\"digest\":{\"", name, "\":\"", HexBy(algorithm, "a file"), "\"}}"));
    const Bundle bundle = sigstore_.Sign(signing_);
    EXPECT_THAT(judge_.JudgeFile(bundle, TestFile("a file")), Holds()) << name;
    EXPECT_THAT(judge_.JudgeFile(bundle, TestFile("another file")),
                IsRefusedAs(Refused::kWrongArtifact));
    EXPECT_THAT(judge_.JudgeFile(bundle, TestFileDigest("a file")),
                IsRefusedAs(Refused::kWrongArtifact));
  }
}

TEST_F(BundleStatementTest, AFileThatIsNotThereIsASubjectByTheDigestThatIsKnown) {
  const std::vector<std::pair<std::string, crypto::HashAlgorithm>> hashes = {
      {"sha256", crypto::HashAlgorithm::kSha256},
      {"sha384", crypto::HashAlgorithm::kSha384},
      {"sha512", crypto::HashAlgorithm::kSha512}};
  for (const auto& [name, algorithm] : hashes) {
    signing_.envelope.payload = WriteTestStatement(
        absl::StrCat("{\"digest\":{\"", name, "\":\"", HexBy(algorithm, "a file"), "\"}}"));
    const Bundle bundle = sigstore_.Sign(signing_);
    for (const auto& [other_name, known] : hashes) {
      const BundleVerdict verdict = judge_.JudgeFile(bundle, TestFileDigest("a file", known));
      if (known == algorithm) {
        EXPECT_THAT(verdict, Holds()) << name;
      } else {
        EXPECT_THAT(verdict, IsRefusedAs(Refused::kWrongArtifact)) << name << ", " << other_name;
      }
    }
    EXPECT_THAT(judge_.JudgeFile(bundle, TestFileDigest("another file", algorithm)),
                IsRefusedAs(Refused::kWrongArtifact))
        << name;
  }
}

// A digest is not one by every name.
TEST_F(BundleStatementTest, ADigestUnderTheNameOfAnotherHashIsAnother) {
  signing_.envelope.payload = WriteTestStatement(absl::StrCat(
      R"({"digest":{"sha256":")", HexBy(crypto::HashAlgorithm::kSha512, "a file"), R"("}})"));
  EXPECT_THAT(judge_.JudgeFile(sigstore_.Sign(signing_),
                               TestFileDigest("a file", crypto::HashAlgorithm::kSha512)),
              IsRefusedAs(Refused::kWrongArtifact));
}

TEST_F(BundleStatementTest, AFileOfWhichNothingIsKnownIsNoSubject) {
  signing_.envelope.payload =
      WriteTestStatement(R"({"digest":{"sha256":"","sha384":"","sha512":"","":""}})");
  EXPECT_THAT(judge_.JudgeFile(sigstore_.Sign(signing_), File()),
              IsRefusedAs(Refused::kWrongArtifact));
}

TEST_F(BundleStatementTest, ADigestThatAMessageNamesMustBeTheFiles) {
  signing_.message = "a file";
  Bundle bundle = sigstore_.Sign(signing_);
  EXPECT_THAT(judge_.JudgeFile(bundle, TestFile("a file")), Holds());
  std::get<MessageSignature>(bundle.content).digest->bytes[0] ^= 1;
  EXPECT_THAT(judge_.JudgeFile(bundle, TestFile("a file")), IsRefusedAs(Refused::kWrongArtifact));
  std::get<MessageSignature>(bundle.content).digest.reset();
  EXPECT_THAT(judge_.JudgeFile(bundle, TestFile("a file")), Holds());
}

// The digest that it names proves nothing.
TEST_F(BundleStatementTest, AMessagesSignatureMustCoverTheFile) {
  signing_.message = "a file";
  Bundle bundle = sigstore_.Sign(signing_);
  signing_.message = "another file";
  bundle.content = sigstore_.Sign(signing_).content;
  EXPECT_THAT(judge_.JudgeFile(bundle, TestFile("another file")),
              IsRefusedAs(Refused::kBadSignature));
}

}  // namespace
}  // namespace countersign::cosign
