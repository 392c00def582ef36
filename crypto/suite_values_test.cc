// What certificates and timestamps of Sigstore's conformance suite are made of: values that another
// program has worked out of the same bytes.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/base64.h"
#include "base/json.h"
#include "base/shared_data_fixture.h"
#include "base/status_matchers.h"
#include "crypto/certificate.h"
#include "crypto/der.h"
#include "crypto/sct.h"
#include "crypto/sha256.h"
#include "crypto/signed_data.h"
#include "crypto/tst_info.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::Json;
using ::testing::SizeIs;

constexpr std::string_view kCertificate = "/verificationMaterial/certificate/rawBytes";
constexpr std::string_view kTimestamp =
    "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp";
// Of the root that has Sigstore's public instance.
constexpr std::string_view kIssuer = "/certificateAuthorities/1/certChain/certificates/0/rawBytes";

std::string BytesAt(const Json& document, std::string_view pointer) {
  const Json& text = document.at(Json::json_pointer(std::string(pointer)));
  return base::DecodeBase64(text.get<std::string>()).value();
}

Certificate CertificateAt(const Json& document, std::string_view pointer) {
  return Certificate::FromDerStrictly(BytesAt(document, pointer)).value();
}

class SuiteValues : public base::SharedDataTest {
 protected:
  SuiteValues() : SharedDataTest("sigstore_conformance") {}

  Json Read(std::string_view of_case, std::string_view file) const {
    return base::ParseJson(Load(absl::StrCat("bundle-verify/", of_case, "/", file))).value();
  }
  Json Bundle(std::string_view of_case) const { return Read(of_case, "bundle.sigstore.json"); }
};

TEST_F(SuiteValues, ALogOfCertificatesSignsItsPrecertificate) {
  const Certificate leaf = CertificateAt(Bundle("happy-path-v0.3"), kCertificate);
  const Certificate issuer =
      CertificateAt(Read("trust-root-tlog-validity-end-inclusive", "trusted_root.json"), kIssuer);
  EXPECT_EQ(Sha256Hex(issuer.public_key_info()),
            "c355ee53d69e68aade04e5c6cc202cfac11fbcaa67e9a2ba7a64ced2aec8ccd0");
  const absl::StatusOr<std::vector<Sct>> scts = EmbeddedScts(leaf);
  ASSERT_THAT(scts, IsOkAndHolds(SizeIs(1)));
  EXPECT_EQ(absl::ToUnixMillis(scts->front().time), 1710869186470);
  const std::optional<std::string> bytes = SctSignedBytes(scts->front(), leaf, issuer);
  ASSERT_TRUE(bytes.has_value());
  ASSERT_EQ(bytes->size(), 1887u);
  EXPECT_EQ(Sha256Hex(*bytes), "375a7aa5238c9a9260ae4765240c256ffa7da18b259688f6b4d2666aca4f28f0");
  // After version, type, time, entry type, the hash of the issuer's key and a length in 3 bytes.
  constexpr size_t kTbsAt = 1 + 1 + 8 + 2 + 32 + 3;
  EXPECT_EQ(Sha256Hex(std::string_view(*bytes).substr(kTbsAt, 1838)),
            "55ccfea63ac94f7813048190ac6d95ddb7fe98f4f36ad9285a8156630882b29f");
}

TEST_F(SuiteValues, ExtensionsOfAnSctAreRead) {
  const Certificate leaf = CertificateAt(Bundle("bundle-with-sct-with-extensions"), kCertificate);
  const absl::StatusOr<std::vector<Sct>> scts = EmbeddedScts(leaf);
  ASSERT_THAT(scts, IsOkAndHolds(SizeIs(1)));
  EXPECT_EQ(absl::BytesToHexString(scts->front().extensions), "0000050000000070");
}

TEST_F(SuiteValues, ATimestampSignsItsAttributesAsASet) {
  const Json bundle = Bundle("rekor2-happy-path");
  const std::string response = BytesAt(bundle, kTimestamp);
  std::string_view contents, status, content_info;
  DerReader whole(response);
  ASSERT_TRUE(whole.Read(DerTag::kSequence, contents));
  DerReader parts(contents);
  ASSERT_TRUE(parts.ReadAnyElement(status) && parts.ReadAnyElement(content_info));
  const absl::StatusOr<SignedData> data = ReadSignedData(content_info);
  ASSERT_THAT(data, IsOk());
  const std::string& attributes = data->attributes.signed_bytes;
  ASSERT_EQ(attributes.size(), 255u);
  EXPECT_EQ(attributes.front(), '\x31');
  EXPECT_EQ(Sha256Hex(attributes),
            "0c5cffac5f501c34751b1438d88461c897877a7785e66f8d8d1cef7be2033fd7");

  constexpr std::string_view kImprint =
      "6ddf31609e2a6c814f8266aab75204b7a1f5e96d1bc07dde6ff39add8408cda2";
  const absl::StatusOr<TstInfo> info = ReadTstInfo(data->content);
  ASSERT_THAT(info, IsOk());
  EXPECT_EQ(absl::BytesToHexString(info->imprint), kImprint);
  EXPECT_EQ(Sha256Hex(BytesAt(bundle, "/messageSignature/signature")), kImprint);
}

}  // namespace
}  // namespace countersign::crypto
