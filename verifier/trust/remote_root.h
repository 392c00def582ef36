#ifndef COUNTERSIGN_VERIFIER_TRUST_REMOTE_ROOT_H_
#define COUNTERSIGN_VERIFIER_TRUST_REMOTE_ROOT_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "http/client/client.h"
#include "policy/sigstore/trust_root.h"
#include "tuf/update.h"
#include "verifier/trust/trusted_root_update.h"

namespace countersign::verifier {

// Of a file of a mirror, so that several mirrors may be asked at a time.
inline constexpr size_t kMaxRemoteFileBytes = 512 << 10;

// Brings what is kept of a TrustRoot's mirror up to date, and gives the trusted root there, with when
// it expires. `state` begins with the object's root, and keeps what is verified, whatever comes
// next. Somebody else than the operator has named the mirror: local addresses are not asked.
//
// Errors are those of UpdateTrustedRoot (verifier/trust/trusted_root_update.h).
absl::StatusOr<DatedRoot> UpdateRemoteRoot(const policy::RemoteRepository& remote,
                                           tuf::TrustedState& state, http::Client& client,
                                           absl::Time now, absl::Time deadline);

// The bytes of all files that are kept.
size_t RemoteRootBytes(const tuf::TrustedState& state);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_TRUST_REMOTE_ROOT_H_
