#include "shim/verifier_channels.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/log.h"
#include "shim/affinity.h"

namespace countersign::shim {
namespace {

// How long one channel is waited for until all are looked at again: the first time, and at the most, as
// it doubles each time.
constexpr absl::Duration kFirstWait = absl::Milliseconds(5);
constexpr absl::Duration kLongestWait = absl::Milliseconds(100);

// The more, the sooner a call could be sent.
int Nearness(grpc_connectivity_state state) {
  switch (state) {
    case GRPC_CHANNEL_READY:
      return 4;
    case GRPC_CHANNEL_CONNECTING:
      return 3;
    case GRPC_CHANNEL_IDLE:
      return 2;
    case GRPC_CHANNEL_TRANSIENT_FAILURE:
      return 1;
    case GRPC_CHANNEL_SHUTDOWN:
      break;
  }
  return 0;
}

}  // namespace

VerifierChannels::VerifierChannels(Connect connect, std::function<void()> on_missed,
                                   const base::Clock* clock)
    : connect_(std::move(connect)), on_missed_(std::move(on_missed)), clock_(clock) {}

void VerifierChannels::Set(std::vector<std::string> targets) {
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  const size_t found = targets.size();
  targets.resize(std::min(found, kMaxVerifiers));
  std::vector<Verifier> dropped;  // whose channels end without the lock
  absl::MutexLock lock(&mutex_);
  std::vector<Verifier> verifiers;
  for (std::string& target : targets) {
    const auto known = std::find_if(verifiers_.begin(), verifiers_.end(),
                                    [&](const Verifier& one) { return one.target == target; });
    if (known != verifiers_.end()) {
      verifiers.push_back(*known);
      continue;
    }
    const uint64_t hash = AffinityHash(target);
    std::shared_ptr<grpc::Channel> channel = connect_(target);
    verifiers.push_back({.target = std::move(target),
                         .hash = hash,
                         .channel = channel,
                         .stub = std::make_shared<v1::Verifier::Stub>(channel)});
  }
  if (verifiers.size() != verifiers_.size() && found > kMaxVerifiers) {
    base::LogWarning("shim", "There are more verifiers than are asked.",
                     {{"verifiers", absl::StrCat(found)}, {"asked", absl::StrCat(kMaxVerifiers)}});
  }
  dropped = std::exchange(verifiers_, std::move(verifiers));
}

VerifierChannels::Turn::Turn(VerifierChannels* channels, std::string target,
                             std::shared_ptr<grpc::Channel> channel,
                             std::shared_ptr<v1::Verifier::Stub> stub, bool is_alone)
    : channels_(channels),
      target_(std::move(target)),
      channel_(std::move(channel)),
      stub_(std::move(stub)),
      is_alone_(is_alone) {}

VerifierChannels::Turn::Turn(Turn&& from) noexcept
    : channels_(std::exchange(from.channels_, nullptr)),
      target_(std::move(from.target_)),
      channel_(std::move(from.channel_)),
      stub_(std::move(from.stub_)),
      is_alone_(from.is_alone_) {}

VerifierChannels::Turn::~Turn() {
  if (channels_ == nullptr) return;
  absl::MutexLock lock(&channels_->mutex_);
  if (Verifier* verifier = channels_->Find(*this)) --verifier->calls;
}

void VerifierChannels::Turn::TurnedAway() {
  const absl::Time until = channels_->clock_->Now() + kTurnsAwayFor;
  absl::MutexLock lock(&channels_->mutex_);
  if (Verifier* verifier = channels_->Find(*this)) verifier->turns_away_until = until;
}

VerifierChannels::Verifier* VerifierChannels::Find(const Turn& turn) {
  for (Verifier& verifier : verifiers_) {
    if (verifier.channel == turn.channel()) return &verifier;
  }
  return nullptr;
}

VerifierChannels::Turn VerifierChannels::Begin(Verifier* verifier) {
  const bool is_alone = verifier->calls++ == 0;
  return Turn(this, verifier->target, verifier->channel, verifier->stub, is_alone);
}

std::optional<VerifierChannels::Turn> VerifierChannels::Choose(uint64_t key,
                                                               std::string_view except) {
  const absl::Time now = clock_->Now();
  bool is_missed = false;
  std::optional<Turn> turn;
  {
    absl::MutexLock lock(&mutex_);
    is_missed = verifiers_.empty();
    std::vector<VerifierAt> at;
    at.reserve(verifiers_.size());
    std::optional<size_t> excepted;
    for (const Verifier& verifier : verifiers_) {
      if (verifier.target == except) excepted = at.size();
      const bool is_connected =
          verifier.channel->GetState(/*try_to_connect=*/true) == GRPC_CHANNEL_READY;
      is_missed = is_missed || !is_connected;
      at.push_back({.hash = verifier.hash,
                    .is_connected = is_connected,
                    .turns_away = now < verifier.turns_away_until,
                    .calls = verifier.calls});
    }
    if (const std::optional<size_t> chosen = ChooseVerifier(key, at, excepted)) {
      turn.emplace(Begin(&verifiers_[*chosen]));
    }
  }
  if (is_missed) on_missed_();
  return turn;
}

// What gRPC can wait for is a change of one channel.
void VerifierChannels::AwaitChange(size_t which, absl::Time deadline) {
  std::shared_ptr<grpc::Channel> channel;
  {
    absl::MutexLock lock(&mutex_);
    if (!mutex_.AwaitWithDeadline(absl::Condition(this, &VerifierChannels::HasAny), deadline))
      return;
    channel = verifiers_[which % verifiers_.size()].channel;
  }
  channel->WaitForConnected(absl::ToChronoTime(deadline));
}

std::optional<VerifierChannels::Turn> VerifierChannels::AwaitTurn(uint64_t key,
                                                                  std::string_view except,
                                                                  absl::Time deadline) {
  absl::Duration wait = kFirstWait;
  for (size_t round = 0;; ++round) {
    if (std::optional<Turn> turn = Choose(key, except)) return turn;
    if (base::HasPassed(deadline)) return std::nullopt;
    AwaitChange(round, std::min(deadline, base::In(wait)));
    wait = std::min(2 * wait, kLongestWait);
  }
}

std::optional<VerifierChannels::Turn> VerifierChannels::AnyTurn(uint64_t key, absl::Time deadline) {
  if (std::optional<Turn> turn = Choose(key, "")) return turn;
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithDeadline(absl::Condition(this, &VerifierChannels::HasAny), deadline)) {
    return std::nullopt;
  }
  const auto rank = [key](const Verifier& verifier) {
    return std::pair(-Nearness(verifier.channel->GetState(/*try_to_connect=*/true)),
                     AffinityHash(key ^ verifier.hash));
  };
  auto best = verifiers_.begin();
  for (auto one = verifiers_.begin(); one != verifiers_.end(); ++one) {
    if (rank(*one) < rank(*best)) best = one;
  }
  return Begin(&*best);
}

std::string VerifierChannels::State() const {
  int nearest = 0;
  absl::MutexLock lock(&mutex_);
  if (verifiers_.empty()) return "idle";
  for (const Verifier& verifier : verifiers_) {
    nearest = std::max(nearest, Nearness(verifier.channel->GetState(/*try_to_connect=*/false)));
  }
  constexpr const char* kNames[] = {"shut down", "transient failure", "idle", "connecting",
                                    "ready"};
  return kNames[nearest];
}

}  // namespace countersign::shim
