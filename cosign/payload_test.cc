#include "cosign/payload.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cosign/test_signer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::testing::HasSubstr;

TEST(Payload, SpeaksOfTheImageThatItNames) {
  const oci::Digest image = oci::Digest::Of("image");
  const std::shared_ptr<const Payload> payload = Payload::Of(TestSigner::Payload(image));
  EXPECT_FALSE(payload->FindRefusal(image).has_value());
  const std::optional<Refusal> refusal = payload->FindRefusal(oci::Digest::Of("another"));
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->reason, Refused::kWrongArtifact);
  EXPECT_EQ(refusal->sentence, "its payload speaks of " + image.ToString() + ", not of this image");
  EXPECT_FALSE(payload->FindRefusal(image).has_value());
}

TEST(Payload, SaysWhyItCannotBeRead) {
  const std::optional<Refusal> refusal = Payload::Of("{")->FindRefusal(oci::Digest::Of("image"));
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->reason, Refused::kMalformed);
  EXPECT_THAT(refusal->sentence, HasSubstr("its payload cannot be read: "));
}

TEST(Payload, ADigestWithMoreBehindItIsAnother) {
  const oci::Digest image = oci::Digest::Of("image");
  const std::string payload = R"({"critical":{"image":{"docker-manifest-digest":")" +
                              image.ToString() + std::string(1000, '0') + R"("}}})";
  const std::optional<Refusal> refusal = Payload::Of(payload)->FindRefusal(image);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->reason, Refused::kWrongArtifact);
  EXPECT_THAT(refusal->sentence, HasSubstr("speaks of"));
  EXPECT_LT(refusal->sentence.size(), 300u);
}

TEST(Payload, KeepsNoRoomBesideItsBytes) {
  std::string bytes;
  bytes.reserve(1 << 20);
  bytes.append(100, 'b');
  const char* const roomy = bytes.data();
  const Payload payload(std::move(bytes));
  EXPECT_EQ(payload.bytes(), std::string(100, 'b'));
  // They have moved to a place of their own size.
  EXPECT_NE(payload.bytes().data(), roomy);
}

}  // namespace
}  // namespace countersign::cosign
