// Which timestamps, snapshots, targets and target files an update does not take.

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tuf/metadata.h"
#include "tuf/test_repository.h"
#include "tuf/update.h"
#include "tuf/update_fixture.h"

namespace countersign::tuf {
namespace {

using base::Json;

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
  repository.PublishAll();
  EXPECT_THAT(RunAnew(repository),
              FailedFor(Reason::kLimit, "trusted_root.json: it has more than 4194304"));
}

// ---- targets

TEST(Update, RefusesTargetsThatTooFewSigned) {
  TestRepository repository;
  repository.targets.signers.resize(1, TestSigner());
  repository.PublishAll();
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
  repository.PublishAll();
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
  repository.PublishAll();
  EXPECT_THAT(RunAnew(repository),
              FailedFor(Reason::kNoTarget,
                        "targets.json: it does not name the target \"trusted_root.json\""));
  repository.edit_targets = [](Json& contents) {
    contents["targets"].erase("trusted_root.json");
    contents["delegations"] = {{"keys", Json::object()}, {"roles", Json::array()}};
  };
  repository.PublishAll();
  const UpdateRun run = RunAnew(repository);
  EXPECT_THAT(run, FailedFor(Reason::kNoTarget, "delegations are not followed"));
  EXPECT_EQ(run.wanted.back(), "3.targets.json");
}

// ---- sentences

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
