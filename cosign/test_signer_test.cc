#include "cosign/test_signer.h"

#include <vector>

#include "base/status_matchers.h"
#include "cosign/signature_layer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/manifest.h"

namespace countersign::cosign {
namespace {

using ::countersign::base::IsOk;
using ::countersign::base::IsOkAndHolds;
using ::testing::SizeIs;

TEST(TestSigner, WritesThePayloadThatCosignWrites) {
  EXPECT_EQ(TestSigner::Payload(oci::Digest::Of(""), "localhost:5000/app"),
            R"({"critical":{"identity":{"docker-reference":"localhost:5000/app"},)"
            R"("image":{"docker-manifest-digest":"sha256:)"
            R"(e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},)"
            R"("type":"cosign container image signature"},"optional":null})");
}

TEST(TestSigner, SignsThePayloadsBytes) {
  const TestSigner signer(crypto::TestKey::Generate());
  const ItemPtr item = signer.Sign(oci::Digest::Of("image"));
  EXPECT_EQ(item->payload->bytes(), TestSigner::Payload(oci::Digest::Of("image")));
  EXPECT_TRUE(crypto::Verifies(signer.key().Public(), item->payload->bytes(), item->signature));
}

TEST(SignatureManifest, IsReadBackAsTheSignaturesItWasMadeOf) {
  const TestSigner signer(crypto::TestKey::Generate());
  const std::vector<ItemPtr> signatures = {signer.Sign(oci::Digest::Of("1")),
                                           signer.Sign(oci::Digest::Of("2"))};
  const SignatureArtifact artifact = SignatureManifest(signatures);

  const absl::StatusOr<oci::ImageManifest> manifest = oci::ParseImageManifest(artifact.manifest);
  ASSERT_THAT(manifest, IsOk());
  ASSERT_THAT(manifest->layers, SizeIs(2));
  ASSERT_THAT(artifact.blobs, SizeIs(3));
  for (size_t i = 0; i < signatures.size(); ++i) {
    ASSERT_THAT(manifest->layers[i], IsOk());
    EXPECT_EQ(manifest->layers[i]->digest, oci::Digest::Of(signatures[i]->payload->bytes()));
    EXPECT_THAT(SignatureBytes(*manifest->layers[i]), IsOkAndHolds(signatures[i]->signature));
    EXPECT_EQ(artifact.blobs[i + 1], signatures[i]->payload->bytes());
  }
}

}  // namespace
}  // namespace countersign::cosign
