#include "cosign/item.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
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

// A pusher's names are held as long as the item's error is.
TEST(BundleItem, SaysPrintablyAndInShortWhatIsWrong) {
  const auto item =
      BundleItem(absl::StrCat(R"({"\u001b[31m)", std::string(100'000, 'x'), R"(":1})"));
  ASSERT_FALSE(item.ok());
  const std::string sentence(item.status().message());
  EXPECT_LE(sentence.size(), 600u);
  EXPECT_EQ(base::Printable(sentence, 600), sentence);
}

}  // namespace
}  // namespace countersign::cosign
