#ifndef COUNTERSIGN_VERIFIER_CREDENTIALS_CACHING_SECRET_READER_H_
#define COUNTERSIGN_VERIFIER_CREDENTIALS_CACHING_SECRET_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/fresh_cache.h"
#include "base/share.h"
#include "base/worker_pool.h"
#include "kube/secret_reader.h"

namespace countersign::verifier {

// What a SecretReader answered about one object, and when it was asked.
template <typename T>
struct ObjectReading {
  // NotFound: there was no such object. Everything else: it could not be read.
  absl::StatusOr<std::shared_ptr<const T>> object;
  // What changed after this moment may not be in `object`.
  absl::Time asked;
};

// Reads Secrets and service accounts by name, and remembers them, so that an admission needs no
// request to the API server for each of them. It never lists.
//
// - An object is remembered for `max_age` (up to a fifth less, so that what was read together
//   is not read again together), that there is none for `max_absence_age`, other errors never.
//   Whoever finds that what it was given would not do says by `not_before` that it needs something
//   newer: a pull secret that was made or changed a moment ago can so be used at once.
// - Equal reads at the same time are one, and at most `max_reads` go on at a time, of which a
//   caller, a group and a request have only their share (base/share.h).
// - While the API server cannot be asked (base::IsTransient), an object is used beyond its age,
//   until `max_stale_age`: verifying goes on. Nobody waits for the API server then for longer than
//   a second, nor is it asked again for five seconds for what is still remembered.
// - What is remembered is bounded in number and bytes; what was used least recently goes first.
//
// Thread-safe.
class CachingSecretReader {
 public:
  struct Options {
    // Zero: nothing is remembered, and every call is one of the reader below.
    absl::Duration max_age = absl::Minutes(5);
    absl::Duration max_absence_age = absl::Seconds(30);
    absl::Duration max_stale_age = absl::Hours(1);
    size_t max_entries = 20'000;
    size_t max_bytes = 32 << 20;
    // For one read of the reader below.
    absl::Duration read_timeout = absl::Seconds(3);
    int max_reads = 32;
  };

  // Since the start, but for `entries` and `bytes`. Nothing is counted where nothing is remembered.
  struct Counts {
    uint64_t hits = 0;    // answered from memory
    uint64_t misses = 0;  // the reader below was asked, or somebody who did so already was joined
    uint64_t stale = 0;   // answered from memory beyond the age, as the reader below could not
    size_t entries = 0;
    size_t bytes = 0;
  };

  // `reader` and `clock` must outlive this.
  CachingSecretReader(kube::SecretReader* reader, const base::Clock* clock, Options options);

  // The object as it was at `not_before` or later (absl::InfinitePast(): as remembered will do).
  // Errors are those of kube::SecretReader; DeadlineExceeded after `deadline` or the read's own
  // time. `share`: on whose behalf; the default is the program's own.
  ObjectReading<kube::Secret> ReadSecret(std::string_view secret_namespace, std::string_view name,
                                         absl::Time not_before, absl::Time deadline,
                                         const base::Share& share = {});
  ObjectReading<kube::ServiceAccount> ReadServiceAccount(std::string_view account_namespace,
                                                         std::string_view name,
                                                         absl::Time not_before, absl::Time deadline,
                                                         const base::Share& share = {});

  // The moment to give as `not_before` later on for what is newer than now.
  absl::Time Now() const { return clock_->Now(); }

  Counts counts() const;

 private:
  // One of the two objects, or why there is none.
  using Remembered = std::variant<absl::Status, kube::Secret, kube::ServiceAccount>;
  using Memory = base::FreshCache<std::shared_ptr<const Remembered>>;
  // How the reader below is asked.
  template <typename T>
  using Fetch = absl::StatusOr<T> (kube::SecretReader::*)(std::string_view object_namespace,
                                                          std::string_view name,
                                                          absl::Time deadline);
  template <typename T>
  struct Question;

  template <typename T>
  ObjectReading<T> Read(const Question<T>& question, absl::Time not_before, absl::Time deadline,
                        const base::Share& share);
  template <typename T>
  static absl::StatusOr<Memory::Fresh> ReadAnew(const Question<T>& question,
                                                kube::SecretReader* reader,
                                                const base::Clock* clock, const Options& options);

  kube::SecretReader* const reader_;
  const base::Clock* const clock_;
  const Options options_;
  base::WorkerPool pool_;
  Memory memory_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CREDENTIALS_CACHING_SECRET_READER_H_
