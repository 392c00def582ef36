#ifndef COUNTERSIGN_TUF_SIGNATURES_H_
#define COUNTERSIGN_TUF_SIGNATURES_H_

#include <cstddef>

#include "tuf/envelope.h"
#include "tuf/metadata.h"

namespace countersign::tuf {

// How many of the role's keys made one of the signatures over the bytes. Keys that are equal are
// one, under however many ids they are listed; a signature counts only for the key whose id it
// names; one that does not hold, or is by somebody else, changes nothing. Pure; checks each
// signature once at the most.
size_t CountSigners(const SignedBytes& signed_bytes, const Role& role);

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_SIGNATURES_H_
