#include "tuf/file_update.h"

#include <string>
#include <variant>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tuf/archive.h"
#include "tuf/test_repository.h"

namespace countersign::tuf {
namespace {

using ::testing::HasSubstr;

Files FilesOf(const TestRepository& repository) {
  return {repository.files.begin(), repository.files.end()};
}

Reason ReasonOf(const std::variant<Failure, Done>& end) {
  const auto* const failure = std::get_if<Failure>(&end);
  return failure == nullptr ? Reason::kUnspecified : failure->reason;
}

TEST(FileUpdate, GivesTheTargetAndWhenItExpires) {
  TestRepository repository;
  repository.PublishRoot();
  repository.PublishAll();
  const auto end =
      UpdateFromFiles(FilesOf(repository), repository.RootFile(1), TestNow(), TargetNames());
  const auto* const done = std::get_if<Done>(&end);
  ASSERT_NE(done, nullptr);
  EXPECT_EQ(done->target, repository.target);
  EXPECT_EQ(done->expires, TestNow() + absl::Hours(7 * 24));
}

TEST(FileUpdate, AskedOfNoTimeNothingHasExpired) {
  const TestRepository repository;
  const absl::Time later = TestNow() + absl::Hours(8 * 24);
  const auto at = [&](absl::Time now) {
    return UpdateFromFiles(FilesOf(repository), repository.RootFile(1), now, TargetNames());
  };
  EXPECT_EQ(ReasonOf(at(later)), Reason::kExpired);
  EXPECT_TRUE(std::holds_alternative<Done>(at(absl::InfinitePast())));
}

TEST(FileUpdate, WhatIsNotThereIsSaid) {
  TestRepository repository;
  repository.files.erase("timestamp.json");
  const auto end =
      UpdateFromFiles(FilesOf(repository), repository.RootFile(1), TestNow(), TargetNames());
  ASSERT_EQ(ReasonOf(end), Reason::kMissing);
  EXPECT_THAT(std::get<Failure>(end).sentence, HasSubstr("timestamp.json"));
}

TEST(FileUpdate, TargetsMayLieElsewhere) {
  TestRepository repository;
  Files files;
  for (const auto& [path, bytes] : repository.files) {
    files[path.starts_with("targets/") ? "there" + path.substr(7) : path] = bytes;
  }
  const auto of = [&](const TargetNames& names) {
    return UpdateFromFiles(files, repository.RootFile(1), TestNow(), names);
  };
  EXPECT_TRUE(std::holds_alternative<Done>(of({.targets_folder = "there"})));
  EXPECT_EQ(ReasonOf(of({})), Reason::kMissing);
  EXPECT_EQ(ReasonOf(of({.target = "other.json", .targets_folder = "there"})), Reason::kNoTarget);
}

TEST(FileUpdate, AnotherRootOfTrustIsNotBelieved) {
  const TestRepository repository;
  const TestRepository other;
  EXPECT_EQ(ReasonOf(UpdateFromFiles(FilesOf(repository), other.RootFile(1), TestNow(), {})),
            Reason::kTooFewSignatures);
}

}  // namespace
}  // namespace countersign::tuf
