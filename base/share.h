#ifndef COUNTERSIGN_BASE_SHARE_H_
#define COUNTERSIGN_BASE_SHARE_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace countersign::base {

// On whose behalf something scarce is used (a thread, a place in a queue, a registry's patience).
// What is shared is handed out in turns by caller first, then by group, then by request, so that
// nobody gets more by inventing groups or by asking more at once.
struct Share {
  // Who asks, by what he cannot choose: a source address, the name in a certificate.
  std::string caller;
  // What he asks about, which he may have made up: a namespace.
  std::string group;
  // One question, with all that it takes to answer it; a number that is its own.
  uint64_t request = 0;

  friend bool operator==(const Share&, const Share&) = default;
};

// How much of `total` one caller, one group of his and one request of that may hold at a time.
// A caller may take another while he holds less than what is left of everything, a group while it
// holds less than twice what is left of its caller's part, a request while it holds less than what
// is left of its group's. So alone a caller holds half of everything, a group two thirds of that, a
// request half of that (of 512: 256, 171, 86); where several hold all they may, each is left with
// less, and something remains for the next that comes. Whoever holds nothing may take one as long as
// the level above has any left. Pure.
class ShareLimits {
 public:
  enum Level : size_t { kCaller = 0, kGroup = 1, kRequest = 2 };
  static constexpr size_t kLevels = 3;

  explicit ShareLimits(size_t total) {
    size_t above = total;
    for (size_t level = 0; level < kLevels; ++level) {
      const size_t weight = kWeights[level];
      most_[level] = above - above / (weight + 1);
      above = most_[level];
    }
  }

  // What is left for somebody who holds `held` already, of `left_above` that the level above has
  // left. Zero: he may not take another.
  size_t Left(size_t level, size_t left_above, size_t held) const {
    const size_t allowed = std::min(kWeights[level] * left_above, most_[level]);
    return allowed > held ? allowed - held : 0;
  }

 private:
  static constexpr std::array<size_t, kLevels> kWeights = {1, 2, 1};
  std::array<size_t, kLevels> most_ = {};
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_SHARE_H_
