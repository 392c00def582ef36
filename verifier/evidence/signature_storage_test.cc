// Signatures of an image, wherever clients keep them and whoever signs: what holds is found, and
// hidden by nothing that is kept beside it or elsewhere.

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cosign/form.h"
#include "cosign/statement.h"
#include "cosign/test_sigstore.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "policy/verdict.h"
#include "verifier/evidence/storage_fixture.h"

namespace countersign::verifier {
namespace {

class SignatureStorageTest : public StorageTest {
 protected:
  SignatureStorageTest() { SetPolicy({Asking("k", SignerOf(signer_))}); }

  void Sign() { evidence_.Sign(sigstore_, signer_, storage()); }
  void ExpectSigned(const policy::Verdict& verdict) const {
    const bool is_statement = storage() == TestStorage::kReferringBundles;
    ExpectHeld(verdict, signer_, cosign::Form::kSignatureLayer,
               is_statement ? cosign::kSignaturePredicateType : "");
  }

  const cosign::TestSigning signer_ = Somebody();
};

INSTANTIATE_TEST_SUITE_P(Everywhere, SignatureStorageTest,
                         testing::ValuesIn(StorageCases({TestWho::kKey, TestWho::kLoggedKey,
                                                         TestWho::kIdentity})),
                         [](const auto& tried) { return NameOf(tried.param); });

TEST_P(SignatureStorageTest, WhatIsSignedIsAdmitted) {
  Sign();
  ExpectSigned(Ask());
  ExpectSigned(Ask(ByDigest()));
}

TEST_P(SignatureStorageTest, WhatRefersToAnImageIsAskedForOnlyWhereItsTagDoesNotSuffice) {
  Sign();
  ExpectSigned(Ask());
  EXPECT_EQ(WasAskedFor("referrers "), storage() != TestStorage::kTag);
  EXPECT_FALSE(WasAskedFor(".att"));
}

TEST_P(SignatureStorageTest, WhatIsForeignHidesNothing) {
  evidence_.AddForeign();
  ExpectNotSigned();
  Sign();
  ExpectSigned(Ask());
}

TEST_P(SignatureStorageTest, WhatStrangersSignHidesNothing) {
  for (const TestStorage anywhere : kTestStorages) {
    for (const Stranger& stranger : Strangers()) {
      evidence_.Sign(*stranger.sigstore, stranger.signing, anywhere);
    }
  }
  ExpectNotSigned();
  Sign();
  ExpectSigned(Ask());
}

TEST_P(SignatureStorageTest, OfCopiesOneIsCheckedAndOneShown) {
  evidence_.SetCopies(3);
  const Stranger stranger = Strangers().front();
  evidence_.Sign(*stranger.sigstore, stranger.signing, storage());
  ExpectNotSigned();
  EXPECT_EQ(cluster_.judge.counts().proofs.misses, 1u);
  Sign();
  ExpectSigned(Ask());
  EXPECT_EQ(cluster_.judge.counts().proofs.misses, 2u);
}

TEST_P(SignatureStorageTest, NoAttestationIsASignature) {
  for (const TestStorage anywhere : kTestStorages) {
    evidence_.Attest(sigstore_, signer_, "https://cosign.sigstore.dev/attestation/vuln/v1",
                     anywhere, std::string(cosign::kSignaturePredicateType));
    // In a bundle that is what a signature is.
    if (anywhere == TestStorage::kReferringBundles) continue;
    evidence_.Attest(sigstore_, signer_, cosign::kSignaturePredicateType, anywhere);
  }
  ExpectNotSigned();
  Sign();
  ExpectSigned(Ask());
}

// CVE-2022-47633: whatever a registry says of whose it is.
TEST_P(SignatureStorageTest, ASignatureOfAnotherImageIsNone) {
  evidence_.SpeakOf(oci::Digest::Of("another image"));
  for (const TestStorage anywhere : kTestStorages) evidence_.Sign(sigstore_, signer_, anywhere);
  ExpectNotSigned();
  evidence_.SpeakOf(digest_);
  Sign();
  ExpectSigned(Ask());
}

TEST_P(SignatureStorageTest, APlaceThatCannotBeReadHidesNoOther) {
  const std::string other_place =
      storage() == TestStorage::kTag
          ? "referrers "
          : absl::StrCat("manifest ", repository_.ToString(), ":sha256-", digest_.hex(), ".sig");
  cluster_.registry.FailWith(repository_, absl::UnavailableError("is away"), other_place);
  const policy::Verdict verdict = Ask();
  EXPECT_EQ(verdict.reason, policy::Reason::kUndecided) << verdict.message;
  Sign();
  ExpectSigned(Ask());
}

}  // namespace
}  // namespace countersign::verifier
