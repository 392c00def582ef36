// What verifying a timestamp is said to cost before it is done.

#include <cstddef>
#include <string>
#include <string_view>

#include "crypto/message.h"
#include "crypto/test_key.h"
#include "crypto/test_timestamp.h"
#include "crypto/timestamp.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

constexpr char kSignature[] = "a signature";

size_t CostOf(const TestTimestamp& timestamp, const TimestampAuthority& authority,
              std::string_view stamped = kSignature) {
  return CostToVerifyTimestamp(TimestampToken::FromDer(timestamp.Write()).value(),
                               Message(std::string(stamped)), authority);
}

TEST(TimestampCost, IsOfTheSignerAndOfThePathToTheAuthority) {
  const TestTimestampAuthority authority;
  EXPECT_EQ(CostOf(authority.Stamp(kSignature), authority.Listed()), 2u);
  const TestTimestampAuthority dearer(TestKeyType::kEcdsaP384);
  EXPECT_GE(CostOf(dearer.Stamp(kSignature), dearer.Listed()), 11u);
}

TEST(TimestampCost, OfWhatIsStampedByAnotherIsNothing) {
  const TestTimestampAuthority authority;
  TestTimestamp of_another = authority.Stamp(kSignature);
  of_another.signer_id = WriteIssuerAndSerialNumber(authority.root);
  EXPECT_EQ(CostOf(of_another, authority.Listed()), 0u);
  // By its names and numbers this one is the authority's own, but what it signs says otherwise.
  const TestTimestampAuthority stranger;
  EXPECT_EQ(CostOf(stranger.Stamp(kSignature), authority.Listed()), 0u);
  EXPECT_EQ(CostOf(stranger.Stamp(kSignature), authority.Unlisted()), 0u);
}

TEST(TimestampCost, OfSomethingElseIsNothing) {
  const TestTimestampAuthority authority;
  EXPECT_EQ(CostOf(authority.Stamp(kSignature), authority.Listed(), "another"), 0u);
}

TEST(TimestampCost, OfATimeAtWhichTheAuthorityIsNotTrustedIsNothing) {
  const TestTimestampAuthority authority;
  TimestampAuthority listed = authority.Listed();
  listed.end = authority.start;
  EXPECT_EQ(CostOf(authority.Stamp(kSignature), listed), 0u);
}

TEST(TimestampCost, IsOfWhatTheTokenHasWithItToo) {
  const TestTimestampAuthority authority;
  TestTimestamp timestamp = authority.Stamp(kSignature);
  timestamp.certificates = authority.certificate.der();
  EXPECT_EQ(CostOf(timestamp, authority.Unlisted()), 2u);
}

TEST(TimestampCost, OfReadingIsOneForEachCertificateThatItHasWithIt) {
  const TestTimestampAuthority authority;
  TestTimestamp timestamp = authority.Stamp(kSignature);
  EXPECT_EQ(CostToReadTimestamp(timestamp.Write()), 0u);
  for (size_t count = 1; count <= kMaxTimestampCertificates; ++count) {
    timestamp.certificates += authority.certificate.der();
    EXPECT_EQ(CostToReadTimestamp(timestamp.Write()), count);
  }
}

TEST(TimestampCost, OfReadingWhatIsRefusedBeforeItsCertificatesIsNothing) {
  const TestTimestampAuthority authority;
  TestTimestamp timestamp = authority.Stamp(kSignature);
  for (size_t i = 0; i < kMaxTimestampCertificates; ++i) {
    timestamp.certificates += authority.certificate.der();
  }
  const std::string whole = timestamp.Write();
  EXPECT_EQ(CostToReadTimestamp(whole.substr(1)), 0u);
  EXPECT_EQ(CostToReadTimestamp(whole + whole), 0u);
  EXPECT_EQ(CostToReadTimestamp(""), 0u);
  timestamp.certificates += authority.certificate.der();
  EXPECT_EQ(CostToReadTimestamp(timestamp.Write()), 0u);
}

}  // namespace
}  // namespace countersign::crypto
