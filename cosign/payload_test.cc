#include "cosign/payload.h"

#include <string>

#include "base/status_matchers.h"
#include "cosign/test_signer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::HasSubstr;

TEST(Payload, SpeaksOfTheImageThatItNames) {
  const oci::Digest image = oci::Digest::Of("image");
  const std::shared_ptr<const Payload> payload = Payload::Of(TestSigner::Payload(image));
  EXPECT_THAT(payload->CheckSpeaksOf(image), IsOk());
  EXPECT_THAT(payload->CheckSpeaksOf(oci::Digest::Of("another")),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("its payload speaks of " + image.ToString())));
  EXPECT_THAT(payload->CheckSpeaksOf(image), IsOk());
}

TEST(Payload, SaysWhyItCannotBeRead) {
  EXPECT_THAT(
      Payload::Of("{")->CheckSpeaksOf(oci::Digest::Of("image")),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("its payload cannot be read: ")));
}

TEST(Payload, ADigestWithMoreBehindItIsAnother) {
  const oci::Digest image = oci::Digest::Of("image");
  const std::string payload = R"({"critical":{"image":{"docker-manifest-digest":")" +
                              image.ToString() + std::string(1000, '0') + R"("}}})";
  const absl::Status status = Payload::Of(payload)->CheckSpeaksOf(image);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("speaks of")));
  EXPECT_LT(status.message().size(), 300u);
}

}  // namespace
}  // namespace countersign::cosign
