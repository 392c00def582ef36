#ifndef COUNTERSIGN_BASE_SOURCE_SHARES_H_
#define COUNTERSIGN_BASE_SOURCE_SHARES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace countersign::base {

// A sum that sources (addresses, clients) share: bytes that are held for them, requests in
// progress. A source may take more as long as it then holds no more than `weight` times what is
// left for all. So alone it can have weight/(weight + 1) of the sum; where several take all they
// may, each has less, and as what is held is given back something remains for the next that comes.
//
//   std::optional<SourceShares::Claim> claim = shares.TryTake("192.0.2.1", 1000);
//   if (!claim.has_value()) ...                                                    // no room
//
// Thread-safe. Must outlive its claims.
class SourceShares {
 public:
  SourceShares(size_t total, size_t weight) : total_(total), weight_(weight) {}
  SourceShares(const SourceShares&) = delete;
  SourceShares& operator=(const SourceShares&) = delete;

  // What is held, until it is destroyed. Not thread-safe by itself.
  class Claim {
   public:
    Claim(Claim&& other) noexcept
        : shares_(std::exchange(other.shares_, nullptr)),
          source_(std::move(other.source_)),
          amount_(other.amount_) {}
    Claim& operator=(Claim&& other) noexcept {
      std::swap(shares_, other.shares_);
      std::swap(source_, other.source_);
      std::swap(amount_, other.amount_);
      return *this;
    }
    ~Claim() { ShrinkTo(0); }

    size_t amount() const { return amount_; }
    // Gives back what is held beyond `amount`.
    void ShrinkTo(size_t amount);
    // Takes so much more; false: there is no room.
    bool TryGrow(size_t more);

   private:
    friend class SourceShares;
    Claim(SourceShares* shares, std::string_view source, size_t amount)
        : shares_(shares), source_(source), amount_(amount) {}

    SourceShares* shares_;
    std::string source_;
    size_t amount_;
  };

  // nullopt: there is no room.
  std::optional<Claim> TryTake(std::string_view source, size_t amount) ABSL_LOCKS_EXCLUDED(mutex_);
  // The same, but waits for room until `deadline`. Blocks.
  std::optional<Claim> Take(std::string_view source, size_t amount, absl::Time deadline)
      ABSL_LOCKS_EXCLUDED(mutex_);

  size_t held() const ABSL_LOCKS_EXCLUDED(mutex_);
  // How many hold something: as many as are remembered.
  size_t sources() const ABSL_LOCKS_EXCLUDED(mutex_);
  size_t total() const { return total_; }
  // How often there was no room.
  uint64_t refused() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  bool HasRoom(std::string_view source, size_t amount) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void Add(std::string_view source, size_t amount) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Give(std::string_view source, size_t amount) ABSL_LOCKS_EXCLUDED(mutex_);

  const size_t total_;
  const size_t weight_;
  mutable absl::Mutex mutex_;
  size_t held_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, size_t> by_source_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_SOURCE_SHARES_H_
