#ifndef COUNTERSIGN_TUF_CLIENT_MIRROR_H_
#define COUNTERSIGN_TUF_CLIENT_MIRROR_H_

#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "http/client/client.h"
#include "tuf/client/state_directory.h"
#include "tuf/failure.h"
#include "tuf/update.h"

namespace countersign::tuf {

// Where a repository is to be had: metadata at the URL, targets in a folder below it.
struct Mirror {
  std::string url;  // http or https: everything is signed, so that the way there needs no trust
  TargetNames names;
};

// One update from the mirror, which keeps in the directory what is verified. It begins with `state`:
// what the directory holds, with a root to begin with where it holds none yet. The target is given
// back and not kept, as its reader may not want it.
//
// That there is no newer root the mirror says by 404, or by 403, as object stores do whose files
// nobody may list; of other files that is a failure.
//
// A failure is what the update found (tuf/update.h); a status is what could not be found out, of the
// file that is named: the client's errors, Unavailable also where the mirror answers otherwise, and
// those of the directory. Redirects are not followed.
absl::StatusOr<std::variant<Failure, Done>> UpdateFrom(const Mirror& mirror, http::Client& client,
                                                       const StateDirectory& directory,
                                                       TrustedState state, absl::Time now,
                                                       absl::Time deadline);

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_CLIENT_MIRROR_H_
