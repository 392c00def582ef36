#ifndef COUNTERSIGN_TUF_SIGNATURES_H_
#define COUNTERSIGN_TUF_SIGNATURES_H_

#include <cstddef>
#include <optional>

#include "tuf/envelope.h"
#include "tuf/metadata.h"

namespace countersign::tuf {

// What one update checks at the most: as many roots as it takes, each signed by four keys of its own and
// by four of the root before it. Sigstore's instances need some 10 a root.
inline constexpr size_t kMaxSignatureChecks = 2048;

// How many signatures may still be checked for an update, all of whose files are somebody's who is not
// trusted yet. Once it has been used up nothing is found to be signed any more. For one thread.
class SignatureBudget {
 public:
  explicit SignatureBudget(size_t checks = kMaxSignatureChecks) : left_(checks) {}

  // Takes one, which is then made. False if there is none left, and from then on.
  bool Take() {
    if (left_ == 0) return false;
    --left_;
    return true;
  }
  size_t left() const { return left_; }

 private:
  size_t left_;
};

// How many of the role's keys made one of the signatures over the bytes. Keys that are equal are
// one, under however many ids they are listed; a signature counts only for the key whose id it
// names; one that does not hold, or is by somebody else, changes nothing. Nullopt if more would have
// to be checked than `budget` has left. Pure; checks each signature once at the most, and none of a
// key of which one holds already, or of somebody else.
std::optional<size_t> CountSigners(const SignedBytes& signed_bytes, const Role& role,
                                   SignatureBudget& budget);

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_SIGNATURES_H_
