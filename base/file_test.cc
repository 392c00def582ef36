#include "base/file.h"

#include <sys/stat.h>

#include <fstream>
#include <string>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::HasSubstr;

std::string WriteTemporary(const std::string& name, const std::string& content) {
  const std::string path = testing::TempDir() + "/" + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

TEST(LoadFile, ReadsAllBytes) {
  const std::string content = std::string("a\0b", 3) + std::string(100'000, 'x');
  EXPECT_THAT(LoadFile(WriteTemporary("whole", content)), IsOkAndHolds(content));
}

TEST(LoadFile, NamesAFileThatIsNotThere) {
  EXPECT_THAT(LoadFile(testing::TempDir() + "/absent"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/absent: No such file")));
}

TEST(LoadFile, RefusesAFileOverTheLimit) {
  const std::string path = WriteTemporary("large", "12345");
  EXPECT_THAT(LoadFile(path, 5), IsOkAndHolds(std::string("12345")));
  EXPECT_THAT(LoadFile(path, 4),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("larger than 4 bytes")));
}

TEST(LoadFile, RefusesDirectoriesAndPipesWithoutHanging) {
  EXPECT_THAT(LoadFile(testing::TempDir()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not a regular file")));
  const std::string pipe = testing::TempDir() + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(LoadFile(pipe),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not a regular file")));
}

}  // namespace
}  // namespace countersign::base
