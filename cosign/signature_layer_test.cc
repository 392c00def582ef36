#include "cosign/signature_layer.h"

#include <string>
#include <string_view>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::countersign::base::IsOkAndHolds;
using ::countersign::base::StatusIs;
using ::testing::HasSubstr;

oci::Descriptor LayerWith(std::string_view annotation, std::string_view value) {
  return {.media_type = "application/vnd.dev.cosign.simplesigning.v1+json",
          .digest = oci::Digest::Of("payload"),
          .size = 7,
          .annotations = {{std::string(annotation), std::string(value)}}};
}

absl::StatusOr<std::string> BytesOf(std::string_view base64) {
  return SignatureBytes(LayerWith(kSignatureAnnotation, base64));
}

TEST(SignatureTag, IsTheDigestWithADashAndAnEnding) {
  EXPECT_EQ(SignatureTag(oci::Digest::Of("")),
            "sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.sig");
}

TEST(AttestationTag, HasAnEndingOfItsOwn) {
  EXPECT_EQ(AttestationTag(oci::Digest::Of("")),
            "sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.att");
}

TEST(SignatureBytes, AreTheAnnotationDecoded) {
  EXPECT_THAT(BytesOf("Zm9vYg=="), IsOkAndHolds("foob"));
  EXPECT_THAT(BytesOf("Zm9vYmE="), IsOkAndHolds("fooba"));
  EXPECT_THAT(BytesOf("Zm9vYmFy"), IsOkAndHolds("foobar"));
  EXPECT_THAT(BytesOf("+/+/"), IsOkAndHolds("\xfb\xff\xbf"));
}

TEST(SignatureBytes, IgnoreLineBreaks) {
  EXPECT_THAT(BytesOf("Zm9v\r\nYmFy\n"), IsOkAndHolds("foobar"));
}

TEST(SignatureBytes, AcceptBitsAfterTheLastByteAsCosignDoes) {
  EXPECT_THAT(BytesOf("Zm9vYh=="), IsOkAndHolds("foob"));
}

TEST(SignatureBytes, NeedTheAnnotation) {
  EXPECT_THAT(SignatureBytes(LayerWith("dev.sigstore.cosign/signature", "Zm9v")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no annotation")));
  EXPECT_THAT(BytesOf(""), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is empty")));
  EXPECT_THAT(BytesOf("\n"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is empty")));
}

TEST(SignatureBytes, RefuseOtherDialectsOfBase64) {
  for (const std::string_view bad : {
           "Zm9vYg",        // no padding
           "Zm9vYg=",       // too little
           "Zm9vYg===",     // too much
           "Zm9vYg======",  // far too much
           "====",
           "=",
           "Zg==Zg==",
           "Zm9v Yg==",
           "Zm9vYg..",  // the padding of another dialect
           "-_-_",      // the URL alphabet
           "Zm9v\tYg==",
           "Zm9vYmE\xff",
       }) {
    EXPECT_THAT(BytesOf(bad), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("base64")))
        << bad;
  }
}

}  // namespace
}  // namespace countersign::cosign
