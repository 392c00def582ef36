#include "verifier/evidence/evidence_layer.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/status_matchers.h"
#include "cosign/bundle.h"
#include "cosign/item.h"
#include "cosign/signature_layer.h"
#include "cosign/signed_envelope.h"
#include "cosign/signed_payload.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const oci::Digest kBlob = oci::Digest::Of("a blob");

absl::StatusOr<oci::Descriptor> Layer(size_t size,
                                      std::map<std::string, std::string> annotations = {}) {
  return oci::Descriptor{.media_type = "text/plain",
                         .digest = kBlob,
                         .size = static_cast<int64_t>(size),
                         .annotations = std::move(annotations)};
}

// By an identity, with its witnesses.
std::map<std::string, std::string> SignedAnnotations() {
  cosign::TestSigstore sigstore;
  std::map<std::string, std::string> annotations =
      cosign::TestLayerAnnotations(sigstore.Sign(sigstore.Keyless()));
  annotations[std::string(cosign::kSignatureAnnotation)] = "Zm9vYmFy";
  return annotations;
}

TEST(ReadSignatureLayer, HasWhatItsItemIsMadeOf) {
  const auto layer = ReadSignatureLayer(Layer(7, SignedAnnotations()));
  ASSERT_THAT(layer, IsOk());
  EXPECT_EQ(layer->digest, kBlob);
  EXPECT_EQ(layer->size, 7u);
  EXPECT_EQ(layer->signature, "foobar");
  ASSERT_THAT(layer->witnesses, IsOk());
  ASSERT_NE(*layer->witnesses, nullptr);
  EXPECT_TRUE((*layer->witnesses)->certificate.has_value());
  EXPECT_EQ(layer->own_bytes(), 6 + (*layer->witnesses)->memory_bytes());
}

TEST(ReadSignatureLayer, ThatWitnessesCannotBeReadIsNotItsError) {
  std::map<std::string, std::string> annotations = SignedAnnotations();
  annotations[std::string(cosign::kCertificateAnnotation)] = "no PEM";
  const auto layer = ReadSignatureLayer(Layer(7, annotations));
  ASSERT_THAT(layer, IsOk());
  EXPECT_THAT(layer->witnesses, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_GT(layer->own_bytes(), 6u);
}

TEST(ReadSignatureLayer, NeedsASignature) {
  EXPECT_THAT(ReadSignatureLayer(Layer(7)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ReadSignatureLayer(absl::InvalidArgumentError("/layers/0: broken")),
              StatusIs(absl::StatusCode::kInvalidArgument, "/layers/0: broken"));
}

TEST(ReadSignatureLayer, ALargePayloadIsUnknown) {
  const std::map<std::string, std::string> annotations = SignedAnnotations();
  EXPECT_THAT(ReadSignatureLayer(Layer(cosign::kMaxPayloadBytes, annotations)), IsOk());
  EXPECT_THAT(ReadSignatureLayer(Layer(cosign::kMaxPayloadBytes + 1, annotations)),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("larger than 1048576 bytes")));
}

TEST(ReadAttestationLayer, HasItsSignaturesInItsBlob) {
  for (const char* const signature : {"", "Zm9vYmFy", "no base64"}) {
    std::map<std::string, std::string> annotations = SignedAnnotations();
    annotations[std::string(cosign::kSignatureAnnotation)] = signature;
    const auto layer = ReadAttestationLayer(Layer(7, annotations));
    ASSERT_THAT(layer, IsOk()) << signature;
    EXPECT_EQ(layer->signature, "");
    ASSERT_THAT(layer->witnesses, IsOk());
    EXPECT_NE(*layer->witnesses, nullptr);
  }
  EXPECT_THAT(ReadAttestationLayer(Layer(7)), IsOk());
}

TEST(ReadAttestationLayer, ALargeEnvelopeIsUnknown) {
  EXPECT_THAT(ReadAttestationLayer(Layer(cosign::kMaxEnvelopeBytes)), IsOk());
  EXPECT_THAT(ReadAttestationLayer(Layer(cosign::kMaxEnvelopeBytes + 1)),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("larger than 8388608 bytes")));
}

TEST(ReadLayers, KeepsOneMoreThanIsLookedAt) {
  const std::vector<absl::StatusOr<oci::Descriptor>> layers(5000, Layer(7));
  EXPECT_THAT(ReadLayers(layers, ReadAttestationLayer), SizeIs(cosign::kMaxSignatures + 1));
  EXPECT_THAT(ReadLayers({}, ReadAttestationLayer), SizeIs(0));
}

TEST(MemoryOfLayers, IsThatOfEach) {
  const EvidenceLayers good = ReadLayers({Layer(7, SignedAnnotations())}, ReadAttestationLayer);
  ASSERT_THAT(good, SizeIs(1));
  EXPECT_GT(MemoryOf(good), good[0]->own_bytes());
  EXPECT_GT(MemoryOf({absl::InvalidArgumentError(std::string(1000, 'x'))}), 1000u);
  EXPECT_EQ(MemoryOf({good[0], good[0]}), 2 * MemoryOf(good));
}

}  // namespace
}  // namespace countersign::verifier
