#include "verifier/evidence/tag_memory.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/allocated_bytes.h"
#include "base/transient.h"

namespace countersign::verifier {
namespace {

std::string KeyOf(const TagMemory::Seen& seen) {
  // A tag has no space in it, and a path no colon.
  return absl::StrCat(seen.repository.ToString(), ":", seen.tag, " ", seen.fingerprint);
}

}  // namespace

TagMemory::TagMemory(const base::Clock* clock, const Options& options)
    : options_(options), clock_(clock), entries_(clock, options.entries, options.bytes) {}

TagMemory::EntryPtr TagMemory::FindEntry(const std::string& key) {
  EntryPtr entry = entries_.Find(key).value_or(nullptr);
  if (entry == nullptr || entry->asked > clock_->Now()) return nullptr;
  return entry;
}

std::optional<oci::Digest> TagMemory::Find(const Seen& seen) {
  if (!is_on()) return std::nullopt;
  const EntryPtr entry = FindEntry(KeyOf(seen));
  if (entry == nullptr) return std::nullopt;
  return entry->digest;
}

void TagMemory::Remember(const Seen& seen, const oci::Digest& digest, absl::Time asked) {
  if (!is_on()) return;
  const std::string key = KeyOf(seen);
  auto entry = std::make_shared<Entry>(digest, asked);
  // What counts its pointers is beside it.
  const size_t weight = decltype(entries_)::kEntryBytes + base::AllocatedBytes(key.size() + 1) +
                        base::AllocatedBytes(sizeof(Entry) + 2 * sizeof(void*)) +
                        base::AllocatedBytes(digest.ToString());
  absl::MutexLock lock(&mutex_);
  const EntryPtr known = FindEntry(key);
  if (known != nullptr && known->asked > asked) return;
  entries_.Put(key, std::move(entry), asked + options_.life - clock_->Now(), weight);
}

void TagMemory::Hear(const Seen& seen, const absl::StatusOr<oci::Digest>& said, absl::Time asked) {
  if (!is_on() || base::IsTransient(said.status())) return;
  const std::string key = KeyOf(seen);
  absl::MutexLock lock(&mutex_);
  const EntryPtr known = FindEntry(key);
  if (known == nullptr || known->asked > asked) return;
  if (!said.ok() || !(*said == known->digest)) entries_.Remove(key);
}

std::optional<absl::Duration> TagMemory::BeginRefresh(const Seen& seen, const oci::Digest& digest) {
  if (!is_on()) return std::nullopt;
  const EntryPtr entry = FindEntry(KeyOf(seen));
  if (entry == nullptr || !(entry->digest == digest)) return std::nullopt;
  const absl::Duration left = entry->asked + options_.life - clock_->Now();
  if (left > options_.life / 3 || entry->is_refreshed.exchange(true)) return std::nullopt;
  return left;
}

}  // namespace countersign::verifier
