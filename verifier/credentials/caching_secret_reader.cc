#include "verifier/credentials/caching_secret_reader.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/expiring_cache.h"
#include "base/not_now.h"
#include "base/status_macros.h"

namespace countersign::verifier {
namespace {

// How long somebody waits for the API server who could use what is remembered instead.
constexpr absl::Duration kPatienceWithMemory = absl::Seconds(1);
// How long it is not asked for what is remembered after it could not be asked.
constexpr absl::Duration kPause = absl::Seconds(5);
// An entry's own cost, about.
constexpr size_t kEntryBytes = 256;

size_t SizeOf(const kube::Secret& secret) {
  size_t size = secret.type.size();
  for (const auto& [name, value] : secret.data) size += name.size() + value.size() + 64;
  return size;
}

size_t SizeOf(const kube::ServiceAccount& account) {
  size_t size = 0;
  for (const std::string& name : account.image_pull_secrets) size += name.size() + 32;
  return size;
}

}  // namespace

// One of the two objects, or that there is none.
struct CachingSecretReader::Entry {
  absl::Status absence;
  kube::Secret secret;
  kube::ServiceAccount account;
  absl::Time asked;
  absl::Time fresh_until;
};

template <typename T>
Reading<T> CachingSecretReader::As(T Entry::*member, const absl::StatusOr<EntryPtr>& entry) const {
  if (!entry.ok()) return {entry.status(), clock_->Now()};
  if (!(*entry)->absence.ok()) return {(*entry)->absence, (*entry)->asked};
  return {std::shared_ptr<const T>(*entry, &((**entry).*member)), (*entry)->asked};
}

// What reads that go on when nobody waits for them any more put their results into.
class CachingSecretReader::Memory {
 public:
  Memory(kube::SecretReader* reader, const base::Clock* clock, const Options& options)
      : reader_(reader),
        clock_(clock),
        options_(options),
        entries_(clock, options.max_entries, options.max_bytes) {}

  std::optional<EntryPtr> Find(const std::string& key) { return entries_.Find(key); }

  // Whether `entry` is within its age, and new enough.
  bool WillDo(const Entry& entry, absl::Time not_before) const {
    return entry.asked >= not_before && clock_->Now() < entry.fresh_until;
  }

  // Asks the reader below. Only an object, or that there is none, is an entry.
  absl::StatusOr<EntryPtr> Load(Kind kind, const std::string& object_namespace,
                                const std::string& name, const std::string& key,
                                absl::Time deadline) {
    Entry entry;
    entry.asked = clock_->Now();
    const absl::Status failure =
        kind == Kind::kSecret
            ? Take(reader_->FetchSecret(object_namespace, name, deadline), entry.secret)
            : Take(reader_->FetchServiceAccount(object_namespace, name, deadline), entry.account);
    const bool is_not_now = base::IsNotNow(failure);
    paused_until_ = is_not_now ? absl::ToUnixMicros(clock_->Now() + kPause) : 0;
    if (is_not_now) return failure;
    if (!failure.ok() && !absl::IsNotFound(failure)) {
      // The API server knows better than the memory: it must not be used when it has gone.
      entries_.Remove(key);
      return failure;
    }
    entry.absence = failure;
    return Keep(key, std::move(entry));
  }

  bool IsPaused() const { return absl::ToUnixMicros(clock_->Now()) < paused_until_; }

  size_t entries() const { return entries_.size(); }
  size_t bytes() const { return entries_.weight(); }

  std::atomic<uint64_t> hits = 0;
  std::atomic<uint64_t> misses = 0;
  std::atomic<uint64_t> stale = 0;

 private:
  template <typename T>
  static absl::Status Take(absl::StatusOr<T> result, T& object) {
    if (!result.ok()) return result.status();
    object = *std::move(result);
    return absl::OkStatus();
  }

  EntryPtr Keep(const std::string& key, Entry entry) {
    const bool is_there = entry.absence.ok();
    const double spread = static_cast<double>(absl::HashOf(key, entry.asked) % 1000) / 1000;
    entry.fresh_until =
        entry.asked + (is_there ? options_.max_age * (1 - spread / 5) : options_.max_absence_age);
    const size_t bytes = kEntryBytes + key.size() + entry.absence.message().size() +
                         SizeOf(entry.secret) + SizeOf(entry.account);
    auto kept = std::make_shared<const Entry>(std::move(entry));
    if (options_.max_age > absl::ZeroDuration()) {
      entries_.Put(key, kept, is_there ? options_.max_stale_age : options_.max_absence_age, bytes);
    }
    return kept;
  }

  kube::SecretReader* const reader_;
  const base::Clock* const clock_;
  const Options options_;
  base::ExpiringCache<EntryPtr> entries_;
  std::atomic<int64_t> paused_until_ = 0;  // microseconds since 1970
};

CachingSecretReader::CachingSecretReader(kube::SecretReader* reader, const base::Clock* clock,
                                         Options options)
    : reader_(reader),
      clock_(clock),
      options_(options),
      memory_(std::make_shared<Memory>(reader, clock, options)),
      pool_({.threads = options.max_reads, .threads_per_lane = options.max_reads, .shares = true}),
      flights_(&pool_) {}

CachingSecretReader::~CachingSecretReader() = default;

absl::StatusOr<CachingSecretReader::EntryPtr> CachingSecretReader::Read(const ObjectName& name,
                                                                        absl::Time not_before,
                                                                        absl::Time deadline,
                                                                        const base::Share& share) {
  const std::string key = absl::StrCat(name.kind == Kind::kSecret ? "secret " : "account ",
                                       name.object_namespace, "/", name.name);
  if (options_.max_age <= absl::ZeroDuration()) {
    return memory_->Load(name.kind, std::string(name.object_namespace), std::string(name.name), key,
                         deadline);
  }
  const std::optional<EntryPtr> known = memory_->Find(key);
  if (known.has_value() && memory_->WillDo(**known, not_before)) {
    ++memory_->hits;
    return *known;
  }
  const bool may_be_stale =
      known.has_value() && (*known)->asked >= not_before && (*known)->absence.ok();
  const bool is_paused = memory_->IsPaused();
  if (may_be_stale && is_paused) {
    ++memory_->stale;
    return *known;
  }
  ++memory_->misses;
  const bool is_only_for_newer = known.has_value() && is_paused;
  const absl::Duration patience =
      may_be_stale || is_only_for_newer ? kPatienceWithMemory : options_.read_timeout;
  absl::StatusOr<EntryPtr> read =
      ReadAnew(name, key, not_before, std::min(deadline, absl::Now() + patience), share);
  if (absl::IsDeadlineExceeded(read.status())) {
    read = absl::DeadlineExceededError("the API server did not answer in time");
  }
  if (!may_be_stale || !base::IsNotNow(read.status())) return read;
  ++memory_->stale;
  return *known;
}

absl::StatusOr<CachingSecretReader::EntryPtr> CachingSecretReader::ReadAnew(
    const ObjectName& name, const std::string& key, absl::Time not_before, absl::Time deadline,
    const base::Share& share) {
  // A read that was under way already may have begun too early; one after it has not.
  for (int attempt = 0;; ++attempt) {
    absl::StatusOr<EntryPtr> read = flights_.Run(
        key, "", share, deadline,
        [memory = memory_, kind = name.kind, object_namespace = std::string(name.object_namespace),
         object_name = std::string(name.name), key, not_before, timeout = options_.read_timeout] {
          // Somebody else's read may just have ended.
          const std::optional<EntryPtr> known = memory->Find(key);
          if (known.has_value() && memory->WillDo(**known, not_before))
            return absl::StatusOr<EntryPtr>(*known);
          return memory->Load(kind, object_namespace, object_name, key, absl::Now() + timeout);
        });
    if (!read.ok() || (*read)->asked >= not_before || attempt > 0) return read;
  }
}

Reading<kube::Secret> CachingSecretReader::ReadSecret(std::string_view secret_namespace,
                                                      std::string_view name, absl::Time not_before,
                                                      absl::Time deadline,
                                                      const base::Share& share) {
  return As(&Entry::secret,
            Read({Kind::kSecret, secret_namespace, name}, not_before, deadline, share));
}

Reading<kube::ServiceAccount> CachingSecretReader::ReadServiceAccount(
    std::string_view account_namespace, std::string_view name, absl::Time not_before,
    absl::Time deadline, const base::Share& share) {
  return As(&Entry::account,
            Read({Kind::kServiceAccount, account_namespace, name}, not_before, deadline, share));
}

CachingSecretReader::Counts CachingSecretReader::counts() const {
  return {.hits = memory_->hits,
          .misses = memory_->misses,
          .stale = memory_->stale,
          .entries = memory_->entries(),
          .bytes = memory_->bytes()};
}

absl::StatusOr<kube::Secret> CachingSecretReader::FetchSecret(std::string_view secret_namespace,
                                                              std::string_view name,
                                                              absl::Time deadline) {
  const Reading<kube::Secret> read =
      ReadSecret(secret_namespace, name, absl::InfinitePast(), deadline);
  CS_RETURN_IF_ERROR(read.object.status());
  return **read.object;
}

absl::StatusOr<kube::ServiceAccount> CachingSecretReader::FetchServiceAccount(
    std::string_view account_namespace, std::string_view name, absl::Time deadline) {
  const Reading<kube::ServiceAccount> read =
      ReadServiceAccount(account_namespace, name, absl::InfinitePast(), deadline);
  CS_RETURN_IF_ERROR(read.object.status());
  return **read.object;
}

}  // namespace countersign::verifier
