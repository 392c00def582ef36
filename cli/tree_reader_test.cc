#include "cli/tree_reader.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/json.h"
#include "cli/tree_look.h"
#include "cosign/bundle.h"
#include "cosign/signature_layer.h"
#include "cosign/signer.h"
#include "cosign/test_attestation.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "cosign/trusted_root.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/descriptor.h"
#include "oci/image_reference.h"
#include "oci/index.h"
#include "registry/fake_registry.h"
#include "verifier/evidence/test_referrers.h"

namespace countersign::cli {
namespace {

using base::Json;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kPayloadType[] = "application/vnd.dev.cosign.simplesigning.v1+json";
constexpr char kProvenance[] = "https://slsa.dev/provenance/v1";

const oci::Repository kRepository = {"registry.example.org", "app"};

Json Layer(const std::string& blob, std::string_view media_type,
           const std::map<std::string, std::string>& annotations = {}) {
  return {{"mediaType", media_type},
          {"digest", oci::Digest::Of(blob).ToString()},
          {"size", blob.size()},
          {"annotations", annotations}};
}

std::string Manifest(const std::vector<Json>& layers) {
  return Json({{"schemaVersion", 2}, {"mediaType", oci::kOciManifest}, {"layers", layers}}).dump();
}

class TreeReaderTest : public testing::Test {
 protected:
  TreeReaderTest() { registry_.PutManifest(kRepository, "1", "image"); }

  // By these, or by whom each names.
  ImageTree Look(std::vector<cosign::SignerPtr> signers = {}) {
    PieceJudge judge({.signers = std::move(signers),
                      .root = std::make_shared<const cosign::TrustedRoot>(trusted_),
                      .witnesses = {.log_entries = 1, .certificate_timestamps = 1}});
    const absl::StatusOr<oci::ImageReference> image =
        oci::ImageReference::Parse("registry.example.org/app:1");
    EXPECT_TRUE(image.ok());
    base::ByteBudget bytes({.total = kMaxTreeBytesHeld, .of_account = kMaxTreeBytesHeld});
    absl::StatusOr<ImageTree> tree =
        LookAtImage(&registry_, {.image = *image}, judge, &bytes, absl::InfiniteFuture());
    EXPECT_TRUE(tree.ok()) << tree.status();
    return tree.ok() ? *std::move(tree) : ImageTree();
  }

  // The pieces of what is the only manifest in the only place.
  std::vector<TreePiece> OnlyPieces(std::vector<cosign::SignerPtr> signers = {}) {
    const ImageTree tree = Look(std::move(signers));
    EXPECT_THAT(tree.branches, SizeIs(1));
    if (tree.branches.size() != 1) return {};
    EXPECT_THAT(tree.branches[0].faults, IsEmpty());
    EXPECT_THAT(tree.branches[0].manifests, SizeIs(1));
    if (tree.branches[0].manifests.size() != 1) return {};
    EXPECT_EQ(tree.branches[0].manifests[0].fault, "");
    return tree.branches[0].manifests[0].pieces;
  }

  // Under the signature tag, as cosign 2 signs with a key.
  void SignByKey(const oci::Digest& image = cosign::TestImage()) {
    const cosign::SignatureArtifact artifact = cosign::SignatureManifest({signer_.Sign(image)});
    for (const std::string& blob : artifact.blobs) registry_.PutBlob(kRepository, blob);
    registry_.PutManifest(kRepository, cosign::SignatureTag(cosign::TestImage()),
                          artifact.manifest);
  }

  // A layer that cosign 2 has signed with a certificate.
  Json KeylessLayer() {
    cosign::TestSigning signing = sigstore_.Keyless();
    signing.message = cosign::TestSigner::Payload(cosign::TestImage());
    const cosign::Bundle bundle = sigstore_.Sign(signing);
    std::map<std::string, std::string> annotations = TestLayerAnnotations(bundle);
    annotations[std::string(cosign::kSignatureAnnotation)] = absl::Base64Escape(bundle.signature);
    registry_.PutBlob(kRepository, *signing.message);
    return Layer(*signing.message, kPayloadType, annotations);
  }

  void PutSignatures(const std::vector<Json>& layers) {
    registry_.PutManifest(kRepository, cosign::SignatureTag(cosign::TestImage()), Manifest(layers));
  }

  std::string Bundle(cosign::TestSigning signing, const char* predicate_type = nullptr) {
    if (predicate_type != nullptr) {
      signing.envelope.payload = cosign::WriteTestStatement(cosign::TestImage(), predicate_type);
    }
    return TestBundleJson(sigstore_.Sign(signing)).dump();
  }

  size_t CountCalls(std::string_view beginning) const {
    const std::vector<std::string> calls = registry_.Calls();
    return std::count_if(calls.begin(), calls.end(), [&](const std::string& call) {
      return absl::StartsWith(call, beginning);
    });
  }

  cosign::TestSigstore sigstore_;
  cosign::TrustedRoot trusted_ = sigstore_.trusted();
  cosign::TestSigner signer_{crypto::TestKey::Generate()};
  registry::FakeRegistry registry_;
  verifier::TestReferrers referrers_{&registry_, kRepository, cosign::TestImage()};
};

TEST_F(TreeReaderTest, NothingHangsOnAnImageThatNobodySigned) {
  const ImageTree tree = Look();
  EXPECT_EQ(tree.image, "registry.example.org/app:1");
  EXPECT_EQ(tree.digest, cosign::TestImage().ToString());
  EXPECT_THAT(tree.branches, IsEmpty());
  EXPECT_TRUE(tree.is_complete);
}

TEST_F(TreeReaderTest, ASignatureByAKeyVerifiesWithThatKey) {
  SignByKey();
  std::vector<TreePiece> pieces = OnlyPieces({cosign::KeySigner(signer_.key().Public())});
  ASSERT_THAT(pieces, SizeIs(1));
  EXPECT_EQ(pieces[0].kind, PieceKind::kSignature);
  EXPECT_EQ(pieces[0].standing, Standing::kVerified);
  EXPECT_EQ(pieces[0].reason, "");
  pieces = OnlyPieces({cosign::KeySigner(crypto::TestKey::Generate().Public())});
  ASSERT_THAT(pieces, SizeIs(1));
  EXPECT_EQ(pieces[0].standing, Standing::kRefused);
  EXPECT_NE(pieces[0].reason, "");
}

TEST_F(TreeReaderTest, OfSeveralKeysAnyWillDo) {
  SignByKey();
  const std::vector<TreePiece> pieces =
      OnlyPieces({cosign::KeySigner(crypto::TestKey::Generate().Public()),
                  cosign::KeySigner(signer_.key().Public())});
  ASSERT_THAT(pieces, SizeIs(1));
  EXPECT_EQ(pieces[0].standing, Standing::kVerified);
  EXPECT_EQ(pieces[0].reason, "");
}

TEST_F(TreeReaderTest, WithoutAKeyWhatAKeySignedIsNotChecked) {
  SignByKey();
  const std::vector<TreePiece> pieces = OnlyPieces();
  ASSERT_THAT(pieces, SizeIs(1));
  EXPECT_EQ(pieces[0].kind, PieceKind::kSignature);
  EXPECT_EQ(pieces[0].standing, Standing::kNotChecked);
  EXPECT_THAT(pieces[0].reason, HasSubstr("--key"));
  EXPECT_FALSE(pieces[0].is_certified);
}

TEST_F(TreeReaderTest, WhatIsOfAnotherImageIsRefusedWhoeverSignedIt) {
  SignByKey(oci::Digest::Of("another image"));
  const std::vector<TreePiece> pieces = OnlyPieces();
  ASSERT_THAT(pieces, SizeIs(1));
  EXPECT_EQ(pieces[0].standing, Standing::kRefused);
}

TEST_F(TreeReaderTest, ACertificateIsJudgedByWhomItNames) {
  PutSignatures({KeylessLayer()});
  const std::vector<TreePiece> pieces = OnlyPieces();
  ASSERT_THAT(pieces, SizeIs(1));
  EXPECT_EQ(pieces[0].standing, Standing::kVerified) << pieces[0].reason;
  EXPECT_TRUE(pieces[0].is_certified);
  EXPECT_THAT(pieces[0].subjects, ElementsAre(std::string(cosign::kTestSubject)));
  EXPECT_EQ(pieces[0].issuer, cosign::kTestIssuer);
  EXPECT_THAT(pieces[0].times, ElementsAre(cosign::kTestSigningTime));
  EXPECT_THAT(pieces[0].log_indexes, SizeIs(1));
}

TEST_F(TreeReaderTest, ACertificateOfNobodyWhoIsTrustedIsRefused) {
  PutSignatures({KeylessLayer()});
  trusted_ = cosign::TestSigstore().trusted();
  const std::vector<TreePiece> pieces = OnlyPieces();
  ASSERT_THAT(pieces, SizeIs(1));
  EXPECT_EQ(pieces[0].standing, Standing::kRefused);
  EXPECT_THAT(pieces[0].subjects, ElementsAre(std::string(cosign::kTestSubject)));
}

TEST_F(TreeReaderTest, ALayerUnderTheAttestationTagIsAnAttestation) {
  cosign::TestSigning signing = sigstore_.Keyless();
  signing.envelope = cosign::TestAttestedEnvelope();
  const cosign::TestAttestation attestation = cosign::Attest(sigstore_, signing);
  registry_.PutBlob(kRepository, attestation.blob);
  registry_.PutManifest(kRepository, cosign::AttestationTag(cosign::TestImage()),
                        Manifest({Layer(attestation.blob, "text/plain", attestation.annotations)}));
  const std::vector<TreePiece> pieces = OnlyPieces();
  ASSERT_THAT(pieces, SizeIs(1));
  EXPECT_EQ(pieces[0].kind, PieceKind::kAttestation);
  EXPECT_EQ(pieces[0].type, cosign::kTestPredicateType);
  EXPECT_EQ(pieces[0].standing, Standing::kVerified) << pieces[0].reason;
  EXPECT_THAT(pieces[0].subjects, ElementsAre(std::string(cosign::kTestSubject)));
}

TEST_F(TreeReaderTest, AnEnvelopeThatRefersToTheImageIsAnAttestation) {
  cosign::TestSigning signing;
  signing.witnesses = {};
  signing.envelope = cosign::TestAttestedEnvelope();
  referrers_.AddBlob(cosign::Attest(sigstore_, signing).blob, cosign::kEnvelopeMediaType);
  referrers_.ListByApi();
  const std::vector<TreePiece> pieces = OnlyPieces({cosign::KeySigner(signing.key.Public())});
  ASSERT_THAT(pieces, SizeIs(1));
  EXPECT_EQ(pieces[0].kind, PieceKind::kAttestation);
  EXPECT_EQ(pieces[0].standing, Standing::kVerified) << pieces[0].reason;
}

TEST_F(TreeReaderTest, BundlesAreWhatTheyState) {
  referrers_.AddBlob(Bundle(sigstore_.Keyless()));
  referrers_.AddBlob(Bundle(sigstore_.Keyless(), kProvenance));
  referrers_.ListByApi();
  const ImageTree tree = Look();
  ASSERT_THAT(tree.branches, SizeIs(1));
  EXPECT_EQ(tree.branches[0].place, TreePlace::kReferrersApi);
  ASSERT_THAT(tree.branches[0].manifests, SizeIs(2));
  const TreeManifest& signature = tree.branches[0].manifests[0];
  EXPECT_EQ(signature.artifact_type, verifier::kTestBundleType);
  ASSERT_THAT(signature.pieces, SizeIs(1));
  EXPECT_EQ(signature.pieces[0].kind, PieceKind::kSignature);
  EXPECT_EQ(signature.pieces[0].standing, Standing::kVerified) << signature.pieces[0].reason;
  const TreeManifest& attestation = tree.branches[0].manifests[1];
  ASSERT_THAT(attestation.pieces, SizeIs(1));
  EXPECT_EQ(attestation.pieces[0].kind, PieceKind::kAttestation);
  EXPECT_EQ(attestation.pieces[0].type, kProvenance);
  EXPECT_EQ(attestation.pieces[0].standing, Standing::kVerified) << attestation.pieces[0].reason;
}

TEST_F(TreeReaderTest, AHintOfAKeyIsShown) {
  cosign::TestSigning signing;
  signing.witnesses = {};
  referrers_.AddBlob(Bundle(signing));
  referrers_.ListByTag();
  const ImageTree tree = Look();
  ASSERT_THAT(tree.branches, SizeIs(1));
  EXPECT_EQ(tree.branches[0].place, TreePlace::kReferrersTag);
  EXPECT_EQ(tree.branches[0].tag, oci::ReferrersTag(cosign::TestImage()));
  ASSERT_THAT(tree.branches[0].manifests, SizeIs(1));
  ASSERT_THAT(tree.branches[0].manifests[0].pieces, SizeIs(1));
  EXPECT_NE(tree.branches[0].manifests[0].pieces[0].key_hint, "");
  EXPECT_EQ(tree.branches[0].manifests[0].pieces[0].standing, Standing::kNotChecked);
}

TEST_F(TreeReaderTest, WhatIsSomebodyElsesIsShownAndNotRead) {
  referrers_.AddBlob("an SBOM", "application/spdx+json", "application/spdx+json");
  referrers_.AddBlob("a thing", "text/plain", "application/vnd.example\n");
  Json index = {{"mediaType", oci::kOciIndex}};
  const std::string bytes = R"({"schemaVersion":2,"manifests":[]})";
  index["digest"] = registry_.PutManifest(kRepository, "", bytes).ToString();
  index["size"] = bytes.size();
  referrers_.AddEntry(index);
  referrers_.ListByApi();
  const ImageTree tree = Look();
  ASSERT_THAT(tree.branches, SizeIs(1));
  const std::vector<TreeManifest>& manifests = tree.branches[0].manifests;
  ASSERT_THAT(manifests, SizeIs(3));
  ASSERT_THAT(manifests[0].pieces, SizeIs(1));
  EXPECT_EQ(manifests[0].pieces[0].kind, PieceKind::kOther);
  EXPECT_EQ(manifests[0].pieces[0].type, "SBOM");
  EXPECT_EQ(manifests[0].pieces[0].standing, Standing::kUnspecified);
  EXPECT_EQ(manifests[1].artifact_type, "application/vnd.example\\x0a");
  EXPECT_THAT(manifests[2].fault, HasSubstr("index"));
  EXPECT_EQ(CountCalls("blob "), 0u);
  EXPECT_TRUE(tree.is_complete);
}

TEST_F(TreeReaderTest, TheTagOfSbomsIsAPlaceToo) {
  registry_.PutManifest(kRepository, absl::StrCat(oci::ReferrersTag(cosign::TestImage()), ".sbom"),
                        Manifest({Layer("an SBOM", "text/spdx")}));
  const std::vector<TreePiece> pieces = OnlyPieces();
  ASSERT_THAT(pieces, SizeIs(1));
  EXPECT_EQ(pieces[0].kind, PieceKind::kOther);
  EXPECT_EQ(pieces[0].type, "SBOM");
}

TEST_F(TreeReaderTest, WhatIsBrokenHidesNothing) {
  Json no_digest = KeylessLayer();
  no_digest.erase("digest");
  Json no_signature = KeylessLayer();
  no_signature["annotations"].erase(std::string(cosign::kSignatureAnnotation));
  Json wrong_size = KeylessLayer();
  wrong_size["size"] = 1000;
  PutSignatures(
      {no_digest, no_signature, wrong_size, Layer("missing", kPayloadType), KeylessLayer()});
  const std::vector<TreePiece> pieces = OnlyPieces();
  ASSERT_THAT(pieces, SizeIs(5));
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(pieces[i].kind, PieceKind::kUnspecified) << i;
    EXPECT_EQ(pieces[i].standing, Standing::kUnspecified) << i;
    EXPECT_NE(pieces[i].reason, "") << i;
  }
  EXPECT_EQ(pieces[4].standing, Standing::kVerified) << pieces[4].reason;
  EXPECT_TRUE(Look().is_complete);
}

TEST_F(TreeReaderTest, ABundleThatIsNoneHidesNoOther) {
  referrers_.AddBlob("{}");
  referrers_.AddBlob(Bundle(sigstore_.Keyless()));
  referrers_.ListByApi();
  const ImageTree tree = Look();
  ASSERT_THAT(tree.branches, SizeIs(1));
  ASSERT_THAT(tree.branches[0].manifests, ElementsAre(Field(&TreeManifest::pieces, SizeIs(1)),
                                                      Field(&TreeManifest::pieces, SizeIs(1))));
  EXPECT_NE(tree.branches[0].manifests[0].pieces[0].reason, "");
  EXPECT_EQ(tree.branches[0].manifests[1].pieces[0].standing, Standing::kVerified);
}

TEST_F(TreeReaderTest, APlaceThatCannotBeReadHidesNoOther) {
  SignByKey();
  registry_.FailWith(kRepository, absl::UnavailableError("is away"), "referrers ");
  const ImageTree tree = Look({cosign::KeySigner(signer_.key().Public())});
  EXPECT_FALSE(tree.is_complete);
  ASSERT_THAT(tree.branches, SizeIs(2));
  EXPECT_EQ(tree.branches[0].manifests[0].pieces[0].standing, Standing::kVerified);
  EXPECT_THAT(tree.branches[1].faults, ElementsAre("is away"));
}

TEST_F(TreeReaderTest, BlobsThatCannotBeReadNowLeaveItIncomplete) {
  SignByKey();
  registry_.FailWith(kRepository, absl::UnavailableError("is away"), "blob ");
  const ImageTree tree = Look();
  EXPECT_FALSE(tree.is_complete);
  ASSERT_THAT(tree.branches, SizeIs(1));
  EXPECT_THAT(tree.branches[0].manifests[0].pieces,
              ElementsAre(Field(&TreePiece::reason, HasSubstr("is away"))));
}

TEST_F(TreeReaderTest, APayloadIsReadOnceForAllItsSignatures) {
  const Json layer = KeylessLayer();
  PutSignatures({layer, layer, layer});
  const std::vector<TreePiece> pieces = OnlyPieces();
  EXPECT_THAT(pieces, AllOf(SizeIs(3), Each(Field(&TreePiece::standing, Standing::kVerified))));
  EXPECT_EQ(CountCalls("blob "), 1u);
}

TEST_F(TreeReaderTest, MoreSignaturesThanAreReadAreCounted) {
  // Of one blob that is not there.
  const std::vector<Json> layers(cosign::kMaxSignatures + 7, Layer("missing", kPayloadType));
  PutSignatures(layers);
  const ImageTree tree = Look();
  ASSERT_THAT(tree.branches, SizeIs(1));
  EXPECT_THAT(tree.branches[0].manifests[0].pieces, SizeIs(cosign::kMaxSignatures));
  EXPECT_EQ(tree.branches[0].manifests[0].more_pieces, 7u);
  EXPECT_FALSE(tree.is_complete);
  EXPECT_EQ(CountCalls("blob "), 1u);
}

TEST_F(TreeReaderTest, NoMoreEvidenceIsReadThanThereIsRoomFor) {
  std::vector<Json> layers;
  for (int i = 0; i < 20; ++i) {
    Json layer = Layer(absl::StrCat("missing ", i), kPayloadType);
    layer["size"] = 1 << 20;
    layers.push_back(std::move(layer));
  }
  layers.push_back(Layer("missing", kPayloadType));
  layers.back()["size"] = (1 << 20) + 1;
  PutSignatures(layers);
  const ImageTree tree = Look();
  EXPECT_FALSE(tree.is_complete);
  ASSERT_THAT(tree.branches, SizeIs(1));
  ASSERT_THAT(tree.branches[0].manifests, SizeIs(1));
  const std::vector<TreePiece>& pieces = tree.branches[0].manifests[0].pieces;
  ASSERT_THAT(pieces, SizeIs(21));
  EXPECT_THAT(pieces[15].reason, HasSubstr("has no "));
  EXPECT_THAT(pieces[16].reason, HasSubstr("not looked at"));
  EXPECT_THAT(pieces[20].reason, HasSubstr("larger than 1048576 bytes"));
  EXPECT_EQ(CountCalls("blob "), 16u);
}

TEST_F(TreeReaderTest, NoMoreManifestsAreReadThanThereIsRoomFor) {
  for (int i = 0; i < 5; ++i) {
    referrers_.AddEntry({{"mediaType", oci::kOciManifest},
                         {"digest", oci::Digest::Of(absl::StrCat(i)).ToString()},
                         {"size", 4 << 20}});
  }
  referrers_.AddEntry({{"mediaType", oci::kOciManifest},
                       {"digest", oci::Digest::Of("large").ToString()},
                       {"size", (4 << 20) + 1}});
  referrers_.ListByApi();
  const ImageTree tree = Look();
  EXPECT_FALSE(tree.is_complete);
  ASSERT_THAT(tree.branches, SizeIs(1));
  const std::vector<TreeManifest>& manifests = tree.branches[0].manifests;
  ASSERT_THAT(manifests, SizeIs(6));
  EXPECT_THAT(manifests[3].fault, HasSubstr("has no "));
  EXPECT_THAT(manifests[4].fault, HasSubstr("more than 16777216 bytes together"));
  EXPECT_THAT(manifests[5].fault, HasSubstr("larger than 4194304 bytes"));
}

TEST_F(TreeReaderTest, NoMoreSignaturesThatReferToTheImageAreReadThanUnderATag) {
  const std::vector<Json> layers(600, Layer("missing", kPayloadType));
  referrers_.AddManifest(Manifest(layers), "a/b");
  // Of another digest.
  referrers_.AddManifest(Manifest(layers) + " ", "a/b");
  referrers_.ListByApi();
  const ImageTree tree = Look();
  EXPECT_FALSE(tree.is_complete);
  ASSERT_THAT(tree.branches, SizeIs(1));
  ASSERT_THAT(tree.branches[0].manifests, SizeIs(2));
  EXPECT_THAT(tree.branches[0].manifests[0].pieces, SizeIs(600));
  EXPECT_THAT(tree.branches[0].manifests[1].pieces, SizeIs(400));
  EXPECT_EQ(tree.branches[0].manifests[1].more_pieces, 200u);
}

}  // namespace
}  // namespace countersign::cli
