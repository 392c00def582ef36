#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_STORAGE_FIXTURE_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_STORAGE_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cosign/form.h"
#include "cosign/identity.h"
#include "cosign/signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/trusted_root.h"
#include "crypto/sha256.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/policies.h"
#include "policy/policy.h"
#include "policy/verdict.h"
#include "verifier/evidence/test_evidence.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {

// Evidence about one image, in one storage of those that clients use, by one kind of signer:
// whatever else there is, it must be found, and judged for what it is.

// Who signs, and what is asked of it: a key and nothing else, a key and a log's entry, an identity
// in a certificate that a log has seen.
enum class TestWho { kKey, kLoggedKey, kIdentity };

struct StorageCase {
  TestStorage storage;
  TestListing listing;
  TestWho who;
};

inline std::string NameOf(TestStorage storage) {
  switch (storage) {
    case TestStorage::kTag:
      return "UnderATag";
    case TestStorage::kReferringLayers:
      return "InReferringLayers";
    case TestStorage::kReferringBundles:
      return "InReferringBundles";
  }
  return "";
}

inline std::string NameOf(const StorageCase& tried) {
  std::string who = "ByIdentity";
  if (tried.who == TestWho::kKey) who = "ByKey";
  if (tried.who == TestWho::kLoggedKey) who = "ByLoggedKey";
  return absl::StrCat(who, NameOf(tried.storage),
                      tried.listing == TestListing::kApi ? "WithApi" : "WithoutApi");
}

inline constexpr TestStorage kTestStorages[] = {TestStorage::kTag, TestStorage::kReferringLayers,
                                                TestStorage::kReferringBundles};

inline std::vector<StorageCase> StorageCases(const std::vector<TestWho>& signers) {
  std::vector<StorageCase> cases;
  for (const TestStorage storage : kTestStorages) {
    for (const TestListing listing : {TestListing::kApi, TestListing::kTag}) {
      for (const TestWho who : signers) cases.push_back({storage, listing, who});
    }
  }
  return cases;
}

class StorageTest : public testing::TestWithParam<StorageCase> {
 protected:
  // How it is found: by its tag, or by its digest.
  static constexpr char kTagged[] = "registry.example.org/app:1";
  std::string ByDigest() const {
    return absl::StrCat(repository_.ToString(), "@", digest_.ToString());
  }

  static TestStorage storage() { return GetParam().storage; }

  // Somebody with a fresh key, who signs as this case has it; if he has a certificate, one that
  // names this identity.
  cosign::TestSigning Somebody(std::string_view subject = cosign::kTestSubject,
                               std::string_view issuer = cosign::kTestIssuer) const {
    return GetParam().who == TestWho::kIdentity ? Certified(sigstore_, subject, issuer) : Keyed();
  }
  cosign::TestSigning Keyed() const {
    cosign::TestSigning signing;
    if (GetParam().who == TestWho::kKey) signing.witnesses.clear();
    return signing;
  }
  static cosign::TestSigning Certified(const cosign::TestSigstore& sigstore,
                                       std::string_view subject, std::string_view issuer) {
    cosign::TestSigning signing;
    crypto::TestCertificate request = sigstore.Request(signing.key);
    std::erase_if(request.extensions, [](const crypto::TestExtension& extension) {
      return extension.oid.starts_with("1.3.6.1.4.1.57264.1.") || extension.oid == "2.5.29.17";
    });
    request.extensions.push_back(crypto::TestUri(subject));
    request.extensions.push_back(cosign::TestFulcioExtension(8, issuer));
    signing.certificate = sigstore.Issue(request);
    return signing;
  }

  // Who asks for him, in these policies.
  cosign::SignerPtr SignerOf(const cosign::TestSigning& signing) const {
    switch (GetParam().who) {
      case TestWho::kKey:
        return cosign::KeySigner(signing.key.Public());
      case TestWho::kLoggedKey:
        return cosign::KeySigner(signing.key.Public(), {.log_entries = 1}, trust_);
      case TestWho::kIdentity:
        break;
    }
    return IdentitySigner({{.issuer = std::string(cosign::kTestIssuer),
                            .subject = std::string(cosign::kTestSubject)}});
  }
  cosign::SignerPtr IdentitySigner(std::vector<cosign::IdentityRule> rules) const {
    return cosign::KeylessSigner(*cosign::Identities::Compile(std::move(rules)),
                                 {.log_entries = 1, .certificate_timestamps = 1}, trust_);
  }

  // Somebody whose word is asked for: a signature, or an attestation of that type.
  static policy::AuthorityPtr Asking(std::string_view name, cosign::SignerPtr signer,
                                     const std::optional<std::string>& type = std::nullopt) {
    policy::Authority authority = {.name = std::string(name), .asks = std::move(signer)};
    if (type.has_value()) authority.attestations.push_back({.predicate_type = *type});
    return std::make_shared<const policy::Authority>(std::move(authority));
  }
  void SetPolicy(std::vector<policy::AuthorityPtr> any_of) {
    cluster_.policies.Set(policy::PoliciesForEveryImage(std::move(any_of)));
  }

  policy::Verdict Ask(const std::string& image = kTagged) { return cluster_.VerifyOne(image); }
  // Whether the registry was asked for something whose name in its calls has this in it.
  bool WasAskedFor(std::string_view part) const {
    return absl::c_any_of(cluster_.registry.Calls(), [part](const std::string& call) {
      return absl::StrContains(call, part);
    });
  }

  void ExpectNotSigned() {
    for (const std::string& image : {std::string(kTagged), ByDigest()}) {
      const policy::Verdict verdict = Ask(image);
      EXPECT_EQ(verdict.reason, policy::Reason::kNotSigned) << verdict.message;
      EXPECT_THAT(verdict.evidence, testing::IsEmpty());
    }
  }

  // By the one authority, "k", because of what `signing` has made in this case's storage.
  void ExpectHeld(const policy::Verdict& verdict, const cosign::TestSigning& signing,
                  cosign::Form of_layer, std::string_view predicate_type) const {
    ASSERT_EQ(verdict.reason, policy::Reason::kVerified) << verdict.message;
    EXPECT_THAT(verdict.keys, testing::ElementsAre("k"));
    ASSERT_THAT(verdict.evidence, testing::SizeIs(1));
    const policy::Held& held = verdict.evidence[0];
    EXPECT_EQ(held.authority, "k");
    EXPECT_EQ(held.form,
              storage() == TestStorage::kReferringBundles ? cosign::Form::kBundleV03 : of_layer);
    EXPECT_EQ(held.proof.predicate_type, predicate_type);
    ExpectWho(held, signing);
    if (GetParam().who == TestWho::kKey) {
      EXPECT_THAT(held.proof.times, testing::IsEmpty());
      EXPECT_THAT(held.proof.log_indexes, testing::IsEmpty());
    } else {
      EXPECT_THAT(held.proof.times, testing::ElementsAre(cosign::kTestSigningTime));
      EXPECT_THAT(held.proof.log_indexes, testing::SizeIs(1));
    }
  }
  static void ExpectWho(const policy::Held& held, const cosign::TestSigning& signing) {
    EXPECT_EQ(held.key_sha256,
              signing.certificate.has_value() ? "" : crypto::Sha256Hex(signing.key.PublicDer()));
    EXPECT_EQ(held.proof.identity.has_value(), signing.certificate.has_value());
    if (!held.proof.identity.has_value()) return;
    EXPECT_EQ(held.proof.identity->issuer, cosign::kTestIssuer);
    EXPECT_EQ(held.proof.subject, cosign::kTestSubject);
  }

  // Those who sign just as well, but are not whom the policy asks for: others' keys, identities of
  // another name or issuer, and the right name, certified by an authority that nobody trusts.
  struct Stranger {
    cosign::TestSigstore* sigstore;
    cosign::TestSigning signing;
  };
  std::vector<Stranger> Strangers() {
    return {
        {&sigstore_, Keyed()},
        {&sigstore_,
         Certified(sigstore_, "https://example.org/workflow@other", cosign::kTestIssuer)},
        {&sigstore_, Certified(sigstore_, cosign::kTestSubject, "https://accounts.example.com")},
        {&untrusted_, Certified(untrusted_, cosign::kTestSubject, cosign::kTestIssuer)}};
  }

  TestCluster cluster_;
  const oci::Repository repository_ = {"registry.example.org", "app"};
  const oci::Digest digest_ = cluster_.PushImage(kTagged);
  cosign::TestSigstore sigstore_;
  cosign::TestSigstore untrusted_;
  const std::shared_ptr<const cosign::TrustedRoot> trust_ =
      std::make_shared<const cosign::TrustedRoot>(sigstore_.trusted());
  TestEvidence evidence_{&cluster_.registry, repository_, digest_, GetParam().listing};
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_STORAGE_FIXTURE_H_
