#include "http/server/tls_expiry.h"

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/test_authority.h"

namespace countersign::http {
namespace {

using base::StatusIs;
using ::testing::_;
using ::testing::AllOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

TEST(TlsExpiry, IsTheEndOfTheFirstCertificateToEnd) {
  const absl::Time before = base::Clock::Real().Now() - absl::Seconds(1);
  TestAuthority authority;
  const std::string later = *base::LoadFile(authority.Issue("DNS:localhost", 30).cert_file);
  const std::string sooner = *base::LoadFile(authority.Issue("DNS:localhost", 3).cert_file);
  const absl::Time after = base::Clock::Real().Now();
  for (const std::string& pem : {absl::StrCat(later, sooner), absl::StrCat(sooner, "\n", later)}) {
    const absl::StatusOr<absl::Time> expiry = CertificateExpiry(pem);
    ASSERT_TRUE(expiry.ok()) << expiry.status();
    EXPECT_THAT(*expiry, AllOf(Ge(before + absl::Hours(72)), Le(after + absl::Hours(72))));
  }
}

TEST(TlsExpiry, SaysThatThereIsNoCertificate) {
  EXPECT_THAT(CertificateExpiry(""),
              StatusIs(absl::StatusCode::kInvalidArgument, "no PEM certificate"));
  EXPECT_THAT(CertificateExpiry("text"), StatusIs(absl::StatusCode::kInvalidArgument, _));
  EXPECT_THAT(CertificateExpiry("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("broken")));
}

TEST(TlsExpiry, NamesTheFileThatCannotBeRead) {
  EXPECT_THAT(CertificateFileExpiry("/nowhere/tls.crt"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nowhere/tls.crt")));
}

}  // namespace
}  // namespace countersign::http
