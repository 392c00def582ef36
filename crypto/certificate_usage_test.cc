#include "crypto/certificate_usage.h"

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "base/status_matchers.h"
#include "crypto/certificate_fields.h"
#include "crypto/test_certificate.h"
#include "crypto/test_der.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::Optional;
using ::testing::SizeIs;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr Oid kCodeSigning("1.3.6.1.5.5.7.3.3");

std::string Hex(std::string_view digits) { return absl::HexStringToBytes(digits); }

// Of a certificate with these extensions; what it has is static.
absl::StatusOr<CertificateUsage> Usage(const std::vector<TestExtension>& extensions) {
  static std::list<std::string>* const kept = new std::list<std::string>;
  CertificateFields fields;
  const auto keep = [&](std::string text) -> std::string_view {
    return kept->emplace_back(std::move(text));
  };
  for (const TestExtension& extension : extensions) {
    fields.extensions.push_back({.oid = keep(OidBytes(extension.oid).value()),
                                 .is_critical = extension.is_critical,
                                 .value = keep(extension.value)});
  }
  return ReadCertificateUsage(fields);
}

absl::StatusOr<CertificateUsage> Constraints(std::string_view hex) {
  return Usage({{.oid = "2.5.29.19", .value = Hex(hex)}});
}

absl::StatusOr<CertificateUsage> KeyUsage(std::string_view hex) {
  return Usage({{.oid = "2.5.29.15", .value = Hex(hex)}});
}

TEST(CertificateUsage, OfACertificateWithoutExtensionsIsTheDefault) {
  const absl::StatusOr<CertificateUsage> usage = Usage({});
  ASSERT_THAT(usage, IsOk());
  EXPECT_FALSE(usage->is_authority);
  EXPECT_EQ(usage->path_length, std::nullopt);
  EXPECT_TRUE(usage->may_sign);
  EXPECT_TRUE(usage->may_certify);
  EXPECT_EQ(usage->purposes, std::nullopt);
  EXPECT_FALSE(usage->HasPurpose(kCodeSigning));
  EXPECT_FALSE(usage->has_unknown_critical);
  EXPECT_FALSE(usage->is_precertificate);
}

TEST(BasicConstraints, SayWhoIsAnAuthority) {
  EXPECT_FALSE(Constraints("3000")->is_authority);
  EXPECT_FALSE(Constraints("3003010100")->is_authority);
  EXPECT_TRUE(Constraints("30030101ff")->is_authority);
  EXPECT_EQ(Constraints("30030101ff")->path_length, std::nullopt);
  EXPECT_THAT(Constraints("30060101ff020100")->path_length, Optional(0u));
  EXPECT_THAT(Constraints("30070101ff02020100")->path_length, Optional(256u));
}

TEST(BasicConstraints, AreRefusedIfMalformed) {
  // Nothing; a BOOLEAN that is neither; a length of no authority, below zero, not minimal; something
  // behind the length, the sequence; another type.
  for (const char* bad : {"", "3003010101", "3003020100", "30060101ff0201ff", "30070101ff02020001",
                          "30080101ff0201000500", "30030101ff00", "0101ff", "30030201ff"}) {
    EXPECT_THAT(Constraints(bad), StatusIs(kInvalid, "its basicConstraints are malformed")) << bad;
  }
}

TEST(KeyUsage, SaysWhatTheKeyMayDo) {
  EXPECT_TRUE(KeyUsage("03020780")->may_sign);
  EXPECT_FALSE(KeyUsage("03020780")->may_certify);
  EXPECT_FALSE(KeyUsage("03020106")->may_sign);
  EXPECT_TRUE(KeyUsage("03020106")->may_certify);
  EXPECT_TRUE(KeyUsage("03020186")->may_sign);
  // decipherOnly, the ninth bit, alone.
  EXPECT_FALSE(KeyUsage("0303070080")->may_sign);
  EXPECT_FALSE(KeyUsage("0303070080")->may_certify);
  EXPECT_TRUE(KeyUsage("0303078480")->may_certify);
}

TEST(KeyUsage, IsRefusedIfMalformed) {
  // Nothing, no bits, eight unused bits, an unused bit that is set, something behind, another type.
  for (const char* bad : {"", "0300", "030100", "03020880", "03020781", "0302078000", "04020780"}) {
    EXPECT_THAT(KeyUsage(bad), StatusIs(kInvalid, "its keyUsage is malformed")) << bad;
  }
}

TEST(ExtendedKeyUsage, ListsPurposes) {
  for (const bool is_critical : {false, true}) {
    const absl::StatusOr<CertificateUsage> usage =
        Usage({TestExtendedKeyUsage({"1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.3"}, is_critical)});
    ASSERT_THAT(usage, IsOk());
    EXPECT_TRUE(usage->HasPurpose(kCodeSigning));
    EXPECT_TRUE(usage->HasPurpose(Oid("1.3.6.1.5.5.7.3.8")));
    EXPECT_FALSE(usage->HasPurpose(Oid("1.3.6.1.5.5.7.3")));
    EXPECT_FALSE(usage->HasPurpose(Oid("2.5.29.37.0")));
    EXPECT_THAT(usage->purposes->oids, SizeIs(2));
    EXPECT_EQ(usage->purposes->are_critical, is_critical);
    EXPECT_FALSE(usage->has_unknown_critical);
  }
}

TEST(ExtendedKeyUsage, IsRefusedIfMalformed) {
  for (const std::string& bad :
       {std::string(), WriteDerSequence({}), WriteDerSequence({WriteDerOid("1.2.3")}) + "x",
        WriteDerOid("1.2.3"), WriteDerSequence({Hex("0600")}),
        WriteDerSequence({WriteDerOid("1.2.3"), WriteDerUnsigned(1)})}) {
    EXPECT_THAT(Usage({{.oid = "2.5.29.37", .value = bad}}),
                StatusIs(kInvalid, "its extKeyUsage is malformed"));
  }
}

TEST(CriticalExtensions, AreUnderstoodOrNot) {
  for (const auto& [oid, is_known] :
       {std::pair("2.5.29.17", true), std::pair("2.5.29.30", true), std::pair("2.5.29.32", false),
        std::pair("2.5.29.54", false), std::pair("1.3.6.1.4.1.57264.1.8", false)}) {
    EXPECT_EQ(Usage({{.oid = oid, .is_critical = true}})->has_unknown_critical, !is_known) << oid;
    EXPECT_FALSE(Usage({{.oid = oid}})->has_unknown_critical) << oid;
  }
}

TEST(CriticalExtensions, KnowThePoisonOfAPrecertificate) {
  TestExtension poison = {
      .oid = "1.3.6.1.4.1.11129.2.4.3", .is_critical = true, .value = Hex("0500")};
  EXPECT_TRUE(Usage({poison})->is_precertificate);
  EXPECT_TRUE(Usage({poison})->has_unknown_critical);
  poison.is_critical = false;
  EXPECT_TRUE(Usage({poison})->is_precertificate);
}

}  // namespace
}  // namespace countersign::crypto
