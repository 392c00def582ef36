#ifndef COUNTERSIGN_VERIFIER_TRUST_REMOTE_ROOT_H_
#define COUNTERSIGN_VERIFIER_TRUST_REMOTE_ROOT_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/turnstile.h"
#include "http/client/client.h"
#include "policy/sigstore/trust_root.h"
#include "tuf/update.h"
#include "verifier/trust/trusted_root_update.h"

namespace countersign::verifier {

// Of a file of a mirror, so that several mirrors may be asked at a time.
inline constexpr size_t kMaxRemoteFileBytes = 512 << 10;

// What the updates of several mirrors share, and what one of them may have.
struct RemoteTerms {
  std::string name;  // of the TrustRoot, as whose work it waits
  size_t max_bytes;  // of all that is kept
  absl::Time now;    // what is not held against it has not expired
  absl::Time deadline;
};

// Brings what is kept of a TrustRoot's mirror up to date, and gives the trusted root there, with when
// it expires. `state` begins with the object's root, and keeps what is verified, whatever comes
// next; beside it there is one file at a time. Somebody else than the operator has named the mirror:
// local addresses are not asked, and its files are verified in turn with those of others, one in a
// turn, until the deadline.
//
// Errors are those of UpdateTrustedRoot (verifier/trust/trusted_root_update.h); ResourceExhausted if
// there were more to keep, which is then as it was before that file; DeadlineExceeded if there is no
// turn in time.
absl::StatusOr<DatedRoot> UpdateRemoteRoot(const policy::RemoteRepository& remote,
                                           const RemoteTerms& terms, http::Client& client,
                                           base::Turnstile& turnstile, tuf::TrustedState& state);

// The bytes of all files that are kept.
size_t RemoteRootBytes(const tuf::TrustedState& state);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_TRUST_REMOTE_ROOT_H_
