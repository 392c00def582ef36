#ifndef COUNTERSIGN_BASE_SHARE_RULE_H_
#define COUNTERSIGN_BASE_SHARE_RULE_H_

#include <algorithm>
#include <cstddef>

namespace countersign::base {

// How much one of those who share something may hold: no more than `weight` times what is then left.
// So alone he can have weight/(weight + 1) of it. Where n hold all that they may, whoever came and
// gave back before, 1/(weight + 1)^n of it is left: something for the next that comes, who in turn
// may have weight/(weight + 1) of that.
//
// Of little things, such as requests, the first is never too much where `least` is 1: as long as
// anything is left, everybody may have so much, whatever is left then.
//
// Where `least` is a large part of what there is, those who have just that could take all. So what is
// `spared` is for them: whoever takes more than `least` leaves so much, and of that many have theirs,
// whoever came before. `weight` counts what is beside it: alone one can have weight/(weight + 1) of
// that.
//
// What one has may be shared again, by those for whom he takes it. What there is to share is then
// what he may take:
//
//   groups.RoomFor(of_group, sources.RoomFor(of_source, left))
//
// As what he takes is taken of just that, group and source are then both within their shares. Pure.
struct ShareRule {
  size_t weight = 1;  // less than SIZE_MAX
  size_t least = 0;
  size_t spared = 0;

  // How much more whoever holds `own` may take, of so much that is `left`: the largest `more` for
  // which own + more <= max(weight * (left - more - spared), least), or 0; what would be negative is
  // 0. Exact for whatever holds own + left <= SIZE_MAX.
  constexpr size_t RoomFor(size_t own, size_t left) const {
    // What must remain is one part in weight + 1 of what is his or nobody's, rounded up: the same,
    // without a product that might be too large.
    const size_t beside = left > spared ? left - spared : 0;
    const size_t reach = own + beside;
    const size_t parts = weight + 1;
    const size_t remains = reach / parts + (reach % parts == 0 ? 0 : 1);
    const size_t by_weight = beside > remains ? beside - remains : 0;
    const size_t to_least = least > own ? least - own : 0;
    return std::max(by_weight, std::min(to_least, left));
  }
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_SHARE_RULE_H_
