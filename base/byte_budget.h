#ifndef COUNTERSIGN_BASE_BYTE_BUDGET_H_
#define COUNTERSIGN_BASE_BYTE_BUDGET_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace countersign::base {

// How many bytes that others sent the process may hold at once, and of these, each request.
//
//   ByteBudget budget({.total = 64 << 20, .of_account = 24 << 20});
//   std::shared_ptr<ByteBudget::Account> account = budget.OpenAccount();  // for one request
//   std::shared_ptr<HeldBytes> held = account->Hold();
//   CS_RETURN_IF_ERROR(held->Reserve(size, deadline));  // waits for room
//   ... or, while bytes arrive: if (!held->Take(count)) stop reading;
//   held->KeepOnly(bytes.size());
//   ... and what is held is given back with the last pointer to it
//
// The last quarter of the total is for accounts that hold little, at most a 64th of the total each:
// those that take all they may leave room for the ordinary question, whose signatures are a few
// hundred bytes.
//
// Thread-safe. The budget must outlive its accounts, and what they hold.
class ByteBudget {
 public:
  struct Options {
    size_t total = 64 << 20;
    size_t of_account = 24 << 20;
  };
  class Account;
  class HeldBytes;
  // Whether anybody still waits for what bytes are wanted for. Asked now and then, while no lock is
  // held.
  using Wanted = std::function<bool()>;

  explicit ByteBudget(const Options& options) : options_(options) {}
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  // An account's own part of the budget.
  std::shared_ptr<Account> OpenAccount();

  size_t total() const { return options_.total; }
  // At this moment, and at most so far.
  size_t held() const;
  size_t most_held() const;
  // How often there was no room.
  uint64_t refused() const;

 private:
  bool HasRoom(size_t bytes, size_t held_by_account) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Add(size_t bytes, Account& account) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TryAdd(size_t bytes, Account& account);
  // Whether there can be room for so much beside what whoever waits for it keeps.
  bool MayHaveRoom(size_t bytes, size_t kept) const;
  // `own` is kept, and what `kept` says, unless it is null.
  absl::Status AwaitAdd(size_t bytes, Account& account, size_t own, const std::atomic<size_t>* kept,
                        absl::Time deadline, const Wanted& is_wanted);
  void Remove(size_t bytes, Account& account);

  const Options options_;
  mutable absl::Mutex mutex_;
  absl::CondVar freed_;
  size_t held_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t most_held_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
};

// What one request holds of a budget.
class ByteBudget::Account : public std::enable_shared_from_this<Account> {
 public:
  // Nothing yet.
  std::shared_ptr<HeldBytes> Hold();

  // Another account of the same budget: for what the request gave rise to, and is not part of it.
  std::shared_ptr<Account> OpenBeside() const { return budget_->OpenAccount(); }

 private:
  friend class ByteBudget;
  friend class HeldBytes;
  explicit Account(ByteBudget* budget) : budget_(budget) {}

  ByteBudget* const budget_;
  size_t held_ = 0;  // guarded by the budget's mutex
};

// Some bytes of an account: what one thing takes.
class ByteBudget::HeldBytes {
 public:
  ~HeldBytes();
  HeldBytes(const HeldBytes&) = delete;
  HeldBytes& operator=(const HeldBytes&) = delete;

  // Adds bytes that are already here. False, and nothing is added, if there is no room.
  bool Take(size_t bytes);

  // Adds bytes that are to come, as soon as there is room. ResourceExhausted if there is none by
  // `deadline`, or if there is none before the caller gives something back: the account may never
  // hold so many beside these, and beside `kept`, where it is given, which is how much of the account
  // he keeps elsewhere whatever he waits for. Cancelled soon after `is_wanted`, where it is given,
  // says no.
  absl::Status Reserve(size_t bytes, absl::Time deadline, const Wanted& is_wanted = nullptr,
                       const std::atomic<size_t>* kept = nullptr);

  // Gives back all but so many; nothing where less is held.
  void KeepOnly(size_t bytes);

  // What is held is kept, until it is given back, whatever its holder waits for: from now on it counts
  // in `kept` (not null), which is for his next Reserve. No more is added to it. At most once.
  void CountAsKept(std::shared_ptr<std::atomic<size_t>> kept);

  size_t bytes() const;

 private:
  friend class Account;
  explicit HeldBytes(std::shared_ptr<Account> account) : account_(std::move(account)) {}

  const std::shared_ptr<Account> account_;
  mutable absl::Mutex mutex_;
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<std::atomic<size_t>> kept_ ABSL_GUARDED_BY(mutex_);
};

using HeldBytes = ByteBudget::HeldBytes;

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_BYTE_BUDGET_H_
