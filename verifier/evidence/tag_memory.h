#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_TAG_MEMORY_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_TAG_MEMORY_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/expiring_cache.h"
#include "oci/digest.h"
#include "oci/image_reference.h"

namespace countersign::verifier {

// What all that is remembered of tags may weigh: some 2,500 tags.
inline constexpr size_t kMaxTagMemoryBytes = 1 << 20;

// Remembers for some seconds what a tag meant when its registry was asked, by what each credential was
// told apart:
//
//   repository, tag, credential (its fingerprint, evidence_memory.h) -> digest, and when it was asked.
//
// In the last third of that time whoever first says so may begin to ask again, and nobody else.
//
// Moments are those of the wall clock, as the clock has no others. What was asked for at a moment that is
// still to come, since the clock was set back, is not remembered any more; where it was set back by
// less, what is remembered serves so much longer, which is less than its time once more.
//
// Thread-safe; what was used least recently goes first. The clock must outlive the memory.
class TagMemory {
 public:
  struct Options {
    // How long after the registry was asked; zero: nothing is remembered.
    absl::Duration life = absl::ZeroDuration();
    size_t entries = 4'096;
    // What all may weigh together, with what they are found by.
    size_t bytes = kMaxTagMemoryBytes;
  };

  // A tag, as a credential sees it. For arguments.
  struct Seen {
    const oci::Repository& repository;
    std::string_view tag;
    std::string_view fingerprint;
  };

  TagMemory(const base::Clock* clock, const Options& options);

  bool is_on() const { return options_.life > absl::ZeroDuration(); }

  std::optional<oci::Digest> Find(const Seen& seen);

  // Remembers what the registry said that was asked at `asked`, unless it was asked later as well.
  void Remember(const Seen& seen, const oci::Digest& digest, absl::Time asked);

  // Takes note of what the registry said that was asked at `asked`, whatever comes of it: where that is
  // something else than what is remembered, and not only that it could not answer (base/transient.h), that
  // is not remembered any more.
  void Hear(const Seen& seen, const absl::StatusOr<oci::Digest>& said, absl::Time asked);

  // Whether whoever asks is to have the registry asked again: the tag means this digest, its time is two
  // thirds over, and nobody was told so before. Then how much of it is left.
  std::optional<absl::Duration> BeginRefresh(const Seen& seen, const oci::Digest& digest);

  size_t size() const { return entries_.size(); }
  size_t bytes() const { return entries_.weight(); }

 private:
  struct Entry {
    Entry(const oci::Digest& meant, absl::Time asked_at) : digest(meant), asked(asked_at) {}
    const oci::Digest digest;
    const absl::Time asked;
    std::atomic<bool> is_refreshed = false;
  };
  using EntryPtr = std::shared_ptr<Entry>;

  // Null: none whose time it is.
  EntryPtr FindEntry(const std::string& key);

  const Options options_;
  const base::Clock* const clock_;
  // Held while what is remembered is looked at and replaced.
  absl::Mutex mutex_;
  base::ExpiringCache<EntryPtr> entries_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_TAG_MEMORY_H_
