#include "crypto/timestamp.h"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "crypto/der.h"
#include "crypto/test_certificate.h"
#include "crypto/test_der.h"
#include "crypto/test_timestamp.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::HasSubstr;
using ::testing::VariantWith;
using Outcome = std::variant<TimestampRefusal, absl::Time>;
using Fault = TimestampFault;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr std::string_view kTimeStamping = "1.3.6.1.5.5.7.3.8";
constexpr std::string_view kCodeSigning = "1.3.6.1.5.5.7.3.3";

Outcome VerifyToken(const TimestampToken& token, std::string_view stamped,
                    const TimestampAuthority& authority) {
  return VerifyTimestamp(token, Message(std::string(stamped)), authority);
}

// Of a response that can be read.
Outcome Verify(std::string_view response, std::string_view stamped,
               const TimestampAuthority& authority) {
  const absl::StatusOr<TimestampToken> token = TimestampToken::FromDer(response);
  EXPECT_THAT(token, IsOk());
  if (!token.ok()) return TimestampRefusal{};
  return VerifyToken(*token, stamped, authority);
}

MATCHER_P(IsAt, time, "") {
  if (const auto* refusal = std::get_if<TimestampRefusal>(&arg)) {
    *result_listener << "refused: " << refusal->sentence;
    return false;
  }
  return std::get<absl::Time>(arg) == time;
}

MATCHER_P(IsRefused, fault, "") {
  const auto* const refusal = std::get_if<TimestampRefusal>(&arg);
  if (refusal == nullptr) {
    *result_listener << "it holds";
    return false;
  }
  *result_listener << "refused: " << refusal->sentence;
  return refusal->fault == fault && !refusal->sentence.empty();
}

// What tests stamp.
constexpr std::string_view kWhat = "a signature";

TEST(Timestamp, MadeInMemoryHolds) {
  const TestTimestampAuthority authority;
  const std::string response = authority.Stamp(kWhat).Write();
  const absl::Time time = authority.start + absl::Minutes(30);
  EXPECT_THAT(Verify(response, kWhat, authority.Listed()), IsAt(time));
}

TEST(Timestamp, EveryTruncationIsRefused) {
  const std::string response = TestTimestampAuthority().Stamp(kWhat).Write();
  for (size_t size = 0; size < response.size(); ++size) {
    EXPECT_THAT(TimestampToken::FromDer(response.substr(0, size)), StatusIs(kInvalid)) << size;
  }
}

// Some bytes are not signed: those of the status, and lists of what is used. None changes the time.
TEST(Timestamp, NoChangedByteMakesAnotherTime) {
  const TestTimestampAuthority authority;
  const TestTimestamp stamp = authority.Stamp(kWhat);
  const std::string response = stamp.Write();
  const size_t info = response.find(stamp.Info());
  ASSERT_NE(info, std::string::npos);
  for (size_t i = 0; i < response.size(); ++i) {
    std::string changed = response;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const absl::StatusOr<TimestampToken> token = TimestampToken::FromDer(changed);
    if (!token.ok()) continue;
    const Outcome outcome = VerifyToken(*token, kWhat, authority.Listed());
    const auto* const time = std::get_if<absl::Time>(&outcome);
    if (time == nullptr) continue;
    EXPECT_EQ(*time, authority.start + absl::Minutes(30)) << i;
    EXPECT_FALSE(i >= info && i < info + stamp.Info().size()) << i;
  }
}

TEST(Timestamp, BytesBehindItAreRefusedEverywhere) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write() + "x"), StatusIs(kInvalid));
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write() + stamp.Write()), StatusIs(kInvalid));
  stamp.after_token = WriteDerUnsigned(1);
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid));
  stamp = authority.Stamp(kWhat);
  stamp.unsigned_attributes = WriteDerUnsigned(1);
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("signature")));
  stamp = authority.Stamp(kWhat);
  stamp.after_time = WriteDer(DerTag::kNull, {});
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("time")));
}

TEST(Timestamp, LengthsAreDefiniteAndMinimal) {
  const std::string response = TestTimestampAuthority().Stamp(kWhat).Write();
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
  TestTimestamp stamp = authority.Stamp(kWhat);
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
  TestTimestamp stamp = authority.Stamp(kWhat);
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
  TestTimestamp stamp = authority.Stamp(kWhat);
  stamp.status_info = absl::StrCat(WriteDerUnsigned(0), text, reason);
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), IsOk());
  stamp.status_info = absl::StrCat(WriteDerUnsigned(0), reason, text);
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid));
}

TEST(Timestamp, IsOfWhatWasStamped) {
  const TestTimestampAuthority authority;
  const std::string response = authority.Stamp(kWhat).Write();
  EXPECT_THAT(Verify(response, "another signature", authority.Listed()),
              IsRefused(Fault::kWrongImprint));
  EXPECT_THAT(Verify(response, "", authority.Listed()), IsRefused(Fault::kWrongImprint));
}

std::string Imprint(HashAlgorithm hash, std::string_view bytes) {
  return WriteDerSequence({WriteHashAlgorithm(hash), WriteDer(DerTag::kOctetString, {bytes})});
}

TEST(Timestamp, TakesImprintsOfSha2Alone) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  for (const HashAlgorithm hash :
       {HashAlgorithm::kSha256, HashAlgorithm::kSha384, HashAlgorithm::kSha512}) {
    stamp.imprint = Imprint(hash, HashBytes(hash, kWhat));
    EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()),
                VariantWith<absl::Time>(testing::_));
    stamp.imprint = Imprint(hash, HashBytes(hash, "another"));
    EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()), IsRefused(Fault::kWrongImprint));
  }
  constexpr HashAlgorithm kSha1 = HashAlgorithm::kUnspecified;
  stamp.imprint = Imprint(kSha1, HashBytes(kSha1, kWhat));
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("SHA-256")));
  stamp.imprint = Imprint(HashAlgorithm::kSha256, HashBytes(HashAlgorithm::kSha256, kWhat) + "x");
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("length")));
  stamp.imprint = Imprint(HashAlgorithm::kSha256, "");
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("length")));
}

TEST(Timestamp, TimesMayHaveFractions) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  const std::string second = stamp.time_text.substr(0, 14);
  stamp.time_text = second + ".25Z";
  EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()),
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
  TestTimestamp stamp = authority.Stamp(kWhat);
  for (const std::string& parts :
       {accuracy, ordering, nonce, name, absl::StrCat(accuracy, ordering, nonce, name)}) {
    stamp.after_time = parts;
    EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()),
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
  TestTimestamp stamp = authority.Stamp(kWhat);
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
    TestTimestamp stamp = authority.Stamp(kWhat);
    stamp.version = version;
    EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("version 3")));
  }
  TestTimestamp stamp = authority.Stamp(kWhat);
  stamp.info_version = 2;
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("version 1")));
  stamp = authority.Stamp(kWhat);
  stamp.signer_version = 3;
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("name")));
}

TEST(Timestamp, TheContentIsATstInfo) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  stamp.content_type = WriteDerOid("1.2.840.113549.1.7.1");  // data
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("TSTInfo")));
}

TEST(Timestamp, HasOneSigner) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  stamp.signers = 2;
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("one signer")));
  stamp.signers = 0;
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("no signer")));
}

TEST(Timestamp, SignsAttributesAlways) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  stamp.has_attributes = false;  // and signs the content
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()),
              StatusIs(kInvalid, HasSubstr("no signed attributes")));
}

TEST(Timestamp, UnsignedAttributesAndRevocationListsAreIgnored) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  stamp.unsigned_attributes = WriteDer(ConstructedTag(1), {WriteAttribute("1.2.3", "")});
  stamp.revocation_lists = WriteDer(ConstructedTag(1), {"anything"});
  EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()),
              VariantWith<absl::Time>(testing::_));
}

TEST(Timestamp, EachNeededAttributeMustBeThere) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  const auto without = [&stamp](ptrdiff_t missing) {
    stamp.attributes = stamp.DefaultAttributes();
    stamp.attributes.erase(stamp.attributes.begin() + missing);
    return TimestampToken::FromDer(stamp.Write());
  };
  EXPECT_THAT(without(0), StatusIs(kInvalid, HasSubstr("kind of content")));
  EXPECT_THAT(without(1), IsOk());  // signingTime
  EXPECT_THAT(without(2), StatusIs(kInvalid, HasSubstr("sign its content")));
  EXPECT_THAT(without(3), StatusIs(kInvalid, HasSubstr("certificate")));
}

TEST(Timestamp, EachAttributeIsThereOnceWithOneValue) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  const std::string other = WriteAttribute("1.2.3", WriteDerUnsigned(1));
  const auto with = [&stamp](std::initializer_list<std::string> more) {
    stamp.attributes = stamp.DefaultAttributes();
    stamp.attributes.insert(stamp.attributes.end(), more);
    return stamp.Write();
  };
  EXPECT_THAT(Verify(with({other}), kWhat, authority.Listed()),
              VariantWith<absl::Time>(testing::_));
  EXPECT_THAT(TimestampToken::FromDer(with({other, other})),
              StatusIs(kInvalid, HasSubstr("twice")));
  for (const std::string& attribute : stamp.DefaultAttributes()) {
    EXPECT_THAT(TimestampToken::FromDer(with({attribute})), StatusIs(kInvalid, HasSubstr("twice")));
  }
  for (const std::string& values :
       {std::string(), absl::StrCat(WriteDerUnsigned(1), WriteDerUnsigned(2))}) {
    EXPECT_THAT(TimestampToken::FromDer(with({WriteAttribute("1.2.3", values)})),
                StatusIs(kInvalid, HasSubstr("one value")));
  }
}

TEST(Timestamp, AttributesSayTheContentsTypeAndDigest) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  stamp.attributes = stamp.DefaultAttributes();
  stamp.attributes[0] = WriteAttribute("1.2.840.113549.1.9.3", WriteDerOid("1.2.840.113549.1.7.1"));
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()),
              StatusIs(kInvalid, HasSubstr("other content")));

  stamp.attributes = stamp.DefaultAttributes();
  stamp.time_text = "20270115081000Z";  // which the attributes are not of
  EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()), IsRefused(Fault::kBadSignature));
}

TEST(Timestamp, IsSignedOverAttributesInTheOrderOfDer) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  stamp.attributes = stamp.DefaultAttributes();
  std::reverse(stamp.attributes.begin(), stamp.attributes.end());
  EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()),
              VariantWith<absl::Time>(testing::_));
  stamp.signs_as_transmitted = true;
  EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()), IsRefused(Fault::kBadSignature));
}

TEST(Timestamp, IsSignedByTheKeyOfTheCertificate) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  stamp.key = TestKey::Generate();
  EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()), IsRefused(Fault::kBadSignature));
}

TEST(Timestamp, HashesAreOfTheDigestWhateverTheKey) {
  struct Case {
    HashAlgorithm digest;
    TestScheme scheme;
  };
  for (const TestKeyType type : {TestKeyType::kEcdsaP256, TestKeyType::kEcdsaP384,
                                 TestKeyType::kEcdsaP521, TestKeyType::kRsa2048}) {
    const TestTimestampAuthority authority(type);
    for (const auto& [digest, scheme] : {Case{HashAlgorithm::kSha256, TestScheme::kSha256},
                                         Case{HashAlgorithm::kSha384, TestScheme::kSha384},
                                         Case{HashAlgorithm::kSha512, TestScheme::kSha512}}) {
      TestTimestamp stamp = authority.Stamp(kWhat);
      stamp.digest = digest;
      stamp.scheme = scheme;
      stamp.signature_algorithm = TestSignatureAlgorithm(authority.key, scheme);
      EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()),
                  VariantWith<absl::Time>(testing::_))
          << authority.key.Public().Description() << ", hash " << static_cast<int>(digest);
    }
  }
}

TEST(Timestamp, TheSignaturesHashIsTheDigests) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  stamp.scheme = TestScheme::kSha512;
  EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()), IsRefused(Fault::kBadSignature));
  stamp.signature_algorithm = TestSignatureAlgorithm(authority.key, TestScheme::kSha512);
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("digest")));
}

TEST(Timestamp, TheSignaturesAlgorithmMayBeTheKeysAlone) {
  for (const TestKeyType type : {TestKeyType::kEcdsaP256, TestKeyType::kRsa2048}) {
    const TestTimestampAuthority authority(type);
    const bool is_rsa = type == TestKeyType::kRsa2048;
    const std::string ecdsa = WriteDerSequence({WriteDerOid("1.2.840.10045.2.1")});
    const std::string rsa =
        WriteDerSequence({WriteDerOid("1.2.840.113549.1.1.1"), WriteDer(DerTag::kNull, {})});
    TestTimestamp stamp = authority.Stamp(kWhat);
    stamp.digest = HashAlgorithm::kSha384;
    stamp.scheme = TestScheme::kSha384;
    stamp.signature_algorithm = is_rsa ? rsa : ecdsa;
    EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()),
                VariantWith<absl::Time>(testing::_));
    stamp.signature_algorithm = is_rsa ? ecdsa : rsa;
    EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()), IsRefused(Fault::kBadSignature));
  }
}

TEST(Timestamp, OtherAlgorithmsAreRefused) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  for (const std::string_view oid : {"1.3.101.112", "1.2.840.113549.1.1.10", "1.2.840.10045.4.1",
                                     "1.2.840.113549.1.1.5", "1.2.3"}) {
    stamp.signature_algorithm = WriteDerSequence({WriteDerOid(oid)});
    EXPECT_THAT(TimestampToken::FromDer(stamp.Write()),
                StatusIs(kInvalid, HasSubstr("ECDSA or RSA")))
        << oid;
  }
  stamp = authority.Stamp(kWhat);
  stamp.digest = HashAlgorithm::kUnspecified;  // SHA-1
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()),
              StatusIs(kInvalid, HasSubstr("its digest is not")));
}

TEST(Timestamp, AnEmbeddedCertificateServesWhereTheSignerIsNotListed) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Unlisted()),
              IsRefused(Fault::kUnknownAuthority));
  stamp.certificates = authority.root.der() + authority.certificate.der();
  EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Unlisted()),
              VariantWith<absl::Time>(testing::_));
}

TEST(Timestamp, AnEmbeddedCertificateIsNoTrust) {
  const TestTimestampAuthority authority;
  const TestTimestampAuthority stranger;  // of the same names
  TestTimestamp stamp = stranger.Stamp(kWhat);
  stamp.certificates = stranger.certificate.der() + stranger.root.der();
  EXPECT_THAT(Verify(stamp.Write(), kWhat, stranger.Unlisted()),
              VariantWith<absl::Time>(testing::_));
  EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Unlisted()),
              IsRefused(Fault::kUnknownAuthority));
}

TEST(Timestamp, WhereTheSignerIsListedNoOtherOfItsAuthorityCounts) {
  const TestTimestampAuthority authority;
  const TestKey key = TestKey::Generate();
  const Certificate second = MakeTestCertificate(
      {.subject = "stamps too",
       .issuer = "root",
       .key = key,
       .not_before = authority.start,
       .not_after = authority.start + absl::Hours(1),
       .extensions = {TestKeyUsage(0x80), TestExtendedKeyUsage({kTimeStamping}, true)},
       .serial = 2},
      authority.root_key);
  TestTimestamp stamp(kWhat, authority.start, key, second);
  stamp.certificates = second.der();
  EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Unlisted()), IsAt(authority.start));
  EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()),
              IsRefused(Fault::kUnknownAuthority));
}

TEST(Timestamp, MalformedCertificatesAreRefused) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  for (const std::string& certificate :
       {WriteDerSequence({"junk"}), WriteDer(ConstructedTag(1), {"attributes"}),
        authority.certificate.der() + "x"}) {
    stamp.certificates = certificate;
    EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid));
  }
}

TEST(Timestamp, AnAuthorityWithoutCertificatesIsUnknown) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  stamp.certificates = authority.certificate.der();
  EXPECT_THAT(Verify(stamp.Write(), kWhat, {}), IsRefused(Fault::kUnknownAuthority));
}

TEST(Timestamp, TheSignerIsFoundByIssuerAndSerialNumber) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  stamp.signer_id = WriteIssuerAndSerialNumber(authority.root);  // its serial number is another
  EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()),
              IsRefused(Fault::kUnknownAuthority));
  stamp.signer_id = WriteDerSequence({WriteDerSequence({}), WriteDerUnsigned(0xfedcba9876543210)});
  EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()),
              IsRefused(Fault::kUnknownAuthority));
}

TEST(Timestamp, TheSignerIsFoundBySubjectKeyIdentifier) {
  const TestTimestampAuthority authority;
  const Certificate with_key_id = MakeTestCertificate(
      {.subject = "stamps",
       .issuer = "root",
       .key = authority.key,
       .not_before = authority.start,
       .not_after = authority.start + absl::Hours(1),
       .extensions = {{.oid = "2.5.29.14", .value = WriteDer(DerTag::kOctetString, {"key id"})},
                      TestExtendedKeyUsage({kTimeStamping}, true)}},
      authority.root_key);
  TestTimestamp stamp(kWhat, authority.start, authority.key, with_key_id);
  stamp.signer_version = 3;
  stamp.signer_id = WriteDer(PrimitiveTag(0), {"key id"});
  const TimestampAuthority listed = {.chain = {with_key_id, authority.root}};
  EXPECT_THAT(Verify(stamp.Write(), kWhat, listed), IsAt(authority.start));
  EXPECT_THAT(Verify(stamp.Write(), kWhat, authority.Listed()),
              IsRefused(Fault::kUnknownAuthority));
  stamp.signer_id = WriteDer(PrimitiveTag(0), {"key ID"});
  EXPECT_THAT(Verify(stamp.Write(), kWhat, listed), IsRefused(Fault::kUnknownAuthority));
  stamp.signer_version = 1;
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid));
}

// What a timestamp comes to whose attributes name the signer by this one alone.
Outcome VerifyNamedBy(const TestTimestampAuthority& authority, std::string_view attribute) {
  TestTimestamp stamp = authority.Stamp(kWhat);
  stamp.attributes = stamp.DefaultAttributes();
  stamp.attributes.back() = std::string(attribute);
  return Verify(stamp.Write(), kWhat, authority.Listed());
}

std::string HashElement(HashAlgorithm hash, const Certificate& certificate) {
  return WriteDer(DerTag::kOctetString, {HashBytes(hash, certificate.der())});
}

TEST(Timestamp, WhatIsSignedNamesTheSignersCertificate) {
  const TestTimestampAuthority authority;
  const Certificate& signer = authority.certificate;
  const std::string issuer_serial = WriteIssuerSerial(signer);
  for (const HashAlgorithm hash :
       {HashAlgorithm::kSha256, HashAlgorithm::kSha384, HashAlgorithm::kSha512}) {
    const std::string by_hash = absl::StrCat(WriteHashAlgorithm(hash), HashElement(hash, signer));
    EXPECT_THAT(VerifyNamedBy(authority, WriteSigningCertificateV2(by_hash)),
                VariantWith<absl::Time>(testing::_));
    EXPECT_THAT(
        VerifyNamedBy(authority, WriteSigningCertificateV2(absl::StrCat(by_hash, issuer_serial))),
        VariantWith<absl::Time>(testing::_));
    EXPECT_THAT(
        VerifyNamedBy(authority, WriteSigningCertificateV2(absl::StrCat(
                                     WriteHashAlgorithm(hash), HashElement(hash, authority.root)))),
        IsRefused(Fault::kUnfitSigner));
  }
  const std::string sha256 = HashElement(HashAlgorithm::kSha256, signer);
  EXPECT_THAT(VerifyNamedBy(authority, WriteSigningCertificateV2(sha256)),
              VariantWith<absl::Time>(testing::_));
  EXPECT_THAT(VerifyNamedBy(authority, WriteSigningCertificateV2(absl::StrCat(
                                           sha256, WriteIssuerSerial(authority.root)))),
              IsRefused(Fault::kUnfitSigner));
  EXPECT_THAT(VerifyNamedBy(authority, WriteSigningCertificateV2(
                                           HashElement(HashAlgorithm::kSha256, authority.root))),
              IsRefused(Fault::kUnfitSigner));
  // The serial number is right, the issuer's name is another, or none.
  for (const std::string& issuer : {WriteDer(ConstructedTag(4), {WriteDerSequence({})}),
                                    WriteDer(PrimitiveTag(2), {"root"}), std::string()}) {
    const std::string other =
        WriteDerSequence({WriteDerSequence({issuer}), WriteDerUnsigned(0xfedcba9876543210)});
    EXPECT_THAT(VerifyNamedBy(authority, WriteSigningCertificateV2(absl::StrCat(sha256, other))),
                IsRefused(Fault::kUnfitSigner));
  }
}

TEST(Timestamp, TheFirstVersionOfThatIsBySha1) {
  constexpr HashAlgorithm kSha1 = HashAlgorithm::kUnspecified;
  const TestTimestampAuthority authority;
  const std::string right = HashElement(kSha1, authority.certificate);
  EXPECT_THAT(VerifyNamedBy(authority, WriteSigningCertificate(right)),
              VariantWith<absl::Time>(testing::_));
  EXPECT_THAT(VerifyNamedBy(authority, WriteSigningCertificate(absl::StrCat(
                                           right, WriteIssuerSerial(authority.certificate)))),
              VariantWith<absl::Time>(testing::_));
  const std::string wrong = HashElement(kSha1, authority.root);
  EXPECT_THAT(VerifyNamedBy(authority, WriteSigningCertificate(wrong)),
              IsRefused(Fault::kUnfitSigner));
  EXPECT_THAT(VerifyNamedBy(authority, WriteSigningCertificate(
                                           HashElement(HashAlgorithm::kSha256, authority.root))),
              IsRefused(Fault::kUnfitSigner));

  // Beside the second version it has to be right, too.
  TestTimestamp stamp = authority.Stamp(kWhat);
  for (const bool is_right : {true, false}) {
    stamp.attributes = stamp.DefaultAttributes();
    stamp.attributes.push_back(WriteSigningCertificate(is_right ? right : wrong));
    const Outcome outcome = Verify(stamp.Write(), kWhat, authority.Listed());
    EXPECT_EQ(std::holds_alternative<absl::Time>(outcome), is_right);
  }
}

TEST(Timestamp, MalformedNamesOfTheSignersCertificateAreRefused) {
  const TestTimestampAuthority authority;
  const Certificate& signer = authority.certificate;
  const std::string hash = HashElement(HashAlgorithm::kSha256, signer);
  constexpr HashAlgorithm kSha1 = HashAlgorithm::kUnspecified;
  TestTimestamp stamp = authority.Stamp(kWhat);
  for (const std::string& attribute :
       {WriteSigningCertificateV2(""), WriteSigningCertificate(""),
        WriteSigningCertificateV2(hash + hash),
        WriteSigningCertificateV2(
            absl::StrCat(WriteHashAlgorithm(kSha1), HashElement(kSha1, signer))),
        WriteSigningCertificateV2(hash + WriteDerSequence({"junk"})),
        WriteSigningCertificateV2(absl::StrCat(hash, WriteIssuerSerial(signer), hash)),
        WriteAttribute("1.2.840.113549.1.9.16.2.47", WriteDerSequence({WriteDerSequence({})})),
        WriteAttribute("1.2.840.113549.1.9.16.2.47", hash)}) {
    stamp.attributes = stamp.DefaultAttributes();
    stamp.attributes.back() = attribute;
    EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid, HasSubstr("attribute")))
        << absl::BytesToHexString(attribute);
  }
}

// The authority's certificates and timestamps, with a signer's certificate of these extensions.
TimestampAuthority WithSigner(const TestTimestampAuthority& authority,
                              std::vector<TestExtension> extensions) {
  return {.chain = {MakeTestCertificate({.subject = "stamps",
                                         .issuer = "root",
                                         .key = authority.key,
                                         .not_before = authority.start,
                                         .not_after = authority.start + absl::Hours(1),
                                         .extensions = std::move(extensions)},
                                        authority.root_key),
                    authority.root}};
}

// As stamped with such a certificate, which the authority lists, or which comes with the timestamp.
Outcome VerifySigner(std::vector<TestExtension> extensions, bool is_listed = true) {
  const TestTimestampAuthority authority;
  TimestampAuthority chain = WithSigner(authority, std::move(extensions));
  const Certificate signer = chain.chain.front();
  TestTimestamp stamp(kWhat, authority.start, authority.key, signer);
  if (!is_listed) {
    chain.chain.erase(chain.chain.begin());
    stamp.certificates = signer.der();
  }
  return Verify(stamp.Write(), kWhat, chain);
}

TEST(Timestamp, TheSignersCertificateIsForTimeStampingAloneAndCritically) {
  for (const bool is_listed : {true, false}) {
    EXPECT_THAT(VerifySigner({TestExtendedKeyUsage({kTimeStamping}, true)}, is_listed),
                VariantWith<absl::Time>(testing::_));
    EXPECT_THAT(VerifySigner({TestExtendedKeyUsage({kTimeStamping}, false)}, is_listed),
                IsRefused(Fault::kUnfitSigner));
    EXPECT_THAT(VerifySigner({TestExtendedKeyUsage({kTimeStamping, "1.2.3.4"}, true)}, is_listed),
                IsRefused(Fault::kUnfitSigner));
    EXPECT_THAT(
        VerifySigner({TestExtendedKeyUsage({kTimeStamping, kCodeSigning}, true)}, is_listed),
        IsRefused(Fault::kUnfitSigner));
    EXPECT_THAT(VerifySigner({TestExtendedKeyUsage({kCodeSigning}, true)}, is_listed),
                IsRefused(Fault::kUnfitSigner));
    EXPECT_THAT(VerifySigner({TestExtendedKeyUsage({"2.5.29.37.0"}, true)}, is_listed),
                IsRefused(Fault::kUnfitSigner));
    EXPECT_THAT(VerifySigner({}, is_listed), IsRefused(Fault::kUnfitSigner));
  }
}

TEST(Timestamp, TheSignersKeyMaySign) {
  const TestExtension purpose = TestExtendedKeyUsage({kTimeStamping}, true);
  EXPECT_THAT(VerifySigner({purpose, TestKeyUsage(0xc0)}), VariantWith<absl::Time>(testing::_));
  EXPECT_THAT(VerifySigner({purpose, TestKeyUsage(0x40)}), IsRefused(Fault::kUnfitSigner));
}

TEST(Timestamp, TheSignerIsNoAuthority) {
  const TestExtension purpose = TestExtendedKeyUsage({kTimeStamping}, true);
  EXPECT_THAT(VerifySigner({purpose, TestBasicConstraints(false)}),
              VariantWith<absl::Time>(testing::_));
  EXPECT_THAT(VerifySigner({purpose, TestBasicConstraints(true)}, false),
              IsRefused(Fault::kUnfitSigner));
  // Where it is the first of the chain it is not taken for the signer's.
  EXPECT_THAT(VerifySigner({purpose, TestBasicConstraints(true)}),
              IsRefused(Fault::kUnknownAuthority));
}

TEST(Timestamp, TheAuthorityIsTrustedFromItsStartUntilItsEnd) {
  const TestTimestampAuthority authority;
  const TestTimestamp stamp = authority.Stamp(kWhat);
  const absl::Time time = authority.start + absl::Minutes(30);
  const absl::Duration least = absl::Nanoseconds(1);
  const auto verify = [&](std::optional<absl::Time> start, std::optional<absl::Time> end) {
    TimestampAuthority trusted = authority.Listed();
    trusted.start = start;
    trusted.end = end;
    return Verify(stamp.Write(), kWhat, trusted);
  };
  EXPECT_THAT(verify(time, time), IsAt(time));
  EXPECT_THAT(verify(time, std::nullopt), IsAt(time));
  EXPECT_THAT(verify(std::nullopt, time), IsAt(time));
  EXPECT_THAT(verify(time + least, std::nullopt), IsRefused(Fault::kNotValidThen));
  EXPECT_THAT(verify(std::nullopt, time - least), IsRefused(Fault::kNotValidThen));
}

TEST(Timestamp, EveryCertificateHoldsAtItsTimeBothEndsIncluded) {
  const TestTimestampAuthority authority;
  const auto at = [&authority](absl::Time time) {
    TestTimestamp stamp(kWhat, time, authority.key, authority.certificate);
    stamp.attributes = stamp.DefaultAttributes();
    stamp.attributes.erase(stamp.attributes.begin() + 1);  // signingTime
    return Verify(stamp.Write(), kWhat, authority.Listed());
  };
  const absl::Time end = authority.start + absl::Hours(1);
  EXPECT_THAT(at(authority.start), IsAt(authority.start));
  EXPECT_THAT(at(end), IsAt(end));
  EXPECT_THAT(at(authority.start - absl::Seconds(1)), IsRefused(Fault::kNotValidThen));
  EXPECT_THAT(at(end + absl::Seconds(1)), IsRefused(Fault::kNotValidThen));

  TestTimestamp after = TestTimestamp(kWhat, end, authority.key, authority.certificate);
  after.time_text.replace(14, 1, ".000000001Z");
  EXPECT_THAT(Verify(after.Write(), kWhat, authority.Listed()), IsRefused(Fault::kNotValidThen));
}

TEST(Timestamp, TheTimeOfSigningIsWithinTheSignersCertificate) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kWhat);
  const auto signed_at = [&](std::string_view value) {
    stamp.attributes = stamp.DefaultAttributes();
    stamp.attributes[1] = WriteAttribute("1.2.840.113549.1.9.5", value);
    return stamp.Write();
  };
  const absl::Time end = authority.start + absl::Hours(1);
  EXPECT_THAT(Verify(signed_at(WriteDerTime(end)), kWhat, authority.Listed()),
              IsAt(authority.start + absl::Minutes(30)));
  for (const absl::Time time : {authority.start - absl::Seconds(1), end + absl::Seconds(1)}) {
    EXPECT_THAT(Verify(signed_at(WriteDerTime(time)), kWhat, authority.Listed()),
                IsRefused(Fault::kNotValidThen));
  }
  const std::string_view general = "20270115083000Z";
  EXPECT_THAT(
      Verify(signed_at(WriteDer(DerTag::kGeneralizedTime, {general})), kWhat, authority.Listed()),
      VariantWith<absl::Time>(testing::_));
  for (const std::string& value :
       {WriteDer(DerTag::kGeneralizedTime, {"20270115083000.5Z"}),
        WriteDer(DerTag::kUtcTime, {general}), WriteDer(DerTag::kUtcTime, {"2701150830Z"}),
        WriteDer(DerTag::kUtf8String, {general})}) {
    EXPECT_THAT(TimestampToken::FromDer(signed_at(value)), StatusIs(kInvalid));
  }
}

TEST(Timestamp, MayGoOverIntermediatesListedOrEmbedded) {
  const TestTimestampAuthority authority;
  const TestKey between_key = TestKey::Generate();
  const Certificate between = MakeTestCertificate({.subject = "between",
                                                   .issuer = "root",
                                                   .key = between_key,
                                                   .not_before = authority.start,
                                                   .not_after = authority.start + absl::Hours(1),
                                                   .extensions = {TestBasicConstraints(true)},
                                                   .serial = 2},
                                                  authority.root_key);
  const Certificate signer =
      MakeTestCertificate({.subject = "stamps",
                           .issuer = "between",
                           .key = authority.key,
                           .not_before = authority.start,
                           .not_after = authority.start + absl::Hours(1),
                           .extensions = {TestExtendedKeyUsage({kTimeStamping}, true)}},
                          between_key);
  TestTimestamp stamp(kWhat, authority.start, authority.key, signer);
  const TimestampAuthority without = {.chain = {signer, authority.root}};
  EXPECT_THAT(Verify(stamp.Write(), kWhat, {.chain = {signer, between, authority.root}}),
              IsAt(authority.start));
  EXPECT_THAT(Verify(stamp.Write(), kWhat, {.chain = {signer, between}}), IsAt(authority.start));
  EXPECT_THAT(Verify(stamp.Write(), kWhat, without), IsRefused(Fault::kUnknownAuthority));
  stamp.certificates = between.der();
  EXPECT_THAT(Verify(stamp.Write(), kWhat, without), IsAt(authority.start));
}

}  // namespace
}  // namespace countersign::crypto
