#include "cli/piece_judge.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/tree_piece.h"
#include "cosign/identity.h"
#include "cosign/item.h"
#include "cosign/layer_witnesses.h"
#include "cosign/payload.h"
#include "cosign/signer.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "cosign/trusted_root.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"

namespace countersign::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PieceJudgeTest : public testing::Test {
 protected:
  // Described and judged.
  TreePiece Judge(const cosign::Item& item) {
    options_.root = std::make_shared<const cosign::TrustedRoot>(sigstore_.trusted());
    options_.witnesses = {.log_entries = 1, .certificate_timestamps = 1};
    PieceJudge judge(options_);
    TreePiece piece;
    DescribeItem(item, piece);
    judge.Judge(item, cosign::TestImage(), piece);
    return piece;
  }
  TreePiece JudgeBundle(const cosign::TestSigning& signing) {
    const absl::StatusOr<cosign::ItemPtr> item =
        cosign::BundleItem(TestBundleJson(sigstore_.Sign(signing)).dump());
    EXPECT_TRUE(item.ok()) << item.status();
    return item.ok() ? Judge(**item) : TreePiece();
  }

  cosign::TestSigstore sigstore_;
  PieceJudge::Options options_;
};

TEST_F(PieceJudgeTest, JudgesACertificateByWhomItNames) {
  const TreePiece piece = JudgeBundle(sigstore_.Keyless());
  EXPECT_EQ(piece.standing, Standing::kVerified) << piece.reason;
  EXPECT_EQ(piece.kind, PieceKind::kSignature);
}

TEST_F(PieceJudgeTest, JudgesAnAttestationByItsOwnType) {
  cosign::TestSigning signing = sigstore_.Keyless();
  signing.envelope.payload = cosign::WriteTestStatement(cosign::TestImage(), "https://a.example/b");
  const TreePiece piece = JudgeBundle(signing);
  EXPECT_EQ(piece.standing, Standing::kVerified) << piece.reason;
  EXPECT_EQ(piece.kind, PieceKind::kAttestation);
  EXPECT_EQ(piece.type, "https://a.example/b");
}

TEST_F(PieceJudgeTest, ALongTypeIsCutWhereItIsShownAndNotWhereItIsAskedFor) {
  cosign::TestSigning signing = sigstore_.Keyless();
  const std::string type = "https://a.example/" + std::string(1000, 'b');
  signing.envelope.payload = cosign::WriteTestStatement(cosign::TestImage(), type);
  const TreePiece piece = JudgeBundle(signing);
  EXPECT_EQ(piece.standing, Standing::kVerified) << piece.reason;
  EXPECT_LT(piece.type.size(), 600u);
}

TEST_F(PieceJudgeTest, OfOneWhoIsAskedForNobodyElseVerifies) {
  const cosign::TestSigning signing = sigstore_.Keyless();
  auto somebody = cosign::Identities::Compile(
      {{.issuer = std::string(cosign::kTestIssuer), .subject = "somebody else"}});
  ASSERT_TRUE(somebody.ok());
  options_.signers = {
      cosign::KeylessSigner(*somebody, {.log_entries = 1},
                            std::make_shared<const cosign::TrustedRoot>(sigstore_.trusted()))};
  const TreePiece piece = JudgeBundle(signing);
  EXPECT_EQ(piece.standing, Standing::kRefused);
  EXPECT_THAT(piece.reason, HasSubstr(cosign::kTestSubject));
}

TEST_F(PieceJudgeTest, ASignedMessageIsNeitherSignatureNorAttestation) {
  cosign::TestSigning signing = sigstore_.Keyless();
  signing.message = "a message";
  const TreePiece piece = JudgeBundle(signing);
  EXPECT_EQ(piece.kind, PieceKind::kUnspecified);
  EXPECT_EQ(piece.standing, Standing::kRefused);
}

TEST_F(PieceJudgeTest, ACertificateWithoutAnIdentityIsRefused) {
  cosign::TestSigning signing = sigstore_.Keyless();
  signing.certificate =
      crypto::MakeTestCertificate({.subject = "nobody", .issuer = "somebody"}, signing.key);
  signing.witnesses = {};
  const TreePiece piece = JudgeBundle(signing);
  EXPECT_TRUE(piece.is_certified);
  EXPECT_THAT(piece.subjects, IsEmpty());
  EXPECT_EQ(piece.standing, Standing::kRefused);
  EXPECT_THAT(piece.reason, HasSubstr("its certificate"));
}

TEST_F(PieceJudgeTest, AnnotationsThatCannotBeReadRefuseTheLayerButForAKey) {
  const cosign::TestSigner signer{crypto::TestKey::Generate()};
  const cosign::ItemPtr good = signer.Sign(cosign::TestImage());
  const std::map<std::string, std::string> annotations = {
      {std::string(cosign::kCertificateAnnotation), "no certificate"}};
  const cosign::ItemPtr item =
      cosign::SignatureLayerItem(oci::Digest::Of(good->payload->bytes()), good->payload,
                                 good->signature, cosign::ReadLayerWitnesses(annotations));
  const TreePiece piece = Judge(*item);
  EXPECT_EQ(piece.standing, Standing::kRefused);
  EXPECT_THAT(piece.reason, HasSubstr(cosign::kCertificateAnnotation));
  options_.signers = {cosign::KeySigner(signer.key().Public())};
  EXPECT_EQ(Judge(*item).standing, Standing::kVerified);
}

TEST_F(PieceJudgeTest, WhatTakesMoreThanTheUnitsIsNotChecked) {
  options_.units = 0;
  const TreePiece piece = JudgeBundle(sigstore_.Keyless());
  EXPECT_EQ(piece.standing, Standing::kNotChecked);
  EXPECT_THAT(piece.reason, HasSubstr("0 units of work"));
}

// Whoever may push can put witnesses beside what nobody has signed.
TEST_F(PieceJudgeTest, WhatIsRefusedEarlyTakesNoUnitsOfWhatIsLeft) {
  cosign::TestSigning signing = sigstore_.Keyless();
  signing.key = crypto::TestKey::Generate();
  signing.witnesses.assign(32, cosign::TestWitness::kRekor1);
  options_.units = 1;
  const TreePiece piece = JudgeBundle(signing);
  EXPECT_EQ(piece.standing, Standing::kRefused) << piece.reason;
}

}  // namespace
}  // namespace countersign::cli
