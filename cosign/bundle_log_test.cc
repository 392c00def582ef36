// Entries of transparency logs in bundles: each test breaks one thing of one that holds.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "cosign/bundle.h"
#include "cosign/checkpoint.h"
#include "cosign/form.h"
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

class BundleLogTest : public ::testing::Test {
 protected:
  // Of what Rekor 2 witnesses, stamped, as Rekor 2 says nothing of the time.
  Bundle SignInRekor2() {
    signing_.witnesses = {TestWitness::kRekor2, TestWitness::kTimestamp};
    return sigstore_.Sign(signing_);
  }

  // Whether the good bundle is refused for its entry, once that is broken.
  template <typename Break>
  void ExpectBadEntry(Bundle bundle, Break break_entry) {
    ASSERT_THAT(judge_.Judge(bundle), Holds());
    break_entry(bundle.entries[0]);
    EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadLogEntry));
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
TEST_F(BundleLogTest, AnEntryOfAnotherSignatureKeyOrArtifactIsBad) {
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
    TestLog& log = tried.log == TestWitness::kRekor1 ? sigstore_.rekor1 : sigstore_.rekor2;
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

// GHSA-8gw7-4j42-w388 (CVE-2022-36056).
TEST_F(BundleLogTest, APromiseOverAnotherBodyIsBad) {
  const LogEntry other = sigstore_.Sign(sigstore_.Keyless()).entries[0];
  ExpectBadEntry(sigstore_.Sign(signing_), [&](LogEntry& entry) { entry.promise = other.promise; });
  // And a body that the log never saw, under what it promised of another.
  ExpectBadEntry(sigstore_.Sign(signing_), [&](LogEntry& entry) {
    const std::string body = std::exchange(entry, other).body;
    entry.body = body;
  });
}

// GHSA-8gw7-4j42-w388: nothing of it is worth more for not being what was expected.
TEST_F(BundleLogTest, ABodyThatIsOfNoFormIsBad) {
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

// GHSA-8gw7-4j42-w388: it is no success, and without it being asked for it is nothing.
TEST_F(BundleLogTest, ABadEntryBesideAKeyCountsForNothing) {
  signing_.certificate.reset();
  judge_.key = signing_.key.Public();
  judge_.witnesses = {.log_entries = 1};
  Bundle bundle = sigstore_.Sign(signing_);
  bundle.entries = sigstore_.Sign(sigstore_.Keyless()).entries;
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadLogEntry));
  judge_.witnesses = {};
  EXPECT_THAT(judge_.Judge(bundle), Holds());
  bundle.signature = signing_.key.Sign("something else");
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadSignature));
}

TEST_F(BundleLogTest, ABadEntryHidesNoGoodOne) {
  Bundle bundle = sigstore_.Sign(signing_);
  const LogEntry good = bundle.entries[0];
  const LogEntry bad = sigstore_.Sign(sigstore_.Keyless()).entries[0];
  const LogEntry unknown = TestSigstore().Sign(signing_).entries[0];
  bundle.entries = {bad, good, unknown};
  EXPECT_THAT(judge_.Judge(bundle), Holds());
  bundle.entries = {unknown, bad, good};
  EXPECT_THAT(judge_.Judge(bundle), Holds());
  bundle.entries = {unknown, bad};
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadLogEntry));
  bundle.entries = {unknown};
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kUnknownLog));
}

TEST_F(BundleLogTest, AKindThatTheBodyIsNotOfIsBad) {
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
TEST_F(BundleLogTest, AKindThatDoesNotFitWhatIsSignedIsBad) {
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

TEST_F(BundleLogTest, APromiseOfALogOfRekor2IsBad) {
  sigstore_.rekor2 = TestLog(LogGeneration::kRekor2);
  judge_.trust = sigstore_.trusted();
  ExpectBadEntry(SignInRekor2(), [&](LogEntry& entry) {
    entry.integrated_time = absl::ToUnixSeconds(kTestSigningTime);
    entry.promise = sigstore_.rekor2.Promise(entry);
  });
}

// Each generation has its own kinds, and writes its checkpoints in its own way.
TEST_F(BundleLogTest, AKindOfOneGenerationInALogOfTheOtherIsBad) {
  Bundle bundle = SignInRekor2();
  const std::string body = bundle.entries[0].body;
  bundle.entries = {sigstore_.rekor1.Log("hashedrekord", "0.0.2", body, kTestSigningTime)};
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadLogEntry));
  bundle.entries[0].promise.clear();
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadLogEntry));
  bundle.entries[0].index = bundle.entries[0].proof->index;
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadLogEntry));

  signing_.witnesses = {TestWitness::kRekor1, TestWitness::kTimestamp};
  bundle = sigstore_.Sign(signing_);
  bundle.entries = {
      sigstore_.rekor2.Log("dsse", "0.0.1", bundle.entries[0].body, kTestSigningTime)};
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadLogEntry));
}

TEST_F(BundleLogTest, WhatAPromiseCoversIsBadOnceItIsChanged) {
  const Bundle good = sigstore_.Sign(signing_);
  ExpectBadEntry(good, [](LogEntry& entry) { entry.integrated_time += 1; });
  ExpectBadEntry(good, [](LogEntry& entry) { entry.index += 1; });
  ExpectBadEntry(good, [](LogEntry& entry) { entry.promise.back() ^= 1; });
}

// If it is there it must hold, also beside a proof that does.
TEST_F(BundleLogTest, APromiseAndAProofMustBothHold) {
  Bundle bundle = sigstore_.Sign(signing_);
  bundle.form = Form::kBundleV01;
  ExpectBadEntry(bundle, [](LogEntry& entry) { entry.promise = "no promise"; });
  ExpectBadEntry(bundle, [](LogEntry& entry) { entry.proof->hashes[0][0] ^= 1; });
  bundle.entries[0].proof.reset();
  EXPECT_THAT(judge_.Judge(bundle), Holds());
  bundle.entries[0].promise.clear();
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kMalformed));
}

TEST_F(BundleLogTest, AnEntryTwiceIsMalformed) {
  Bundle bundle = sigstore_.Sign(signing_);
  bundle.entries.push_back(bundle.entries[0]);
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kMalformed));
}

}  // namespace
}  // namespace countersign::cosign
