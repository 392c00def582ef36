#include "base/byte_budget.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/wanted.h"

namespace countersign::base {
namespace {

absl::Status NoRoom(size_t limit) {
  return absl::ResourceExhaustedError(absl::StrCat("more is being read at the same time than the ",
                                                   limit, " bytes that may be held"));
}

}  // namespace

std::shared_ptr<ByteBudget::Account> ByteBudget::OpenAccount() {
  return std::shared_ptr<Account>(new Account(this));
}

size_t ByteBudget::held() const {
  absl::MutexLock lock(&mutex_);
  return held_;
}

size_t ByteBudget::most_held() const {
  absl::MutexLock lock(&mutex_);
  return most_held_;
}

uint64_t ByteBudget::refused() const {
  absl::MutexLock lock(&mutex_);
  return refused_;
}

bool ByteBudget::HasRoom(size_t bytes, size_t held_by_account) const {
  if (bytes > options_.of_account || held_by_account > options_.of_account - bytes) return false;
  const bool is_little = held_by_account + bytes <= options_.total / 64;
  const size_t most = is_little ? options_.total : options_.total - options_.total / 4;
  return bytes <= most && held_ <= most - bytes;
}

void ByteBudget::Add(size_t bytes, Account& account) {
  held_ += bytes;
  account.held_ += bytes;
  most_held_ = std::max(most_held_, held_);
}

bool ByteBudget::TryAdd(size_t bytes, Account& account) {
  absl::MutexLock lock(&mutex_);
  if (!HasRoom(bytes, account.held_)) {
    ++refused_;
    return false;
  }
  Add(bytes, account);
  return true;
}

bool ByteBudget::MayHaveRoom(size_t bytes, size_t kept) const {
  const size_t most = std::min(options_.of_account, options_.total / 4 * 3);
  return bytes <= most && kept <= most - bytes;
}

absl::Status ByteBudget::AwaitAdd(size_t bytes, Account& account, size_t own,
                                  const std::atomic<size_t>* kept, absl::Time deadline,
                                  const Wanted& is_wanted) {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      // For what there never can be room for, nobody waits; others may come to be kept meanwhile.
      const bool is_possible = MayHaveRoom(bytes, own + (kept == nullptr ? 0 : kept->load()));
      if (is_possible && !HasRoom(bytes, account.held_)) {
        freed_.WaitWithDeadline(&mutex_, std::min(deadline, In(kAskIfWanted)));
      }
      if (HasRoom(bytes, account.held_)) {
        Add(bytes, account);
        return absl::OkStatus();
      }
      if (!is_possible || HasPassed(deadline)) {
        ++refused_;
        return NoRoom(std::min(options_.of_account, options_.total));
      }
    }
    if (is_wanted != nullptr && !is_wanted()) {
      return NobodyWaits();
    }
  }
}

void ByteBudget::Remove(size_t bytes, Account& account) {
  absl::MutexLock lock(&mutex_);
  held_ -= bytes;
  account.held_ -= bytes;
  freed_.SignalAll();
}

std::shared_ptr<HeldBytes> ByteBudget::Account::Hold() {
  return std::shared_ptr<HeldBytes>(new HeldBytes(shared_from_this()));
}

ByteBudget::HeldBytes::~HeldBytes() { KeepOnly(0); }

bool ByteBudget::HeldBytes::Take(size_t bytes) {
  if (!account_->budget_->TryAdd(bytes, *account_)) return false;
  absl::MutexLock lock(&mutex_);
  bytes_ += bytes;
  return true;
}

absl::Status ByteBudget::HeldBytes::Reserve(size_t bytes, absl::Time deadline,
                                            const Wanted& is_wanted,
                                            const std::atomic<size_t>* kept) {
  const absl::Status added =
      account_->budget_->AwaitAdd(bytes, *account_, this->bytes(), kept, deadline, is_wanted);
  if (!added.ok()) return added;
  absl::MutexLock lock(&mutex_);
  bytes_ += bytes;
  return absl::OkStatus();
}

void ByteBudget::HeldBytes::KeepOnly(size_t bytes) {
  size_t too_many = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (bytes_ <= bytes) return;
    too_many = bytes_ - bytes;
    bytes_ = bytes;
    if (kept_ != nullptr) *kept_ -= too_many;
  }
  account_->budget_->Remove(too_many, *account_);
}

void ByteBudget::HeldBytes::CountAsKept(std::shared_ptr<std::atomic<size_t>> kept) {
  absl::MutexLock lock(&mutex_);
  kept_ = std::move(kept);
  *kept_ += bytes_;
}

size_t ByteBudget::HeldBytes::bytes() const {
  absl::MutexLock lock(&mutex_);
  return bytes_;
}

}  // namespace countersign::base
