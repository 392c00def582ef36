// Images that several have signed, with certificates or keys, wherever clients keep that: whom the
// policy asks for is found among them, and nobody else's word is taken for his.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "cosign/form.h"
#include "cosign/identity.h"
#include "cosign/signer.h"
#include "cosign/statement.h"
#include "cosign/test_sigstore.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/verdict.h"
#include "verifier/evidence/storage_fixture.h"

namespace countersign::verifier {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// Whom the policy asks for, and others.
constexpr std::string_view kIssuer = cosign::kTestIssuer;
constexpr std::string_view kSubject = cosign::kTestSubject;
constexpr std::string_view kOtherIssuer = "https://accounts.example.com";
constexpr std::string_view kOtherSubject = "https://example.org/workflow@other";
constexpr std::string_view kThirdSubject = "https://example.org/workflow@third";

cosign::IdentityRule Rule(std::string_view subject, std::string_view issuer = kIssuer) {
  return {.issuer = std::string(issuer), .subject = std::string(subject)};
}

cosign::IdentityRule Expressions(std::string_view subject, std::string_view issuer) {
  return {.issuer_regexp = std::string(issuer), .subject_regexp = std::string(subject)};
}

class IdentityStorageTest : public StorageTest {
 protected:
  void SignAs(std::string_view subject, std::string_view issuer = kIssuer) {
    evidence_.Sign(sigstore_, Somebody(subject, issuer), storage());
  }
  void AskFor(std::vector<cosign::IdentityRule> rules) {
    SetPolicy({Asking("k", IdentitySigner(std::move(rules)))});
  }
  void ExpectSigned() {
    const bool is_statement = storage() == TestStorage::kReferringBundles;
    ExpectHeld(Ask(), Somebody(), cosign::Form::kSignatureLayer,
               is_statement ? cosign::kSignaturePredicateType : "");
  }
};

INSTANTIATE_TEST_SUITE_P(Everywhere, IdentityStorageTest,
                         testing::ValuesIn(StorageCases({TestWho::kIdentity})),
                         [](const auto& tried) { return NameOf(tried.param); });

// Only bundles have more than two witnesses.
class CrowdedBundlesTest : public IdentityStorageTest {};

INSTANTIATE_TEST_SUITE_P(InReferrers, CrowdedBundlesTest,
                         testing::Values(StorageCase{TestStorage::kReferringBundles,
                                                     TestListing::kApi, TestWho::kIdentity}),
                         [](const auto& tried) { return NameOf(tried.param); });

TEST_P(IdentityStorageTest, OneOfSeveralIdentitiesIsFound) {
  AskFor({Rule(kSubject)});
  SignAs(kOtherSubject);
  SignAs(kSubject, kOtherIssuer);
  ExpectNotSigned();
  SignAs(kSubject);
  SignAs(kThirdSubject);
  ExpectSigned();
}

// Whoever may push can copy a certificate and add witnesses to what its key has not signed.
TEST_P(CrowdedBundlesTest, OthersWithAsManyWitnessesAsThereMayBeHideNobody) {
  AskFor({Rule(kSubject)});
  cosign::TestSigning unsigned_one = Somebody();
  unsigned_one.key = crypto::TestKey::Generate();
  unsigned_one.witnesses.assign(32, cosign::TestWitness::kRekor1);
  unsigned_one.witnesses.insert(unsigned_one.witnesses.end(), 32, cosign::TestWitness::kTimestamp);
  // Looking at all of those would take more than what is done for an image.
  for (int i = 0; i < 20; ++i) evidence_.Sign(sigstore_, unsigned_one, storage());
  ExpectNotSigned();
  SignAs(kSubject);
  ExpectSigned();
}

// Or keep all of it, signature too, and add witnesses of another time, at which the certificate did not
// hold.
TEST_P(CrowdedBundlesTest, CopiesWithMoreWitnessesHideNotWhatTheyAreCopiesOf) {
  AskFor({Rule(kSubject)});
  const cosign::TestSigning signing = Somebody();
  cosign::TestSigning copy = signing;
  copy.time += absl::Hours(24 * 365);
  copy.witnesses.assign(4, cosign::TestWitness::kRekor1);
  copy.witnesses.insert(copy.witnesses.end(), 4, cosign::TestWitness::kTimestamp);
  // Looking at all of those would take more than what is done for an image.
  for (int i = 0; i < 150; ++i) evidence_.Sign(sigstore_, copy, storage());
  evidence_.Sign(sigstore_, signing, storage());
  ExpectSigned();
}

TEST_P(IdentityStorageTest, AnyOfAnAuthoritysIdentitiesWillDo) {
  SignAs(kSubject);
  AskFor({Rule(kOtherSubject), Rule(kSubject)});
  ExpectSigned();
  AskFor({Rule(kSubject), Rule(kOtherSubject)});
  ExpectSigned();
}

TEST_P(IdentityStorageTest, IssuerAndSubjectAreThoseOfOneIdentity) {
  SignAs(kSubject);
  AskFor({Rule(kSubject, kOtherIssuer), Rule(kOtherSubject)});
  ExpectNotSigned();
}

TEST_P(IdentityStorageTest, ExpressionsMatchAnywhereUnlessTheySayWhere) {
  SignAs(kSubject);
  AskFor({Expressions("workflow@", R"(^https://accounts\.example\.org$)")});
  ExpectSigned();
  AskFor({Expressions("^workflow@", R"(^https://accounts\.example\.org$)")});
  ExpectNotSigned();
  AskFor({Expressions("workflow@", R"(accounts\.example\.com)")});
  ExpectNotSigned();
}

TEST_P(IdentityStorageTest, EachAuthorityIsHeldByItsOwnIdentity) {
  SetPolicy({Asking("third", IdentitySigner({Rule(kThirdSubject)})),
             Asking("other", IdentitySigner({Rule(kOtherSubject)})),
             Asking("k", IdentitySigner({Rule(kSubject)}))});
  SignAs(kSubject);
  SignAs(kOtherSubject);
  const policy::Verdict verdict = Ask();
  EXPECT_THAT(verdict.keys, ElementsAre("other", "k")) << verdict.message;
  ASSERT_THAT(verdict.evidence, SizeIs(2));
  EXPECT_EQ(verdict.evidence[0].authority, "other");
  EXPECT_EQ(verdict.evidence[0].proof.subject, kOtherSubject);
  EXPECT_EQ(verdict.evidence[1].authority, "k");
  EXPECT_EQ(verdict.evidence[1].proof.subject, kSubject);
}

TEST_P(IdentityStorageTest, KeysAndIdentitiesAreOfferedTheSame) {
  const cosign::TestSigning keyed = Keyed();
  SetPolicy({Asking("key", cosign::KeySigner(keyed.key.Public())),
             Asking("k", IdentitySigner({Rule(kSubject)}))});
  SignAs(kSubject);
  ExpectSigned();

  evidence_.Sign(sigstore_, keyed, storage());
  cluster_.clock.Advance(absl::Hours(1));
  const policy::Verdict verdict = Ask();
  EXPECT_THAT(verdict.keys, ElementsAre("key", "k")) << verdict.message;
  ASSERT_THAT(verdict.evidence, SizeIs(2));
  ExpectWho(verdict.evidence[0], keyed);
  ExpectWho(verdict.evidence[1], Somebody());
}

TEST_P(IdentityStorageTest, AKeysSignatureIsNoIdentitys) {
  const cosign::TestSigning keyed = Keyed();
  evidence_.Sign(sigstore_, keyed, storage());
  AskFor({Expressions(".", ".")});
  ExpectNotSigned();
  SetPolicy({Asking("key", cosign::KeySigner(keyed.key.Public()))});
  const policy::Verdict verdict = Ask();
  EXPECT_THAT(verdict.keys, ElementsAre("key")) << verdict.message;
}

}  // namespace
}  // namespace countersign::verifier
