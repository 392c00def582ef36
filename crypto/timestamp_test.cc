#include "crypto/timestamp.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_matchers.h"
#include "crypto/der.h"
#include "crypto/hash_algorithm.h"
#include "crypto/message.h"
#include "crypto/test_der.h"
#include "crypto/test_timestamp.h"
#include "crypto/timestamp_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::HasSubstr;
using ::testing::VariantWith;
using Fault = TimestampFault;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

TEST(Timestamp, MadeInMemoryHolds) {
  const TestTimestampAuthority authority;
  const std::string response = authority.Stamp(kStamped).Write();
  const absl::Time time = authority.start + absl::Minutes(30);
  EXPECT_THAT(VerifyStamp(response, kStamped, authority.Listed()), IsAt(time));
}

TEST(Timestamp, EveryTruncationIsRefused) {
  const std::string response = TestTimestampAuthority().Stamp(kStamped).Write();
  for (size_t size = 0; size < response.size(); ++size) {
    EXPECT_THAT(TimestampToken::FromDer(response.substr(0, size)), StatusIs(kInvalid)) << size;
  }
}

// Some bytes are not signed: those of the status, and lists of what is used. None changes the time.
TEST(Timestamp, NoChangedByteMakesAnotherTime) {
  const TestTimestampAuthority authority;
  const TestTimestamp stamp = authority.Stamp(kStamped);
  const std::string response = stamp.Write();
  const size_t info = response.find(stamp.Info());
  ASSERT_NE(info, std::string::npos);
  for (size_t i = 0; i < response.size(); ++i) {
    std::string changed = response;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const absl::StatusOr<TimestampToken> token = TimestampToken::FromDer(changed);
    if (!token.ok()) continue;
    const TimestampOutcome outcome =
        VerifyTimestamp(*token, Message(std::string(kStamped)), authority.Listed());
    const auto* const time = std::get_if<absl::Time>(&outcome);
    if (time == nullptr) continue;
    EXPECT_EQ(*time, authority.start + absl::Minutes(30)) << i;
    EXPECT_FALSE(i >= info && i < info + stamp.Info().size()) << i;
  }
}

TEST(Timestamp, BytesBehindItAreRefusedEverywhere) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write() + "x"), StatusIs(kInvalid));
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write() + stamp.Write()), StatusIs(kInvalid));
  stamp.after_token = WriteDerUnsigned(1);
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid));
  stamp = authority.Stamp(kStamped);
  stamp.unsigned_attributes = WriteDerUnsigned(1);
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("signature")));
  stamp = authority.Stamp(kStamped);
  stamp.after_time = WriteDer(DerTag::kNull, {});
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("time")));
}

TEST(Timestamp, LengthsAreDefiniteAndMinimal) {
  const std::string response = TestTimestampAuthority().Stamp(kStamped).Write();
  ASSERT_EQ(response.substr(0, 2), "\x30\x82");
  const std::string inside = response.substr(4);
  const std::string_view zeros("\0\0", 2);
  EXPECT_THAT(TimestampToken::FromDer(absl::StrCat("\x30\x80", inside, zeros)), StatusIs(kInvalid));
  EXPECT_THAT(TimestampToken::FromDer(
                  absl::StrCat("\x30\x83", zeros.substr(0, 1), response.substr(2, 2), inside)),
              StatusIs(kInvalid));
}

TEST(Timestamp, IsBoundedInBytesAndCertificates) {
  const TestTimestampAuthority authority;
  EXPECT_THAT(TimestampToken::FromDer(std::string(kMaxTimestampBytes + 1, '0')),
              StatusIs(kInvalid, HasSubstr("bytes")));
  TestTimestamp stamp = authority.Stamp(kStamped);
  for (size_t i = 0; i < kMaxTimestampCertificates; ++i) {
    stamp.certificates += authority.certificate.der();
  }
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), IsOk());
  stamp.certificates += authority.certificate.der();
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()),
              StatusIs(kInvalid, HasSubstr("certificates")));
}

TEST(Timestamp, MustHaveBeenGranted) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  stamp.status_info = WriteDerUnsigned(1);
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), IsOk());
  for (const uint64_t status : {2, 3, 4, 5, 6}) {
    stamp.status_info = WriteDerUnsigned(status);
    EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("refused")));
  }
  stamp.has_token = false;
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("refused")));
  stamp.status_info = WriteDerUnsigned(0);
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid));
}

TEST(Timestamp, TextAndReasonMayFollowTheStatus) {
  const TestTimestampAuthority authority;
  const std::string text = WriteDerSequence({WriteDer(DerTag::kUtf8String, {"granted"})});
  const std::string reason = WriteDerBitString("x");
  TestTimestamp stamp = authority.Stamp(kStamped);
  stamp.status_info = absl::StrCat(WriteDerUnsigned(0), text, reason);
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), IsOk());
  stamp.status_info = absl::StrCat(WriteDerUnsigned(0), reason, text);
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid));
}

TEST(Timestamp, IsOfWhatWasStamped) {
  const TestTimestampAuthority authority;
  const std::string response = authority.Stamp(kStamped).Write();
  EXPECT_THAT(VerifyStamp(response, "another signature", authority.Listed()),
              IsRefused(Fault::kWrongImprint));
  EXPECT_THAT(VerifyStamp(response, "", authority.Listed()), IsRefused(Fault::kWrongImprint));
}

std::string Imprint(HashAlgorithm hash, std::string_view bytes) {
  return WriteDerSequence({WriteHashAlgorithm(hash), WriteDer(DerTag::kOctetString, {bytes})});
}

TEST(Timestamp, TakesImprintsOfSha2Alone) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  for (const HashAlgorithm hash :
       {HashAlgorithm::kSha256, HashAlgorithm::kSha384, HashAlgorithm::kSha512}) {
    stamp.imprint = Imprint(hash, HashBytes(hash, kStamped));
    EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
                VariantWith<absl::Time>(testing::_));
    stamp.imprint = Imprint(hash, HashBytes(hash, "another"));
    EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
                IsRefused(Fault::kWrongImprint));
  }
  constexpr HashAlgorithm kSha1 = HashAlgorithm::kUnspecified;
  stamp.imprint = Imprint(kSha1, HashBytes(kSha1, kStamped));
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("SHA-256")));
  stamp.imprint =
      Imprint(HashAlgorithm::kSha256, HashBytes(HashAlgorithm::kSha256, kStamped) + "x");
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("length")));
  stamp.imprint = Imprint(HashAlgorithm::kSha256, "");
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("length")));
}

TEST(Timestamp, TimesMayHaveFractions) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  const std::string second = stamp.time_text.substr(0, 14);
  stamp.time_text = second + ".25Z";
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
              IsAt(authority.start + absl::Minutes(30) + absl::Milliseconds(250)));
  for (const std::string& text :
       {second, second + "+0100", second + ".Z", second + ".250Z", second + ".0Z", second + ",5Z",
        second.substr(0, 12) + "Z", second.substr(2) + "Z", second + " Z",
        std::string("20270115086000Z"), std::string("20270230080000Z")}) {
    stamp.time_text = text;
    EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("time")))
        << text;
  }
}

TEST(Timestamp, OtherPartsOfWhatItSaysMayBeAnything) {
  const TestTimestampAuthority authority;
  const std::string accuracy = WriteDerSequence({WriteDerUnsigned(1)});
  const std::string ordering = WriteDer(DerTag::kBoolean, {"\xff"});
  const std::string nonce = WriteDer(DerTag::kInteger, {"\x8f\x59\xf2\xaf"});
  const std::string name = WriteDer(ConstructedTag(0), {"anything"});
  TestTimestamp stamp = authority.Stamp(kStamped);
  for (const std::string& parts :
       {accuracy, ordering, nonce, name, absl::StrCat(accuracy, ordering, nonce, name)}) {
    stamp.after_time = parts;
    EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
                VariantWith<absl::Time>(testing::_));
  }
  for (const std::string& parts :
       {absl::StrCat(nonce, ordering), absl::StrCat(nonce, nonce), absl::StrCat(name, accuracy)}) {
    stamp.after_time = parts;
    EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid));
  }
}

TEST(Timestamp, CriticalExtensionsAreRefused) {
  const TestTimestampAuthority authority;
  const auto extensions = [](bool is_critical) {
    const std::string critical = is_critical ? WriteDer(DerTag::kBoolean, {"\xff"}) : "";
    return WriteDer(ConstructedTag(1),
                    {WriteDerSequence({WriteDerOid("1.2.3"), critical,
                                       WriteDer(DerTag::kOctetString, {"value"})})});
  };
  TestTimestamp stamp = authority.Stamp(kStamped);
  stamp.after_time = extensions(false);
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), IsOk());
  stamp.after_time = extensions(true);
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("critical")));
  stamp.after_time = WriteDer(ConstructedTag(1), {"junk"});
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("extensions")));
}

TEST(Timestamp, OtherVersionsAreRefused) {
  const TestTimestampAuthority authority;
  for (const uint64_t version : {0, 1, 2, 4}) {
    TestTimestamp stamp = authority.Stamp(kStamped);
    stamp.version = version;
    EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("version 3")));
  }
  TestTimestamp stamp = authority.Stamp(kStamped);
  stamp.info_version = 2;
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("version 1")));
  stamp = authority.Stamp(kStamped);
  stamp.signer_version = 3;
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("name")));
}

TEST(Timestamp, TheContentIsATstInfo) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  stamp.content_type = WriteDerOid("1.2.840.113549.1.7.1");  // data
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("TSTInfo")));
}

TEST(Timestamp, HasOneSigner) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  stamp.signers = 2;
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("one signer")));
  stamp.signers = 0;
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("no signer")));
}

TEST(Timestamp, MalformedCertificatesAreRefused) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  for (const std::string& certificate :
       {WriteDerSequence({"junk"}), WriteDer(ConstructedTag(1), {"attributes"}),
        authority.certificate.der() + "x"}) {
    stamp.certificates = certificate;
    EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid));
  }
}

}  // namespace
}  // namespace countersign::crypto
