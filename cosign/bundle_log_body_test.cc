// What the bodies of log entries say of the bundles that they are in: each test breaks one thing of
// one that holds.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "base/json.h"
#include "cosign/bundle.h"
#include "cosign/checkpoint.h"
#include "cosign/log_entry_data.h"
#include "cosign/refusal.h"
#include "cosign/statement.h"
#include "cosign/test_judge.h"
#include "cosign/test_log.h"
#include "cosign/test_sigstore.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using base::Json;

constexpr char kFile[] = "a file";

class BundleLogBodyTest : public ::testing::Test {
 protected:
  TestLog& LogOf(TestWitness witness) {
    return witness == TestWitness::kRekor1 ? sigstore_.rekor1 : sigstore_.rekor2;
  }

  TestSigstore sigstore_;
  TestSigning signing_ = sigstore_.Keyless();
  TestJudge judge_{sigstore_};
};

// What the body of an entry says, where, and what another entry of the same kind says there.
struct BodyCase {
  TestWitness log;
  bool is_message;
  bool is_keyless;
  std::vector<const char*> places;
};

const BodyCase kBodies[] = {
    {TestWitness::kRekor1,
     false,
     true,
     {"/spec/signatures/0/signature", "/spec/signatures/0/verifier", "/spec/payloadHash/value"}},
    {TestWitness::kRekor1,
     false,
     false,
     {"/spec/signatures/0/signature", "/spec/signatures/0/verifier", "/spec/payloadHash/value"}},
    {TestWitness::kRekor1,
     true,
     true,
     {"/spec/signature/content", "/spec/signature/publicKey/content", "/spec/data/hash/value"}},
    {TestWitness::kRekor1,
     true,
     false,
     {"/spec/signature/content", "/spec/signature/publicKey/content", "/spec/data/hash/value"}},
    {TestWitness::kRekor2,
     false,
     true,
     {"/spec/hashedRekordV002/signature/content",
      "/spec/hashedRekordV002/signature/verifier/x509Certificate/rawBytes",
      "/spec/hashedRekordV002/data/digest"}},
    {TestWitness::kRekor2,
     true,
     false,
     {"/spec/hashedRekordV002/signature/content",
      "/spec/hashedRekordV002/signature/verifier/publicKey/rawBytes",
      "/spec/hashedRekordV002/data/digest"}},
};

// GHSA-whqx-f9j3-ch6m (CVE-2026-22703): the log did take up such an entry, of another signature, of
// another key's, of another artifact's, one at a time, and all at once.
TEST_F(BundleLogBodyTest, AnEntryOfAnotherSignatureKeyOrArtifactIsBad) {
  for (const BodyCase& tried : kBodies) {
    const auto make = [&](std::string_view what) {
      TestSigning signing = sigstore_.Keyless();
      if (!tried.is_keyless) signing.certificate.reset();
      if (tried.is_message) signing.message = std::string(what);
      signing.envelope.payload = WriteTestStatement(
          TestImage(), what == kFile ? kSignaturePredicateType : "https://example.org/other");
      signing.witnesses = {tried.log, TestWitness::kTimestamp};
      return signing;
    };
    const TestSigning signing = make(kFile);
    TestJudge judge(sigstore_);
    if (!tried.is_keyless) {
      judge.key = signing.key.Public();
      judge.witnesses = {.log_entries = 1};
    }
    const auto verdict = [&](const Bundle& bundle) {
      return tried.is_message ? judge.JudgeFile(bundle, TestFile(kFile)) : judge.Judge(bundle);
    };
    Bundle bundle = sigstore_.Sign(signing);
    ASSERT_THAT(verdict(bundle), Holds());
    const LogEntry good = bundle.entries[0];
    const LogEntry other = sigstore_.Sign(make("another file")).entries[0];
    TestLog& log = LogOf(tried.log);
    for (const char* const place : tried.places) {
      const Json::json_pointer pointer{std::string(place)};
      Json body = Json::parse(good.body);
      ASSERT_NE(body.at(pointer), Json::parse(other.body).at(pointer)) << place;
      body.at(pointer) = Json::parse(other.body).at(pointer);
      bundle.entries = {log.Log(good.kind, good.version, body.dump(), kTestSigningTime)};
      EXPECT_THAT(verdict(bundle), IsRefusedAs(Refused::kBadLogEntry)) << place;
    }
    bundle.entries = {log.Log(good.kind, good.version, good.body, kTestSigningTime)};
    EXPECT_THAT(verdict(bundle), Holds());
    bundle.entries = {other};
    EXPECT_THAT(verdict(bundle), IsRefusedAs(Refused::kBadLogEntry));
  }
}

// A value that a body says of how it was signed, and what another signature's would say.
struct OtherwiseCase {
  TestWitness log;
  bool is_message;
  const char* place;
  const char* value;
};

const OtherwiseCase kOtherwise[] = {
    {TestWitness::kRekor1, false, "/kind", "intoto"},
    {TestWitness::kRekor1, false, "/apiVersion", "0.0.2"},
    {TestWitness::kRekor1, false, "/spec/payloadHash/algorithm", "sha512"},
    {TestWitness::kRekor1, true, "/kind", "rekord"},
    {TestWitness::kRekor1, true, "/spec/data/hash/algorithm", "sha512"},
    {TestWitness::kRekor2, false, "/apiVersion", "0.0.1"},
    {TestWitness::kRekor2, false, "/spec/hashedRekordV002/data/algorithm", "SHA2_512"},
    {TestWitness::kRekor2, true, "/spec/hashedRekordV002/signature/verifier/keyDetails",
     "PKIX_ECDSA_P384_SHA_256"},
};

// All else of the body is what it must be.
TEST_F(BundleLogBodyTest, ABodyThatSaysOtherwiseHowItWasSignedIsBad) {
  for (const OtherwiseCase& tried : kOtherwise) {
    TestSigning signing = signing_;
    if (tried.is_message) signing.message = kFile;
    signing.witnesses = {tried.log, TestWitness::kTimestamp};
    Bundle bundle = sigstore_.Sign(signing);
    TestJudge judge = judge_;
    if (tried.is_message) judge.file = TestFile(kFile);
    ASSERT_THAT(judge.Judge(bundle), Holds());
    const LogEntry good = bundle.entries[0];
    const Json::json_pointer pointer{std::string(tried.place)};
    Json body = Json::parse(good.body);
    ASSERT_TRUE(body.at(pointer).is_string());
    body.at(pointer) = tried.value;
    bundle.entries = {LogOf(tried.log).Log(good.kind, good.version, body.dump(), kTestSigningTime)};
    EXPECT_THAT(judge.Judge(bundle), IsRefusedAs(Refused::kBadLogEntry)) << tried.place;
  }
}

// GHSA-8gw7-4j42-w388: nothing of it is worth more for not being what was expected.
TEST_F(BundleLogBodyTest, ABodyThatIsOfNoFormIsBad) {
  Bundle bundle = sigstore_.Sign(signing_);
  const std::string good = bundle.entries[0].body;
  for (const std::string& body :
       {std::string("7"), std::string("null"), std::string("\"body\""), std::string("[]"),
        std::string("{}"), std::string("not JSON"), good + good, "[" + good + "]",
        absl::StrReplaceAll(good, {{R"("spec":{)", R"("spec":null,"x":{)"}}),
        absl::StrReplaceAll(good, {{R"("signatures":[{)", R"("signatures":[{},{)"}}),
        absl::StrReplaceAll(good, {{R"("signature":")", R"("signature":7,"x":")"}})}) {
    bundle.entries = {sigstore_.rekor1.Log("dsse", "0.0.1", body, kTestSigningTime)};
    EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadLogEntry)) << body;
  }
}

TEST_F(BundleLogBodyTest, AKindThatTheBodyIsNotOfIsBad) {
  for (const auto& [kind, version] : {std::pair{"dsse", "0.0.2"},
                                      {"intoto", "0.0.2"},
                                      {"hashedrekord", "0.0.1"},
                                      {"dsse", ""},
                                      {"DSSE", "0.0.1"}}) {
    Bundle bundle = sigstore_.Sign(signing_);
    bundle.entries[0].kind = kind;
    bundle.entries[0].version = version;
    // Without a version it is not even an entry.
    EXPECT_THAT(judge_.Judge(bundle),
                IsRefusedAs(*version == '\0' ? Refused::kMalformed : Refused::kBadLogEntry))
        << kind << version;
  }
}

// As if the artifact were what DSSE makes of an envelope, and as if a message were a payload.
TEST_F(BundleLogBodyTest, AKindThatDoesNotFitWhatIsSignedIsBad) {
  Bundle bundle = sigstore_.Sign(signing_);
  TestSigning message = signing_;
  message.message = signing_.SignedBytes();
  bundle.entries = {
      LogTestSignature(sigstore_.rekor1, LogGeneration::kRekor1, message, bundle.signature)};
  EXPECT_EQ(bundle.entries[0].kind, "hashedrekord");
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadLogEntry));

  message.message = kFile;
  TestSigning envelope = message;
  envelope.envelope.payload = kFile;
  bundle = sigstore_.Sign(message);
  EXPECT_THAT(judge_.JudgeFile(bundle, TestFile(kFile)), Holds());
  envelope.message.reset();
  bundle.entries = {
      LogTestSignature(sigstore_.rekor1, LogGeneration::kRekor1, envelope, bundle.signature)};
  EXPECT_EQ(bundle.entries[0].kind, "dsse");
  EXPECT_THAT(judge_.JudgeFile(bundle, TestFile(kFile)), IsRefusedAs(Refused::kBadLogEntry));
}

}  // namespace
}  // namespace countersign::cosign
