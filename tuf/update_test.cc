// Whole updates from repositories in memory: what a client asks for, and what it keeps.

#include "tuf/update.h"

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "crypto/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tuf/test_repository.h"
#include "tuf/update_fixture.h"

namespace countersign::tuf {
namespace {

using base::Json;
using crypto::TestKeyType;
using ::testing::ElementsAre;

// Infinitely early if it did not end with a target.
absl::Time ExpiryOf(const UpdateRun& run) {
  const auto* const done = std::get_if<Done>(&run.end);
  return done == nullptr ? absl::InfinitePast() : done->expires;
}

// ---- the way through

TEST(Update, AsksForEachFileOnceAndKeepsThem) {
  const TestRepository repository;
  TrustedState state = repository.StateWithRoot();
  const UpdateRun run = RunFrom(repository, state);
  EXPECT_THAT(run, IsDoneWith(repository.target));
  EXPECT_THAT(run.wanted, ElementsAre("2.root.json", "timestamp.json", "1.snapshot.json",
                                      "1.targets.json", PathOf(repository.target)));
  EXPECT_TRUE(IsSame(state, repository.UpToDate()));
}

TEST(Update, AsksLittleWhenNothingIsNew) {
  const TestRepository repository;
  TrustedState state = repository.UpToDate();
  const UpdateRun run = RunFrom(repository, state);
  EXPECT_THAT(run, IsDoneWith(repository.target));
  EXPECT_THAT(run.wanted, ElementsAre("2.root.json", "timestamp.json"));
  EXPECT_TRUE(IsSame(state, repository.UpToDate()));
}

TEST(Update, AsksForWhatIsNew) {
  TestRepository repository;
  TrustedState state = repository.UpToDate();
  repository.PublishTimestamp();
  EXPECT_THAT(RunFrom(repository, state).wanted, ElementsAre("2.root.json", "timestamp.json"));

  repository.PublishSnapshot();
  repository.PublishTimestamp();
  EXPECT_THAT(RunFrom(repository, state).wanted,
              ElementsAre("2.root.json", "timestamp.json", "2.snapshot.json"));

  repository.target = "newer";
  repository.PublishAll();
  const UpdateRun run = RunFrom(repository, state);
  EXPECT_THAT(run, IsDoneWith("newer"));
  EXPECT_THAT(run.wanted, ElementsAre("2.root.json", "timestamp.json", "3.snapshot.json",
                                      "2.targets.json", PathOf("newer")));
}

TEST(Update, WithoutConsistentSnapshotsAsksForPlainNames) {
  TestRepository repository;
  repository.consistent_snapshot = false;
  repository.PublishRoot();
  repository.PublishAll();
  TrustedState state = repository.StateWithRoot();
  const UpdateRun run = RunFrom(repository, state);
  EXPECT_THAT(run, IsDoneWith(repository.target));
  EXPECT_THAT(run.wanted,
              ElementsAre("2.root.json", "3.root.json", "timestamp.json", "snapshot.json",
                          "targets.json", "targets/trusted_root.json"));
}

TEST(Update, TakesFilesWithoutLengthsAndHashes) {
  TestRepository repository;
  repository.names_lengths_and_hashes = false;
  repository.PublishAll();
  EXPECT_THAT(RunAnew(repository), IsDoneWith(repository.target));
}

TEST(Update, TakesKeysOfEveryKind) {
  TestRepository repository;
  repository.root = {{TestSigner(TestKeyType::kEd25519), TestSigner(TestKeyType::kRsa2048)}, 2};
  repository.timestamp = {{TestSigner(TestKeyType::kEd25519)}, 1};
  repository.snapshot = {{TestSigner(TestKeyType::kRsa3072)}, 1};
  repository.PublishRoot();
  repository.PublishAll();
  EXPECT_THAT(RunAnew(repository), IsDoneWith(repository.target));
}

TEST(Update, AsksForATargetInAFolderAndElsewhere) {
  TestRepository repository;
  repository.edit_targets = [](Json& contents) {
    contents["targets"]["a/b/root.json"] = contents["targets"]["trusted_root.json"];
  };
  repository.PublishAll();
  const std::string path =
      absl::StrCat("there/a/b/", crypto::Sha256Hex(repository.target), ".root.json");
  repository.files[path] = repository.target;
  TrustedState state = repository.StateWithRoot();
  const UpdateRun run = RunUpdate(repository.files, state, repository.now,
                                  {.target = "a/b/root.json", .targets_folder = "there"});
  EXPECT_THAT(run, IsDoneWith(repository.target));
  EXPECT_EQ(run.wanted.back(), path);
}

TEST(Update, SaysHowLargeFilesMayBe) {
  TestRepository repository;
  const TrustedState state = repository.StateWithRoot();
  Update update(&state, repository.now);
  std::vector<size_t> sizes;
  Step step = update.Begin();
  while (const auto* wanted = std::get_if<Wanted>(&step.next)) {
    sizes.push_back(wanted->max_bytes);
    const auto file = repository.files.find(wanted->path);
    step = file == repository.files.end() ? update.TakeNone() : update.Take(file->second);
  }
  EXPECT_THAT(sizes,
              ElementsAre(512'000u, 16'384u, repository.files.at("1.snapshot.json").size(),
                          repository.files.at("1.targets.json").size(), repository.target.size()));
}

// For a mirror whose answer to that can be read in more than one way.
TEST(Update, SaysThatOnlyTheNextRootMayBeAbsent) {
  const TestRepository repository;
  const TrustedState state = repository.StateWithRoot();
  Update update(&state, repository.now);
  std::vector<std::string> may_be_absent;
  Step step = update.Begin();
  while (const auto* wanted = std::get_if<Wanted>(&step.next)) {
    if (wanted->may_be_absent) may_be_absent.push_back(wanted->path);
    const auto file = repository.files.find(wanted->path);
    step = file == repository.files.end() ? update.TakeNone() : update.Take(file->second);
  }
  EXPECT_THAT(may_be_absent, ElementsAre("2.root.json"));
}

TEST(Update, SaysWhenTheFirstOfWhatVouchesForTheTargetExpires) {
  const absl::Time tomorrow = TestNow() + kDay;
  const auto expires_tomorrow = [](Json& contents) {
    contents["expires"] = "2026-03-02T00:00:00Z";
  };
  for (TestRepository::Edit TestRepository::*const edit :
       {&TestRepository::edit_root, &TestRepository::edit_timestamp, &TestRepository::edit_snapshot,
        &TestRepository::edit_targets}) {
    TestRepository repository;
    EXPECT_EQ(ExpiryOf(RunAnew(repository)), TestNow() + 7 * kDay);
    repository.*edit = expires_tomorrow;
    repository.PublishRoot();
    repository.PublishAll();
    EXPECT_EQ(ExpiryOf(RunAnew(repository)), tomorrow);
    // Also where all of it is kept already.
    TrustedState state = repository.UpToDate();
    EXPECT_EQ(ExpiryOf(RunFrom(repository, state)), tomorrow);
  }
}

// ---- what is kept

TEST(Update, GoesOnWhereOneWasInterrupted) {
  TestRepository repository;
  repository.PublishRoot();
  // How many files are there before the mirror breaks off: each time the next update goes on there.
  TrustedState state = repository.StateWithRoot();
  std::map<std::string, std::string> files;
  for (const std::string& path : {std::string("2.root.json"), std::string("timestamp.json"),
                                  std::string("1.snapshot.json"), std::string("1.targets.json")}) {
    files[path] = repository.files.at(path);
    EXPECT_THAT(RunUpdate(files, state), FailedFor(Reason::kMissing, ": there is none"));
  }
  EXPECT_EQ(state.targets, repository.files.at("1.targets.json"));
  const UpdateRun run = RunFrom(repository, state);
  EXPECT_THAT(run, IsDoneWith(repository.target));
  EXPECT_THAT(run.wanted, ElementsAre("3.root.json", "timestamp.json", PathOf(repository.target)));
}

TEST(Update, CountsStoredFilesThatCannotBeTrustedAsNone) {
  const TestRepository repository, another;
  for (const bool of_others : {false, true}) {
    TrustedState state = repository.UpToDate();
    const TrustedState foreign = another.UpToDate();
    state.timestamp = of_others ? foreign.timestamp : "{";
    state.snapshot = of_others ? foreign.snapshot : "{";
    state.targets = of_others ? foreign.targets : "{";
    state.target = "{";
    const UpdateRun run = RunFrom(repository, state);
    EXPECT_THAT(run, IsDoneWith(repository.target));
    EXPECT_EQ(run.wanted.size(), 5u);
    EXPECT_TRUE(IsSame(state, repository.UpToDate()));
  }
}

// Somebody with the keys of the role made versions up, so that no honest one would be newer.
TEST(Update, RecoversFromVersionsThatWereMadeUpWhenKeysChange) {
  for (const bool is_timestamp : {true, false}) {
    TestRepository repository;
    TrustedState state;
    {
      TestRepository forged = repository;
      if (is_timestamp) {
        forged.edit_timestamp = [](Json& contents) { contents["version"] = 1'000'000; };
      } else {
        forged.edit_snapshot = [](Json& contents) {
          contents["meta"]["made_up.json"] = {{"version", 1'000'000}};
        };
        forged.PublishSnapshot();
      }
      forged.PublishTimestamp();
      state = forged.UpToDate();
    }
    repository.PublishAll();
    repository.PublishAll();
    EXPECT_EQ(RunFrom(repository, state).reason(), Reason::kRollback);

    // A root that changes nothing does not help.
    repository.PublishRoot();
    EXPECT_EQ(RunFrom(repository, state).reason(), Reason::kRollback);

    TestRole& role = is_timestamp ? repository.timestamp : repository.snapshot;
    // The old key may still sign, as it may when it was only added to.
    role.signers.push_back(TestSigner());
    repository.PublishRoot();
    repository.PublishAll();
    EXPECT_THAT(RunFrom(repository, state), IsDoneWith(repository.target));
    EXPECT_TRUE(IsSame(state, repository.UpToDate()));
  }
}

TEST(Update, KeepsTheRootItBeganWithOnceATimestampFits) {
  TestRepository repository;
  const TrustedState state = repository.StateWithRoot();
  Update update(&state, repository.now);
  EXPECT_TRUE(update.Begin().changes.empty());
  EXPECT_TRUE(update.TakeNone().changes.empty());
  const Step step = update.Take(repository.files["timestamp.json"]);
  ASSERT_EQ(step.changes.size(), 2u);
  EXPECT_EQ(step.changes[0].file, StateFile::kRoot);
  EXPECT_EQ(step.changes[0].bytes, repository.RootFile(1));
  EXPECT_EQ(step.changes[1].file, StateFile::kTimestamp);
}

TEST(Update, RemovesStoredFilesBeforeItKeepsARootWithOtherKeys) {
  TestRepository repository;
  TrustedState state = repository.UpToDate();
  repository.timestamp.signers = {TestSigner()};
  repository.PublishRoot();
  Update update(&state, repository.now);
  ASSERT_TRUE(std::holds_alternative<Wanted>(update.Begin().next));
  const Step step = update.Take(repository.RootFile(2));
  ASSERT_EQ(step.changes.size(), 3u);
  EXPECT_EQ(step.changes[0].file, StateFile::kTimestamp);
  EXPECT_EQ(step.changes[0].bytes, "");
  EXPECT_EQ(step.changes[1].file, StateFile::kSnapshot);
  EXPECT_EQ(step.changes[1].bytes, "");
  EXPECT_EQ(step.changes[2].file, StateFile::kRoot);
  EXPECT_EQ(step.changes[2].bytes, repository.RootFile(2));
}

// ---- callers

TEST(Update, FailsWhenItIsNotCalledInOrder) {
  const TestRepository repository;
  const auto is_misuse = [](const Step& step) {
    const auto* const failure = std::get_if<Failure>(&step.next);
    return failure != nullptr && failure->reason == Reason::kUnspecified && step.changes.empty();
  };
  const TrustedState state = repository.StateWithRoot(), up_to_date = repository.UpToDate();
  Update not_begun(&state, repository.now);
  EXPECT_TRUE(is_misuse(not_begun.Take("")));
  EXPECT_TRUE(is_misuse(Update(&state, repository.now).TakeNone()));

  Update twice(&state, repository.now);
  twice.Begin();
  EXPECT_TRUE(is_misuse(twice.Begin()));

  Update ended(&up_to_date, repository.now);
  ended.Begin();
  ended.TakeNone();
  EXPECT_TRUE(std::holds_alternative<Done>(ended.Take(repository.UpToDate().timestamp).next));
  EXPECT_TRUE(is_misuse(ended.Take("")));
  EXPECT_TRUE(is_misuse(ended.TakeNone()));
}

}  // namespace
}  // namespace countersign::tuf
