// Which of a log's entry, a timestamp of the certificate (SCT) and a timestamp of the signature an
// authority of policy.sigstore.dev wants, with the Policy Controller's outcome beside ours
// (sigstore/policy-controller at commit f925c0c): in every form of evidence, and with each combination
// of them.

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cosign/item.h"
#include "cosign/test_attestation.h"
#include "cosign/test_sigstore.h"
#include "cosign/trusted_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/sigstore/conformance_fixture.h"
#include "policy/sigstore/evidence_fixture.h"
#include "policy/verdict.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What must be there; all of it is enough.
struct Wants {
  bool log = false;
  bool timestamp = false;
  bool sct = false;
};

constexpr Wants kNothing = {};
constexpr Wants kLog = {.log = true};
constexpr Wants kTimestamp = {.timestamp = true};
constexpr Wants kLogAndTimestamp = {.log = true, .timestamp = true};
constexpr Wants kLogAndSct = {.log = true, .sct = true};
constexpr Wants kTimestampAndSct = {.timestamp = true, .sct = true};
constexpr Wants kAll = {.log = true, .timestamp = true, .sct = true};

// Whose evidence it is.
enum Whose { kPublic, kOwn };

struct Row {
  // Members of the authority beside its name; $keyless stands for the identities that a keyless one has.
  std::string_view authority;
  Wants ours;
  std::string_view theirs;
  Whose certificates = kPublic;
  Whose logs = kPublic;
  Whose timestamps = kPublic;
};

// Section 4.3 of the specification. "At now": the certificate must be valid at the moment of the request,
// so that one of Fulcio's is refused ten minutes after it was issued. "Online": where there is no entry
// beside the signature, the log is asked for one while the image is judged; D26: nothing here is.
constexpr Row kRows[] = {
    {R"("key": {"data": "$alice"})", kNothing, "nothing"},
    {R"("key": {"data": "$alice"}, "ctlog": {})", kNothing, "nothing"},
    {R"("key": {"data": "$alice"}, "ctlog": {"url": "https://rekor.sigstore.dev"})", kLog,
     "an entry, online (D26)"},
    {R"("key": {"data": "$alice"}, "ctlog": {"trustRootRef": "own"})", kLog,
     "v1alpha1: an entry, online; v1beta1: nothing (D7)", kPublic, kOwn},
    {R"("key": {"data": "$alice"},
         "ctlog": {"url": "https://rekor.example.com", "trustRootRef": "own"})",
     kLog, "an entry, online (D26)", kPublic, kOwn},
    {R"("key": {"data": "$alice"}, "rfc3161timestamp": {"trustRootRef": "own"})", kTimestamp,
     "nothing (D27)", kPublic, kPublic, kOwn},
    {R"("key": {"data": "$alice"}, "rfc3161timestamp": {})", kNothing, "nothing"},
    {R"("key": {"data": "$alice"}, "ctlog": {"url": "https://rekor.sigstore.dev"},
         "rfc3161timestamp": {"trustRootRef": "own"})",
     kLogAndTimestamp, "nothing (D27)", kPublic, kPublic, kOwn},
    {R"("key": {"data": "$alice"}, "ctlog": {"trustRootRef": "own"},
         "rfc3161timestamp": {"trustRootRef": "own"})",
     kLogAndTimestamp, "nothing (D27)", kPublic, kOwn, kOwn},
    {R"("keyless": {$keyless})", kLogAndSct, "an entry and an SCT"},
    {R"("keyless": {"url": "https://fulcio.sigstore.dev", $keyless})", kLogAndSct,
     "an entry and an SCT"},
    {R"("keyless": {"insecureIgnoreSCT": true, $keyless})", kLog, "an entry"},
    {R"("keyless": {"trustRootRef": "own", $keyless})", kLogAndSct, "an SCT, at now (D28)", kOwn,
     kOwn},
    {R"("keyless": {"trustRootRef": "without-logs", $keyless})", kTimestampAndSct,
     "an SCT, at now (D28)", kOwn, kOwn, kOwn},
    {R"("keyless": {"trustRootRef": "without-ct-logs", $keyless})", kLog,
     "an SCT that no log can have made, at now", kOwn, kOwn},
    {R"("keyless": {$keyless}, "ctlog": {"url": "https://rekor.sigstore.dev"})", kLogAndSct,
     "an entry, online, and an SCT (D26)"},
    {R"("keyless": {"trustRootRef": "own", $keyless}, "ctlog": {"trustRootRef": "own"})",
     kLogAndSct, "v1alpha1: an entry and an SCT; v1beta1: an SCT, at now (D7)", kOwn, kOwn},
    {R"("keyless": {$keyless}, "ctlog": {"trustRootRef": "own"})", kLogAndSct,
     "v1alpha1: an entry of that root and an SCT; v1beta1: an entry of the public log (D7)",
     kPublic, kOwn},
    {R"("keyless": {$keyless}, "ctlog": {})", kLogAndSct,
     "v1alpha1: an SCT, at now; v1beta1: an entry and an SCT"},
    {R"("keyless": {$keyless}, "rfc3161timestamp": {"trustRootRef": "own"})", kTimestampAndSct,
     "an SCT, a timestamp only if there is one, else at now (D27)", kPublic, kPublic, kOwn},
    {R"("keyless": {$keyless}, "ctlog": {"url": "https://rekor.sigstore.dev"},
         "rfc3161timestamp": {"trustRootRef": "own"})",
     kAll, "an SCT, a timestamp only if there is one, else at now; no entry (D27)", kPublic,
     kPublic, kOwn},
    {R"("signatureFormat": "bundle", "keyless": {$keyless})", kLogAndSct,
     "an entry and an SCT, of attestations alone"},
    {R"("signatureFormat": "bundle", "keyless": {"trustRootRef": "own", $keyless},
         "ctlog": {"trustRootRef": "own"})",
     kLogAndSct, "an entry and an SCT, of attestations alone", kOwn, kOwn},
    {R"("signatureFormat": "bundle", "keyless": {"trustRootRef": "own", $keyless},
         "rfc3161timestamp": {"trustRootRef": "own"})",
     kTimestampAndSct, "a timestamp and an SCT", kOwn, kOwn, kOwn},
    {R"("signatureFormat": "bundle", "keyless": {"trustRootRef": "own", $keyless},
         "ctlog": {"trustRootRef": "own"}, "rfc3161timestamp": {"trustRootRef": "own"})",
     kAll, "a timestamp and an SCT, no entry (D27)", kOwn, kOwn, kOwn},
    {R"("signatureFormat": "bundle", "keyless": {$keyless}, "ctlog": {"trustRootRef": "own"})",
     kLogAndSct, "an error: roots differ", kPublic, kOwn},
    {R"("signatureFormat": "bundle", "key": {"data": "$alice"})", kNothing,
     "an error: the authority must be keyless"},
};

class SigstoreWitnessConformance : public SigstoreConformanceTest {
 protected:
  SigstoreWitnessConformance() {
    cosign::TrustedRoot root = own_.trusted();
    root.logs.clear();
    AddRoot("without-logs", root);
    root.timestamp_authorities.clear();
    AddRoot("without-time", root);
    root = own_.trusted();
    root.certificate_logs.clear();
    AddRoot("without-ct-logs", root);
  }

  static bool IsKeyless(const Row& row) {
    return row.authority.find("$keyless") != row.authority.npos;
  }

  void SetAuthority(std::string_view members, bool is_attestation, std::string_view version) {
    const std::string identities =
        absl::StrCat(R"("identities": [{"issuer": ")", cosign::kTestIssuer, R"(", "subject": ")",
                     cosign::kTestSubject, R"("}])");
    const std::string attestations =
        is_attestation ? absl::StrCat(R"(, "attestations": [{"name": "a", "predicateType": ")",
                                      cosign::kTestPredicateType, R"("}])")
                       : "";
    SetAuthorities(
        absl::StrCat(R"({"name": "a", )", absl::StrReplaceAll(members, {{"$keyless", identities}}),
                     attestations, "}"),
        version);
  }

  cosign::TestSigstore& Of(Whose whose) { return whose == kOwn ? own_ : sigstore_; }

  // Each combination is signed once.
  const cosign::ItemPtr& ItemFor(const Row& row, Kept kept, const Seen& seen) {
    const auto key = std::tuple(row.certificates, row.logs, row.timestamps, IsKeyless(row), kept,
                                seen.by_log, seen.by_timestamp, seen.by_certificate_log);
    cosign::ItemPtr& item = items_[key];
    if (item != nullptr) return item;
    TestEvidence evidence = {.kept = kept, .seen = seen};
    if (!IsKeyless(row)) evidence.key = alice_.key();
    evidence.certificates = &Of(row.certificates);
    evidence.logs = &Of(row.logs);
    evidence.timestamps = &Of(row.timestamps);
    item = MakeItem(evidence).value();
    return item;
  }

  void CheckRow(const Row& row, Kept kept) {
    for (int i = 0; i < (IsKeyless(row) ? 8 : 4); ++i) {
      const Seen seen = {
          .by_log = (i & 1) != 0, .by_timestamp = (i & 2) != 0, .by_certificate_log = (i & 4) != 0};
      const bool is_enough = (!row.ours.log || seen.by_log) &&
                             (!row.ours.timestamp || seen.by_timestamp) &&
                             (!row.ours.sct || seen.by_certificate_log);
      const Verdict verdict = Ask(Found({ItemFor(row, kept, seen)}));
      EXPECT_EQ(verdict.decision == Decision::kAllow, is_enough)
          << row.authority << "\nform " << static_cast<int>(kept) << ", log " << seen.by_log
          << ", timestamp " << seen.by_timestamp << ", SCT " << seen.by_certificate_log << "\n"
          << verdict.message << "\ntheirs: " << row.theirs;
    }
  }

 private:
  std::map<std::tuple<Whose, Whose, Whose, bool, Kept, bool, bool, bool>, cosign::ItemPtr> items_;
};

TEST_F(SigstoreWitnessConformance, WhatEachAuthorityWantsIsEnoughAndNothingLessIs) {
  for (const Row& row : kRows) {
    for (const std::string_view version : {"v1alpha1", "v1beta1"}) {
      for (const Kept kept : {Kept::kSignatureLayer, Kept::kSignatureBundle,
                              Kept::kAttestationLayer, Kept::kAttestationBundle}) {
        SetAuthority(row.authority, IsAttestation(kept), version);
        CheckRow(row, kept);
      }
    }
  }
}

// Theirs converts v1beta1 to v1alpha1 when it is stored, which loses `ctlog` without a URL: a signature
// that no log has seen is admitted there, even if there is no such TrustRoot.
TEST_F(SigstoreWitnessConformance, D7ALogThatARootNamesIsAskedForInBothVersions) {
  for (const std::string_view version : {"v1alpha1", "v1beta1"}) {
    SetAuthorities(R"({"name": "a", "key": {"data": "$alice"}, "ctlog": {"trustRootRef": "own"}})",
                   version);
    EXPECT_FALSE(Admits(SignedBy(alice_))) << version;
    SetAuthorities(R"({"name": "a", "key": {"data": "$alice"}, "ctlog": {"trustRootRef": "none"}})",
                   version);
    EXPECT_THAT(TextsOf(AskWithout(Image())), ElementsAre(HasSubstr("trustRootRef none not found")))
        << version;
  }
}

// Theirs trusts the public authority whatever the URL is, and a log's keys whatever its URL.
TEST_F(SigstoreWitnessConformance, D25AnAddressThatIsNobodysNeedsATrustRoot) {
  SetAuthority(R"("keyless": {"url": "https://fulcio.corp", $keyless})", false, "v1beta1");
  EXPECT_THAT(TextsOf(AskWithout(Image())),
              ElementsAre(HasSubstr("keyless.url https://fulcio.corp belongs to no certificate "
                                    "authority of the default trust root: set trustRootRef")));
  SetAuthority(R"("key": {"data": "$alice"}, "ctlog": {"url": "https://rekor.corp"})", false,
               "v1beta1");
  EXPECT_THAT(
      TextsOf(AskWithout(Image())),
      ElementsAre(HasSubstr("ctlog.url https://rekor.corp belongs to no transparency log of "
                            "the default trust root: set trustRootRef")));
  // A root of its own makes the URL a mere note.
  SetAuthority(R"("keyless": {"url": "https://fulcio.corp", "trustRootRef": "own", $keyless})",
               false, "v1beta1");
  const Row own = {.authority = "$keyless", .certificates = kOwn, .logs = kOwn};
  EXPECT_TRUE(Admits(Found({ItemFor(own, Kept::kSignatureLayer, {.by_log = true})})));
  const Row others = {.authority = "$keyless"};
  EXPECT_FALSE(Admits(Found({ItemFor(others, Kept::kSignatureLayer, {.by_log = true})})));
}

// Theirs searches the log that the authority names; here nothing but what lies beside the signature
// counts, and the answer says what is missing.
TEST_F(SigstoreWitnessConformance, D26NoLogIsSearchedForAnEntry) {
  SetAuthorities(
      R"({"name": "a", "key": {"data": "$alice"}, "ctlog": {"url": "https://rekor.sigstore.dev"}})");
  const Verdict verdict = Ask(SignedBy(alice_));
  EXPECT_EQ(verdict.reason, Reason::kNotSigned);
  EXPECT_THAT(TextsOf(verdict), ElementsAre(HasSubstr("log")));
}

// Theirs switches the log off where a timestamp authority is named, and looks at a timestamp only if
// there is one: neither was there, and the image was admitted.
TEST_F(SigstoreWitnessConformance, D27ATimestampAuthorityWithNeitherLogNorTimestampAdmitsNothing) {
  const Row row = {.authority = "", .timestamps = kOwn};
  SetAuthority(R"("key": {"data": "$alice"}, "ctlog": {"url": "https://rekor.sigstore.dev"},
                  "rfc3161timestamp": {"trustRootRef": "own"})",
               false, "v1beta1");
  EXPECT_FALSE(Admits(SignedBy(alice_)));
  EXPECT_FALSE(Admits(Found({ItemFor(row, Kept::kSignatureLayer, {.by_log = true})})));
  EXPECT_FALSE(Admits(Found({ItemFor(row, Kept::kSignatureLayer, {.by_timestamp = true})})));
  EXPECT_TRUE(
      Admits(Found({ItemFor(row, Kept::kSignatureLayer, {.by_log = true, .by_timestamp = true})})));
  // One authority's timestamp is not another's.
  const Row of_others = {.authority = ""};
  EXPECT_FALSE(Admits(
      Found({ItemFor(of_others, Kept::kSignatureLayer, {.by_log = true, .by_timestamp = true})})));
}

// Theirs judges such certificates by the clock, so that all are refused after ten minutes.
TEST_F(SigstoreWitnessConformance, D28WithoutATrustedTimeNoCertificateIsJudged) {
  SetAuthority(R"("keyless": {"trustRootRef": "without-time", $keyless})", false, "v1beta1");
  EXPECT_THAT(TextsOf(AskWithout(Image())),
              ElementsAre(HasSubstr("the TrustRoot \"without-time\" has no transparency log and no "
                                    "timestamp authority")));
  // A log or a timestamp authority of another root gives the time.
  SetAuthority(R"("keyless": {"trustRootRef": "without-time", $keyless},
                  "rfc3161timestamp": {"trustRootRef": "own"})",
               false, "v1beta1");
  const Row own = {.authority = "$keyless", .certificates = kOwn, .logs = kOwn, .timestamps = kOwn};
  EXPECT_TRUE(Admits(Found({ItemFor(own, Kept::kSignatureLayer, {.by_timestamp = true})})));
  EXPECT_FALSE(Admits(Found({ItemFor(own, Kept::kSignatureLayer, {})})));
}

// Entries of Rekor 2 carry no time.
TEST_F(SigstoreWitnessConformance, AnEntryWithoutATimeNeedsATimestampBesides) {
  SetAuthority(R"("keyless": {$keyless})", false, "v1beta1");
  TestEvidence evidence = {.kept = Kept::kSignatureBundle, .seen = {.by_rekor2 = true}};
  evidence.certificates = evidence.logs = evidence.timestamps = &sigstore_;
  EXPECT_FALSE(Admits(Found({MakeItem(evidence)})));
  evidence.seen.by_timestamp = true;
  EXPECT_TRUE(Admits(Found({MakeItem(evidence)})));
  // Where a key signs there is nothing that a time would be asked for.
  SetAuthorities(
      R"({"name": "a", "key": {"data": "$alice"}, "ctlog": {"url": "https://rekor.sigstore.dev"}})");
  evidence.key = alice_.key();
  evidence.seen.by_timestamp = false;
  EXPECT_TRUE(Admits(Found({MakeItem(evidence)})));
}

}  // namespace
}  // namespace countersign::policy
