#include "verifier/evidence/look_phases.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "base/rounded_seconds.h"

namespace countersign::verifier {
namespace {

// In the order of LookPhase.
constexpr std::array<std::string_view, kLookPhases> kWords = {
    "waiting for its turn (queue)",
    "waiting for the registry to say what the tag means (resolve)",
    "waiting for credentials (credentials)",
    "waiting for the registry's answer (fetch)",
    "checking signatures (verify)",
};

constexpr absl::Duration kTooShortToSay = absl::Milliseconds(50);

}  // namespace

LookPhases::Stay::Stay(LookPhases* phases, LookPhase phase) : phases_(phases), phase_(phase) {
  if (phases_ != nullptr) phases_->Enter(phase_);
}

LookPhases::Stay::~Stay() {
  if (phases_ != nullptr) phases_->Leave(phase_);
}

LookPhases::LookPhases(const base::Clock* clock) : clock_(clock), begun_(clock->Now()) {}

absl::Duration LookPhases::Spent::Until(absl::Time now) const {
  return inside == 0 ? before : before + std::max(now - since, absl::ZeroDuration());
}

void LookPhases::PutInLine() {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mutex_);
  begun_ = now;
  is_in_line_ = true;
  for (Spent& spent : spent_) {
    spent.before = absl::ZeroDuration();
    spent.since = now;
  }
}

void LookPhases::Begin() {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mutex_);
  if (std::exchange(is_in_line_, false)) In(LookPhase::kQueue).before += now - begun_;
}

void LookPhases::Enter(LookPhase phase) {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mutex_);
  Spent& spent = In(phase);
  if (spent.inside++ == 0) spent.since = now;
}

void LookPhases::Leave(LookPhase phase) {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mutex_);
  Spent& spent = In(phase);
  const absl::Duration until_now = spent.Until(now);
  if (--spent.inside == 0) spent.before = until_now;
}

std::string LookPhases::WhatTook() const {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mutex_);
  const absl::Duration whole = now - begun_;
  if (whole < kTooShortToSay) return "";
  size_t longest = 0;
  absl::Duration took = is_in_line_ ? whole : spent_[0].Until(now);
  for (size_t i = 1; i < kLookPhases; ++i) {
    const absl::Duration this_took = spent_[i].Until(now);
    if (this_took <= took) continue;
    longest = i;
    took = this_took;
  }
  return absl::StrCat(kWords[longest], " took ", base::RoundedSeconds(took), " of ",
                      base::RoundedSeconds(whole));
}

absl::Status LookPhases::Explain(const absl::Status& status) const {
  if (!absl::IsDeadlineExceeded(status)) return status;
  const std::string what = WhatTook();
  if (what.empty()) return status;
  absl::Status explained(status.code(), absl::StrCat(status.message(), "; ", what));
  status.ForEachPayload([&explained](absl::string_view type, const absl::Cord& payload) {
    explained.SetPayload(type, payload);
  });
  return explained;
}

}  // namespace countersign::verifier
