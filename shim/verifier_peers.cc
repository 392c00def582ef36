#include "shim/verifier_peers.h"

#include <algorithm>

#include "base/printable.h"
#include "proto/policy_hash.h"

namespace countersign::shim {
namespace {

constexpr size_t kMaxAddressBytes = 128;

}  // namespace

void VerifierPeers::Add(std::string_view address, const absl::Status& status,
                        std::string_view policy_hash) {
  if (address.empty()) return;
  const absl::Time now = clock_->Now();
  const std::string shown = base::Printable(address, kMaxAddressBytes);
  absl::MutexLock lock(&mutex_);
  if (!by_address_.contains(shown) && by_address_.size() == kMaxPeers) {
    by_address_.erase(std::min_element(
        by_address_.begin(), by_address_.end(),
        [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
  }
  VerifierPeer& peer = by_address_[shown];
  peer.address = shown;
  ++peer.calls;
  if (!status.ok()) ++peer.failures;
  peer.last = now;
  peer.last_code = status.code();
  if (!proto::IsPolicyHash(policy_hash)) return;
  peer.policy_hash = std::string(policy_hash);
  peer.hash_told = now;
}

std::vector<VerifierPeer> VerifierPeers::All() const {
  std::vector<VerifierPeer> peers;
  {
    absl::MutexLock lock(&mutex_);
    peers.reserve(by_address_.size());
    for (const auto& [address, peer] : by_address_) peers.push_back(peer);
  }
  std::stable_sort(peers.begin(), peers.end(),
                   [](const VerifierPeer& a, const VerifierPeer& b) { return a.last > b.last; });
  return peers;
}

}  // namespace countersign::shim
