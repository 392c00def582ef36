#ifndef COUNTERSIGN_BASE_SOURCE_SHARES_H_
#define COUNTERSIGN_BASE_SOURCE_SHARES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/share_rule.h"

namespace countersign::base {

// A sum that sources (addresses, clients) share by a rule (base/share_rule.h): bytes that are held
// for them, requests in progress. What a source may have, its groups may share in turn, which it may
// make up (namespaces): however many it has, something is left for other sources, and for the next
// of its own groups.
//
//   std::optional<SourceShares::Claim> claim = shares.TryTake("192.0.2.1", 1000);
//   if (!claim.has_value()) ...                                                    // no room
//
// Those who wait stand in one line; whoever has no room lets others past, so that a source which has
// all that it may holds nobody up.
//
// Thread-safe. Must outlive its claims.
class SourceShares {
 private:
  // One that holds something, or waits.
  struct Group {
    size_t held = 0;
    size_t waiting = 0;
  };
  // One of which there are such groups.
  struct Source {
    size_t held = 0;
    std::map<std::string, Group, std::less<>> groups;
  };
  using Sources = std::map<std::string, Source, std::less<>>;
  // Whose something is.
  struct Owner {
    Sources::iterator source;
    decltype(Source::groups)::iterator group;
  };

 public:
  struct Rules {
    ShareRule source;
    // Without one, a group may have all that its source may.
    ShareRule group = {.least = std::numeric_limits<size_t>::max()};
  };

  SourceShares(size_t total, const Rules& rules) : total_(total), rules_(rules) {}
  // Of sources alone, of which the first request, or byte, is never too much.
  SourceShares(size_t total, size_t weight)
      : SourceShares(total, {.source = {.weight = weight, .least = 1}}) {}
  SourceShares(const SourceShares&) = delete;
  SourceShares& operator=(const SourceShares&) = delete;

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
    ~Claim() { ShrinkTo(0); }

    size_t amount() const { return amount_; }
    // Gives back what is held beyond `amount`.
    void ShrinkTo(size_t amount);
    // Takes so much more; false: there is no room.
    bool TryGrow(size_t more);
    // Shrinks or grows, to `amount`; false: there is no room, and all is as it was.
    bool TryResize(size_t amount);

   private:
    friend class SourceShares;
    Claim(SourceShares* shares, std::string_view source, std::string_view group, size_t amount)
        : shares_(shares), source_(source), group_(group), amount_(amount) {}

    SourceShares* shares_;
    std::string source_;
    std::string group_;
    size_t amount_;
  };

  // A place in the line of those that wait. Not thread-safe by itself.
  class Waiter {
   public:
    // Leaves the line.
    ~Waiter();
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    // What was waited for, once there was room; nullopt if there has been none yet.
    std::optional<Claim> Take();

   private:
    friend class SourceShares;
    Waiter(SourceShares* shares, std::string_view source, std::string_view group, size_t amount,
           std::function<void()> on_room)
        : shares_(shares),
          source_(source),
          group_(group),
          amount_(amount),
          on_room_(std::move(on_room)) {}

    SourceShares* const shares_;
    const std::string source_;
    const std::string group_;
    const size_t amount_;
    const std::function<void()> on_room_;
    // These are guarded by the mutex of `shares_`.
    Owner owner_ = {};  // while in line
    std::optional<std::list<Waiter*>::iterator> place_;
    bool has_room_ = false;
  };

  // nullopt: there is no room.
  std::optional<Claim> TryTake(std::string_view source, std::string_view group, size_t amount)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // The same, but waits for room until `deadline`. Blocks.
  std::optional<Claim> Take(std::string_view source, std::string_view group, size_t amount,
                            absl::Time deadline) ABSL_LOCKS_EXCLUDED(mutex_);
  // The same without blocking: stands in line, and `on_room` is called as soon as there is room,
  // perhaps before this returns, on whatever thread makes it. It is called with the shares locked:
  // it must be quick, and not call them.
  std::unique_ptr<Waiter> Wait(std::string_view source, std::string_view group, size_t amount,
                               std::function<void()> on_room) ABSL_LOCKS_EXCLUDED(mutex_);

  // Where sources have no groups.
  std::optional<Claim> TryTake(std::string_view source, size_t amount) {
    return TryTake(source, "", amount);
  }
  std::optional<Claim> Take(std::string_view source, size_t amount, absl::Time deadline) {
    return Take(source, "", amount, deadline);
  }
  std::unique_ptr<Waiter> Wait(std::string_view source, size_t amount,
                               std::function<void()> on_room) {
    return Wait(source, "", amount, std::move(on_room));
  }

  size_t held() const ABSL_LOCKS_EXCLUDED(mutex_);
  // How many hold something: as many as are remembered.
  size_t sources() const ABSL_LOCKS_EXCLUDED(mutex_);
  size_t total() const { return total_; }
  // How often there was no room, also for those who waited in vain.
  uint64_t refused() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  Owner Find(std::string_view source, std::string_view group) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Forgets whoever neither holds anything nor waits.
  void Tidy(const Owner& owner) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasRoom(const Owner& owner, size_t amount) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void Add(const Owner& owner, size_t amount) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TryAdd(std::string_view source, std::string_view group, size_t amount)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(std::string_view source, std::string_view group, size_t amount)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Gives room to whoever in the line has some now.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t total_;
  const Rules rules_;
  mutable absl::Mutex mutex_;
  size_t held_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
  Sources by_source_ ABSL_GUARDED_BY(mutex_);
  std::list<Waiter*> line_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_SOURCE_SHARES_H_
