#include "crypto/der.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

using ::testing::Eq;
using ::testing::Optional;

std::string Hex(std::string_view digits) { return absl::HexStringToBytes(digits); }

TEST(Oid, IsWrittenInBytesWhenCompiled) {
  constexpr Oid kKeyUsage("2.5.29.15");
  EXPECT_EQ(kKeyUsage.bytes(), Hex("551d0f"));
  EXPECT_EQ(Oid("1.3.6.1.4.1.11129.2.4.2").bytes(), Hex("2b06010401d679020402"));
  EXPECT_EQ(Oid("1.3.6.1.4.1.57264.1.24").bytes(), Hex("2b0601040183bf300118"));
}

TEST(OidText, IsReadAndWritten) {
  for (const auto& [text, bytes] :
       {std::pair("2.5.29.15", "551d0f"),
        std::pair("1.2.840.113549.1.9.16.1.4", "2a864886f70d0109100104"),
        std::pair("2.999.1", "883701"), std::pair("0.0", "00")}) {
    EXPECT_THAT(OidText(Hex(bytes)), Optional(Eq(text)));
    EXPECT_THAT(OidBytes(text), Optional(Eq(Hex(bytes))));
  }
}

TEST(OidText, IsNoneOfWhatIsMalformed) {
  for (const char* text : {"", "2", "2.", "2.5.", "3.1", "1.40", "2.5.x", "2.5 ", "01.2",
                           "2.5.18446744073709551616"}) {
    EXPECT_EQ(OidBytes(text), std::nullopt) << text;
  }
  // Nothing, the middle of a number, a number with a leading zero, and one of 65 bits.
  for (const char* bytes : {"", "5581", "55808001", "5582808080808080808000"}) {
    EXPECT_EQ(OidText(Hex(bytes)), std::nullopt) << bytes;
  }
}

// Short ones all, and numbers around 2^64.
TEST(DerReader, ReadsTheObjectIdentifiersThatHaveText) {
  std::vector<std::string> all = {""};
  for (int a = 0; a < 256; ++a) {
    all.push_back({static_cast<char>(a)});
    for (int b = 0; b < 256; ++b) all.push_back({static_cast<char>(a), static_cast<char>(b)});
  }
  for (const char* number : {"81ffffffffffffffff7f", "82808080808080808000", "8081", "ff7f",
                             "ffffffffffffffffff7f", "81808080808080808080", "808001"}) {
    for (const char* before : {"", "55", "2b06"}) {
      for (const char* after : {"", "01", "80"}) {
        all.push_back(Hex(absl::StrCat(before, number, after)));
      }
    }
  }
  size_t good = 0;
  for (const std::string& contents : all) {
    const std::string der = std::string{'\x06', static_cast<char>(contents.size())} + contents;
    DerReader reader(der);
    std::string_view read;
    const bool is_read = reader.ReadOid(read);
    EXPECT_EQ(is_read, OidText(contents).has_value()) << absl::BytesToHexString(contents);
    if (is_read) {
      EXPECT_EQ(read, contents);
    }
    good += is_read ? 1 : 0;
  }
  EXPECT_GT(good, 30000u);
}

TEST(DerReader, ReadsOneElementAfterTheOther) {
  const std::string der = Hex("0201050c0161300401010005008101ff");
  DerReader reader(der);
  std::string_view read;
  EXPECT_TRUE(reader.NextIs(DerTag::kInteger));
  ASSERT_TRUE(reader.Read(DerTag::kInteger, read));
  EXPECT_EQ(read, "\x05");
  ASSERT_TRUE(reader.ReadElement(DerTag::kUtf8String, read));
  EXPECT_EQ(read, Hex("0c0161"));
  ASSERT_TRUE(reader.ReadAnyElement(read));
  EXPECT_EQ(read, Hex("300401010005"));
  EXPECT_FALSE(reader.AtEnd());
}

TEST(DerReader, StaysWhereItIsIfTheNextElementIsAnother) {
  const std::string der = Hex("020105");
  DerReader reader(der);
  std::string_view read = "before";
  bool truth = true;
  EXPECT_FALSE(reader.Read(DerTag::kOctetString, read));
  EXPECT_FALSE(reader.ReadElement(DerTag::kOctetString, read));
  EXPECT_FALSE(reader.ReadOid(read));
  EXPECT_FALSE(reader.ReadBitString(read));
  EXPECT_FALSE(reader.ReadBoolean(truth));
  EXPECT_EQ(read, "before");
  EXPECT_TRUE(truth);
  uint64_t number = 0;
  ASSERT_TRUE(reader.ReadUnsigned(number));
  EXPECT_EQ(number, 5u);
  EXPECT_TRUE(reader.AtEnd());
}

TEST(DerReader, TellsTagsOfAClassFromEachOther) {
  const std::string der = Hex("a30081008000");
  DerReader reader(der);
  std::string_view read;
  EXPECT_FALSE(reader.Read(PrimitiveTag(3), read));
  EXPECT_TRUE(reader.Read(ConstructedTag(3), read));
  EXPECT_FALSE(reader.Read(PrimitiveTag(0), read));
  EXPECT_TRUE(reader.Read(PrimitiveTag(1), read));
  EXPECT_FALSE(reader.Read(ConstructedTag(0), read));
  EXPECT_TRUE(reader.Read(PrimitiveTag(0), read));
}

TEST(DerReader, RefusesLengthsThatAreNotDer) {
  // Indefinite; five as a long form; with a leading zero; of five bytes; beyond the end; none.
  for (const char* der : {"30800000", "0481050101010101", "04820005", "0485000000000101",
                          "0405010203", "04", "048201", ""}) {
    const std::string bytes = Hex(der);
    DerReader reader(bytes);
    std::string_view read;
    EXPECT_FALSE(reader.ReadAnyElement(read)) << der;
    EXPECT_FALSE(reader.Read(DerTag::kOctetString, read)) << der;
    EXPECT_FALSE(reader.Read(DerTag::kSequence, read)) << der;
  }
}

TEST(DerReader, RefusesNumbersThatAreNotDer) {
  for (const char* der : {"0200", "02020001", "0202ff80"}) {
    const std::string bytes = Hex(der);
    DerReader reader(bytes);
    std::string_view read;
    uint64_t number;
    EXPECT_FALSE(reader.ReadInteger(read)) << der;
    EXPECT_FALSE(reader.ReadUnsigned(number)) << der;
  }
}

TEST(DerReader, TakesNumbersOfSixtyFourBits) {
  uint64_t number = 0;
  const std::string most = Hex("020900ffffffffffffffff");
  EXPECT_TRUE(DerReader(most).ReadUnsigned(number));
  EXPECT_EQ(number, std::numeric_limits<uint64_t>::max());
  for (const char* other : {"0209010000000000000000", "0201ff"}) {
    const std::string bytes = Hex(other);
    std::string_view contents;
    EXPECT_FALSE(DerReader(bytes).ReadUnsigned(number)) << other;
    EXPECT_TRUE(DerReader(bytes).ReadInteger(contents)) << other;
  }
}

TEST(DerReader, TakesOnlyTheBooleansOfDer) {
  bool value = false;
  EXPECT_TRUE(DerReader("\x01\x01\xff").ReadBoolean(value));
  EXPECT_TRUE(value);
  EXPECT_TRUE(DerReader(std::string_view("\x01\x01\x00", 3)).ReadBoolean(value));
  EXPECT_FALSE(value);
  EXPECT_FALSE(DerReader("\x01\x01\x01").ReadBoolean(value));
  EXPECT_FALSE(DerReader("\x01\x02\xff\xff").ReadBoolean(value));
}

TEST(DerReader, TakesBitStringsOfWholeBytes) {
  const std::string whole = Hex("030300abcd");
  std::string_view bytes;
  ASSERT_TRUE(DerReader(whole).ReadBitString(bytes));
  EXPECT_EQ(bytes, Hex("abcd"));
  for (const char* other : {"0300", "030301abcc"}) {
    const std::string der = Hex(other);
    EXPECT_FALSE(DerReader(der).ReadBitString(bytes)) << other;
  }
}

TEST(UtcTime, IsOfTheYears1950To2049) {
  EXPECT_THAT(ParseUtcTime("240319172626Z"), Optional(absl::FromUnixSeconds(1710869186)));
  EXPECT_THAT(ParseUtcTime("500101000000Z"), Optional(absl::FromUnixSeconds(-631152000)));
  EXPECT_THAT(ParseUtcTime("491231235959Z"), Optional(absl::FromUnixSeconds(2524607999)));
}

TEST(UtcTime, HasSecondsAndEndsInZ) {
  for (const char* text :
       {"", "Z", "2403191726Z", "240319172626", "240319172626+0000", "240319172626.5Z",
        "20240319172626Z", "24031917262 Z", "240319172660Z", "240319176026Z", "240319242626Z",
        "240230000000Z", "241301000000Z", "240100000000Z", "240001000000Z", "-40319172626Z"}) {
    EXPECT_EQ(ParseUtcTime(text), std::nullopt) << text;
  }
}

TEST(GeneralizedTime, MayHaveAFraction) {
  const absl::Time second = absl::FromUnixSeconds(1710869186);
  EXPECT_THAT(ParseGeneralizedTime("20240319172626Z"), Optional(second));
  EXPECT_THAT(ParseGeneralizedTime("20240319172626.5Z"),
              Optional(second + absl::Milliseconds(500)));
  EXPECT_THAT(ParseGeneralizedTime("20240319172626.047Z"),
              Optional(second + absl::Milliseconds(47)));
  EXPECT_THAT(ParseGeneralizedTime("20240319172626.000000001Z"),
              Optional(second + absl::Nanoseconds(1)));
  EXPECT_THAT(ParseGeneralizedTime("20240229000000Z"), Optional(absl::FromUnixSeconds(1709164800)));
  EXPECT_THAT(ParseGeneralizedTime("99991231235959Z"),
              Optional(absl::FromUnixSeconds(253402300799)));
}

TEST(GeneralizedTime, IsWrittenInOneWay) {
  for (const char* text :
       {"", "Z", "20240319172626", "202403191726Z", "20240319172626.Z", "20240319172626.0Z",
        "20240319172626.50Z", "20240319172626,5Z", "20240319172626.5", "20240319172626.5+01Z",
        "20240319172626.0000000001Z", "20230229000000Z", "20240319172660Z", "20240319172626+0100",
        "240319172626Z", "20240319172626.5.5Z", "20240319172626 5Z"}) {
    EXPECT_EQ(ParseGeneralizedTime(text), std::nullopt) << text;
  }
}

TEST(Utf8String, IsItsText) {
  EXPECT_THAT(ReadUtf8String(Hex("0c05c3a9e282ac")), Optional(Eq("é€")));
  EXPECT_THAT(ReadUtf8String(Hex("0c00")), Optional(Eq("")));
  EXPECT_THAT(ReadUtf8String(Hex("0c03610062")), Optional(Eq(std::string("a\0b", 3))));
}

TEST(Utf8String, IsNoneOfAnythingElse) {
  // Another string, cut off, followed by something, raw text, Latin-1, a surrogate, an overlong "/".
  for (const char* der :
       {"", "130161", "0c0261", "0c016161", "687474", "0c01e9", "0c03eda080", "0c02c0af"}) {
    EXPECT_EQ(ReadUtf8String(Hex(der)), std::nullopt) << der;
  }
}

}  // namespace
}  // namespace countersign::crypto
