#include "kube/manifests/directory_changes.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using Event = DirectoryChanges::Event;

constexpr absl::Duration kAMoment = absl::Milliseconds(20);
constexpr absl::Duration kLong = absl::Seconds(30);

class DirectoryChangesTest : public testing::Test {
 protected:
  DirectoryChangesTest()
      : directory_(absl::StrCat(testing::TempDir(), "/",
                                testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directory(directory_);
  }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(absl::StrCat(directory_, "/", name)) << text;
  }

  const std::string directory_;
};

TEST_F(DirectoryChangesTest, WithoutAChangeTheTimePasses) {
  DirectoryChanges changes(directory_);
  EXPECT_EQ(changes.Wait(kAMoment), Event::kTimeout);
}

TEST_F(DirectoryChangesTest, EveryWayToChangeIsSeen) {
  Write("a.yaml", "a");
  DirectoryChanges changes(directory_);
  const auto path = [this](const char* name) { return directory_ + "/" + name; };
  const std::function<void()> ways[] = {
      [&] { Write("a.yaml", "b"); },
      [&] { Write("new.yaml", "b"); },
      [&] { std::filesystem::rename(path("new.yaml"), path("a.yaml")); },
      [&] { std::filesystem::create_symlink("a.yaml", path("link")); },
      [&] { std::filesystem::remove(path("a.yaml")); },
  };
  for (const auto& change : ways) {
    change();
    EXPECT_EQ(changes.Wait(kLong), Event::kChange);
    EXPECT_EQ(changes.Wait(kAMoment), Event::kTimeout);
  }
}

TEST_F(DirectoryChangesTest, ReadingIsNoChange) {
  Write("a.yaml", "a");
  DirectoryChanges changes(directory_);
  std::string text;
  std::ifstream(directory_ + "/a.yaml") >> text;
  EXPECT_EQ(text, "a");
  EXPECT_EQ(changes.Wait(kAMoment), Event::kTimeout);
}

TEST_F(DirectoryChangesTest, TheNameIsFollowedToAnotherDirectory) {
  DirectoryChanges changes(directory_);
  std::filesystem::rename(directory_, directory_ + ".old");
  EXPECT_EQ(changes.Wait(kLong), Event::kChange);  // it went
  std::filesystem::create_directory(directory_);
  EXPECT_EQ(changes.Wait(kLong), Event::kChange);  // another came
  while (changes.Wait(kAMoment) == Event::kChange) {
  }
  Write("a.yaml", "a");
  EXPECT_EQ(changes.Wait(kLong), Event::kChange);
  std::filesystem::remove_all(directory_ + ".old");
}

TEST_F(DirectoryChangesTest, ADirectoryMayComeLater) {
  std::filesystem::remove_all(directory_);
  DirectoryChanges changes(directory_);
  EXPECT_EQ(changes.Wait(kAMoment), Event::kTimeout);
  std::filesystem::create_directory(directory_);
  EXPECT_EQ(changes.Wait(kLong), Event::kChange);
}

TEST_F(DirectoryChangesTest, StopEndsEveryWait) {
  // Before it begins, or in the middle.
  for (int i = 0; i < 50; ++i) {
    DirectoryChanges changes(directory_);
    std::thread stopper([&changes] { changes.Stop(); });
    EXPECT_EQ(changes.Wait(kLong), Event::kStop);
    stopper.join();
    EXPECT_EQ(changes.Wait(kLong), Event::kStop);
  }
}

}  // namespace
}  // namespace countersign::kube
