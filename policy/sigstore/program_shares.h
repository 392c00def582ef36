#ifndef COUNTERSIGN_POLICY_SIGSTORE_PROGRAM_SHARES_H_
#define COUNTERSIGN_POLICY_SIGSTORE_PROGRAM_SHARES_H_

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace countersign::policy {

// How much of what regular expressions take when they are compiled each of many policies may have, in
// instructions of RE2's programs: some 16 bytes each, and a few times that with what they are made of.
// Each has a share that nobody takes away, and beyond it as much as those before it have left of the
// rest, from which the shares of all that there may be are kept, whether they are there or not: so
// nobody who comes later takes anything from who is there, where they are asked in an order that authors
// do not choose. For one thread.
class ProgramShares {
 public:
  static constexpr size_t kAll = size_t{1} << 21;
  static constexpr size_t kOne = size_t{1} << 10;
  // So many there may be in a cluster. Files may hold more, whose shares come on top.
  static constexpr size_t kPolicies = 1000;

  // What the next one may have.
  size_t Allowance() const { return kOne + rest_; }
  // That one has taken so much, which is no more than its allowance.
  void Take(size_t instructions) {
    rest_ -= std::min(rest_, instructions - std::min(instructions, kOne));
  }

 private:
  size_t rest_ = kAll - kPolicies * kOne;
};

// The places of the objects, those first that have been there longest, and of one second by their names:
// the API server says when, not who makes them, and every verifier sees the same. None is null. Pure.
std::vector<size_t> InOrderOfCreation(const std::vector<const base::Json*>& objects);

// What to do about it where the allowance is not enough.
inline constexpr std::string_view kNoRoomForExpressions =
    "there is no room for its regular expressions: those of a policy may take 1,024 instructions "
    "of RE2, and more as far as all policies together have room, which those have first that were "
    "created first; write fewer or shorter ones, or exact texts in their place";

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_PROGRAM_SHARES_H_
