// Who may have made a timestamp: which certificate is its signer's, what that has to be for, and which
// authority vouches for it when.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/status_matchers.h"
#include "crypto/certificate.h"
#include "crypto/der.h"
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

using base::StatusIs;
using ::testing::VariantWith;
using Fault = TimestampFault;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr std::string_view kTimeStamping = "1.3.6.1.5.5.7.3.8";
constexpr std::string_view kCodeSigning = "1.3.6.1.5.5.7.3.3";

TEST(Timestamp, TheSignerIsFoundByIssuerAndSerialNumber) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  stamp.signer_id = WriteIssuerAndSerialNumber(authority.root);  // its serial number is another
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
              IsRefused(Fault::kUnknownAuthority));
  stamp.signer_id = WriteDerSequence({WriteDerSequence({}), WriteDerUnsigned(0xfedcba9876543210)});
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
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
  TestTimestamp stamp(kStamped, authority.start, authority.key, with_key_id);
  stamp.signer_version = 3;
  stamp.signer_id = WriteDer(PrimitiveTag(0), {"key id"});
  const TimestampAuthority listed = {.chain = {with_key_id, authority.root}};
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, listed), IsAt(authority.start));
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
              IsRefused(Fault::kUnknownAuthority));
  stamp.signer_id = WriteDer(PrimitiveTag(0), {"key ID"});
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, listed), IsRefused(Fault::kUnknownAuthority));
  stamp.signer_version = 1;
  EXPECT_THAT(TimestampToken::FromDer(stamp.Write()), StatusIs(kInvalid));
}

TEST(Timestamp, AnEmbeddedCertificateServesWhereTheSignerIsNotListed) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Unlisted()),
              IsRefused(Fault::kUnknownAuthority));
  stamp.certificates = authority.root.der() + authority.certificate.der();
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Unlisted()),
              VariantWith<absl::Time>(testing::_));
}

TEST(Timestamp, AnEmbeddedCertificateIsNoTrust) {
  const TestTimestampAuthority authority;
  const TestTimestampAuthority stranger;  // of the same names
  TestTimestamp stamp = stranger.Stamp(kStamped);
  stamp.certificates = stranger.certificate.der() + stranger.root.der();
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, stranger.Unlisted()),
              VariantWith<absl::Time>(testing::_));
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Unlisted()),
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
  TestTimestamp stamp(kStamped, authority.start, key, second);
  stamp.certificates = second.der();
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Unlisted()), IsAt(authority.start));
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, authority.Listed()),
              IsRefused(Fault::kUnknownAuthority));
}

TEST(Timestamp, AnAuthorityWithoutCertificatesIsUnknown) {
  const TestTimestampAuthority authority;
  TestTimestamp stamp = authority.Stamp(kStamped);
  stamp.certificates = authority.certificate.der();
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, {}), IsRefused(Fault::kUnknownAuthority));
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
  TestTimestamp stamp(kStamped, authority.start, authority.key, signer);
  const TimestampAuthority without = {.chain = {signer, authority.root}};
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, {.chain = {signer, between, authority.root}}),
              IsAt(authority.start));
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, {.chain = {signer, between}}),
              IsAt(authority.start));
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, without), IsRefused(Fault::kUnknownAuthority));
  stamp.certificates = between.der();
  EXPECT_THAT(VerifyStamp(stamp.Write(), kStamped, without), IsAt(authority.start));
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
TimestampOutcome VerifySigner(std::vector<TestExtension> extensions, bool is_listed = true) {
  const TestTimestampAuthority authority;
  TimestampAuthority chain = WithSigner(authority, std::move(extensions));
  const Certificate signer = chain.chain.front();
  TestTimestamp stamp(kStamped, authority.start, authority.key, signer);
  if (!is_listed) {
    chain.chain.erase(chain.chain.begin());
    stamp.certificates = signer.der();
  }
  return VerifyStamp(stamp.Write(), kStamped, chain);
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
  const TestTimestamp stamp = authority.Stamp(kStamped);
  const absl::Time time = authority.start + absl::Minutes(30);
  const absl::Duration least = absl::Nanoseconds(1);
  const auto verify = [&](std::optional<absl::Time> start, std::optional<absl::Time> end) {
    TimestampAuthority trusted = authority.Listed();
    trusted.start = start;
    trusted.end = end;
    return VerifyStamp(stamp.Write(), kStamped, trusted);
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
    TestTimestamp stamp(kStamped, time, authority.key, authority.certificate);
    stamp.attributes = stamp.DefaultAttributes();
    stamp.attributes.erase(stamp.attributes.begin() + 1);  // signingTime
    return VerifyStamp(stamp.Write(), kStamped, authority.Listed());
  };
  const absl::Time end = authority.start + absl::Hours(1);
  EXPECT_THAT(at(authority.start), IsAt(authority.start));
  EXPECT_THAT(at(end), IsAt(end));
  EXPECT_THAT(at(authority.start - absl::Seconds(1)), IsRefused(Fault::kNotValidThen));
  EXPECT_THAT(at(end + absl::Seconds(1)), IsRefused(Fault::kNotValidThen));

  TestTimestamp after = TestTimestamp(kStamped, end, authority.key, authority.certificate);
  after.time_text.replace(14, 1, ".000000001Z");
  EXPECT_THAT(VerifyStamp(after.Write(), kStamped, authority.Listed()),
              IsRefused(Fault::kNotValidThen));
}

}  // namespace
}  // namespace countersign::crypto
