#include "policy/sigstore/oci_place.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

// sigstore/policy-controller at f925c0c (Apache-2.0), pkg/apis/policy/common/validation_test.go.
TEST(OciPlace, IsWhatThePolicyControllerTakes) {
  for (std::string_view good : {"gcr.io", "ghcr.io/sigstore/test", "registry.example.com",
                                "localhost:8080/test", "localhost"}) {
    EXPECT_EQ(OciPlaceFault(good), "") << good;
  }
  EXPECT_EQ(
      OciPlaceFault("gcr.io/test/*"),
      "repository can only contain the characters `abcdefghijklmnopqrstuvwxyz0123456789_-./`: "
      "test/*");
  EXPECT_EQ(OciPlaceFault("gcr.@io/test"),
            "registries must be valid RFC 3986 URI authorities: gcr.@io");
}

TEST(OciPlace, IsRefusedInTheLibrarysWords) {
  EXPECT_EQ(OciPlaceFault(""), "strict validation requires the registry to be explicitly defined");
  EXPECT_EQ(OciPlaceFault("gcr.io/a"),
            "repository must be between 2 and 255 characters in length: a");
  EXPECT_EQ(OciPlaceFault(absl::StrCat("gcr.io/", std::string(256, 'a'))),
            absl::StrCat("repository must be between 2 and 255 characters in length: ",
                         std::string(256, 'a')));
  EXPECT_EQ(OciPlaceFault("docker.io/nginx"),
            "strict validation requires the full repository path (missing 'library')");
  EXPECT_EQ(OciPlaceFault("docker.io/library/nginx"), "");
  EXPECT_EQ(OciPlaceFault("org/repo"),
            "registries must be valid RFC 3986 URI authorities: org/repo");
  EXPECT_EQ(OciPlaceFault("host:x/repo"),
            "registries must be valid RFC 3986 URI authorities: host:x");
}

TEST(OciPlace, MayBeARegistryAlone) {
  EXPECT_TRUE(IsRegistryAlone("ghcr.io"));
  EXPECT_TRUE(IsRegistryAlone("127.0.0.1:5005"));
  EXPECT_FALSE(IsRegistryAlone("127.0.0.1:5005/signatures"));
}

}  // namespace
}  // namespace countersign::policy
