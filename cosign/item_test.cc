#include "cosign/item.h"

#include <string>

#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

ItemPtr Make(const std::string& payload, const std::string& signature) {
  return SignatureLayerItem(oci::Digest::Of(payload), Payload::Of(payload), signature);
}

TEST(SignatureLayerItem, HoldsWhatItWasMadeOf) {
  const ItemPtr item = Make("payload", "signature");
  EXPECT_EQ(item->form, Form::kSignatureLayer);
  EXPECT_EQ(item->payload->bytes(), "payload");
  EXPECT_EQ(item->signature, "signature");
}

TEST(SignatureLayerItem, HasAnIdOfAllThatDecides) {
  EXPECT_EQ(Make("payload", "signature")->id, Make("payload", "signature")->id);
  EXPECT_NE(Make("payload", "signature")->id, Make("payload", "signaturf")->id);
  EXPECT_NE(Make("payload", "signature")->id, Make("payloae", "signature")->id);
  EXPECT_NE(Make("payload", "signature")->id, Make("payload signature", "")->id);
}

}  // namespace
}  // namespace countersign::cosign
