#ifndef COUNTERSIGN_CLI_TRUSTED_ROOT_UPDATE_H_
#define COUNTERSIGN_CLI_TRUSTED_ROOT_UPDATE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cosign/trusted_root.h"
#include "http/client/client.h"

namespace countersign::cli {

struct TrustedRootSource {
  std::string mirror;  // URL of a TUF repository
  std::string state;   // directory (tuf/client/state_directory.h)
  // File with the TUF root to begin with where the directory has none; "": the one that is shipped
  // for Sigstore's public instance (trust/shipped_roots.h).
  std::string root;
};

// Brings the trusted root in the directory up to date, and gives it. It is replaced only by one that
// was verified and can be read; whatever fails, it is as it was. FailedPrecondition: the mirror's
// files were looked at and not accepted; InvalidArgument: what was accepted is no trusted root; other
// errors are those of the mirror, the directory and the file.
absl::StatusOr<cosign::TrustedRoot> UpdateTrustedRoot(const TrustedRootSource& source,
                                                      http::Client& client, absl::Time now,
                                                      absl::Time deadline);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_TRUSTED_ROOT_UPDATE_H_
