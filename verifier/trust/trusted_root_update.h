#ifndef COUNTERSIGN_VERIFIER_TRUST_TRUSTED_ROOT_UPDATE_H_
#define COUNTERSIGN_VERIFIER_TRUST_TRUSTED_ROOT_UPDATE_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cosign/trusted_root.h"
#include "http/client/client.h"

namespace countersign::verifier {

// The TUF repositories of Sigstore's public instance, and of its staging instance.
inline constexpr char kSigstoreMirror[] = "https://tuf-repo-cdn.sigstore.dev";
inline constexpr char kSigstoreStagingMirror[] = "https://tuf-repo-cdn.sigstage.dev";

struct TrustedRootSource {
  std::string mirror = kSigstoreMirror;  // URL of a TUF repository
  std::string state;                     // directory (tuf/client/state_directory.h)
  // File with the TUF root to begin with where the directory has none; "": the one that is shipped
  // for Sigstore's public instance (trust/shipped_roots.h), or for its staging instance.
  std::string root;
  bool is_staging = false;
  std::string root_flag = "--root";  // what errors about the file begin with
};

// A trusted root, and the first moment at which something that vouches for it does not hold any
// more, where that is known.
struct DatedRoot {
  std::shared_ptr<const cosign::TrustedRoot> root;
  std::optional<absl::Time> expires;
};

// Brings the trusted root in the directory up to date, and gives it, with when it expires. It is
// replaced only by one that was verified and can be read; whatever fails, it is as it was. The
// mirror's files were looked at and not accepted: OutOfRange if what it has has expired, else
// FailedPrecondition. InvalidArgument: what was accepted is no trusted root. Other errors are those of
// the mirror, the directory and the file.
absl::StatusOr<DatedRoot> UpdateTrustedRoot(const TrustedRootSource& source, http::Client& client,
                                            absl::Time now, absl::Time deadline);

// What the last update left in the directory; nullopt: nothing. When it expires is not known where
// what vouches for it is not there as a whole (tuf/kept.h). InvalidArgument: it is no trusted root;
// other errors are those of the directory, Unavailable if an update is under way.
absl::StatusOr<std::optional<DatedRoot>> LoadKeptRoot(const std::string& state);

// The TUF root to begin with, where the directory of the source has none.
absl::StatusOr<std::string> LoadFirstTufRoot(const TrustedRootSource& source);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_TRUST_TRUSTED_ROOT_UPDATE_H_
