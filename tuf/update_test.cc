// Whole updates from repositories in memory: what a client asks for, and what it does not accept.

#include "tuf/update.h"

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tuf/test_repository.h"

namespace countersign::tuf {
namespace {

using base::Json;
using crypto::TestKeyType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr absl::Duration kDay = absl::Hours(24);

// The path of a target in a repository with consistent snapshots.
std::string PathOf(std::string_view target) {
  return absl::StrCat("targets/", crypto::Sha256Hex(target), ".trusted_root.json");
}

MATCHER_P(IsDoneWith, target, "ended with the target") {
  *result_listener << "which ended with: " << arg.sentence();
  const auto* const done = std::get_if<Done>(&arg.end);
  return done != nullptr && done->target == target;
}

MATCHER_P2(FailedFor, reason, sentence, "failed for that reason") {
  *result_listener << "which ended with " << static_cast<int>(arg.reason()) << ": "
                   << arg.sentence();
  return std::holds_alternative<Failure>(arg.end) && arg.reason() == reason &&
         testing::ExplainMatchResult(HasSubstr(sentence), arg.sentence(), result_listener);
}

UpdateRun RunFrom(const TestRepository& repository, TrustedState& state) {
  return RunUpdate(repository.files, state, repository.now);
}

UpdateRun RunAnew(const TestRepository& repository) {
  TrustedState state = repository.StateWithRoot();
  return RunFrom(repository, state);
}

void PublishAll(TestRepository& repository) {
  repository.PublishTargets();
  repository.PublishSnapshot();
  repository.PublishTimestamp();
}

bool IsSame(const TrustedState& a, const TrustedState& b) {
  return a.root == b.root && a.timestamp == b.timestamp && a.snapshot == b.snapshot &&
         a.targets == b.targets && a.target == b.target;
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
  PublishAll(repository);
  const UpdateRun run = RunFrom(repository, state);
  EXPECT_THAT(run, IsDoneWith("newer"));
  EXPECT_THAT(run.wanted, ElementsAre("2.root.json", "timestamp.json", "3.snapshot.json",
                                      "2.targets.json", PathOf("newer")));
}

TEST(Update, WithoutConsistentSnapshotsAsksForPlainNames) {
  TestRepository repository;
  repository.consistent_snapshot = false;
  repository.PublishRoot();
  PublishAll(repository);
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
  PublishAll(repository);
  EXPECT_THAT(RunAnew(repository), IsDoneWith(repository.target));
}

TEST(Update, TakesKeysOfEveryKind) {
  TestRepository repository;
  repository.root = {{TestSigner(TestKeyType::kEd25519), TestSigner(TestKeyType::kRsa2048)}, 2};
  repository.timestamp = {{TestSigner(TestKeyType::kEd25519)}, 1};
  repository.snapshot = {{TestSigner(TestKeyType::kRsa3072)}, 1};
  repository.PublishRoot();
  PublishAll(repository);
  EXPECT_THAT(RunAnew(repository), IsDoneWith(repository.target));
}

TEST(Update, AsksForATargetInAFolderAndElsewhere) {
  TestRepository repository;
  repository.edit_targets = [](Json& contents) {
    contents["targets"]["a/b/root.json"] = contents["targets"]["trusted_root.json"];
  };
  PublishAll(repository);
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
  Update update(repository.StateWithRoot(), repository.now);
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

// ---- roots

TEST(Update, WalksAlongAllRoots) {
  TestRepository repository;
  for (int i = 0; i < 3; ++i) {
    repository.root.signers.erase(repository.root.signers.begin());
    repository.root.signers.push_back(TestSigner());
    repository.PublishRoot();
  }
  TrustedState state = repository.StateWithRoot();
  const UpdateRun run = RunFrom(repository, state);
  EXPECT_THAT(run, IsDoneWith(repository.target));
  EXPECT_EQ(run.wanted[3], "5.root.json");
  EXPECT_EQ(state.root, repository.RootFile(4));
}

TEST(Update, RefusesARootThatTheOneBeforeDidNotSign) {
  TestRepository repository;
  const TestSigners before = repository.root.signers;
  repository.root.signers = {TestSigner(), TestSigner(), TestSigner()};
  repository.PublishRoot();
  Json file = Json::parse(repository.RootFile(2));
  repository.files["2.root.json"] = SignMetadata(file["signed"], repository.root.signers);
  EXPECT_THAT(RunAnew(repository), FailedFor(Reason::kTooFewSignatures,
                                             "2.root.json: by the root before it, it is signed by "
                                             "0 of the keys that may sign it, and 2 must have"));

  TestSigners one_of_two = repository.root.signers;
  one_of_two.push_back(before[0]);
  repository.files["2.root.json"] = SignMetadata(file["signed"], one_of_two);
  EXPECT_THAT(RunAnew(repository),
              FailedFor(Reason::kTooFewSignatures, "by the root before it, it is signed by 1 of"));

  one_of_two.push_back(before[1]);
  repository.files["2.root.json"] = SignMetadata(file["signed"], one_of_two);
  EXPECT_THAT(RunAnew(repository), IsDoneWith(repository.target));
}

TEST(Update, RefusesARootThatItsOwnKeysDidNotSign) {
  TestRepository repository;
  const TestSigners before = repository.root.signers;
  repository.root.signers = {TestSigner(), TestSigner(), TestSigner()};
  repository.PublishRoot();
  const Json contents = Json::parse(repository.RootFile(2))["signed"];
  TestSigners signers = before;
  signers.push_back(repository.root.signers[0]);
  repository.files["2.root.json"] = SignMetadata(contents, signers);
  TrustedState state = repository.StateWithRoot();
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kTooFewSignatures, "2.root.json: it is signed by 1 of"));
  EXPECT_TRUE(IsSame(state, repository.StateWithRoot()));
}

TEST(Update, RefusesARootOfAnotherVersion) {
  for (const int version : {1, 3}) {
    TestRepository repository;
    repository.edit_root = [version](Json& contents) { contents["version"] = version; };
    repository.PublishRoot();
    EXPECT_THAT(RunAnew(repository),
                FailedFor(Reason::kWrongVersion,
                          absl::StrCat("2.root.json: it is version ", version, ", not 2")));
  }
}

TEST(Update, GoesThroughRootsThatHaveExpired) {
  TestRepository repository;
  repository.now = TestNow() + 400 * kDay;
  repository.PublishRoot();
  PublishAll(repository);
  TrustedState state = repository.StateWithRoot();
  EXPECT_THAT(RunFrom(repository, state), IsDoneWith(repository.target));
  EXPECT_EQ(state.root, repository.RootFile(2));
}

TEST(Update, RefusesALastRootThatHasExpired) {
  TestRepository repository;
  repository.PublishRoot();
  repository.now = TestNow() + 365 * kDay;
  PublishAll(repository);
  TrustedState state = repository.StateWithRoot();
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kExpired, "2.root.json: it expired at 2027-03-01T00:00:00+00:00"));
  // What was verified stays.
  EXPECT_TRUE(IsSame(state, repository.StateWithRoot(2)));
}

TEST(Update, BeginsWithARootThatIsWhole) {
  const TestRepository repository;
  TrustedState state = {.root = ""};
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kMalformed, "the trusted root.json: it cannot be read"));
  Json file = Json::parse(repository.RootFile(1));
  file["signed"]["version"] = 7;
  state.root = file.dump();
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kTooFewSignatures, "the trusted root.json: it is signed by 0 of"));
}

TEST(Update, TakesSoManyRootsAtOnceAndTheRestLater) {
  TestRepository repository;
  for (int i = 0; i < kMaxRootSteps; ++i) repository.PublishRoot();
  TrustedState state = repository.StateWithRoot();
  EXPECT_THAT(RunFrom(repository, state), FailedFor(Reason::kLimit,
                                                    "257.root.json: it is the last of "
                                                    "256 that one update takes"));
  EXPECT_EQ(state.root, repository.RootFile(257));
  EXPECT_THAT(RunFrom(repository, state), IsDoneWith(repository.target));
}

// ---- timestamps

TEST(Update, RefusesATimestampOfOtherKeys) {
  TestRepository repository;
  repository.timestamp.signers = {TestSigner()};
  repository.PublishTimestamp();
  EXPECT_THAT(RunAnew(repository),
              FailedFor(Reason::kTooFewSignatures, "timestamp.json: it is signed by 0 of"));
}

TEST(Update, RefusesATimestampThatGoesBack) {
  TestRepository repository;
  const std::string first = repository.files["timestamp.json"];
  repository.PublishTimestamp();
  TrustedState state = repository.UpToDate();
  repository.files["timestamp.json"] = first;
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kRollback, "timestamp.json: it goes back from version 2 to 1"));
  EXPECT_TRUE(IsSame(state, repository.UpToDate()));
}

TEST(Update, RefusesATimestampWhoseSnapshotGoesBack) {
  TestRepository repository;
  repository.PublishSnapshot();
  repository.PublishTimestamp();
  TrustedState state = repository.UpToDate();
  const TrustedState before = state;
  repository.edit_timestamp = [](Json& contents) {
    contents["meta"]["snapshot.json"] = {{"version", 1}};
  };
  repository.PublishTimestamp();
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kRollback,
                        "timestamp.json: it goes back from version 2 of the snapshot to 1"));
  // Nor is it remembered.
  EXPECT_TRUE(IsSame(state, before));
}

TEST(Update, KeepsTheTimestampItHasOfTheSameVersion) {
  TestRepository repository;
  TrustedState state = repository.UpToDate();
  const TrustedState before = state;
  Json contents = Json::parse(state.timestamp)["signed"];
  contents["meta"]["snapshot.json"]["version"] = 99;
  repository.files["timestamp.json"] = SignMetadata(contents, repository.timestamp.signers);
  EXPECT_THAT(RunFrom(repository, state), IsDoneWith(repository.target));
  EXPECT_TRUE(IsSame(state, before));
}

TEST(Update, RefusesATimestampThatHasExpired) {
  TestRepository repository;
  TrustedState fresh = repository.StateWithRoot();
  repository.now = TestNow() + 7 * kDay;
  EXPECT_THAT(RunFrom(repository, fresh),
              FailedFor(Reason::kExpired, "timestamp.json: it expired at 2026-03-08T00:00:00"));
  EXPECT_EQ(fresh.timestamp, "");
  // One that is kept too: that somebody holds back what is newer must be seen.
  TrustedState state = repository.UpToDate();
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kExpired, "timestamp.json: it expired"));

  repository.now = TestNow() + 7 * kDay - absl::Seconds(1);
  EXPECT_THAT(RunFrom(repository, state), IsDoneWith(repository.target));
}

TEST(Update, FailsWithoutTimestamp) {
  TestRepository repository;
  repository.files.erase("timestamp.json");
  EXPECT_THAT(RunAnew(repository), FailedFor(Reason::kMissing, "timestamp.json: there is none"));
}

TEST(Update, RefusesFilesThatAreTooLarge) {
  for (const auto& [path, size] : std::map<std::string, size_t>{
           {"timestamp.json", kMaxTimestampBytes}, {"2.root.json", kMaxRootBytes}}) {
    TestRepository repository;
    repository.PublishRoot();
    std::string& file = repository.files[path];
    file.append(size - file.size(), ' ');
    EXPECT_THAT(RunAnew(repository), IsDoneWith(repository.target)) << path;
    file += ' ';
    EXPECT_THAT(RunAnew(repository),
                FailedFor(Reason::kLimit, absl::StrCat(path, ": it has more than ", size)));
  }
}

// ---- snapshots

TEST(Update, RefusesASnapshotOfOtherKeys) {
  TestRepository repository;
  repository.snapshot.signers = {TestSigner()};
  repository.PublishSnapshot();
  repository.PublishTimestamp();
  EXPECT_THAT(RunAnew(repository),
              FailedFor(Reason::kTooFewSignatures, "2.snapshot.json: it is signed by 0 of"));
}

TEST(Update, RefusesASnapshotOfOtherBytesThanTheTimestampSays) {
  TestRepository repository;
  Json contents = Json::parse(repository.files["1.snapshot.json"])["signed"];
  contents["x-more"] = 1;
  // Signed well, but not what the timestamp is about.
  repository.files["1.snapshot.json"] = SignMetadata(contents, repository.snapshot.signers);
  EXPECT_THAT(RunAnew(repository), FailedFor(Reason::kLimit, "1.snapshot.json: it has more than"));

  std::string& file = repository.files["1.snapshot.json"];
  file = repository.UpToDate().snapshot;
  file[0] = ' ';
  EXPECT_THAT(RunAnew(repository),
              FailedFor(Reason::kOtherBytes, "1.snapshot.json: it has another hash"));
  file.pop_back();
  EXPECT_THAT(RunAnew(repository), FailedFor(Reason::kOtherBytes, "1.snapshot.json: it has "));
}

TEST(Update, HoldsFilesToEachHash) {
  for (const std::string hash : {"sha256", "sha512"}) {
    TestRepository repository;
    repository.edit_timestamp = [&](Json& contents) {
      std::string text = contents["meta"]["snapshot.json"]["hashes"][hash].get<std::string>();
      text[0] = text[0] == '0' ? '1' : '0';
      contents["meta"]["snapshot.json"]["hashes"][hash] = text;
    };
    repository.PublishTimestamp();
    EXPECT_THAT(RunAnew(repository), FailedFor(Reason::kOtherBytes, "it has another hash"));
  }
}

TEST(Update, RefusesASnapshotOfAnotherVersionThanTheTimestampSays) {
  TestRepository repository;
  repository.edit_snapshot = [](Json& contents) { contents["version"] = 3; };
  repository.PublishSnapshot();
  repository.PublishTimestamp();
  EXPECT_THAT(RunAnew(repository),
              FailedFor(Reason::kWrongVersion, "2.snapshot.json: it is version 3, not 2"));
}

TEST(Update, RefusesASnapshotThatGoesBack) {
  TestRepository repository;
  const auto name_files = [&](const Json& others, int targets_version) {
    repository.edit_snapshot = [=](Json& contents) {
      contents["meta"].update(others);
      contents["meta"]["targets.json"] = {{"version", targets_version}};
    };
    repository.PublishSnapshot();
    repository.PublishTimestamp();
  };
  repository.PublishTargets();
  name_files({{"other.json", {{"version", 5}}}}, 2);
  const TrustedState before = repository.UpToDate();

  TrustedState state = before;
  name_files({{"other.json", {{"version", 5}}}}, 1);
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kRollback,
                        "3.snapshot.json: it goes back from version 2 of "
                        "\"targets.json\" to 1"));
  EXPECT_EQ(state.snapshot, before.snapshot);

  state = before;
  name_files({{"other.json", {{"version", 4}}}}, 2);
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kRollback, "it goes back from version 5 of \"other.json\" to 4"));

  state = before;
  name_files(Json::object(), 2);
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kRollback, "it does not name \"other.json\" any more"));

  state = before;
  name_files({{"other.json", {{"version", 6}}}, {"new.json", {{"version", 1}}}}, 2);
  EXPECT_THAT(RunFrom(repository, state), IsDoneWith(repository.target));
}

TEST(Update, RefusesASnapshotThatHasExpired) {
  TestRepository repository;
  repository.now = TestNow() + 7 * kDay;
  repository.PublishTimestamp();
  const auto fails = FailedFor(Reason::kExpired, "1.snapshot.json: it expired at 2026-03-08");
  EXPECT_THAT(RunAnew(repository), fails);
  TrustedState state = repository.UpToDate();
  EXPECT_THAT(RunFrom(repository, state), fails);
}

TEST(Update, FailsWithoutSnapshot) {
  TestRepository repository;
  repository.files.erase("1.snapshot.json");
  EXPECT_THAT(RunAnew(repository), FailedFor(Reason::kMissing, "1.snapshot.json: there is none"));
}

TEST(Update, DoesNotAskForMoreThanItTakes) {
  TestRepository repository;
  repository.edit_timestamp = [](Json& contents) {
    contents["meta"]["snapshot.json"]["length"] = kMaxSnapshotBytes + 1;
  };
  repository.PublishTimestamp();
  const UpdateRun snapshot = RunAnew(repository);
  EXPECT_THAT(snapshot, FailedFor(Reason::kLimit, "1.snapshot.json: it has more than 2000000"));
  EXPECT_EQ(snapshot.wanted.back(), "timestamp.json");

  repository.edit_timestamp = nullptr;
  repository.edit_snapshot = [](Json& contents) {
    contents["meta"]["targets.json"]["length"] = kMaxTargetsBytes + 1;
  };
  repository.PublishSnapshot();
  repository.PublishTimestamp();
  EXPECT_THAT(RunAnew(repository),
              FailedFor(Reason::kLimit, "1.targets.json: it has more than 5000000"));

  repository.edit_snapshot = nullptr;
  repository.edit_targets = [](Json& contents) {
    contents["targets"]["trusted_root.json"]["length"] = kMaxTargetBytes + 1;
  };
  PublishAll(repository);
  EXPECT_THAT(RunAnew(repository),
              FailedFor(Reason::kLimit, "trusted_root.json: it has more than 4194304"));
}

// ---- targets

TEST(Update, RefusesTargetsThatTooFewSigned) {
  TestRepository repository;
  repository.targets.signers.resize(1, TestSigner());
  PublishAll(repository);
  EXPECT_THAT(RunAnew(repository), FailedFor(Reason::kTooFewSignatures,
                                             "2.targets.json: it is signed by 1 of the keys "
                                             "that may sign it, and 2 must have"));
}

TEST(Update, RefusesTargetsOfOtherBytesThanTheSnapshotSays) {
  TestRepository repository;
  repository.files["1.targets.json"][0] = ' ';
  EXPECT_THAT(RunAnew(repository),
              FailedFor(Reason::kOtherBytes, "1.targets.json: it has another hash"));
}

TEST(Update, RefusesTargetsOfAnotherVersionThanTheSnapshotSays) {
  TestRepository repository;
  repository.edit_targets = [](Json& contents) { contents["version"] = 1; };
  PublishAll(repository);
  EXPECT_THAT(RunAnew(repository),
              FailedFor(Reason::kWrongVersion, "2.targets.json: it is version 1, not 2"));
}

TEST(Update, RefusesTargetsThatHaveExpired) {
  TestRepository repository;
  repository.now = TestNow() + 7 * kDay;
  repository.PublishSnapshot();
  repository.PublishTimestamp();
  EXPECT_THAT(RunAnew(repository),
              FailedFor(Reason::kExpired, "1.targets.json: it expired at 2026-03-08"));
}

TEST(Update, FailsWithoutTargets) {
  TestRepository repository;
  repository.files.erase("1.targets.json");
  EXPECT_THAT(RunAnew(repository), FailedFor(Reason::kMissing, "1.targets.json: there is none"));
}

// ---- the target

TEST(Update, RefusesATargetOfOtherBytes) {
  TestRepository repository;
  std::string& file = repository.files[PathOf(repository.target)];
  TrustedState state = repository.StateWithRoot();
  state.target = "the last good one";
  file[0] = '[';
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kOtherBytes, ".trusted_root.json: it has another hash"));
  file.pop_back();
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kOtherBytes, ".trusted_root.json: it has"));
  file += "  ";
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kLimit, ".trusted_root.json: it has more than"));
  EXPECT_EQ(state.target, "the last good one");
}

TEST(Update, FailsWithoutTheTarget) {
  TestRepository repository;
  repository.files.erase(PathOf(repository.target));
  EXPECT_THAT(RunAnew(repository), FailedFor(Reason::kMissing, "trusted_root.json: there is none"));
}

TEST(Update, FollowsNoDelegations) {
  TestRepository repository;
  repository.edit_targets = [](Json& contents) { contents["targets"].erase("trusted_root.json"); };
  PublishAll(repository);
  EXPECT_THAT(RunAnew(repository),
              FailedFor(Reason::kNoTarget, "targets.json: it does not name the target"));
  repository.edit_targets = [](Json& contents) {
    contents["targets"].erase("trusted_root.json");
    contents["delegations"] = {{"keys", Json::object()}, {"roles", Json::array()}};
  };
  PublishAll(repository);
  const UpdateRun run = RunAnew(repository);
  EXPECT_THAT(run, FailedFor(Reason::kNoTarget, "delegations are not followed"));
  EXPECT_EQ(run.wanted.back(), "3.targets.json");
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
    PublishAll(repository);
    PublishAll(repository);
    EXPECT_EQ(RunFrom(repository, state).reason(), Reason::kRollback);

    // A root that changes nothing does not help.
    repository.PublishRoot();
    EXPECT_EQ(RunFrom(repository, state).reason(), Reason::kRollback);

    TestRole& role = is_timestamp ? repository.timestamp : repository.snapshot;
    // The old key may still sign, as it may when it was only added to.
    role.signers.push_back(TestSigner());
    repository.PublishRoot();
    PublishAll(repository);
    EXPECT_THAT(RunFrom(repository, state), IsDoneWith(repository.target));
    EXPECT_TRUE(IsSame(state, repository.UpToDate()));
  }
}

TEST(Update, KeepsTheRootItBeganWithOnceATimestampFits) {
  TestRepository repository;
  Update update(repository.StateWithRoot(), repository.now);
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
  Update update(state, repository.now);
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
  Update not_begun(repository.StateWithRoot(), repository.now);
  EXPECT_TRUE(is_misuse(not_begun.Take("")));
  EXPECT_TRUE(is_misuse(Update(repository.StateWithRoot(), repository.now).TakeNone()));

  Update twice(repository.StateWithRoot(), repository.now);
  twice.Begin();
  EXPECT_TRUE(is_misuse(twice.Begin()));

  Update ended(repository.UpToDate(), repository.now);
  ended.Begin();
  ended.TakeNone();
  EXPECT_TRUE(std::holds_alternative<Done>(ended.Take(repository.UpToDate().timestamp).next));
  EXPECT_TRUE(is_misuse(ended.Take("")));
  EXPECT_TRUE(is_misuse(ended.TakeNone()));
}

TEST(Update, QuotesNothingUnprintable) {
  TestRepository repository;
  repository.edit_snapshot = [](Json& contents) {
    contents["meta"][std::string("\x1b[31m") + std::string(4000, 'a')] = 7;
  };
  repository.PublishSnapshot();
  repository.PublishTimestamp();
  const UpdateRun run = RunAnew(repository);
  EXPECT_THAT(run, FailedFor(Reason::kMalformed, "2.snapshot.json: it cannot be read: /signed/"));
  EXPECT_EQ(run.sentence().find('\x1b'), std::string::npos);
  EXPECT_LT(run.sentence().size(), 1000u);
}

}  // namespace
}  // namespace countersign::tuf
