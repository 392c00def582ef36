#ifndef COUNTERSIGN_VERIFIER_TRUST_TRUST_ROOT_TABLE_H_
#define COUNTERSIGN_VERIFIER_TRUST_TRUST_ROOT_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/sha256.h"
#include "policy/sigstore/trust_root.h"
#include "tuf/update.h"
#include "verifier/trust/trust_store.h"
#include "verifier/trust/trusted_root_update.h"

namespace countersign::verifier {

// A TrustRoot object, as it was read: `id` is that of the object.
struct ReadRoot {
  policy::TrustRoot root;
  crypto::Sha256Digest id = {};
  // Of a repository in a file: what is in it.
  absl::StatusOr<policy::OpenedRepository> opened = absl::UnknownError("");
};

// How a named root stands.
struct TrustRootState {
  std::string name;
  // By which is judged; otherwise why by none: what is wrong with the object, or that nothing has been
  // fetched yet. Names no host.
  absl::StatusOr<TrustedRootPtr> current;
  // Why there is nothing newer, which may be said in the mirror's words; OK: there is not.
  absl::Status problem;
  std::optional<absl::Time> refreshed;  // of a mirror: when it last gave what it has
  std::optional<absl::Time> expires;    // what vouches for the current one
};

// The named trusted roots, each the last good one whatever becomes of its object and its mirror, and
// when each mirror is to be asked next. Of what is kept of all of them no more is there than is said
// here; what finds no room is refused, and what was there before stays. Not thread-safe.
class TrustRootTable {
 public:
  static constexpr size_t kMaxRoots = 100;
  // Of JSON: trusted roots, and what vouches for them. What is made of it can be several times that.
  static constexpr size_t kMaxBytes = 4 << 20;
  static constexpr size_t kMaxBytesOfOne = 512 << 10;
  // After an update that succeeded, sooner where what it gave expires soon; and after failures, of
  // which each further one doubles the pause.
  static constexpr absl::Duration kUpdateInterval = absl::Hours(24);
  static constexpr absl::Duration kFirstPause = absl::Minutes(1);
  static constexpr absl::Duration kLongestPause = absl::Hours(1);
  // How many mirrors are asked at a time: one of a host, and all but one of them may be of those that
  // did not answer when they were last asked, or were never asked. So whatever hangs, those that answer
  // are asked when it is time, and those that are new wait for nobody while fewer hang than that; where
  // more do, for those that came before them.
  static constexpr size_t kAtOnce = 4;
  // Whoever takes long is asked again only after so many times as long, so that nobody's mirror has
  // more than a small part of the time that there is for all.
  static constexpr int kPausePerTime = 20;

  // What is there already, by name.
  std::map<std::string, crypto::Sha256Digest, std::less<>> Ids() const;

  // These are all names that there are, of which those that are not in `read` are as they were.
  // Whether anything has changed. Beyond kMaxRoots those are refused that came last.
  bool Set(const std::set<std::string>& names, std::vector<ReadRoot> read, absl::Time now);

  // A mirror to be asked, and what is known of it.
  struct Job {
    std::string name;
    uint64_t version =
        0;  // of the entry: one that has been set anew does not take what comes of it
    policy::RemoteRepository remote;
    tuf::TrustedState state;
  };
  // When the next mirror is to be asked, by those that are being asked now.
  absl::Time NextDue() const;
  // That one, which is being asked from now on. Only if there is one.
  Job TakeJob();
  // What came of it, begun and ended then; to be called for each job. Whether anything has changed.
  bool Finish(Job job, absl::StatusOr<DatedRoot> root, absl::Time begun, absl::Time ended);

  // NotFound `trustRootRef x not found`.
  absl::StatusOr<TrustedRootPtr> Find(std::string_view name) const;
  std::vector<TrustRootState> States() const;

 private:
  struct Entry {
    crypto::Sha256Digest id = {};
    uint64_t version = 0;
    TrustedRootPtr root;                             // the last good one; null: none yet
    std::optional<policy::RemoteRepository> remote;  // its own root is in the state
    std::string host;                                // of its mirror, whatever the port
    tuf::TrustedState state;
    size_t root_bytes = 0;  // of the JSON of `root`
    absl::Status problem;
    std::optional<absl::Time> refreshed;
    std::optional<absl::Time> expires;
    absl::Time due;
    absl::Duration pause = kFirstPause;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;
  // Somebody who is being asked, as he was when that began.
  struct Asked {
    std::string host;
    bool has_answered = false;
  };

  void Put(ReadRoot read, absl::Time now);
  void PutRemote(policy::RemoteRepository remote, absl::Time now, Entry& entry);
  void PutInForce(policy::StatedRoot root, std::optional<absl::Time> expires, Entry& entry);
  absl::Status CheckRoom(const Entry& entry, size_t bytes) const;
  absl::StatusOr<TrustedRootPtr> Current(std::string_view name, const Entry& entry) const;
  Entries::const_iterator Next() const;
  static bool HasAnswered(const Entry& entry);
  bool MayBeAsked(const std::string& name, const Entry& entry) const;

  Entries entries_;
  // By the name of the object, which may be gone or another by now: whoever sets it anew has it asked
  // again only after that.
  std::map<std::string, Asked> asked_;
  std::set<std::string, std::less<>> refused_;
  uint64_t versions_ = 0;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_TRUST_TRUST_ROOT_TABLE_H_
