#include "shim/call_outcome.h"

#include <string_view>

#include "absl/time/clock.h"
#include "proto/policy_hash.h"
#include "proto/status_codes.h"

namespace countersign::shim {
namespace {

// Whether others are asked first for a moment. One that has vanished without a word is not noticed before
// it misses a deadline; that another's question was slow costs this one's images a look elsewhere. Of a
// question for which there was little time that says nothing: whoever asks may choose how much there is.
bool IsWorthAvoiding(const absl::Status& status, absl::Duration took) {
  return IsWorthAnother(status) || (absl::IsDeadlineExceeded(status) && took >= kConnectionWait);
}

// What a verifier told beside its answer; "": nothing.
std::string_view PolicyHashIn(const grpc::ClientContext& context) {
  const auto& told = context.GetServerTrailingMetadata();
  const auto found = told.find(proto::kPolicyHashKey);
  if (found == told.end()) return "";
  return {found->second.data(), found->second.size()};
}

}  // namespace

bool IsWorthAnother(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsCancelled(status) ||
         absl::IsResourceExhausted(status);
}

absl::Status NoteOutcome(const grpc::ClientContext& context, const grpc::Status& status,
                         absl::Time sent, VerifierChannels::Turn& turn, VerifierPeers& peers) {
  absl::Status noted = proto::FromGrpc(status);
  peers.Add(context.peer(), noted, PolicyHashIn(context));
  if (IsWorthAvoiding(noted, absl::Now() - sent)) turn.TurnedAway();
  return noted;
}

}  // namespace countersign::shim
