#include "tuf/client/state_directory.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::tuf {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

// A place of the test's own where nothing is.
std::string NewPlace() {
  const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
  const std::string path = absl::StrCat(testing::TempDir(), "/", test->name());
  fs::remove_all(path);
  return path;
}

void Put(const std::string& path, const std::string& bytes) { std::ofstream(path) << bytes; }

std::string Content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(StateDirectory, IsMadeAndEmpty) {
  const std::string place = NewPlace();
  const auto directory = StateDirectory::Open(place);
  ASSERT_THAT(directory, IsOk());
  const auto state = directory->Load();
  ASSERT_THAT(state, IsOk());
  EXPECT_EQ(state->root, "");
  EXPECT_EQ(directory->TargetPath(), place + "/trusted_root.json");
}

TEST(StateDirectory, KeepsWhatItIsGiven) {
  const std::string place = NewPlace();
  {
    const auto directory = StateDirectory::Open(place);
    ASSERT_THAT(directory, IsOk());
    EXPECT_THAT(directory->Keep({StateFile::kRoot, "r"}), IsOk());
    EXPECT_THAT(directory->Keep({StateFile::kTimestamp, "older and longer"}), IsOk());
    EXPECT_THAT(directory->Keep({StateFile::kTimestamp, "t"}), IsOk());
    EXPECT_THAT(directory->Keep({StateFile::kSnapshot, "s"}), IsOk());
    EXPECT_THAT(directory->Keep({StateFile::kTargets, "g"}), IsOk());
    EXPECT_THAT(directory->KeepTarget("{}"), IsOk());
  }
  const auto again = StateDirectory::Open(place);
  ASSERT_THAT(again, IsOk());
  const auto state = again->Load();
  ASSERT_THAT(state, IsOk());
  EXPECT_EQ(state->root, "r");
  EXPECT_EQ(state->timestamp, "t");
  EXPECT_EQ(state->snapshot, "s");
  EXPECT_EQ(state->targets, "g");
  EXPECT_EQ(state->target, "{}");
  EXPECT_EQ(Content(place + "/trusted_root.json"), "{}");
  // Nothing else is left behind.
  EXPECT_EQ(std::distance(fs::directory_iterator(place), fs::directory_iterator()), 5);
}

TEST(StateDirectory, RemovesWhatIsToBeRemoved) {
  const auto directory = StateDirectory::Open(NewPlace());
  ASSERT_THAT(directory, IsOk());
  EXPECT_THAT(directory->Keep({StateFile::kRoot, "r"}), IsOk());
  EXPECT_THAT(directory->Keep({StateFile::kTimestamp, "t"}), IsOk());
  EXPECT_THAT(directory->Keep({StateFile::kTimestamp, ""}), IsOk());
  EXPECT_THAT(directory->Keep({StateFile::kSnapshot, ""}), IsOk());
  EXPECT_EQ(directory->Load()->timestamp, "");
}

// A reader that has the file open, or a hard link to it, still has all of what was there.
TEST(StateDirectory, ReplacesFilesAsAWhole) {
  const std::string place = NewPlace();
  const auto directory = StateDirectory::Open(place);
  ASSERT_THAT(directory, IsOk());
  EXPECT_THAT(directory->KeepTarget("before"), IsOk());
  fs::create_hard_link(directory->TargetPath(), place + "/link");
  EXPECT_THAT(directory->KeepTarget("now"), IsOk());
  EXPECT_EQ(Content(place + "/link"), "before");
  EXPECT_EQ(Content(directory->TargetPath()), "now");
}

// As an update that was killed leaves them, or somebody else puts them there.
TEST(StateDirectory, WritesThroughNothingThatIsInItsWay) {
  const std::string place = NewPlace();
  const auto directory = StateDirectory::Open(place);
  ASSERT_THAT(directory, IsOk());
  const std::string other = place + "/other";
  const std::string next = directory->TargetPath() + ".new";
  Put(other, "of somebody else");
  fs::create_hard_link(other, next);
  EXPECT_THAT(directory->KeepTarget("1"), IsOk());
  fs::create_symlink(other, next);
  EXPECT_THAT(directory->KeepTarget("2"), IsOk());
  Put(next, "half of a fi");
  EXPECT_THAT(directory->KeepTarget("3"), IsOk());
  EXPECT_EQ(Content(directory->TargetPath()), "3");
  EXPECT_EQ(Content(other), "of somebody else");
}

TEST(StateDirectory, WithoutARootHoldsNothing) {
  const std::string place = NewPlace();
  fs::create_directory(place);
  Put(place + "/timestamp.json", "t");
  Put(place + "/trusted_root.json", "{}");
  const auto directory = StateDirectory::Open(place);
  ASSERT_THAT(directory, IsOk());
  EXPECT_EQ(directory->Load()->timestamp, "");
  EXPECT_EQ(directory->Load()->target, "");
}

TEST(StateDirectory, IsOneUpdatesAtATime) {
  const std::string place = NewPlace();
  {
    auto first = StateDirectory::Open(place);
    ASSERT_THAT(first, IsOk());
    const StateDirectory moved = *std::move(first);
    EXPECT_THAT(StateDirectory::Open(place),
                StatusIs(absl::StatusCode::kUnavailable, HasSubstr("another update is under way")));
  }
  EXPECT_THAT(StateDirectory::Open(place), IsOk());
}

TEST(StateDirectory, SaysWhatCannotBeOpenedOrRead) {
  const std::string place = NewPlace();
  EXPECT_THAT(StateDirectory::Open(place + "/below/nothing"),
              StatusIs(absl::StatusCode::kInternal, HasSubstr(place)));
  Put(place, "a file");
  EXPECT_THAT(StateDirectory::Open(place), StatusIs(absl::StatusCode::kInternal, HasSubstr(place)));
  fs::remove(place);
  fs::create_directories(place + "/root.json");
  EXPECT_FALSE(StateDirectory::Open(place)->Load().ok());
}

}  // namespace
}  // namespace countersign::tuf
