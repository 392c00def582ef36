// What bundles of Sigstore's conformance suite are made of: values that another program has worked
// out of the same bytes, and bodies of log entries as Rekor 2 has written them.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/shared_data_fixture.h"
#include "cosign/bundle.h"
#include "cosign/checkpoint.h"
#include "cosign/dsse.h"
#include "cosign/inclusion_proof.h"
#include "cosign/log_body.h"
#include "cosign/log_entry.h"
#include "cosign/log_entry_data.h"
#include "cosign/logged_signature.h"
#include "cosign/test_log.h"
#include "cosign/trusted_root.h"
#include "crypto/certificate.h"
#include "crypto/message.h"
#include "crypto/public_key.h"
#include "crypto/sha256.h"
#include "crypto/signature_scheme.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using crypto::Sha256Hex;
using ::testing::SizeIs;

std::string Hex(const crypto::Sha256Digest& digest) {
  return absl::BytesToHexString(std::string(digest.begin(), digest.end()));
}

// Of the first signature line.
std::string KeyIdOf(const Checkpoint& checkpoint) {
  const auto& id = checkpoint.lines.at(0).key_id;
  return absl::BytesToHexString(std::string(id.begin(), id.end()));
}

class SuiteValues : public base::SharedDataTest {
 protected:
  SuiteValues() : SharedDataTest("sigstore_conformance") {}

  Bundle ReadBundle(std::string_view of_case) const {
    return ParseBundle(Load(absl::StrCat("bundle-verify/", of_case, "/bundle.sigstore.json")))
        .value();
  }

  LogEntry ReadEntry(std::string_view of_case) const { return ReadBundle(of_case).entries.at(0); }

  // As signature lines have it, of the log in the case's trusted root that is there.
  std::string LogKeyIdOf(std::string_view of_case, LogGeneration generation,
                         std::string_view host) const {
    const TrustedRoot root =
        ParseTrustedRoot(Load(absl::StrCat("bundle-verify/", of_case, "/trusted_root.json")))
            .value();
    const std::string url = absl::StrCat("https://", host);
    for (const TrustedLog& log : root.logs) {
      if (log.base_url == url) return Hex(LogKeyId(log.key, generation, host)).substr(0, 8);
    }
    return "";
  }
};

TEST_F(SuiteValues, AnEntryOfRekor1IsALeafByItsBody) {
  const LogEntry entry = ReadEntry("happy-path-v0.3");
  EXPECT_THAT(entry.body, SizeIs(4189));
  EXPECT_EQ(Hex(LeafHash(entry.body)),
            "aee3c920bb1132e929ed20e1c194579a60e95849f7a554e0033fdd26ee221629");
}

TEST_F(SuiteValues, AnEntryOfRekor2IsALeafAtItsIndex) {
  const LogEntry entry = ReadEntry("rekor2-happy-path");
  const crypto::Sha256Digest leaf = LeafHash(entry.body);
  EXPECT_EQ(Hex(leaf), "78470eff2921878c2141726b650bf349099c37850a731f287a6accf35d40441f");
  ASSERT_TRUE(entry.proof.has_value());
  EXPECT_EQ(entry.proof->tree_size, 736u);
  EXPECT_TRUE(VerifyInclusion(leaf, 735, 736, entry.proof->hashes, entry.proof->root));
  EXPECT_FALSE(VerifyInclusion(leaf, 734, 736, entry.proof->hashes, entry.proof->root));
}

TEST_F(SuiteValues, APromiseIsOverFourMembersInOrder) {
  const std::string text = PromisedText(ReadEntry("happy-path-v0.3"));
  EXPECT_THAT(text, SizeIs(5722));
  EXPECT_EQ(Sha256Hex(text), "a77a67b05ef48abed4f89d052a01940e1fda0144fe6f845d353e809d19d8d35c");
}

TEST_F(SuiteValues, ACheckpointOfRekor1IsSignedWithItsLineFeed) {
  const LogEntry entry = ReadEntry("happy-path-v0.3");
  const Checkpoint checkpoint = ParseCheckpoint(entry.proof.value().checkpoint).value();
  EXPECT_THAT(checkpoint.text, SizeIs(95));
  EXPECT_EQ(Sha256Hex(checkpoint.text),
            "45fa9d5dd1fe30a4b10fab1923629c268b404a30e2bda4b37eb1ee1fc4f0154b");
  EXPECT_EQ(KeyIdOf(checkpoint), "c0d23d6a");
  EXPECT_EQ(LogKeyIdOf("trust-root-tlog-validity-end-inclusive", LogGeneration::kRekor1,
                       "rekor.sigstore.dev"),
            "c0d23d6a");
}

TEST_F(SuiteValues, ACheckpointOfRekor2IsSignedWithItsLineFeed) {
  const LogEntry entry = ReadEntry("rekor2-happy-path");
  const Checkpoint checkpoint = ParseCheckpoint(entry.proof.value().checkpoint).value();
  EXPECT_THAT(checkpoint.text, SizeIs(83));
  EXPECT_EQ(Sha256Hex(checkpoint.text),
            "0993b81b9163c77247235d404ba48548dbf34cd50f96f446bd7466f092ae8b3a");
  EXPECT_EQ(KeyIdOf(checkpoint), "f30d5a99");
}

TEST_F(SuiteValues, AKeyIdOfRekor2IsOfTheLogsNameToo) {
  EXPECT_EQ(
      LogKeyIdOf("rekor2-happy-path", LogGeneration::kRekor2, "log2025-alpha1.rekor.sigstage.dev"),
      "f30d5a99");
  EXPECT_EQ(LogKeyIdOf("trust-root-tlog-validity-end-inclusive", LogGeneration::kRekor2,
                       "log2025-1.rekor.sigstore.dev"),
            "cf119915");
}

TEST_F(SuiteValues, AnEnvelopeIsSignedWithItsTypeAndLengths) {
  const Bundle bundle = ReadBundle("rekor2-dsse-happy-path");
  const auto& envelope = std::get<Envelope>(bundle.content);
  const std::string encoding = PreAuthenticationEncoding(envelope.payload_type, envelope.payload);
  EXPECT_THAT(encoding, SizeIs(475));
  EXPECT_EQ(Sha256Hex(encoding),
            "57f2135c594c7f9360e79a5422c291f8878d4ae5c539bc04dca45da63d7c2e11");
}

// So that what TestLog writes, for all other tests, is what the log itself would.
TEST_F(SuiteValues, BodiesOfRekor2AreRebuiltByteForByte) {
  for (const std::string_view name :
       {"rekor2-happy-path", "rekor2-dsse-happy-path", "rekor2-timestamp-without-embedded-cert",
        "rekor2-timestamp-with-embedded-cert"}) {
    const Bundle bundle = ReadBundle(name);
    const auto* const envelope = std::get_if<Envelope>(&bundle.content);
    const crypto::Message signed_bytes(
        envelope != nullptr ? PreAuthenticationEncoding(envelope->payload_type, envelope->payload)
                            : Load("bundle-verify/a.txt"));
    const auto& certificate = std::get<crypto::Certificate>(bundle.material);
    const crypto::PublicKey key = crypto::PublicKey::FromDer(certificate.public_key_info()).value();
    const LoggedSignature signature = {.content = envelope != nullptr
                                                      ? LoggedSignature::Content::kEnvelope
                                                      : LoggedSignature::Content::kMessage,
                                       .signature = bundle.signature,
                                       .scheme = crypto::SignatureScheme::kEcdsaSha256,
                                       .signed_bytes = &signed_bytes,
                                       .certificate = &certificate,
                                       .key = &key};
    const LogEntry& entry = bundle.entries.at(0);
    EXPECT_EQ(TestLogBody("hashedrekord", "0.0.2", signature), entry.body) << name;
    EXPECT_EQ(WhyLoggedOtherwise(entry, signature), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace countersign::cosign
