#include "shim/address_follower.h"

#include <utility>

#include "base/deadline.h"
#include "base/log.h"

namespace countersign::shim {
namespace {

// How often it is seen whether the next is due: a question waits 1.5 seconds for a connection, in which
// kAtLeast, this and the look-up have room.
constexpr absl::Duration kTick = absl::Milliseconds(200);

}  // namespace

AddressFollower::AddressFollower(LookUp look_up, Tell tell, const base::Clock* clock)
    : look_up_(std::move(look_up)),
      tell_(std::move(tell)),
      clock_(clock),
      thread_(clock, absl::ZeroDuration(), [this] { return Look(); }) {}

absl::Status AddressFollower::Fault() const {
  absl::MutexLock lock(&mutex_);
  return fault_;
}

absl::Duration AddressFollower::Look() {
  const absl::Duration since = clock_->Now() - last_;
  if (since < (is_missed_ ? kAtLeast : kEvery)) return kTick;
  last_ = clock_->Now();
  // Before it begins: whoever misses one meanwhile may have seen more than it does.
  is_missed_ = false;
  const absl::StatusOr<std::vector<std::string>> addresses = look_up_(base::In(kPatience));
  if (addresses.ok()) tell_(*addresses);
  Note(addresses.status());
  return kTick;
}

void AddressFollower::Note(const absl::Status& fault) {
  absl::MutexLock lock(&mutex_);
  if (fault_ == fault) return;
  fault_ = fault;
  if (fault.ok()) {
    base::LogInfo("shim", "The verifiers' addresses can be looked up again.");
  } else {
    base::LogWarning("shim", "The verifiers' addresses stay as they are.",
                     {{"error", std::string(fault.message())}});
  }
}

}  // namespace countersign::shim
