#ifndef COUNTERSIGN_BASE_GROUP_SHARES_H_
#define COUNTERSIGN_BASE_GROUP_SHARES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace countersign::base {

// A sum that sources share (addresses, clients), and of which each source's part is shared by its
// groups, which it may make up (namespaces). A source may take more as long as it then holds no more
// than `source` times what is left for all, and it does so for a group as long as that then holds no
// more than `group` times what is left for the source. So however many groups a source has, something
// is left for other sources, and for the next of its own groups.
//
// As base/source_shares.h, but that nobody waits. Thread-safe. Must outlive its claims.
class GroupShares {
 public:
  struct Weights {
    size_t source = 1;
    size_t group = 1;
  };

  GroupShares(size_t total, const Weights& weights) : total_(total), weights_(weights) {}
  GroupShares(const GroupShares&) = delete;
  GroupShares& operator=(const GroupShares&) = delete;

  // What is held, until it is destroyed. Not thread-safe by itself.
  class Claim {
   public:
    Claim(Claim&& other) noexcept
        : shares_(std::exchange(other.shares_, nullptr)),
          source_(std::move(other.source_)),
          group_(std::move(other.group_)),
          amount_(other.amount_) {}
    Claim& operator=(Claim&& other) noexcept {
      std::swap(shares_, other.shares_);
      std::swap(source_, other.source_);
      std::swap(group_, other.group_);
      std::swap(amount_, other.amount_);
      return *this;
    }
    ~Claim();

    size_t amount() const { return amount_; }
    // Takes so much more; false: there is no room.
    bool TryGrow(size_t more);

   private:
    friend class GroupShares;
    Claim(GroupShares* shares, std::string_view source, std::string_view group, size_t amount)
        : shares_(shares), source_(source), group_(group), amount_(amount) {}

    GroupShares* shares_;
    std::string source_;
    std::string group_;
    size_t amount_;
  };

  // nullopt: there is no room.
  std::optional<Claim> TryTake(std::string_view source, std::string_view group, size_t amount)
      ABSL_LOCKS_EXCLUDED(mutex_);

  size_t held() const ABSL_LOCKS_EXCLUDED(mutex_);
  // How many hold something: as many as are remembered.
  size_t sources() const ABSL_LOCKS_EXCLUDED(mutex_);
  size_t total() const { return total_; }
  // How often there was no room.
  uint64_t refused() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // One that holds something; what each of its groups holds that does.
  struct Source {
    size_t held = 0;
    std::map<std::string, size_t, std::less<>> groups;
  };

  bool HasRoom(size_t of_source, size_t of_group, size_t amount) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool TryAdd(std::string_view source, std::string_view group, size_t amount)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(std::string_view source, std::string_view group, size_t amount)
      ABSL_LOCKS_EXCLUDED(mutex_);

  const size_t total_;
  const Weights weights_;
  mutable absl::Mutex mutex_;
  size_t held_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Source, std::less<>> by_source_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_GROUP_SHARES_H_
