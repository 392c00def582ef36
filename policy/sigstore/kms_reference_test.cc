#include "policy/sigstore/kms_reference.h"

#include <string_view>

#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

constexpr std::string_view kFormat =
    "kms key should be in the format awskms://[ENDPOINT]/[ID/ALIAS/ARN] (endpoint optional)";

// What the Policy Controller's own table has is in validation_table_test.cc.
TEST(KmsFault, IsAnUnknownProvider) {
  constexpr std::string_view kUnknown =
      "malformed KMS format, should be prefixed by any of the supported providers: "
      "[awskms:// azurekms:// hashivault:// gcpkms://]";
  EXPECT_EQ(KmsFault("openbao://key"), kUnknown);
  EXPECT_EQ(KmsFault("k8s://a/b"), kUnknown);
  EXPECT_EQ(KmsFault(""), kUnknown);
  EXPECT_EQ(KmsFault("gcpkms://anything"), "");
}

TEST(KmsFault, OfAwsIsWhatItCallsAForm) {
  EXPECT_EQ(KmsFault("awskms:///arn:aws:kms:us-east-2:111122223333:alias/x"), "");
  EXPECT_EQ(KmsFault("awskms:///mrk-1234abcd-12ab-34cd-56ef-1234567890ab"),
            "failed to parse either key or alias arn: arn: invalid prefix");
  EXPECT_EQ(KmsFault("awskms:///arn:aws:kms:us-east-2:1:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
            kFormat);
  EXPECT_EQ(KmsFault("awskms:///arn:aws:kms:us-east-2:111122223333:key/short"), kFormat);
}

TEST(KmsFault, OfAwsIsABadEndpoint) {
  constexpr std::string_view kKey = "/arn:aws:kms:us-east-2:111122223333:alias/x";
  const auto fault = [&](std::string_view endpoint) {
    return KmsFault(std::string("awskms://") + std::string(endpoint) + std::string(kKey));
  };
  EXPECT_EQ(fault("localhost:4566"), "");
  EXPECT_EQ(fault("[::1]:4566"), "");
  EXPECT_EQ(fault("localhost"), "malformed endpoint: address localhost: missing port in address");
  EXPECT_EQ(fault("a:b:1"), "malformed endpoint: address a:b:1: too many colons in address");
  EXPECT_EQ(fault("[::1"), "malformed endpoint: address [::1: missing ']' in address");
  EXPECT_EQ(fault("[::1]"), "malformed endpoint: address [::1]: missing port in address");
  EXPECT_EQ(fault("a]:1"), "malformed endpoint: address a]:1: unexpected ']' in address");
  EXPECT_EQ(fault("alias.example:1"), kFormat);
}

}  // namespace
}  // namespace countersign::policy
