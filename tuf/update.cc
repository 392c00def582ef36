#include "tuf/update.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "tuf/verification.h"

namespace countersign::tuf {
namespace {

constexpr std::string_view kRootName = "root.json";
constexpr std::string_view kTimestampName = "timestamp.json";
constexpr std::string_view kSnapshotName = "snapshot.json";
constexpr std::string_view kTargetsName = "targets.json";

std::string Versioned(int64_t version, std::string_view name) {
  return absl::StrCat(version, ".", name);
}

bool HasOtherKeys(const Root& root, const Root& before) {
  return root.timestamp.key_ids != before.timestamp.key_ids ||
         root.snapshot.key_ids != before.snapshot.key_ids;
}

// Stored metadata, if they can still be trusted as such: as what was true before. Without a budget
// they cannot be, and nothing that would take their place can.
template <typename Kind>
std::optional<Kind> ReadStored(absl::StatusOr<Kind> metadata, const Role& role,
                               SignatureBudget& budget) {
  if (!metadata.ok() || CheckSigned(*metadata, role, budget)) return std::nullopt;
  return *std::move(metadata);
}

// Of metadata that were verified, which live as long as the update, what it asks no more.
template <typename Kind>
Kind Verified(Kind metadata) {
  metadata.signed_bytes = {};
  if constexpr (std::is_same_v<Kind, Snapshot>) metadata.versions.clear();
  return metadata;
}

Failure TooLarge(size_t max_bytes) {
  return {Reason::kLimit, absl::StrCat("it has more than ", max_bytes, " bytes")};
}

}  // namespace

Update::Update(const TrustedState* state, absl::Time now, TargetNames names)
    : state_(state), now_(now), names_(std::move(names)) {}

Step Update::Begin() {
  if (stage_ != Stage::kNotBegun) return FailUnwanted();
  std::variant<Failure, Root> root = VerifyFirstRoot(state_->root, budget_);
  if (auto* failure = std::get_if<Failure>(&root)) {
    return Fail("the trusted root.json", std::move(*failure));
  }
  root_ = Verified(std::get<Root>(std::move(root)));
  return WantRoot({});
}

Step Update::Take(std::string bytes) {
  if (!WantsSomething()) return FailUnwanted();
  if (bytes.size() > wanted_.max_bytes) return FailWanted(TooLarge(wanted_.max_bytes));
  switch (stage_) {
    case Stage::kRoot:
      return TakeRoot(std::move(bytes));
    case Stage::kTimestamp:
      return TakeTimestamp(std::move(bytes));
    case Stage::kSnapshot:
      return TakeSnapshot(std::move(bytes));
    case Stage::kTargets:
      return TakeTargets(std::move(bytes));
    case Stage::kTarget:
      return TakeTarget(std::move(bytes));
    case Stage::kNotBegun:
    case Stage::kEnded:
      break;
  }
  return FailUnwanted();
}

Step Update::TakeNone() {
  if (!WantsSomething()) return FailUnwanted();
  // Only then is the last one known to be the last.
  if (stage_ == Stage::kRoot) return WantTimestamp();
  return FailWanted({Reason::kMissing, "there is none"});
}

Step Update::TakeRoot(std::string bytes) {
  std::variant<Failure, Root> verified = VerifyNextRoot(bytes, root_, budget_);
  if (auto* failure = std::get_if<Failure>(&verified)) return FailWanted(std::move(*failure));
  Root next = Verified(std::get<Root>(std::move(verified)));
  Changes changes;
  if (HasOtherKeys(next, root_)) {
    forgets_ = true;
    changes.push_back({StateFile::kTimestamp, ""});
    changes.push_back({StateFile::kSnapshot, ""});
  }
  changes.push_back({StateFile::kRoot, std::move(bytes)});
  root_ = std::move(next);
  if (++root_steps_ < kMaxRootSteps) return WantRoot(std::move(changes));
  return FailWanted({Reason::kLimit, absl::StrCat("it is the last of ", kMaxRootSteps,
                                                  " that one update takes; another goes on there")},
                    std::move(changes));
}

Step Update::TakeTimestamp(std::string bytes) {
  std::variant<Failure, Timestamp> verified =
      VerifyTimestamp(bytes, root_, timestamp_ ? &*timestamp_ : nullptr, budget_);
  if (auto* failure = std::get_if<Failure>(&verified)) return FailWanted(std::move(*failure));
  Timestamp& next = std::get<Timestamp>(verified);
  const bool is_stored = timestamp_ && timestamp_->version == next.version;
  if (auto failure = CheckNotExpired(is_stored ? *timestamp_ : next, now_)) {
    return FailWanted(*std::move(failure));
  }
  if (is_stored) return WantSnapshot({});
  timestamp_ = Verified(std::move(next));
  Changes changes;
  // The next update must see which keys change after the root by which this was verified.
  if (root_steps_ == 0) changes.push_back({StateFile::kRoot, state_->root});
  changes.push_back({StateFile::kTimestamp, std::move(bytes)});
  return WantSnapshot(std::move(changes));
}

Step Update::TakeSnapshot(std::string bytes) {
  const std::optional<Snapshot> before =
      ReadStored(ParseSnapshot(StoredSnapshot()), root_.snapshot, budget_);
  std::variant<Failure, Snapshot> verified = VerifySnapshot(
      bytes, root_, timestamp_->snapshot, before ? &*before : nullptr, now_, budget_);
  if (auto* failure = std::get_if<Failure>(&verified)) return FailWanted(std::move(*failure));
  snapshot_ = Verified(std::get<Snapshot>(std::move(verified)));
  Changes changes;
  changes.push_back({StateFile::kSnapshot, std::move(bytes)});
  return WantTargets(std::move(changes));
}

Step Update::TakeTargets(std::string bytes) {
  std::variant<Failure, Targets> verified =
      VerifyTargets(bytes, root_, snapshot_.targets, names_.target, now_, budget_);
  if (auto* failure = std::get_if<Failure>(&verified)) return FailWanted(std::move(*failure));
  targets_ = Verified(std::get<Targets>(std::move(verified)));
  Changes changes;
  changes.push_back({StateFile::kTargets, std::move(bytes)});
  return WantTarget(std::move(changes));
}

Step Update::TakeTarget(std::string bytes) {
  if (auto failure = CheckBytes(bytes, *targets_.target)) return FailWanted(*std::move(failure));
  return End(std::move(bytes), {});
}

Step Update::WantRoot(Changes changes) {
  return Want(Stage::kRoot, Versioned(root_.version + 1, kRootName), kMaxRootBytes,
              std::move(changes));
}

Step Update::WantTimestamp() {
  if (auto failure = CheckNotExpired(root_, now_)) {
    return Fail(Versioned(root_.version, kRootName), *std::move(failure));
  }
  timestamp_ = ReadStored(ParseTimestamp(StoredTimestamp()), root_.timestamp, budget_);
  if (timestamp_) timestamp_ = Verified(*std::move(timestamp_));
  return Want(Stage::kTimestamp, std::string(kTimestampName), kMaxTimestampBytes, {});
}

Step Update::WantSnapshot(Changes changes) {
  const FileInfo& info = timestamp_->snapshot;
  auto stored = VerifySnapshot(StoredSnapshot(), root_, info, nullptr, now_, budget_);
  if (auto* snapshot = std::get_if<Snapshot>(&stored)) {
    snapshot_ = Verified(std::move(*snapshot));
    return WantTargets(std::move(changes));
  }
  return WantMetadata(Stage::kSnapshot, kSnapshotName, info, kMaxSnapshotBytes, std::move(changes));
}

Step Update::WantTargets(Changes changes) {
  const FileInfo& info = snapshot_.targets;
  auto stored = VerifyTargets(state_->targets, root_, info, names_.target, now_, budget_);
  if (auto* targets = std::get_if<Targets>(&stored)) {
    targets_ = Verified(std::move(*targets));
    return WantTarget(std::move(changes));
  }
  return WantMetadata(Stage::kTargets, kTargetsName, info, kMaxTargetsBytes, std::move(changes));
}

Step Update::WantTarget(Changes changes) {
  if (!targets_.target) {
    return Fail(
        kTargetsName,
        {Reason::kNoTarget,
         absl::StrCat("it does not name the target ", base::Quoted(names_.target),
                      targets_.has_delegations ? ", and delegations are not followed" : "")},
        std::move(changes));
  }
  const FileInfo& info = *targets_.target;
  if (!CheckBytes(state_->target, info)) return End(state_->target, std::move(changes));
  if (*info.length > kMaxTargetBytes) {
    return Fail(names_.target, TooLarge(kMaxTargetBytes), std::move(changes));
  }
  return Want(Stage::kTarget, TargetPath(info), *info.length, std::move(changes));
}

std::string Update::TargetPath(const FileInfo& info) const {
  if (!root_.consistent_snapshot) return absl::StrCat(names_.targets_folder, "/", names_.target);
  const std::string hash = absl::BytesToHexString(info.sha256.empty() ? info.sha512 : info.sha256);
  // In front of the last part of a name with folders.
  const size_t last = names_.target.rfind('/') + 1;
  return absl::StrCat(names_.targets_folder, "/", names_.target.substr(0, last), hash, ".",
                      names_.target.substr(last));
}

Step Update::WantMetadata(Stage stage, std::string_view name, const FileInfo& info,
                          size_t max_bytes, Changes changes) {
  std::string path = root_.consistent_snapshot ? Versioned(info.version, name) : std::string(name);
  const size_t length = info.length.value_or(max_bytes);
  if (length > max_bytes) return Fail(path, TooLarge(max_bytes), std::move(changes));
  return Want(stage, std::move(path), length, std::move(changes));
}

Step Update::Want(Stage stage, std::string path, size_t max_bytes, Changes changes) {
  stage_ = stage;
  wanted_ = {std::move(path), max_bytes, stage == Stage::kRoot};
  return {std::move(changes), wanted_};
}

Step Update::End(std::string target, Changes changes) {
  stage_ = Stage::kEnded;
  const absl::Time expires =
      std::min({root_.expires, timestamp_->expires, snapshot_.expires, targets_.expires});
  return {std::move(changes), Done{std::move(target), expires}};
}

Step Update::Fail(std::string_view name, Failure failure, Changes changes) {
  stage_ = Stage::kEnded;
  failure.sentence = absl::StrCat(name, ": ", failure.sentence);
  return {std::move(changes), std::move(failure)};
}

bool Update::WantsSomething() const {
  return stage_ != Stage::kNotBegun && stage_ != Stage::kEnded;
}

Step Update::FailUnwanted() {
  return Fail("the update", {Reason::kUnspecified, "it was not to go on so"});
}

Step Update::FailWanted(Failure failure, Changes changes) {
  return Fail(wanted_.path, std::move(failure), std::move(changes));
}

}  // namespace countersign::tuf
