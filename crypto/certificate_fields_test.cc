#include "crypto/certificate_fields.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "crypto/test_certificate.h"
#include "crypto/test_der.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::SizeIs;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr std::string_view kNoStrictDer = "it is no strict DER certificate";

std::string Hex(std::string_view digits) { return absl::HexStringToBytes(digits); }

const TestKey& Key() {
  static const TestKey* const key = new TestKey(TestKey::Generate());
  return *key;
}

std::string Sign(const TestCertificate& parts) {
  return SignTestTbs(WriteTestTbs(parts, Key()), Key());
}

// The elements of a TBSCertificate without extensions, one of which a test writes in another way.
struct Tbs {
  std::string version = Hex("a003020102");
  std::string serial = Hex("020101");
  std::string algorithm = TestSignatureAlgorithm(Key());
  std::string issuer = Hex("3000");
  std::string validity = WriteDerSequence({WriteDerTime(absl::FromUnixSeconds(1'800'000'000)),
                                           WriteDerTime(absl::FromUnixSeconds(1'800'000'001))});
  std::string subject = Hex("3000");
  std::string key = Key().PublicDer();
  std::string rest;
};

absl::Status Read(const Tbs& tbs) {
  return ReadCertificateFields(
             SignTestTbs(WriteDerSequence({tbs.version, tbs.serial, tbs.algorithm, tbs.issuer,
                                           tbs.validity, tbs.subject, tbs.key, tbs.rest}),
                         Key()))
      .status();
}

TEST(CertificateFields, AreWhatIsWritten) {
  const TestCertificate parts = {
      .subject = "leaf",
      .issuer = "root",
      .key = Key(),
      .not_before = absl::FromUnixSeconds(-1),
      .not_after = absl::FromUnixSeconds(2'600'000'000),
      .extensions = {{.oid = "1.2.3.4", .is_critical = true, .value = "abc"},
                     {.oid = "1.2.3.5", .value = "", .says_not_critical = true}},
      .serial = 258};
  const std::string der = Sign(parts);
  const absl::StatusOr<CertificateFields> fields = ReadCertificateFields(der);
  ASSERT_THAT(fields, IsOk());
  EXPECT_EQ(fields->tbs, WriteTestTbs(parts, Key()));
  EXPECT_EQ(fields->serial, "\x01\x02");
  EXPECT_EQ(fields->signature_algorithm, TestSignatureAlgorithm(Key()));
  EXPECT_EQ(fields->issuer, Hex("300f310d300b06035504030c04726f6f74"));
  EXPECT_EQ(fields->subject, Hex("300f310d300b06035504030c046c656166"));
  EXPECT_EQ(fields->not_before, parts.not_before);
  EXPECT_EQ(fields->not_after, parts.not_after);
  EXPECT_EQ(fields->public_key_info, Key().PublicDer());
  EXPECT_TRUE(Key().Public().VerifyAs(SignatureScheme::kEcdsaSha256,
                                      Message(std::string(fields->tbs)), fields->signature,
                                      EcdsaEncoding::kDer));
  EXPECT_FALSE(fields->IsSelfIssued());
  ASSERT_THAT(fields->extensions, SizeIs(2));
  EXPECT_EQ(fields->Find(Oid("1.2.3.4")), &fields->extensions[0]);
  EXPECT_TRUE(fields->extensions[0].is_critical);
  EXPECT_EQ(fields->extensions[0].value, "abc");
  EXPECT_EQ(fields->extensions[0].element, Hex("300d06032a03040101ff0403616263"));
  EXPECT_FALSE(fields->extensions[1].is_critical);
  EXPECT_EQ(fields->extensions[1].element, Hex("300a06032a0305010100") + Hex("0400"));
  EXPECT_EQ(fields->Find(Oid("1.2.3")), nullptr);
}

TEST(CertificateFields, OfACertificateWithoutExtensionsAreThere) {
  EXPECT_THAT(Read({}), IsOk());
  EXPECT_THAT(ReadCertificateFields(Sign({.subject = "one", .issuer = "one"}))->IsSelfIssued(),
              true);
}

TEST(CertificateFields, MayHaveUniqueIds) {
  EXPECT_THAT(Read({.rest = Hex("81020001") + Hex("82020001")}), IsOk());
  EXPECT_THAT(Read({.rest = Hex("82020001") + Hex("81020001")}), StatusIs(kInvalid, kNoStrictDer));
}

TEST(CertificateFields, AreOfVersion3) {
  const auto version = [](std::optional<uint64_t> written) {
    return ReadCertificateFields(Sign({.issuer = "root", .version = written})).status();
  };
  EXPECT_THAT(version(2), IsOk());
  for (const auto& other : std::vector<std::optional<uint64_t>>{std::nullopt, 0, 1, 3}) {
    EXPECT_THAT(version(other), StatusIs(kInvalid, "it is not of version 3"));
  }
  EXPECT_THAT(Read({.version = Hex("a00402020002")}), StatusIs(kInvalid, kNoStrictDer));
  EXPECT_THAT(Read({.version = Hex("a0050201020500")}), StatusIs(kInvalid, kNoStrictDer));
}

TEST(CertificateFields, NameOneSignatureAlgorithm) {
  const TestKey other = TestKey::Generate(TestKeyType::kEcdsaP384);
  EXPECT_THAT(Read({.algorithm = TestSignatureAlgorithm(other)}),
              StatusIs(kInvalid, "it names two algorithms for one signature"));
  // The same, but for a parameter that means nothing.
  EXPECT_THAT(Read({.algorithm = Hex("300c06082a8648ce3d0403020500")}),
              StatusIs(kInvalid, "it names two algorithms for one signature"));
}

TEST(CertificateFields, HaveEachExtensionOnce) {
  const TestExtension one = {.oid = "1.2.3.4", .value = "a"};
  const TestExtension again = {.oid = "1.2.3.4", .is_critical = true, .value = "b"};
  const TestExtension between = {.oid = "1.2.3.5"};
  EXPECT_THAT(ReadCertificateFields(Sign({.issuer = "root", .extensions = {one, between, again}})),
              StatusIs(kInvalid, "it has an extension twice"));
}

TEST(CertificateFields, HaveTimesAsCertificatesHaveThem) {
  constexpr std::string_view kSentence = "its validity is not two times as certificates have them";
  const std::string good = WriteDerTime(absl::FromUnixSeconds(1'800'000'000));
  const auto utc = [](std::string_view text) { return WriteDer(DerTag::kUtcTime, {text}); };
  const auto generalized = [](std::string_view text) {
    return WriteDer(DerTag::kGeneralizedTime, {text});
  };
  EXPECT_THAT(Read({.validity = WriteDerSequence({good, generalized("20240319172626Z")})}), IsOk());
  for (const std::string& bad :
       {utc("2403191726Z"), utc("240319172626+0000"), utc("20240319172626Z"),
        generalized("20240319172626.5Z"), generalized("240319172626Z"), std::string(),
        WriteDer(DerTag::kUtf8String, {"240319172626Z"}), good + good}) {
    EXPECT_THAT(Read({.validity = WriteDerSequence({good, bad})}), StatusIs(kInvalid, kSentence));
    EXPECT_THAT(Read({.validity = WriteDerSequence({bad, good})}), StatusIs(kInvalid, kSentence));
  }
}

TEST(CertificateFields, AreStrictDer) {
  const std::string extension = Hex("300906032a03040402abcd");
  const auto list = [](std::string_view extensions) {
    return WriteDer(ConstructedTag(3), {WriteDerSequence({extensions})});
  };
  EXPECT_THAT(Read({.rest = list(extension)}), IsOk());
  for (const Tbs& bad : {
           Tbs{.serial = Hex("02020001")},
           Tbs{.serial = Hex("0200")},
           Tbs{.issuer = Hex("3100")},
           Tbs{.subject = Hex("30800000")},
           Tbs{.key = ""},
           // An empty list, no list, something behind either.
           Tbs{.rest = list("")},
           Tbs{.rest = Hex("a300")},
           Tbs{.rest = list(extension) + Hex("0500")},
           Tbs{.rest = WriteDer(ConstructedTag(3), {WriteDerSequence({extension}), Hex("0500")})},
           Tbs{.rest = Hex("0500")},
           // Extensions: no value, something behind it, a BOOLEAN that is neither, an empty name.
           Tbs{.rest = list(Hex("300506032a0304"))},
           Tbs{.rest = list(Hex("300b06032a03040402abcd0500"))},
           Tbs{.rest = list(Hex("300c06032a03040101010402abcd"))},
           Tbs{.rest = list(Hex("300606000402abcd"))},
       }) {
    EXPECT_THAT(Read(bad), StatusIs(kInvalid, kNoStrictDer));
  }
}

TEST(CertificateFields, AreOfWholeCertificates) {
  const std::string tbs = WriteTestTbs({.issuer = "root"}, Key());
  const std::string algorithm = TestSignatureAlgorithm(Key());
  const std::string signature = WriteDerBitString("signature");
  EXPECT_THAT(ReadCertificateFields(WriteDerSequence({tbs, algorithm, signature})), IsOk());
  for (const std::string& bad : {
           WriteDerSequence({tbs, algorithm, signature}) + "x",
           WriteDerSequence({tbs, algorithm, signature, Hex("0500")}),
           WriteDerSequence({tbs, algorithm, WriteDer(DerTag::kOctetString, {"signature"})}),
           WriteDerSequence({tbs, algorithm, Hex("03020180")}),
           WriteDerSequence({tbs, algorithm}),
           WriteDer(DerTag::kSet, {tbs, algorithm, signature}),
       }) {
    EXPECT_THAT(ReadCertificateFields(bad), StatusIs(kInvalid, kNoStrictDer));
  }
}

TEST(CertificateFields, AreOfCertificatesOf32KibibytesAtMost) {
  TestCertificate parts = {.issuer = "root", .extensions = {{.oid = "1.2.3.4"}}};
  const auto sized = [&](size_t size) {
    parts.extensions[0].value = std::string(size, 'x');
    // Not signed, as the size of a signature varies.
    return WriteDerSequence(
        {WriteTestTbs(parts, Key()), TestSignatureAlgorithm(Key()), WriteDerBitString("")});
  };
  const size_t rest = sized(30'000).size() - 30'000;
  EXPECT_THAT(ReadCertificateFields(sized(kMaxCertificateBytes - rest)), IsOk());
  EXPECT_THAT(ReadCertificateFields(sized(kMaxCertificateBytes - rest + 1)),
              StatusIs(absl::StatusCode::kResourceExhausted, "it is longer than 32768 bytes"));
}

TEST(CertificateFields, AreOfCertificatesWithNoMoreExtensionsThanTheLimit) {
  TestCertificate parts = {.issuer = "root"};
  for (size_t i = 0; i < kMaxExtensions; ++i) {
    parts.extensions.push_back({.oid = absl::StrCat("1.2.3.", i)});
  }
  EXPECT_THAT(ReadCertificateFields(SignTestTbs(WriteTestTbs(parts, Key()), Key())), IsOk());
  parts.extensions.push_back({.oid = "1.2.4"});
  EXPECT_THAT(ReadCertificateFields(SignTestTbs(WriteTestTbs(parts, Key()), Key())),
              StatusIs(absl::StatusCode::kResourceExhausted, "it has more than 100 extensions"));
}

}  // namespace
}  // namespace countersign::crypto
