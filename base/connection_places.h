#ifndef COUNTERSIGN_BASE_CONNECTION_PLACES_H_
#define COUNTERSIGN_BASE_CONNECTION_PLACES_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/synchronization/mutex.h"

namespace countersign::base {

// Who of a port's connections has a place, who waits for one, and who goes first when there are no
// more: rules alone, without sockets, for a port that strangers reach.
//
//   places.Enter(source)      a connection was accepted; it is SILENT: nothing has been spent on it
//   places.Begin(id)          its first byte came; it is UNANSWERED (a handshake, a head, a body),
//                             or WAITING while its source has as many of these as it may
//   places.SetKnown(id)       it has asked all of a first question, or shown who it is; it counts
//                             against the total alone from now on, BUSY
//   places.SetIdle(id, true)  it was answered and asks nothing; IDLE
//   places.Leave(id)          it was closed
//
// When all places are taken a newcomer gets that of
//   1. the one that has been SILENT or WAITING for longest, of the source that has most of them;
//   2. the one that has been IDLE for longest, of the source that has most connections, if that has
//      more than the newcomer's own;
// and is turned away where there is neither. So a source that takes everything makes room for all
// others, whatever it does, and one that is served well keeps what it has.
//
// What a source is, its address, is up to the caller. Thread-safe; takes no time worth mention
// unless all places are taken, then a step for each source.
class ConnectionPlaces {
 public:
  struct Limits {
    size_t connections = 4096;
    // How many may be UNANSWERED, which is when they cost most. A source may have no more than an
    // eighth of those that are left, so that something is left however many sources take all they
    // may; nor more than this, which is also how many SILENT ones may stay so for long.
    size_t unanswered = 1024;
    size_t unanswered_per_source = 64;
  };
  // Of a connection; never used again.
  using Id = uint64_t;

  explicit ConnectionPlaces(const Limits& limits) : limits_(limits) {}
  ConnectionPlaces(const ConnectionPlaces&) = delete;
  ConnectionPlaces& operator=(const ConnectionPlaces&) = delete;

  struct Entry {
    // nullopt: it is turned away.
    std::optional<Id> id;
    // The connection that makes room for it: to be closed. It has left already.
    std::optional<Id> makes_room;
  };
  Entry Enter(std::string_view source) ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether it may go on at once; if not it waits until SetKnown or Leave of another gives its id.
  // Of one that has left: false, as with everything below.
  bool Begin(Id id) ABSL_LOCKS_EXCLUDED(mutex_);

  // These give whose turn it is, of those that wait.
  std::optional<Id> SetKnown(Id id) ABSL_LOCKS_EXCLUDED(mutex_);
  std::optional<Id> Leave(Id id) ABSL_LOCKS_EXCLUDED(mutex_);

  // Of one that is known.
  void SetIdle(Id id, bool idle) ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether its source has more SILENT connections than it may have for longer than a moment.
  bool IsCrowded(Id id) const ABSL_LOCKS_EXCLUDED(mutex_);

  struct Counts {
    size_t connections = 0;
    size_t silent = 0;
    size_t waiting = 0;
    size_t unanswered = 0;
    size_t idle = 0;
    // Since the beginning, for want of a place: those that were turned away, and those that made
    // room for another.
    uint64_t refused = 0;
    uint64_t made_room = 0;
    friend bool operator==(const Counts&, const Counts&) = default;
  };
  Counts Count() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  enum class Stage { kSilent, kWaiting, kUnanswered, kBusy, kIdle };
  struct Source {
    size_t connections = 0;
    size_t unanswered = 0;
    // Who came first stands first.
    std::list<Id> silent;
    std::list<Id> waiting;
    std::list<Id> idle;
  };
  struct Place {
    std::string source;
    Stage stage;
    std::list<Id>::iterator at;  // in the list of its stage, if that has one
  };

  std::optional<Id> FindWhoGoes(std::string_view newcomer) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The source's list of those at a stage; null for stages without one.
  static std::list<Id>* ListOf(Source& source, Stage stage);
  void Forget(Source& source, const Place& place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Move(Id id, Place& place, Stage stage) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MayBegin(const Source& source) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<Id> TakeTurn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<Id> Remove(Id id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Limits limits_;
  mutable absl::Mutex mutex_;
  Id last_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t unanswered_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t made_room_ ABSL_GUARDED_BY(mutex_) = 0;
  // The sources that have some that wait, in turn.
  std::list<std::string> turns_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Id, Place> places_ ABSL_GUARDED_BY(mutex_);
  absl::node_hash_map<std::string, Source> sources_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_CONNECTION_PLACES_H_
