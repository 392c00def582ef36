#ifndef COUNTERSIGN_TUF_FILE_UPDATE_H_
#define COUNTERSIGN_TUF_FILE_UPDATE_H_

#include <string>
#include <variant>

#include "absl/time/time.h"
#include "tuf/archive.h"
#include "tuf/failure.h"
#include "tuf/update.h"

namespace countersign::tuf {

// One update (tuf/update.h) from files that are all there, instead of from a mirror. It begins with
// this root, which somebody vouches for, and nothing else. Pure: `now` is the time throughout; with
// absl::InfinitePast() nothing in them has expired, and the end says when they do.
std::variant<Failure, Done> UpdateFromFiles(Files files, std::string root, absl::Time now,
                                            const TargetNames& names);

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_FILE_UPDATE_H_
