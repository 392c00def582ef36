#include "cli/certificates/certificate_objects.h"

#include "cli/certificates/certificate_authority.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using ::testing::StartsWith;

TEST(CertificateObjects, AreTheSecretsAndTheWebhooksThatTheOptionsName) {
  CertificateOptions options;
  options.secret_namespace = "elsewhere";
  const CertificateObjects objects = PathsOf(options);
  EXPECT_EQ(objects.authorities.path.Describe(), "secrets elsewhere/countersign-ca");
  ASSERT_EQ(objects.leaves.size(), 3u);
  EXPECT_EQ(objects.leaves[2].path.name, "countersign-shim-tls");
  EXPECT_EQ(objects.leaves[2].path.object_namespace, "elsewhere");
  EXPECT_EQ(objects.webhooks.size(), 3u);
  EXPECT_TRUE(objects.authorities.object.is_null());
}

TEST(CertificateObjects, AreDescribedSoThatOneCanBeToldFromAnother) {
  const absl::Time time = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_EQ(DescribeTime(time), "2023-11-14T22:13:20Z");
  const auto authority = MakeAuthority("one", {time, time + absl::Hours(1)});
  const auto other = MakeAuthority("one", {time, time + absl::Hours(1)});
  const std::string text = DescribeCertificate(authority->certificate);
  EXPECT_THAT(text, StartsWith(authority->certificate.subject()));
  EXPECT_NE(text, DescribeCertificate(other->certificate));
}

}  // namespace
}  // namespace countersign::cli
