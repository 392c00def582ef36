#ifndef COUNTERSIGN_TUF_UPDATE_H_
#define COUNTERSIGN_TUF_UPDATE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "tuf/failure.h"
#include "tuf/metadata.h"
#include "tuf/signatures.h"

namespace countersign::tuf {

inline constexpr size_t kMaxTargetBytes = 4 << 20;
inline constexpr int kMaxRootSteps = 256;

// What is kept from one update to the next: the bytes of files as they came. "" is none.
struct TrustedState {
  // Somebody vouches for it: it was shipped, or an update has verified it. Never "".
  std::string root;
  std::string timestamp;
  std::string snapshot;
  std::string targets;
  std::string target;  // the target as an update gave it
};

// What is to be updated.
struct TargetNames {
  std::string target = "trusted_root.json";
  // The mirror's folder with the targets.
  std::string targets_folder = "targets";
};

// The files of the state that an update changes by itself.
enum class StateFile { kRoot, kTimestamp, kSnapshot, kTargets };

struct Change {
  StateFile file = StateFile::kRoot;
  std::string bytes;  // "": it is to be removed
};

// A file that the update needs next.
struct Wanted {
  // Below the mirror's URL, not escaped: "15.root.json",
  // "targets/<hex>.trusted_root.json".
  std::string path;
  size_t max_bytes = 0;  // one that is larger need not be fetched to its end
  // Whether there is one is what is asked: the root after the newest that is known.
  bool may_be_absent = false;
};

struct Done {
  std::string target;  // the bytes of the target, of the length and hashes that are signed
  // The first moment at which one of the files that vouch for it does not hold any more.
  absl::Time expires = absl::InfinitePast();
};

// What follows from what the update was given.
struct Step {
  // What has been verified and is to be kept, in this order, whatever comes next. Each may be written
  // by itself: an update that ends between two of them is taken up by the next one.
  std::vector<Change> changes;
  std::variant<Wanted, Failure, Done> next;
};

// Brings a trusted state up to date (TUF specification 1.0, section 5), without fetching and keeping
// anything itself: it says which file it wants, and is given it.
//
//   Update update(&state, now);
//   Step step = update.Begin();
//   while (const Wanted* wanted = std::get_if<Wanted>(&step.next)) {
//     keep step.changes; fetch wanted->path
//     step = there is one ? update.Take(bytes) : update.TakeNone();
//   }
//   keep step.changes
//
// The state must outlive the update, which holds no other copy of a file; whoever keeps the changes
// there may do so between two steps.
//
// The root that it began with is among the changes as soon as a timestamp was verified by it: one that
// does not fit the mirror is not kept.
//
// A failure ends it, and what was kept is as good as before: it can be tried again later, and what
// the state held last may be used on. Whoever cannot fetch a file just stops.
//
// A stored timestamp, snapshot or target file that cannot be read, or that the keys of the root did
// not sign, counts as none. Where a root has other keys for timestamps or snapshots than the one
// before it, both are removed, so that versions that somebody with the old keys made up are forgotten.
// Delegations are not followed. Beyond kMaxSignatureChecks it fails (kLimit); what it verified before
// is to be kept, so that the next one goes on there.
//
// Pure: `now` is the time throughout. Not thread-safe.
class Update {
 public:
  Update(const TrustedState* state, absl::Time now, TargetNames names = {});

  // To be called first, and once.
  Step Begin();

  // The wanted file, or that the mirror says that there is none. A failure of no reason (kUnspecified)
  // if none is wanted.
  Step Take(std::string bytes);
  Step TakeNone();

 private:
  enum class Stage { kNotBegun, kRoot, kTimestamp, kSnapshot, kTargets, kTarget, kEnded };
  using Changes = std::vector<Change>;

  Step TakeRoot(std::string bytes);
  Step TakeTimestamp(std::string bytes);
  Step TakeSnapshot(std::string bytes);
  Step TakeTargets(std::string bytes);
  Step TakeTarget(std::string bytes);

  Step WantRoot(Changes changes);
  Step WantTimestamp();
  Step WantSnapshot(Changes changes);
  Step WantTargets(Changes changes);
  Step WantTarget(Changes changes);

  Step Want(Stage stage, std::string path, size_t max_bytes, Changes changes);
  // Wants the file that `info` is about.
  Step WantMetadata(Stage stage, std::string_view name, const FileInfo& info, size_t max_bytes,
                    Changes changes);
  Step End(std::string target, Changes changes);
  // The failure is about the file `name`.
  Step Fail(std::string_view name, Failure failure, Changes changes = {});
  Step FailWanted(Failure failure, Changes changes = {});
  // The caller did not keep to the order.
  Step FailUnwanted();
  bool WantsSomething() const;

  std::string TargetPath(const FileInfo& info) const;
  // As the state has them, unless they are to be forgotten.
  std::string_view StoredTimestamp() const { return Stored(state_->timestamp); }
  std::string_view StoredSnapshot() const { return Stored(state_->snapshot); }
  std::string_view Stored(std::string_view file) const { return forgets_ ? "" : file; }

  const TrustedState* const state_;
  const absl::Time now_;
  const TargetNames names_;
  Stage stage_ = Stage::kNotBegun;
  Wanted wanted_;
  int root_steps_ = 0;
  bool forgets_ = false;  // the timestamp and the snapshot of the state
  SignatureBudget budget_;
  // What is trusted by now, without what was signed, which has been seen to.
  Root root_;
  std::optional<Timestamp> timestamp_;
  Snapshot snapshot_;  // without the versions
  Targets targets_;
};

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_UPDATE_H_
