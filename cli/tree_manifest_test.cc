#include "cli/tree_manifest.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "cosign/layer_form.h"
#include "cosign/signature_layer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::Json;
using cosign::LayerForm;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kBundle[] = "application/vnd.dev.sigstore.bundle.v0.3+json";

const oci::Digest kDigest = oci::Digest::Of("a manifest");

Json Layer(std::string_view media_type) {
  return {
      {"mediaType", media_type}, {"digest", oci::Digest::Of(media_type).ToString()}, {"size", 7}};
}

OpenedManifest Open(const std::vector<Json>& layers, std::optional<LayerForm> form = std::nullopt) {
  return OpenManifest(kDigest, Json({{"schemaVersion", 2}, {"layers", layers}}).dump(), form);
}

TEST(TreeManifest, TheMediaTypeOfTheFirstLayerSaysWhatLayersAre) {
  for (const auto& [type, form] :
       {std::pair{kBundle, LayerForm::kBundle},
        {"application/vnd.dev.sigstore.bundle+json;version=0.1", LayerForm::kBundle},
        {"application/vnd.dev.cosign.simplesigning.v1+json", LayerForm::kSignature},
        {"application/vnd.dsse.envelope.v1+json", LayerForm::kAttestation}}) {
    const OpenedManifest opened = Open({Layer(type)});
    ASSERT_THAT(opened.layers, SizeIs(1)) << type;
    EXPECT_EQ(opened.layers[0].form, form) << type;
    EXPECT_EQ(opened.layers[0].piece, 0u);
    ASSERT_THAT(opened.shown.pieces, SizeIs(1));
    EXPECT_EQ(opened.shown.pieces[0].media_type, type);
    EXPECT_EQ(opened.shown.digest, kDigest.ToString());
  }
}

TEST(TreeManifest, AnythingElseIsNoEvidence) {
  const OpenedManifest opened = Open({Layer("text/spdx"), Layer(kBundle)});
  EXPECT_THAT(opened.layers, IsEmpty());
  ASSERT_THAT(opened.shown.pieces, SizeIs(2));
  EXPECT_EQ(opened.shown.pieces[0].kind, PieceKind::kOther);
  EXPECT_EQ(opened.shown.pieces[0].type, "SBOM");
  EXPECT_EQ(opened.shown.pieces[1].kind, PieceKind::kOther);
}

TEST(TreeManifest, UnderATagTheTypeDecidesNothing) {
  EXPECT_EQ(Open({Layer("text/plain")}, LayerForm::kSignature).layers[0].form,
            LayerForm::kSignature);
  EXPECT_THAT(Open({Layer(kBundle)}, LayerForm::kUnspecified).layers, IsEmpty());
}

TEST(TreeManifest, ABundleIsTheOnlyLayer) {
  const OpenedManifest opened = Open({Layer(kBundle), Layer(kBundle)});
  EXPECT_THAT(opened.layers, IsEmpty());
  EXPECT_THAT(opened.shown.fault, HasSubstr("2 layers"));
}

TEST(TreeManifest, ABrokenLayerHidesNoOther) {
  const Json broken = {{"digest", "sha512:ab"}};
  const OpenedManifest opened = Open({broken, Layer("text/plain")}, LayerForm::kSignature);
  ASSERT_THAT(opened.shown.pieces, SizeIs(2));
  EXPECT_NE(opened.shown.pieces[0].reason, "");
  ASSERT_THAT(opened.layers, SizeIs(1));
  EXPECT_EQ(opened.layers[0].piece, 1u);
}

TEST(TreeManifest, WhatIsNoManifestIsAFault) {
  for (const char* bytes : {"", "{", "[]", R"({"schemaVersion":2,"manifests":[]})"}) {
    const OpenedManifest opened = OpenManifest(kDigest, bytes, std::nullopt);
    EXPECT_NE(opened.shown.fault, "") << bytes;
    EXPECT_THAT(opened.shown.pieces, IsEmpty());
  }
}

TEST(TreeManifest, LayersBeyondALimitAreCounted) {
  const std::vector<Json> many(cosign::kMaxSignatures + 1, Layer("text/plain"));
  const OpenedManifest other = Open(many);
  EXPECT_THAT(other.shown.pieces, SizeIs(kMaxOtherLayers));
  EXPECT_EQ(other.shown.more_pieces, many.size() - kMaxOtherLayers);
  const OpenedManifest evidence = Open(many, LayerForm::kSignature);
  EXPECT_THAT(evidence.layers, SizeIs(cosign::kMaxSignatures));
  EXPECT_EQ(evidence.shown.more_pieces, 1u);
}

TEST(TreeManifest, ShowsNothingThatATerminalObeys) {
  const std::string bytes = Json({{"schemaVersion", 2},
                                  {"artifactType", "\x1b[2J"},
                                  {"layers", Json::array({Layer("a\nb")})}})
                                .dump();
  const OpenedManifest opened = OpenManifest(kDigest, bytes, std::nullopt);
  EXPECT_EQ(opened.shown.artifact_type, "\\x1b[2J");
  ASSERT_THAT(opened.shown.pieces, SizeIs(1));
  EXPECT_EQ(opened.shown.pieces[0].media_type, "a\\x0ab");
}

}  // namespace
}  // namespace countersign::cli
