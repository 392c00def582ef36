#include "cli/trusted_root_file.h"

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kEmptyRoot =
    R"({"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"})";

class TrustedRootFileTest : public testing::Test {
 protected:
  absl::StatusOr<std::shared_ptr<const cosign::TrustedRoot>> Load(const std::string& file,
                                                                  Instance instance) {
    return LoadTrustedRoot(file, instance,
                           [this](std::string_view what) { warnings_.emplace_back(what); });
  }

  static std::string Write(std::string_view json) {
    const std::string path = testing::TempDir() + "/trusted_root.json";
    std::ofstream(path) << json;
    return path;
  }

  std::vector<std::string> warnings_;
};

auto HasLog(const std::string& url) {
  return Field(&cosign::TrustedRoot::logs, Contains(Field(&cosign::TrustedLog::base_url, url)));
}

TEST_F(TrustedRootFileTest, WithoutOneTheShippedRootOfTheInstanceIsTaken) {
  const auto good = Load("", Instance::kPublicGood);
  ASSERT_THAT(good, IsOk());
  EXPECT_THAT(**good, HasLog("https://rekor.sigstore.dev"));
  const auto staging = Load("", Instance::kStaging);
  ASSERT_THAT(staging, IsOk());
  EXPECT_THAT(**staging, HasLog("https://rekor.sigstage.dev"));
}

TEST_F(TrustedRootFileTest, IsTakenWhateverTheInstance) {
  const std::string path = Write(kEmptyRoot);
  for (const Instance instance : {Instance::kPublicGood, Instance::kStaging}) {
    const auto root = Load(path, instance);
    ASSERT_THAT(root, IsOk());
    EXPECT_THAT((*root)->logs, IsEmpty());
  }
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(TrustedRootFileTest, WhatIsOddInItIsToldWithItsName) {
  const std::string path =
      Write(R"({"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                "aNewMember": 1})");
  EXPECT_THAT(Load(path, Instance::kPublicGood), IsOk());
  EXPECT_THAT(warnings_, ElementsAre(AllOf(HasSubstr(path), HasSubstr("aNewMember"))));
}

TEST_F(TrustedRootFileTest, ErrorsNameTheFlagAndTheFile) {
  EXPECT_THAT(Load("/no/such/file", Instance::kPublicGood),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("--trusted-root: /no/such/file: ")));
  const std::string path = Write("{}");
  EXPECT_THAT(
      Load(path, Instance::kStaging),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--trusted-root: " + path + ": ")));
}

}  // namespace
}  // namespace countersign::cli
