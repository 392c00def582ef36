// Attestations of an image, wherever clients keep them and whoever makes them: what is of the type
// that is asked for is found, and nothing else is taken for it.

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cosign/form.h"
#include "cosign/statement.h"
#include "cosign/test_sigstore.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "policy/verdict.h"
#include "verifier/evidence/storage_fixture.h"

namespace countersign::verifier {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr char kType[] = "https://slsa.dev/provenance/v1";
constexpr char kOtherType[] = "https://cosign.sigstore.dev/attestation/vuln/v1";

class AttestationStorageTest : public StorageTest {
 protected:
  AttestationStorageTest() { AskFor(kType); }

  void AskFor(const std::string& type) { SetPolicy({Asking("k", SignerOf(maker_), type)}); }
  void Attest(std::string_view type = kType) {
    evidence_.Attest(sigstore_, maker_, type, storage());
  }
  void ExpectAttested(const policy::Verdict& verdict) const {
    ExpectHeld(verdict, maker_, cosign::Form::kAttestationLayer, kType);
  }

  const cosign::TestSigning maker_ = Somebody();
};

INSTANTIATE_TEST_SUITE_P(Everywhere, AttestationStorageTest,
                         testing::ValuesIn(StorageCases({TestWho::kKey, TestWho::kLoggedKey,
                                                         TestWho::kIdentity})),
                         [](const auto& tried) { return NameOf(tried.param); });

TEST_P(AttestationStorageTest, WhatIsAttestedIsAdmitted) {
  Attest();
  ExpectAttested(Ask());
  ExpectAttested(Ask(ByDigest()));
}

TEST_P(AttestationStorageTest, WhatRefersToAnImageIsAskedForOnlyWhereItsTagDoesNotSuffice) {
  Attest();
  ExpectAttested(Ask());
  EXPECT_EQ(WasAskedFor("referrers "), storage() != TestStorage::kTag);
  EXPECT_FALSE(WasAskedFor(".sig"));
}

TEST_P(AttestationStorageTest, WhatIsForeignHidesNothing) {
  evidence_.AddForeign();
  ExpectNotSigned();
  Attest();
  ExpectAttested(Ask());
}

TEST_P(AttestationStorageTest, WhatStrangersAttestHidesNothing) {
  for (const TestStorage anywhere : kTestStorages) {
    for (const Stranger& stranger : Strangers()) {
      evidence_.Attest(*stranger.sigstore, stranger.signing, kType, anywhere);
    }
  }
  ExpectNotSigned();
  Attest();
  ExpectAttested(Ask());
}

TEST_P(AttestationStorageTest, OfCopiesOneIsCheckedAndOneShown) {
  evidence_.SetCopies(3);
  const Stranger stranger = Strangers().front();
  evidence_.Attest(*stranger.sigstore, stranger.signing, kType, storage());
  ExpectNotSigned();
  EXPECT_EQ(cluster_.judge.counts().proofs.misses, 1u);
  Attest();
  ExpectAttested(Ask());
  EXPECT_EQ(cluster_.judge.counts().proofs.misses, 2u);
}

// GHSA-w6c6-c85g-mmv6, GHSA-vjxv-45g9-9296: only what is signed says of which type it is, and it
// says exactly that.
TEST_P(AttestationStorageTest, AnAttestationOfAnotherTypeIsNoMatch) {
  for (const std::string& type :
       {std::string(kOtherType), std::string("slsaprovenance1"),
        std::string("https://slsa.dev/provenance/v1/"), std::string("https://slsa.dev/provenance/"),
        std::string("https://slsa.dev/Provenance/v1"),
        std::string(cosign::kSignaturePredicateType)}) {
    for (const TestStorage anywhere : kTestStorages) {
      evidence_.Attest(sigstore_, maker_, type, anywhere, kType);
    }
  }
  ExpectNotSigned();
  evidence_.Attest(sigstore_, maker_, kType, storage(), kOtherType);
  ExpectAttested(Ask());
}

TEST_P(AttestationStorageTest, NoSignatureIsAnAttestation) {
  for (const TestStorage anywhere : kTestStorages) evidence_.Sign(sigstore_, maker_, anywhere);
  ExpectNotSigned();
  Attest();
  ExpectAttested(Ask());
}

TEST_P(AttestationStorageTest, AnAttestationOfAnotherImageIsNone) {
  evidence_.SpeakOf(oci::Digest::Of("another image"));
  for (const TestStorage anywhere : kTestStorages) {
    evidence_.Attest(sigstore_, maker_, kType, anywhere);
  }
  ExpectNotSigned();
  evidence_.SpeakOf(digest_);
  Attest();
  ExpectAttested(Ask());
}

TEST_P(AttestationStorageTest, APlaceThatCannotBeReadHidesNoOther) {
  const std::string other_place =
      storage() == TestStorage::kTag
          ? "referrers "
          : absl::StrCat("manifest ", repository_.ToString(), ":sha256-", digest_.hex(), ".att");
  cluster_.registry.FailWith(repository_, absl::UnavailableError("is away"), other_place);
  const policy::Verdict verdict = Ask();
  EXPECT_EQ(verdict.reason, policy::Reason::kUndecided) << verdict.message;
  Attest();
  ExpectAttested(Ask());
}

TEST_P(AttestationStorageTest, OfSeveralTypesEachAuthorityGetsItsOwn) {
  SetPolicy({Asking("vulnerabilities", SignerOf(maker_), kOtherType),
             Asking("k", SignerOf(maker_), kType), Asking("signature", SignerOf(maker_))});
  Attest();
  ExpectAttested(Ask());

  Attest(kOtherType);
  evidence_.Sign(sigstore_, maker_, storage());
  cluster_.clock.Advance(absl::Hours(1));
  const policy::Verdict verdict = Ask();
  EXPECT_THAT(verdict.keys, ElementsAre("vulnerabilities", "k", "signature")) << verdict.message;
  ASSERT_THAT(verdict.evidence, SizeIs(3));
  EXPECT_EQ(verdict.evidence[0].proof.predicate_type, kOtherType);
  EXPECT_EQ(verdict.evidence[1].proof.predicate_type, kType);
  EXPECT_NE(verdict.evidence[2].form, cosign::Form::kAttestationLayer);
}

TEST_P(AttestationStorageTest, WhatIsRememberedIsOfTheTypeThatWasAskedFor) {
  Attest();
  ExpectAttested(Ask());
  AskFor(kOtherType);
  ExpectNotSigned();
  SetPolicy({Asking("k", SignerOf(maker_))});
  ExpectNotSigned();
  AskFor(kType);
  ExpectAttested(Ask(ByDigest()));
}

}  // namespace
}  // namespace countersign::verifier
