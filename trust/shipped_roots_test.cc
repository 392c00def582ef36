#include "trust/shipped_roots.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_matchers.h"
#include "cosign/trusted_root.h"
#include "crypto/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::trust {
namespace {

using base::IsOk;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Shipped {
  std::string file;
  std::string_view text;
};

std::vector<Shipped> All() {
  return {{"sigstore_trusted_root.json", SigstoreTrustedRoot()},
          {"sigstore_tuf_root.json", SigstoreTufRoot()},
          {"sigstore_staging_trusted_root.json", SigstoreStagingTrustedRoot()},
          {"sigstore_staging_tuf_root.json", SigstoreStagingTufRoot()}};
}

TEST(ShippedRoots, AreTheFilesByteForByte) {
  for (const Shipped& root : All()) {
    EXPECT_EQ(root.text, base::LoadFile(absl::StrCat("trust/", root.file)).value()) << root.file;
  }
}

TEST(ShippedRoots, AreTheOnesWhoseOriginIsWrittenDown) {
  const std::string readme = base::LoadFile("trust/README.md").value();
  for (const Shipped& root : All()) {
    EXPECT_THAT(readme, HasSubstr(absl::StrCat(crypto::Sha256Hex(root.text), "  ", root.file)));
  }
  EXPECT_THAT(readme, ContainsRegex("[0-9a-f]{64}  sigstore-[0-9.]+-py3-none-any.whl"));
}

TEST(ShippedRoots, AreReadWithNothingOddInThem) {
  for (const std::string_view text : {SigstoreTrustedRoot(), SigstoreStagingTrustedRoot()}) {
    const absl::StatusOr<cosign::TrustedRoot> root = cosign::ParseTrustedRoot(text);
    ASSERT_THAT(root, IsOk());
    EXPECT_THAT(root->warnings, IsEmpty());
    EXPECT_THAT(root->logs, Not(IsEmpty()));
    EXPECT_THAT(root->certificate_logs, Not(IsEmpty()));
    EXPECT_THAT(root->certificate_authorities, Not(IsEmpty()));
    EXPECT_THAT(root->timestamp_authorities, Not(IsEmpty()));
  }
}

TEST(ShippedRoots, AreOfTheInstanceThatTheyAreNamedFor) {
  const auto logs = [](std::string_view text) {
    return cosign::ParseTrustedRoot(text).value().logs;
  };
  const auto has_log = [](const std::string& url) {
    return Contains(Field(&cosign::TrustedLog::base_url, url));
  };
  EXPECT_THAT(logs(SigstoreTrustedRoot()), has_log("https://rekor.sigstore.dev"));
  EXPECT_THAT(logs(SigstoreStagingTrustedRoot()), has_log("https://rekor.sigstage.dev"));
  for (const std::string_view text : {SigstoreTufRoot(), SigstoreStagingTufRoot()}) {
    EXPECT_THAT(std::string(text), HasSubstr("\"_type\": \"root\""));
  }
  EXPECT_NE(SigstoreTufRoot(), SigstoreStagingTufRoot());
}

}  // namespace
}  // namespace countersign::trust
