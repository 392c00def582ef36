#ifndef COUNTERSIGN_TUF_CLIENT_MIRROR_H_
#define COUNTERSIGN_TUF_CLIENT_MIRROR_H_

#include <cstddef>
#include <string>
#include <variant>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "http/client/client.h"
#include "tuf/client/state_directory.h"
#include "tuf/failure.h"
#include "tuf/metadata.h"
#include "tuf/update.h"

namespace countersign::tuf {

// Where a repository is to be had: metadata at the URL, targets in a folder below it.
struct Mirror {
  std::string url;  // http or https: everything is signed, so that the way there needs no trust
  TargetNames names;
  // Of a URL that somebody else than the operator has named (http/client/client.h).
  bool refuse_local_addresses = false;
  // Of a file, where the update itself would take more.
  size_t max_file_bytes = kMaxTargetsBytes;
};

// What is done with each change of the state, in order, as soon as it has been verified; the bytes
// may be moved away, into the state too. An error ends the update.
using Keep = absl::FunctionRef<absl::Status(Change& change)>;

// Calls `step`, which verifies one file and waits for nobody, when its turn has come. An error, with
// which the update ends: it was not called.
using InTurn = absl::FunctionRef<absl::Status(absl::FunctionRef<void()> step)>;

// One update from the mirror, which keeps what is verified. It begins with `state`: what was kept,
// with a root to begin with where nothing was yet. Beside it no more than one file is held at a time.
// The target is given back and not kept, as its reader may not want it.
//
// That there is no newer root the mirror says by 404, or by 403, as object stores do whose files
// nobody may list; of other files that is a failure.
//
// A failure is what the update found (tuf/update.h); a status is what could not be found out, of the
// file that is named: the client's errors, Unavailable also where the mirror answers otherwise, and
// those of whoever keeps or gives turns; DeadlineExceeded also if the deadline passes between two
// files. Redirects are not followed.
absl::StatusOr<std::variant<Failure, Done>> UpdateFrom(const Mirror& mirror, http::Client& client,
                                                       Keep keep, InTurn in_turn,
                                                       const TrustedState& state, absl::Time now,
                                                       absl::Time deadline);

// The same, kept in a directory, each step when it is there.
absl::StatusOr<std::variant<Failure, Done>> UpdateFrom(const Mirror& mirror, http::Client& client,
                                                       const StateDirectory& directory,
                                                       const TrustedState& state, absl::Time now,
                                                       absl::Time deadline);

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_CLIENT_MIRROR_H_
