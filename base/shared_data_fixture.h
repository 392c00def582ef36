#ifndef COUNTERSIGN_BASE_SHARED_DATA_FIXTURE_H_
#define COUNTERSIGN_BASE_SHARED_DATA_FIXTURE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {

// A test of data that others made and that is no part of the checkout: of a repository that
// third_party/shared_data declares, whose :files and :status are the test's data. Where the data is
// not there, the test is skipped; where that is to be a failure (CI=true), it fails.
class SharedDataTest : public ::testing::Test {
 protected:
  // `repository` is its name in WORKSPACE.
  explicit SharedDataTest(std::string_view repository)
      : repository_(absl::StrCat("../", repository, "/")) {}

  void SetUp() override {
    const absl::StatusOr<std::string> status = LoadFile(repository_ + "status");
    ASSERT_THAT(status, IsOk());
    if (*status == "absent\n") {
      GTEST_SKIP() << "not run: the data is not beside this checkout (third_party/shared_data)";
    }
    ASSERT_EQ(*status, "present\n") << "CI=true, and the data is not beside this checkout";
  }

  // The bytes of one of the files; "", with a failure of the test, if it cannot be read.
  std::string Load(std::string_view path) const {
    const absl::StatusOr<std::string> bytes = LoadFile(absl::StrCat(repository_, "data/", path));
    EXPECT_THAT(bytes, IsOk());
    return bytes.value_or("");
  }

 private:
  const std::string repository_;  // its folder, from where tests run
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_SHARED_DATA_FIXTURE_H_
