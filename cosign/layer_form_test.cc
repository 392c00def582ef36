#include "cosign/layer_form.h"

#include <string_view>
#include <utility>

#include "cosign/bundle.h"
#include "cosign/signed_envelope.h"
#include "cosign/signed_payload.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

TEST(LayerForm, IsWhatTheMediaTypeSays) {
  const std::pair<std::string_view, LayerForm> kTypes[] = {
      {"application/vnd.dev.cosign.simplesigning.v1+json", LayerForm::kSignature},
      {"application/vnd.dsse.envelope.v1+json", LayerForm::kAttestation},
      {"application/vnd.dev.sigstore.bundle.v0.3+json", LayerForm::kBundle},
      {"application/vnd.dev.sigstore.bundle+json;version=0.1", LayerForm::kBundle},
  };
  for (const auto& [type, form] : kTypes) EXPECT_EQ(FormOfLayers(type), form) << type;
}

TEST(LayerForm, AnythingElseIsSomebodyElses) {
  for (const char* type :
       {"", "text/spdx+json", "application/vnd.dev.sigstore",
        "application/vnd.dev.cosign.simplesigning.v1+json ",
        "application/vnd.dsse.envelope.v2+json", "application/vnd.in-toto+json"}) {
    EXPECT_EQ(FormOfLayers(type), LayerForm::kUnspecified) << type;
  }
}

TEST(LayerForm, HasALimitOfItsOwn) {
  EXPECT_EQ(MaxBlobBytes(LayerForm::kSignature), kMaxPayloadBytes);
  EXPECT_EQ(MaxBlobBytes(LayerForm::kAttestation), kMaxEnvelopeBytes);
  EXPECT_EQ(MaxBlobBytes(LayerForm::kBundle), kMaxBundleBytes);
  EXPECT_EQ(MaxBlobBytes(LayerForm::kUnspecified), 0u);
}

}  // namespace
}  // namespace countersign::cosign
