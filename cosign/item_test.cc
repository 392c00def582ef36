#include "cosign/item.h"

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "cosign/bundle.h"
#include "cosign/bundle_evidence.h"
#include "cosign/dsse.h"
#include "cosign/material.h"
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

// Whoever may push can add what nobody has signed to a bundle that holds.
TEST(BundleEvidence, CountsEachTextThatIsKept) {
  constexpr size_t kLong = 100'000;
  const std::string text(kLong, 'x');
  const auto memory_with = [](Bundle bundle) {
    return BundleEvidence(std::move(bundle)).memory_bytes();
  };
  EXPECT_GE(memory_with({.entries = {{.log_id = text}}}), kLong);
  EXPECT_GE(memory_with({.entries = {{.kind = text}}}), kLong);
  EXPECT_GE(memory_with({.entries = {{.version = text}}}), kLong);
  EXPECT_GE(memory_with({.entries = {{.body = text}}}), kLong);
  EXPECT_GE(memory_with({.entries = {{.promise = text}}}), kLong);
  EXPECT_GE(memory_with({.signature = text}), kLong);
  EXPECT_GE(memory_with({.material = KeyHint{text}}), kLong);
  EXPECT_GE(memory_with({.timestamps = {text}}), kLong);
  // It is signed, too.
  EXPECT_GE(memory_with({.content = Envelope{.payload_type = text}}), 2 * kLong);
  EXPECT_GE(memory_with({.content = Envelope{.payload = text}}), kLong);
}

}  // namespace
}  // namespace countersign::cosign
