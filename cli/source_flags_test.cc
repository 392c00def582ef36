#include "cli/source_flags.h"

#include <string>
#include <vector>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"

namespace countersign::cli {
namespace {

using base::StatusIs;
using ::testing::HasSubstr;

absl::StatusOr<policy::EvidenceSourcePtr> Read(const std::vector<std::string>& arguments) {
  CLI::App app;
  SourceFlags flags;
  AddSourceFlags(&app, &flags, "Signer");
  app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  return ReadSource(flags);
}

TEST(SourceFlags, ThatSayNothingNameNoSource) {
  const auto source = Read({});
  ASSERT_TRUE(source.ok());
  EXPECT_EQ(*source, nullptr);
}

TEST(SourceFlags, NameARepositoryAndAPrefix) {
  const auto both = Read({"--signature-repository", "localhost:5000/keep/signatures",
                          "--attachment-tag-prefix", "release-"});
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_EQ((*both)->repository, (oci::Repository{"localhost:5000", "keep/signatures"}));
  EXPECT_EQ((*both)->tag_prefix, "release-");
  const auto prefix = Read({"--attachment-tag-prefix", "release-"});
  ASSERT_TRUE(prefix.ok()) << prefix.status();
  EXPECT_FALSE((*prefix)->repository.has_value());
  const auto of_docker_hub = Read({"--signature-repository", "shop/signatures"});
  ASSERT_TRUE(of_docker_hub.ok()) << of_docker_hub.status();
  EXPECT_EQ((*of_docker_hub)->repository, (oci::Repository{"index.docker.io", "shop/signatures"}));
  EXPECT_EQ((*of_docker_hub)->tag_prefix, "");
}

TEST(SourceFlags, WhatIsNoRepositoryIsRefused) {
  const std::vector<std::string> wrong = {"r.io/a:1", "r.io/a@sha256:" + std::string(64, '0'),
                                          "r.io/A", "https://r.io/a", "r.io/"};
  for (const std::string& text : wrong) {
    EXPECT_THAT(Read({"--signature-repository", text}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--signature-repository: ")))
        << text;
  }
}

TEST(SourceFlags, WhatNoTagCanBeginWithIsRefused) {
  for (const std::string& text : {std::string("a/b"), std::string("."), std::string(54, 'a')}) {
    EXPECT_THAT(
        Read({"--attachment-tag-prefix", text}),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--attachment-tag-prefix: ")))
        << text;
  }
}

TEST(SourceFlags, AnEmptyTextIsRefused) {
  for (const char* flag : {"--signature-repository", "--attachment-tag-prefix"}) {
    EXPECT_THROW(Read({flag, ""}).IgnoreError(), CLI::ValidationError) << flag;
  }
}

}  // namespace
}  // namespace countersign::cli
