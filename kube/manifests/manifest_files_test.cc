#include "kube/manifests/manifest_files.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using base::IsOk;
using base::StatusIs;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr char kSecret[] = "{apiVersion: v1, kind: Secret, metadata: {name: a}}\n";

class ManifestFiles : public testing::Test {
 protected:
  ManifestFiles()
      : directory_(absl::StrCat(testing::TempDir(), "/",
                                testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directory(directory_);
  }

  std::string Path(const std::string& name) { return absl::StrCat(directory_, "/", name); }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(Path(name)) << text;
  }
  absl::StatusOr<ClusterObjects> Load() {
    CS_ASSIGN_OR_RETURN(const std::vector<FileMark> files, ListManifests(directory_));
    return LoadManifests(directory_, files, /*resources=*/{});
  }

  const std::string directory_;
};

TEST_F(ManifestFiles, AreListedByName) {
  for (const char* name : {"b.yml", "a.json", "c.yaml", ".d.yaml", "e.txt", "README"}) {
    Write(name, "");
  }
  std::filesystem::create_directory(Path("f"));
  Write("f/g.yaml", "");
  const auto files = ListManifests(directory_);
  ASSERT_THAT(files, IsOk());
  EXPECT_THAT(*files, ElementsAre(Field(&FileMark::name, "a.json"), Field(&FileMark::name, "b.yml"),
                                  Field(&FileMark::name, "c.yaml")));
}

TEST_F(ManifestFiles, AMarkChangesWithItsFile) {
  Write("a.yaml", kSecret);
  const auto before = ListManifests(directory_);
  EXPECT_EQ(*before, *ListManifests(directory_));
  Write("a.yaml", "# another\n");
  EXPECT_NE(*before, *ListManifests(directory_));
}

TEST_F(ManifestFiles, LinksAreFollowed) {
  // How a ConfigMap is mounted.
  std::filesystem::create_directory(Path("..1"));
  Write("..1/a.yaml", kSecret);
  std::filesystem::create_symlink("..1", Path("..data"));
  std::filesystem::create_symlink("..data/a.yaml", Path("a.yaml"));
  const auto objects = Load();
  ASSERT_THAT(objects, IsOk());
  EXPECT_THAT(objects->secrets, SizeIs(1));
}

TEST_F(ManifestFiles, WhatIsNoFileIsRefused) {
  std::filesystem::create_symlink("nowhere", Path("dangling.yaml"));
  EXPECT_THAT(ListManifests(directory_), StatusIs(kInvalid, HasSubstr("dangling.yaml: ")));
  std::filesystem::remove(Path("dangling.yaml"));
  std::filesystem::create_directory(Path("directory.yaml"));
  EXPECT_THAT(ListManifests(directory_),
              StatusIs(kInvalid, "directory.yaml: is not a regular file"));
  std::filesystem::remove(Path("directory.yaml"));
  ASSERT_EQ(mkfifo(Path("pipe.yaml").c_str(), 0600), 0);
  EXPECT_THAT(ListManifests(directory_), StatusIs(kInvalid, "pipe.yaml: is not a regular file"));
}

TEST_F(ManifestFiles, TheirNumberIsBounded) {
  for (size_t i = 0; i <= kMaxManifestFiles; ++i) Write(absl::StrCat(i, ".yaml"), "");
  EXPECT_THAT(ListManifests(directory_), StatusIs(kInvalid, HasSubstr("more than 1000 files")));
}

TEST_F(ManifestFiles, TheirSizeIsBounded) {
  Write("a.yaml", "");
  std::filesystem::resize_file(Path("a.yaml"), kMaxManifestBytes);
  EXPECT_THAT(ListManifests(directory_), IsOk());
  Write("b.yaml", "#");
  EXPECT_THAT(ListManifests(directory_), StatusIs(kInvalid, StartsWith("b.yaml: ")));
}

TEST_F(ManifestFiles, OneFileIsBounded) {
  Write("a.yaml", "");
  std::filesystem::resize_file(Path("a.yaml"), (4 << 20) + 1);
  EXPECT_THAT(Load(), StatusIs(kInvalid, HasSubstr("a.yaml: is larger than")));
}

TEST_F(ManifestFiles, OfAFileTheDirectoryIsWanted) {
  Write("a.yaml", "");
  EXPECT_THAT(ListManifests(Path("a.yaml")),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("a.yaml: is no directory: name the one that holds the files")));
}

TEST_F(ManifestFiles, AMissingDirectoryIsNotFound) {
  EXPECT_THAT(ListManifests(Path("nowhere")), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ManifestFiles, ObjectsOfAllFilesAreOneSet) {
  Write("a.yaml", kSecret);
  Write("b.yaml", absl::StrCat("---\n", kSecret));
  EXPECT_THAT(Load(),
              StatusIs(kInvalid, "b.yaml:2: Secret default/a is defined already, in a.yaml:1"));
}

TEST_F(ManifestFiles, AFileThatWentAwayIsAnError) {
  Write("a.yaml", kSecret);
  const auto files = ListManifests(directory_);
  std::filesystem::remove(Path("a.yaml"));
  EXPECT_THAT(LoadManifests(directory_, *files, /*resources=*/{}),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace countersign::kube
