// What refers to an image, as the policy asks for it: after the signature tag, and before anything is
// called not signed.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/index.h"
#include "verifier/evidence/referrer_list.h"
#include "verifier/evidence/test_referrers.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using policy::Decision;
using policy::Reason;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kImage[] = "registry.example.org/app:1";
const oci::Repository kRepository = {"registry.example.org", "app"};

class ReferrerStageTest : public testing::Test {
 protected:
  ReferrerStageTest() {
    cluster_.SetPolicy(
        policy::TestPolicy().Key("k", cluster_.signer.key().PublicPem()).Rule("*", {"k"}));
  }

  policy::Verdict Ask(const std::string& image = kImage) { return cluster_.VerifyOne(image); }
  std::string ByDigest() const {
    return absl::StrCat(kRepository.ToString(), "@", digest_.ToString());
  }

  void AddBundle(const cosign::TestSigner& signer) {
    referrers_.AddBlob(TestBundle(signer, digest_));
  }
  void AddForeign(size_t count = 1) {
    for (size_t i = 0; i < count; ++i) {
      referrers_.AddBlob(absl::StrCat("an SBOM ", i), "application/spdx+json",
                         "application/spdx+json");
    }
  }

  // What is said of an image without any signature.
  std::string NothingThere(std::string_view image = kImage,
                           std::string_view with = "answered") const {
    return absl::StrCat("The image: ", image,
                        " is not signed. No signature was found in its repository under the tag "
                        "sha256-",
                        digest_.hex(),
                        ".sig. Sign it with the key \"k\". It was looked for with: "
                        "anonymous (",
                        with, ").");
  }

  TestCluster cluster_;
  const oci::Digest digest_ = cluster_.PushImage(kImage);
  TestReferrers referrers_{&cluster_.registry, kRepository, digest_};
};

TEST_F(ReferrerStageTest, ABundleThatRefersToAnImageSignsIt) {
  AddForeign();
  AddBundle(cluster_.other_signer);
  AddBundle(cluster_.signer);
  referrers_.ListByTag();
  const policy::Verdict verdict = Ask();
  EXPECT_EQ(verdict.reason, Reason::kVerified) << verdict.message;
  EXPECT_THAT(verdict.keys, ElementsAre("k"));
  referrers_.ListByApi(1);
  cluster_.clock.Advance(absl::Hours(1));
  EXPECT_EQ(Ask().reason, Reason::kVerified);
}

TEST_F(ReferrerStageTest, SignatureLayersThatReferToAnImageSignIt) {
  referrers_.AddSignatures({cluster_.other_signer.Sign(digest_), cluster_.signer.Sign(digest_)});
  referrers_.ListByApi();
  EXPECT_EQ(Ask().reason, Reason::kVerified);
}

TEST_F(ReferrerStageTest, WhatIsSignedUnderItsTagIsNotLookedForElsewhere) {
  cluster_.Sign(kImage, digest_, {&cluster_.signer});
  AddBundle(cluster_.signer);
  referrers_.ListByApi();
  EXPECT_EQ(Ask().reason, Reason::kVerified);
  EXPECT_THAT(cluster_.registry.Calls(), ElementsAre(HasSubstr("resolve "), HasSubstr(".sig")));
}

TEST_F(ReferrerStageTest, AWrongSignatureUnderTheTagHidesNoBundleNorTheOtherWayRound) {
  cluster_.Sign(kImage, digest_, {&cluster_.other_signer});
  AddBundle(cluster_.signer);
  referrers_.ListByApi();
  EXPECT_EQ(Ask().reason, Reason::kVerified);

  cluster_.Sign(kImage, digest_, {&cluster_.signer});
  cluster_.registry.SetReferrers(kRepository, digest_, {"no index"});
  cluster_.clock.Advance(absl::Hours(1));
  EXPECT_EQ(Ask().reason, Reason::kVerified);
}

TEST_F(ReferrerStageTest, AThousandSignaturesUnderTheTagHideNoBundle) {
  cluster_.PushSignatures(
      kImage, digest_,
      std::vector<cosign::ItemPtr>(1000, cluster_.signer.Sign(oci::Digest::Of("another image"))));
  AddBundle(cluster_.signer);
  referrers_.ListByApi();
  const policy::Verdict verdict = Ask();
  EXPECT_EQ(verdict.reason, Reason::kVerified) << verdict.message;
}

TEST_F(ReferrerStageTest, WhereNothingIsEvidenceItIsSaidAsEver) {
  EXPECT_EQ(Ask().message, NothingThere());
  EXPECT_EQ(Ask(ByDigest()).message, NothingThere(ByDigest(), "no signature"));
  referrers_.ListByApi();
  EXPECT_EQ(Ask().message, NothingThere());
  AddForeign();
  referrers_.ListByApi();
  const policy::Verdict verdict = Ask();
  EXPECT_EQ(verdict.message, NothingThere());
  EXPECT_EQ(verdict.reason, Reason::kNotSigned);
}

TEST_F(ReferrerStageTest, WhatHoldsForNoKeyIsCountedAndExplained) {
  cluster_.Sign(kImage, digest_, {&cluster_.other_signer});
  AddBundle(cluster_.other_signer);
  referrers_.AddBlob("no bundle");
  referrers_.ListByApi();
  const policy::Verdict verdict = Ask();
  EXPECT_EQ(verdict.reason, Reason::kNotSigned);
  EXPECT_THAT(verdict.message, HasSubstr("3 signatures were found, none that holds for it by the "
                                         "key \"k\": signature 1 of 3: "));
  EXPECT_THAT(verdict.message, HasSubstr(absl::StrCat("signature 3 of 3: the bundle ",
                                                      oci::Digest::Of("no bundle").ToString())));
}

TEST_F(ReferrerStageTest, WhereReferrersCannotBeReadNothingIsKnown) {
  for (const absl::Status& failure :
       {absl::UnavailableError("is away"), absl::ResourceExhaustedError("wants to be left alone"),
        absl::PermissionDeniedError("keeps it to itself"),
        absl::FailedPreconditionError("is not to be trusted")}) {
    cluster_.registry.FailWith(kRepository, failure, "referrers ");
    for (const std::string& image : {std::string(kImage), ByDigest()}) {
      const policy::Verdict verdict = Ask(image);
      EXPECT_EQ(verdict.reason, Reason::kUndecided) << verdict.message;
      EXPECT_THAT(verdict.message, HasSubstr(std::string(failure.message())));
    }
  }
}

TEST_F(ReferrerStageTest, WhereTheRegistrysListCannotBeUnderstoodNothingIsKnown) {
  cluster_.registry.SetReferrers(kRepository, digest_, {R"({"manifests":[)"});
  const policy::Verdict verdict = Ask();
  EXPECT_EQ(verdict.reason, Reason::kUndecided) << verdict.message;
  EXPECT_THAT(verdict.message, HasSubstr("not all that refers to the image could be read"));
  // Unlike an index under the tag, which whoever may push may have made.
  cluster_.registry.SetReferrers(kRepository, digest_, {R"({"schemaVersion":2,"manifests":[]})"});
  cluster_.registry.PutManifest(kRepository, oci::ReferrersTag(digest_), R"({"manifests":[)");
  cluster_.clock.Advance(absl::Hours(1));
  EXPECT_EQ(Ask().reason, Reason::kNotSigned);
}

TEST_F(ReferrerStageTest, WhereTheTagCannotBeReadABundleSignsTheImageStill) {
  AddBundle(cluster_.signer);
  referrers_.ListByApi();
  cluster_.registry.FailWith(kRepository, absl::UnavailableError("is away"),
                             "manifest registry.example.org/app:");
  for (const std::string& image : {ByDigest(), std::string(kImage)}) {
    cluster_.clock.Advance(absl::Hours(1));
    const policy::Verdict verdict = Ask(image);
    EXPECT_EQ(verdict.reason, Reason::kVerified) << verdict.message;
  }
}

TEST_F(ReferrerStageTest, ThatOnePieceIsKeptFromACredentialLeavesTheImageUndecided) {
  const absl::Status refusal = absl::PermissionDeniedError("keeps it to itself");
  AddBundle(cluster_.signer);
  referrers_.ListByApi();
  for (const char* const what : {"blob ", "manifest registry.example.org/app@"}) {
    cluster_.registry.FailWith(kRepository, refusal, what);
    const policy::Verdict verdict = Ask();
    EXPECT_EQ(verdict.reason, Reason::kUndecided) << what << verdict.message;
    EXPECT_THAT(verdict.message, HasSubstr("keeps it to itself"));
  }
  const std::string payload = cosign::TestSigner::Payload(digest_, "first.example.org/app");
  cluster_.PushSignatures(kImage, digest_, {cluster_.signer.SignPayload(payload)});
  cluster_.registry.FailWith(kRepository, refusal, "blob ");
  EXPECT_EQ(Ask().reason, Reason::kUndecided);
}

TEST_F(ReferrerStageTest, WhatIsSignedUnderItsTagNeedsNoReferrers) {
  cluster_.Sign(kImage, digest_, {&cluster_.signer});
  cluster_.registry.FailWith(kRepository, absl::UnavailableError("is away"), "referrers ");
  EXPECT_EQ(Ask().reason, Reason::kVerified);
}

TEST_F(ReferrerStageTest, MoreThanIsLookedAtIsUndecidedUnlessSomethingHolds) {
  AddForeign(kMaxReferrers + 1);
  referrers_.ListByApi();
  const policy::Verdict verdict = Ask();
  EXPECT_EQ(verdict.reason, Reason::kUndecided);
  EXPECT_THAT(verdict.message,
              HasSubstr("Its signatures could not be read: more than 200 manifests refer to the "
                        "image; no more are looked at. "));
  AddBundle(cluster_.signer);
  referrers_.ListByApi();
  EXPECT_EQ(Ask().reason, Reason::kVerified);
}

TEST_F(ReferrerStageTest, WhatIsOverALimitUnderTheTagIsUndecidedUnlessSomethingHolds) {
  const cosign::ItemPtr large = cluster_.signer.SignPayload(std::string((1 << 20) + 1, ' '));
  const cosign::ItemPtr good = cluster_.signer.Sign(digest_);
  for (const auto& [signatures, why] :
       {std::pair(std::vector<cosign::ItemPtr>{large}, "is larger than 1048576 bytes"),
        {std::vector<cosign::ItemPtr>(1001, good), "has more than 1000 layers"}}) {
    cluster_.clock.Advance(absl::Hours(1));
    cluster_.PushSignatures(kImage, digest_, signatures);
    const policy::Verdict verdict = Ask();
    EXPECT_EQ(verdict.reason, Reason::kUndecided) << verdict.message;
    EXPECT_THAT(verdict.message, HasSubstr("Its signatures could not be read: "));
    EXPECT_THAT(verdict.message, HasSubstr(why));
  }
  AddBundle(cluster_.signer);
  referrers_.ListByApi();
  EXPECT_EQ(Ask().reason, Reason::kVerified);
  cluster_.clock.Advance(absl::Hours(1));
  cluster_.registry.FailWith(kRepository, absl::UnavailableError("is away"), "referrers ");
  cluster_.PushSignatures(kImage, digest_, {large, good});
  EXPECT_EQ(Ask().reason, Reason::kVerified);
}

TEST_F(ReferrerStageTest, WhatHeldIsRememberedAsItWouldBeUnderTheTag) {
  AddBundle(cluster_.signer);
  referrers_.ListByApi();
  ASSERT_EQ(Ask().reason, Reason::kVerified);
  const size_t calls = cluster_.registry.Calls().size();
  EXPECT_EQ(Ask(ByDigest()).reason, Reason::kVerified);
  EXPECT_THAT(cluster_.registry.Calls(), SizeIs(calls));
  EXPECT_EQ(Ask().reason, Reason::kVerified);
  EXPECT_THAT(cluster_.registry.Calls(), SizeIs(calls + 1));
}

TEST_F(ReferrerStageTest, ThatThereIsNothingIsRememberedNowhere) {
  EXPECT_EQ(Ask(ByDigest()).reason, Reason::kNotSigned);
  AddBundle(cluster_.signer);
  referrers_.ListByTag();
  EXPECT_EQ(Ask(ByDigest()).reason, Reason::kVerified);
}

TEST_F(ReferrerStageTest, WhereASignatureIsAskedForNoAttestationLayerIsRead) {
  referrers_.AddAttestations({"no envelope", "none either"});
  referrers_.ListByApi();
  const policy::Verdict verdict = Ask();
  EXPECT_EQ(verdict.reason, Reason::kNotSigned);
  EXPECT_THAT(verdict.message,
              HasSubstr(" 2 pieces of evidence were found, but no such signature by the key \"k\": "
                        "2 of another kind: it is an attestation, not a signature. "));
  EXPECT_THAT(cluster_.registry.Calls(), Each(Not(HasSubstr("blob "))));
}

TEST_F(ReferrerStageTest, OfManyAttestationLayersThatAreNotReadItIsSaidThatThereMayBeMore) {
  for (int i = 0; i < 2; ++i) {
    referrers_.AddAttestations(std::vector<std::string>(501 + i, "no envelope"));
  }
  referrers_.ListByApi();
  EXPECT_THAT(
      Ask().message,
      HasSubstr(" At least 1000 pieces of evidence were found, but no such signature by the "
                "key \"k\": at least 1000 of another kind: it is an attestation, not a "
                "signature. "));
}

TEST_F(ReferrerStageTest, AttestationsAreCountedBesideSignatures) {
  cluster_.Sign(kImage, digest_, {&cluster_.other_signer});
  referrers_.AddAttestations({"no envelope"});
  referrers_.ListByApi();
  EXPECT_THAT(
      Ask().message,
      HasSubstr(" 1 signature was found, none that holds for it by the key \"k\": signature "
                "1 of 1: none of the keys made it; 1 of another kind: it is an "
                "attestation, not a signature. "));
}

TEST_F(ReferrerStageTest, AttestationsTakeNoPlaceOfTheSignaturesThatAreAskedFor) {
  referrers_.AddAttestations(std::vector<std::string>(1001, "a"));
  referrers_.ListByApi();
  EXPECT_THAT(Ask().message, HasSubstr(" 1000 pieces of evidence were found, "));
  std::vector<cosign::ItemPtr> signatures(999,
                                          cluster_.signer.Sign(oci::Digest::Of("another image")));
  signatures.push_back(cluster_.signer.Sign(digest_));
  referrers_.AddSignatures(signatures);
  referrers_.ListByApi();
  EXPECT_EQ(Ask().reason, Reason::kVerified);
}

TEST_F(ReferrerStageTest, ABundleOfAnotherImageSignsNothing) {
  referrers_.AddBlob(TestBundle(cluster_.signer, oci::Digest::Of("another image")));
  referrers_.ListByApi();
  EXPECT_EQ(Ask().reason, Reason::kNotSigned);
}

TEST_F(ReferrerStageTest, WhatIsHiddenFromOneCredentialMayBeShownToTheNext) {
  cluster_.secrets.PutSecret("shop", "regcred",
                             TestPullSecret("registry.example.org", "robot", "p"));
  cluster_.registry.RequireCredential(kRepository, {{.username = "robot", .password = "p"}});
  AddBundle(cluster_.signer);
  referrers_.ListByApi();
  EXPECT_EQ(Ask().reason, Reason::kUndecided);
  const WorkloadAnswer answer = cluster_.Ask({.images = {{.reference = kImage}},
                                              .workload_namespace = "shop",
                                              .image_pull_secrets = {"regcred"}});
  EXPECT_EQ(answer.verdicts[0]->verdict.reason, Reason::kVerified);
}

}  // namespace
}  // namespace countersign::verifier
