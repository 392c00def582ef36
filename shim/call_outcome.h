#ifndef COUNTERSIGN_SHIM_CALL_OUTCOME_H_
#define COUNTERSIGN_SHIM_CALL_OUTCOME_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/status.h"
#include "shim/verifier_channels.h"
#include "shim/verifier_peers.h"

namespace countersign::shim {

// How long a call waits for a connection when there is none: longer than the longest pause between
// two attempts to connect (verifier_connections), so that a verifier that has just come back is found. A
// question with less time than this is late, and not one that nobody could be asked: what made it late may be
// whoever asks. And a verifier that has not answered for so long may have vanished without a word.
inline constexpr absl::Duration kConnectionWait = absl::Milliseconds(1'500);

// Whether another verifier may answer what this one did not. Nobody here cancels a call: Cancelled
// is a verifier that ended before it had taken it up. Pure.
bool IsWorthAnother(const absl::Status& status);

// What a call that was sent then came to: it is remembered among the peers, and of the turn's verifier, of
// which others are asked first for a moment where it turned the call away or may have vanished. Thread-safe.
absl::Status NoteOutcome(const grpc::ClientContext& context, const grpc::Status& status,
                         absl::Time sent, VerifierChannels::Turn& turn, VerifierPeers& peers);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_CALL_OUTCOME_H_
