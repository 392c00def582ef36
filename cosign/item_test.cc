#include "cosign/item.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "cosign/layer_witnesses.h"
#include "crypto/sha256.h"
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

TEST(SignatureLayerItem, HasAnIdOfItsWitnessesToo) {
  const auto make = [](std::string signature,
                       absl::StatusOr<std::shared_ptr<const LayerWitnesses>> witnesses) {
    return SignatureLayerItem(oci::Digest::Of("payload"), Payload::Of("payload"),
                              std::move(signature), std::move(witnesses));
  };
  LayerWitnesses witnesses;
  witnesses.id = crypto::Sha256("annotations");
  const auto witnessed = std::make_shared<const LayerWitnesses>(witnesses);
  witnesses.id = crypto::Sha256("other annotations");
  const auto otherwise = std::make_shared<const LayerWitnesses>(witnesses);
  EXPECT_EQ(make("signature", witnessed)->id, make("signature", witnessed)->id);
  EXPECT_NE(make("signature", witnessed)->id, make("signature", nullptr)->id);
  EXPECT_NE(make("signature", witnessed)->id, make("signature", otherwise)->id);
  EXPECT_NE(make("signature", witnessed)->id,
            make("signature", absl::InvalidArgumentError("it cannot be read"))->id);
  // Not even with a signature that goes on as they would be written.
  const std::string id(witnessed->id.begin(), witnessed->id.end());
  EXPECT_NE(make("signature", witnessed)->id, make("signature witnesses " + id, nullptr)->id);
  EXPECT_NE(make("signature", absl::InvalidArgumentError("why"))->id,
            make("signature unreadable: why", nullptr)->id);
}

}  // namespace
}  // namespace countersign::cosign
