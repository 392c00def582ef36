#include "verifier/evidence/referrer_content.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/status_matchers.h"
#include "cosign/signature_layer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const oci::Digest kBlob = oci::Digest::Of("a blob");

absl::StatusOr<oci::Descriptor> Layer(std::string media_type, int64_t size = 6) {
  return oci::Descriptor{.media_type = std::move(media_type),
                         .digest = kBlob,
                         .size = size,
                         .annotations = {{std::string(cosign::kSignatureAnnotation), "AAAA"}}};
}

TEST(ContentOfReferrer, IsABundleOfWhateverVersion) {
  for (const std::string type : {"application/vnd.dev.sigstore.bundle.v0.3+json",
                                 "application/vnd.dev.sigstore.bundle+json;version=0.1"}) {
    const auto content = ContentOfReferrer({.layers = {Layer(type)}});
    ASSERT_THAT(content, IsOk());
    ASSERT_TRUE(content->bundle.has_value());
    EXPECT_EQ(content->bundle->digest, kBlob);
    EXPECT_EQ(content->bundle->size, 6u);
    EXPECT_THAT(content->signatures, IsEmpty());
  }
}

TEST(ContentOfReferrer, ABundleIsOneLayer) {
  const std::string type = "application/vnd.dev.sigstore.bundle.v0.3+json";
  EXPECT_THAT(ContentOfReferrer({.layers = {Layer(type), Layer(type)}}),
              StatusIs(absl::StatusCode::kInvalidArgument, "it has 2 layers, and a bundle is one"));
}

TEST(ContentOfReferrer, ALargeBundleIsNotRead) {
  const std::string type = "application/vnd.dev.sigstore.bundle.v0.3+json";
  EXPECT_THAT(ContentOfReferrer({.layers = {Layer(type, 4 << 20)}}), IsOk());
  EXPECT_THAT(ContentOfReferrer({.layers = {Layer(type, (4 << 20) + 1)}}),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("larger than 4194304 bytes")));
}

TEST(ContentOfReferrer, IsSignaturesByTheFirstLayerWhateverTheOthersAre) {
  const auto content = ContentOfReferrer(
      {.layers = {Layer("application/vnd.dev.cosign.simplesigning.v1+json"), Layer("text/plain"),
                  absl::InvalidArgumentError("/layers/2: broken")}});
  ASSERT_THAT(content, IsOk());
  EXPECT_THAT(content->signatures, ElementsAre(IsOk(), IsOk(), Not(IsOk())));
  EXPECT_THAT(content->attestations, IsEmpty());
  EXPECT_FALSE(content->bundle.has_value());
}

TEST(ContentOfReferrer, IsAttestationsByTheFirstLayerWhateverTheOthersAre) {
  const auto content = ContentOfReferrer(
      {.layers = {Layer("application/vnd.dsse.envelope.v1+json"), Layer("text/plain"),
                  absl::InvalidArgumentError("/layers/2: broken")}});
  ASSERT_THAT(content, IsOk());
  EXPECT_THAT(content->attestations, ElementsAre(IsOk(), IsOk(), Not(IsOk())));
  EXPECT_THAT(content->signatures, IsEmpty());
  EXPECT_FALSE(content->bundle.has_value());
}

TEST(ContentOfReferrer, KeepsOneMoreSignatureThanIsLookedAt) {
  std::vector<absl::StatusOr<oci::Descriptor>> layers(5000, absl::InvalidArgumentError("broken"));
  layers[0] = Layer("application/vnd.dev.cosign.simplesigning.v1+json");
  const auto content = ContentOfReferrer({.layers = std::move(layers)});
  ASSERT_THAT(content, IsOk());
  EXPECT_THAT(content->signatures, SizeIs(cosign::kMaxSignatures + 1));
  EXPECT_THAT(content->signatures[0], IsOk());
  EXPECT_LE(content->signatures.capacity(), cosign::kMaxSignatures + 1);
}

TEST(ContentOfReferrer, IsNothingOfAnybodyElses) {
  for (const std::string type :
       {"", "application/spdx+json", "application/vnd.cncf.notary.signature",
        "application/vnd.dev.sigstore", "application/vnd.dsse.envelope",
        "Application/vnd.dev.cosign.simplesigning.v1+json"}) {
    const auto content =
        ContentOfReferrer({.layers = {Layer(type, int64_t{1} << 40),
                                      Layer("application/vnd.dev.sigstore.bundle.v0.3+json")}});
    ASSERT_THAT(content, IsOk()) << type;
    EXPECT_FALSE(content->bundle.has_value()) << type;
    EXPECT_THAT(content->signatures, IsEmpty()) << type;
    EXPECT_THAT(content->attestations, IsEmpty()) << type;
  }
  EXPECT_THAT(ContentOfReferrer({}), IsOk());
}

TEST(ContentOfReferrer, IsUnknownWhereTheFirstLayerIsMalformed) {
  EXPECT_THAT(ContentOfReferrer({.layers = {absl::InvalidArgumentError("/layers/0: broken")}}),
              StatusIs(absl::StatusCode::kInvalidArgument, "/layers/0: broken"));
}

}  // namespace
}  // namespace countersign::verifier
