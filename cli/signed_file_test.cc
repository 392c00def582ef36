#include "cli/signed_file.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "crypto/hash_algorithm.h"
#include "crypto/message.h"
#include "crypto/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::IsOk;
using base::StatusIs;
using crypto::HashAlgorithm;
using ::testing::HasSubstr;

std::string DigestOf(std::string_view bytes) {
  return absl::StrCat("sha256:", crypto::Sha256Hex(bytes));
}

TEST(SignedFile, IsReadWhole) {
  const std::string path = testing::TempDir() + "/artifact";
  std::ofstream(path) << std::string("a\0b", 3);
  const absl::StatusOr<cosign::File> file = LoadSignedFile(path);
  ASSERT_THAT(file, IsOk());
  ASSERT_NE(file->bytes, nullptr);
  EXPECT_EQ(file->bytes->bytes(), std::string("a\0b", 3));
}

TEST(SignedFile, IsOnlyADigestWhereThereIsNoSuchFile) {
  for (const auto& [name, algorithm] : {std::pair{"sha256:", HashAlgorithm::kSha256},
                                        {"sha384:", HashAlgorithm::kSha384},
                                        {"sha512:", HashAlgorithm::kSha512}}) {
    const std::string digest = crypto::DigestOf(crypto::Message("content"), algorithm);
    const absl::StatusOr<cosign::File> file =
        LoadSignedFile(absl::StrCat(name, absl::BytesToHexString(digest)));
    ASSERT_THAT(file, IsOk());
    EXPECT_EQ(file->bytes, nullptr);
    EXPECT_EQ(file->algorithm, algorithm);
    EXPECT_EQ(file->digest, digest);
  }
}

TEST(SignedFile, ThatHasTheNameOfADigestIsThatFile) {
  const std::string path = absl::StrCat(testing::TempDir(), "/", DigestOf("another"));
  std::ofstream(path) << "content";
  // Only a name without a folder could be taken for a digest.
  const std::filesystem::path before = std::filesystem::current_path();
  absl::Cleanup go_back = [&before] { std::filesystem::current_path(before); };
  std::filesystem::current_path(testing::TempDir());
  const absl::StatusOr<cosign::File> file = LoadSignedFile(DigestOf("another"));
  ASSERT_THAT(file, IsOk());
  ASSERT_NE(file->bytes, nullptr);
  EXPECT_EQ(file->bytes->bytes(), "content");
}

TEST(SignedFile, IsNotFoundIfItIsNeitherAFileNorADigest) {
  const std::string hex = crypto::Sha256Hex("content");
  for (const std::string& name :
       {std::string("no-such-file"), hex, absl::StrCat("sha256:", hex.substr(1)),
        absl::StrCat("sha256:", std::string(64, 'A')), absl::StrCat("sha512:", hex),
        absl::StrCat("sha256:", hex, hex), absl::StrCat("sha384:", hex, hex),
        absl::StrCat("sha512:", hex, hex.substr(1), "g"), absl::StrCat("sha1:", hex)}) {
    EXPECT_THAT(LoadSignedFile(name), StatusIs(absl::StatusCode::kNotFound, HasSubstr(name)));
  }
}

TEST(SignedFile, IsNoDirectory) {
  EXPECT_THAT(LoadSignedFile(testing::TempDir()), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace countersign::cli
