// What a timestamp's signer signs: attributes, which name him and the content, by the algorithm that
// they go with.

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_matchers.h"
#include "crypto/der.h"
#include "crypto/hash_algorithm.h"
#include "crypto/test_certificate.h"
#include "crypto/test_der.h"
#include "crypto/test_key.h"
#include "crypto/test_timestamp.h"
#include "crypto/timestamp.h"
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

TEST(Timestamp, SignsAttributesAlways) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  stamp.has_attributes = false;  // and signs the content
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()),
              StatusIs(kInvalid, HasSubstr("no signed attributes")));
}

TEST(Timestamp, UnsignedAttributesAndRevocationListsAreIgnored) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  stamp.unsigned_attributes = WriteDer(ConstructedTag(1), {WriteAttribute("1.2.3", "")});
  stamp.revocation_lists = WriteDer(ConstructedTag(1), {"anything"});
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
              VariantWith<absl::Time>(testing::_));
}

TEST(Timestamp, EachNeededAttributeMustBeThere) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
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
  TestTimestamp stamp = authority.Stamp(kStamped);
  const std::string other = WriteAttribute("1.2.3", WriteDerUnsigned(1));
  const auto with = [&stamp](std::initializer_list<std::string> more) {
    stamp.attributes = stamp.DefaultAttributes();
    stamp.attributes.insert(stamp.attributes.end(), more);
    return stamp.Write();
  };
  EXPECT_THAT(VerifyStamp(with({other}), kStamped, authority.Listed()),
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
  TestTimestamp stamp = authority.Stamp(kStamped);
  stamp.attributes = stamp.DefaultAttributes();
  stamp.attributes[0] = WriteAttribute("1.2.840.113549.1.9.3", WriteDerOid("1.2.840.113549.1.7.1"));
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()),
              StatusIs(kInvalid, HasSubstr("other content")));

  stamp.attributes = stamp.DefaultAttributes();
  stamp.time_text = "20270115081000Z";  // which the attributes are not of
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
              IsRefused(Fault::kBadSignature));
}

TEST(Timestamp, TheTimeOfSigningIsWithinTheSignersCertificate) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  const auto signed_at = [&](std::string_view value) {
    stamp.attributes = stamp.DefaultAttributes();
    stamp.attributes[1] = WriteAttribute("1.2.840.113549.1.9.5", value);
    return stamp.Write();
  };
  const absl::Time end = authority.start + absl::Hours(1);
  EXPECT_THAT(VerifyStamp(signed_at(WriteDerTime(end)), kStamped, authority.Listed()),
              IsAt(authority.start + absl::Minutes(30)));
  for (const absl::Time time : {authority.start - absl::Seconds(1), end + absl::Seconds(1)}) {
    EXPECT_THAT(VerifyStamp(signed_at(WriteDerTime(time)), kStamped, authority.Listed()),
                IsRefused(Fault::kNotValidThen));
  }
  const std::string_view general = "20270115083000Z";
  EXPECT_THAT(VerifyStamp(signed_at(WriteDer(DerTag::kGeneralizedTime, {general})), kStamped,
                          authority.Listed()),
              VariantWith<absl::Time>(testing::_));
  for (const std::string& value :
       {WriteDer(DerTag::kGeneralizedTime, {"20270115083000.5Z"}),
        WriteDer(DerTag::kUtcTime, {general}), WriteDer(DerTag::kUtcTime, {"2701150830Z"}),
        WriteDer(DerTag::kUtf8String, {general})}) {
    EXPECT_THAT(TimestampToken::FromDer(signed_at(value)), StatusIs(kInvalid));
  }
}

// What a timestamp comes to whose attributes name the signer by this one alone.
TimestampOutcome VerifyNamedBy(const TestTimestampAuthority& authority,
                               std::string_view attribute) {
  TestTimestamp stamp = authority.Stamp(kStamped);
  stamp.attributes = stamp.DefaultAttributes();
  stamp.attributes.back() = std::string(attribute);
  return VerifyStamp(stamp.Write(), kStamped, authority.Listed());
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
  TestTimestamp stamp = authority.Stamp(kStamped);
  for (const bool is_right : {true, false}) {
    stamp.attributes = stamp.DefaultAttributes();
    stamp.attributes.push_back(WriteSigningCertificate(is_right ? right : wrong));
    const TimestampOutcome outcome = VerifyStamp(stamp.Write(), kStamped, authority.Listed());
    EXPECT_EQ(std::holds_alternative<absl::Time>(outcome), is_right);
  }
}

TEST(Timestamp, MalformedNamesOfTheSignersCertificateAreRefused) {
  const TestTimestampAuthority authority;
  const Certificate& signer = authority.certificate;
  const std::string hash = HashElement(HashAlgorithm::kSha256, signer);
  constexpr HashAlgorithm kSha1 = HashAlgorithm::kUnspecified;
  TestTimestamp stamp = authority.Stamp(kStamped);
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

TEST(Timestamp, IsSignedOverAttributesInTheOrderOfDer) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  stamp.attributes = stamp.DefaultAttributes();
  std::reverse(stamp.attributes.begin(), stamp.attributes.end());
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
              VariantWith<absl::Time>(testing::_));
  stamp.signs_as_transmitted = true;
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
              IsRefused(Fault::kBadSignature));
}

TEST(Timestamp, IsSignedByTheKeyOfTheCertificate) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  stamp.key = TestKey::Generate();
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
              IsRefused(Fault::kBadSignature));
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
      TestTimestamp stamp = authority.Stamp(kStamped);
      stamp.digest = digest;
      stamp.scheme = scheme;
      stamp.signature_algorithm = TestSignatureAlgorithm(authority.key, scheme);
      EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
                  VariantWith<absl::Time>(testing::_))
          << authority.key.Public().Description() << ", hash " << static_cast<int>(digest);
    }
  }
}

TEST(Timestamp, TheSignaturesHashIsTheDigests) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  stamp.scheme = TestScheme::kSha512;
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
              IsRefused(Fault::kBadSignature));
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
    TestTimestamp stamp = authority.Stamp(kStamped);
    stamp.digest = HashAlgorithm::kSha384;
    stamp.scheme = TestScheme::kSha384;
    stamp.signature_algorithm = is_rsa ? rsa : ecdsa;
    EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
                VariantWith<absl::Time>(testing::_));
    stamp.signature_algorithm = is_rsa ? ecdsa : rsa;
    EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
                IsRefused(Fault::kBadSignature));
  }
}

TEST(Timestamp, OtherAlgorithmsAreRefused) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  for (const std::string_view oid : {"1.3.101.112", "1.2.840.113549.1.1.10", "1.2.840.10045.4.1",
                                     "1.2.840.113549.1.1.5", "1.2.3"}) {
    stamp.signature_algorithm = WriteDerSequence({WriteDerOid(oid)});
    EXPECT_THAT(TimestampToken::FromDer(stamp.Write()),
                StatusIs(kInvalid, HasSubstr("ECDSA or RSA")))
        << oid;
  }
  stamp = authority.Stamp(kStamped);
  stamp.digest = HashAlgorithm::kUnspecified;  // SHA-1
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()),
              StatusIs(kInvalid, HasSubstr("its digest is not")));
}

}  // namespace
}  // namespace countersign::crypto
