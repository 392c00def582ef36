// Entries of transparency logs in bundles: each test breaks one thing of one that holds.

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "cosign/bundle.h"
#include "cosign/checkpoint.h"
#include "cosign/form.h"
#include "cosign/log_entry_data.h"
#include "cosign/refusal.h"
#include "cosign/test_judge.h"
#include "cosign/test_log.h"
#include "cosign/test_sigstore.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

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
