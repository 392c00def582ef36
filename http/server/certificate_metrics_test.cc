#include "http/server/certificate_metrics.h"

#include <cstdint>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/server/tls_expiry.h"
#include "http/test_authority.h"

namespace countersign::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(CertificateMetrics, TellWhenAFileEndsAndFollowIt) {
  TestAuthority authority;
  const std::string file = authority.Issue("DNS:localhost", 3).cert_file;
  const std::string renewed = authority.Issue("DNS:localhost", 30).cert_file;
  base::Metrics metrics;
  AddCertificateMetric("server", file, &metrics);
  AddCertificateMetric("client", "", &metrics);
  const auto line = [](int64_t time) {
    return absl::StrCat("countersign_certificate_expiry_timestamp_seconds{use=\"server\"} ", time,
                        "\n");
  };
  EXPECT_THAT(metrics.WriteText(),
              HasSubstr(line(absl::ToUnixSeconds(*CertificateFileExpiry(file)))));
  std::filesystem::rename(renewed, file);
  EXPECT_THAT(metrics.WriteText(),
              HasSubstr(line(absl::ToUnixSeconds(*CertificateFileExpiry(file)))));
  std::filesystem::remove(file);
  EXPECT_THAT(metrics.WriteText(), HasSubstr(line(0)));
  EXPECT_THAT(metrics.WriteText(), Not(HasSubstr("client")));
}

}  // namespace
}  // namespace countersign::http
