#ifndef COUNTERSIGN_TUF_KEPT_H_
#define COUNTERSIGN_TUF_KEPT_H_

#include <string_view>
#include <variant>

#include "tuf/failure.h"
#include "tuf/update.h"

namespace countersign::tuf {

// What the files of a kept state say together, without a mirror: the target of that name, and when
// the first of those that vouch for it expires, which may be over. A failure says what keeps them
// from vouching for the target: an update that ended half way has left some that are newer than
// others. Pure.
std::variant<Failure, Done> ReadKept(const TrustedState& state, std::string_view target);

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_KEPT_H_
