// How strictly the JSON of bundles is read, and how much of it.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "cosign/bundle.h"
#include "cosign/bundle_fixture.h"
#include "cosign/json_fixture.h"
#include "crypto/timestamp.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::countersign::base::IsOk;
using ::countersign::base::Json;
using ::countersign::base::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

TEST(Bundle, WhatIsRequiredMustBeGiven) {
  const std::string timestamp =
      absl::StrCat(kMaterial, "/timestampVerificationData/rfc3161Timestamps/1/signedTimestamp");
  const std::string certificate = absl::StrCat(kMaterial, "/certificate/rawBytes");
  for (const std::string& pointer :
       {std::string(kMaterial), std::string("/messageSignature/signature"), timestamp, certificate,
        std::string("/messageSignature/messageDigest/algorithm"),
        std::string("/messageSignature/messageDigest/digest")}) {
    EXPECT_THAT(FaultWithout(MessageBundle(), pointer), IsFault(pointer + ": must be given"));
    EXPECT_THAT(FaultWith(MessageBundle(), pointer, "null"), IsFault(pointer + ": must be given"));
  }
  for (const char* pointer :
       {"/dsseEnvelope/payload", "/dsseEnvelope/payloadType", "/dsseEnvelope/signatures/0/sig"}) {
    const std::string fault = absl::StrCat(pointer, ": must be given");
    EXPECT_THAT(FaultWithout(EnvelopeBundle(), pointer), IsFault(fault));
    EXPECT_THAT(FaultWith(EnvelopeBundle(), pointer, R"("")"), IsFault(fault));
  }
}

TEST(Bundle, UnknownMembersAreRefusedNullOrNot) {
  const std::string material(kMaterial);
  const std::string timestamps = material + "/timestampVerificationData";
  for (const std::string& pointer :
       {std::string("/more"), std::string("/MediaType"), std::string("/media_type"),
        material + "/more", material + "/tlog_entries", material + "/certificate/more",
        material + "/certificate/raw_bytes", material + "/tlogEntries/0/more", timestamps + "/more",
        timestamps + "/rfc3161Timestamps/0/more", std::string("/messageSignature/more"),
        std::string("/messageSignature/messageDigest/more")}) {
    for (const char* value : {"null", "1"}) {
      EXPECT_THAT(FaultWith(MessageBundle(), pointer, value), IsFault(pointer + ": is not known"));
    }
  }
  for (const char* pointer : {"/dsseEnvelope/more", "/dsseEnvelope/signatures/0/more"}) {
    for (const char* value : {"null", "1"}) {
      EXPECT_THAT(FaultWith(EnvelopeBundle(), pointer, value),
                  IsFault(absl::StrCat(pointer, ": is not known")));
    }
  }
  Json keyed = MessageBundle();
  keyed["verificationMaterial"] = {{"publicKey", {{"rawBytes", "eA=="}}}};
  EXPECT_THAT(Parse(keyed), IsFault(material + "/publicKey/rawBytes: is not known"));
}

TEST(Bundle, WrongTypesAreRefused) {
  EXPECT_THAT(ParseBundle("[]"), IsFault("must be an object, is an array"));
  EXPECT_THAT(ParseBundle("null"), IsFault("must be an object, is null"));
  EXPECT_THAT(FaultWith(MessageBundle(), kMaterial, "[]"),
              IsFault("/verificationMaterial: must be an object, is an array"));
  EXPECT_THAT(FaultWith(MessageBundle(), "/messageSignature", R"("x")"),
              IsFault("/messageSignature: must be an object, is a string"));
  EXPECT_THAT(FaultWith(MessageBundle(), "/messageSignature/signature", "7"),
              IsFault("/messageSignature/signature: must be a string, is a number"));
  const std::string entries = absl::StrCat(kMaterial, "/tlogEntries");
  EXPECT_THAT(FaultWith(MessageBundle(), entries, "{}"),
              IsFault(entries + ": must be an array, is an object"));
  EXPECT_THAT(FaultWith(MessageBundle(), entries + "/1", "null"),
              IsFault(entries + "/1: must be an object"));
}

TEST(Bundle, BytesAreStrictBase64) {
  const std::string signature = "/messageSignature/signature";
  for (const char* good : {R"("+/+/")", R"("-_-_")", R"("eA==")", R"("eA")"}) {
    EXPECT_THAT(FaultWith(MessageBundle(), signature, good), IsOk()) << good;
  }
  for (const char* bad : {R"("+_+_")", R"("eA=")", R"("eB==")", R"("eA==\n")", R"("e A=")",
                          R"("eA== ")", R"("eA==eA==")", R"("é")", R"("eA\u0000")"}) {
    EXPECT_THAT(FaultWith(MessageBundle(), signature, bad),
                StatusIs(kInvalid, StartsWith(signature + ": not base64: ")))
        << bad;
  }
}

TEST(Bundle, DuplicateMembersAreRefusedAtAnyDepth) {
  const std::string good = EnvelopeBundle().dump();
  for (const auto& [member, twice] : std::vector<std::pair<std::string, std::string>>{
           {R"("dsseEnvelope":)", R"("dsseEnvelope":null,"dsseEnvelope":)"},
           {R"("dsseEnvelope":)", R"("dsseEnvelope":{},"dsse\u0045nvelope":)"},
           {R"("mediaType":)", R"("mediaType":"","mediaType":)"},
           {R"("payload":)", R"("payload":null,"payload":)"},
           {R"("sig":)", R"("sig":"eA==","sig":)"},
           {R"("rawBytes":)", R"("rawBytes":"","rawBytes":)"},
           {R"("envelope":)", R"("envelope":null,"envelope":)"},
           {R"("keyId":)", R"("keyId":"eA==","keyId":)"},
       }) {
    const std::string bundle = absl::StrReplaceAll(good, {{member, twice}});
    ASSERT_NE(bundle, good);
    EXPECT_THAT(ParseBundle(bundle),
                StatusIs(kInvalid, HasSubstr("a second member of the same name")))
        << twice;
  }
}

TEST(Bundle, WhatIsNoSingleJsonTextIsRefused) {
  const std::string good = MessageBundle().dump();
  EXPECT_THAT(ParseBundle(good + " \n"), IsOk());
  for (const std::string& bundle :
       {std::string(), good + good, good + "x", good.substr(0, good.size() - 1),
        "\xef\xbb\xbf" + good, good + std::string(1, '\0'), "//\n" + good}) {
    EXPECT_THAT(ParseBundle(bundle), StatusIs(kInvalid));
  }
}

TEST(Bundle, NamesHaveNoOtherSpelling) {
  const std::string good = MessageBundle().dump();
  // Escapes are the same name.
  EXPECT_THAT(ParseBundle(absl::StrReplaceAll(good, {{"mediaType", "media\\u0054ype"}})), IsOk());
  for (const char* name : {"mediaType\\u0000", "\\u0000mediaType", "mediaType ", "mediatype"}) {
    EXPECT_THAT(ParseBundle(absl::StrReplaceAll(good, {{"mediaType", name}})),
                StatusIs(kInvalid, HasSubstr("is not known")))
        << name;
  }
  EXPECT_THAT(
      ParseBundle(absl::StrReplaceAll(good, {{"mediaType", absl::string_view("media\0Type", 10)}})),
      StatusIs(kInvalid, HasSubstr("zero byte")));
}

TEST(Bundle, LoneSurrogatesAreRefused) {
  const std::string good = MessageBundle().dump();
  for (const char* surrogate : {"\\ud800", "\\udc00", "\\udc00\\ud800", "\\ud800x"}) {
    EXPECT_THAT(
        ParseBundle(absl::StrReplaceAll(good, {{"a note", absl::StrCat("a note", surrogate)}})),
        StatusIs(kInvalid, HasSubstr("not JSON")))
        << surrogate;
    EXPECT_THAT(ParseBundle(absl::StrReplaceAll(good, {{"mediaType", surrogate}})),
                StatusIs(kInvalid, HasSubstr("not JSON")))
        << surrogate;
  }
}

TEST(Bundle, IntegersHaveOneSpelling) {
  const std::string good = MessageBundle().dump();
  const auto with_time = [&](const char* text) {
    return ParseBundle(absl::StrReplaceAll(good, {{R"("1800000086")", text}}));
  };
  const std::string time = absl::StrCat(kMaterial, "/tlogEntries/0/integratedTime");
  for (const char* bad : {"1e3", "1E3", R"("1e3")", "1.0", "10e-1", "9223372036854775808",
                          R"("9223372036854775808")", "18446744073709551616", R"("0x10")"}) {
    EXPECT_THAT(with_time(bad), IsFault(time + ": must be an integer within 64 bits")) << bad;
  }
  EXPECT_THAT(with_time("1e999"), StatusIs(kInvalid, HasSubstr("a number that is too large")));
  EXPECT_THAT(with_time("010"), StatusIs(kInvalid, HasSubstr("not JSON")));
  EXPECT_THAT(with_time("-1"), IsFault(time + ": must not be negative"));
  EXPECT_THAT(with_time("9223372036854775807"), IsOk());
  EXPECT_EQ(with_time("1800000087")->entries[0].integrated_time, 1800000087);
}

TEST(Bundle, CountsAreBounded) {
  Json bundle = MessageBundle();
  Json& material = bundle["verificationMaterial"];
  material["tlogEntries"] = Json::array();
  for (size_t i = 0; i < kMaxLogEntries; ++i) {
    material["tlogEntries"].push_back(EntryJson(absl::StrCat(i)));
  }
  Json& timestamps = material["timestampVerificationData"]["rfc3161Timestamps"];
  timestamps = std::vector<Json>(kMaxTimestamps, Json{{"signedTimestamp", "eA=="}});
  EXPECT_THAT(Parse(bundle), IsOk());
  EXPECT_THAT(FaultWith(bundle, absl::StrCat(kMaterial, "/tlogEntries/-"), EntryJson("99").dump()),
              IsFault(absl::StrCat(kMaterial, "/tlogEntries: must hold at most 32")));
  const std::string place = absl::StrCat(kMaterial, "/timestampVerificationData/rfc3161Timestamps");
  EXPECT_THAT(FaultWith(bundle, place + "/-", R"({"signedTimestamp":"eA=="})"),
              IsFault(place + ": must hold at most 32"));
}

TEST(Bundle, ATimestampsSizeIsBounded) {
  const std::string place =
      absl::StrCat(kMaterial, "/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp");
  const auto with = [&](size_t size) {
    return FaultWith(MessageBundle(), place,
                     absl::StrCat("\"", Base64(std::string(size, 't')), "\""));
  };
  EXPECT_THAT(with(crypto::kMaxTimestampBytes), IsOk());
  EXPECT_THAT(with(crypto::kMaxTimestampBytes + 1),
              IsFault(place + ": must have at most 65536 bytes"));
}

TEST(Bundle, SizeIsBounded) {
  const std::string good = MessageBundle().dump();
  EXPECT_THAT(ParseBundle(good + std::string(kMaxBundleBytes - good.size(), ' ')), IsOk());
  EXPECT_THAT(ParseBundle(good + std::string(kMaxBundleBytes - good.size() + 1, ' ')),
              IsFault("larger than 4194304 bytes"));
}

// It ends at the first bracket too many, however many follow.
TEST(Bundle, DepthIsBounded) {
  for (const char* opening : {"[", R"({"a":)", R"([{"a":)"}) {
    std::string bomb;
    while (bomb.size() < kMaxBundleBytes - 16) bomb += opening;
    EXPECT_THAT(ParseBundle(bomb), StatusIs(kInvalid, HasSubstr("nested more than 32 deep")))
        << opening;
  }
}

TEST(Bundle, ValuesAreBounded) {
  std::string many = "[";
  for (size_t i = 0; i <= kMaxBundleValues; ++i) many += "0,";
  EXPECT_THAT(ParseBundle(absl::StrCat(R"({"mediaType":)", many)),
              StatusIs(kInvalid, HasSubstr("more than 10000 values")));
}

}  // namespace
}  // namespace countersign::cosign
