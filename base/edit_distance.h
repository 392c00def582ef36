#ifndef COUNTERSIGN_BASE_EDIT_DISTANCE_H_
#define COUNTERSIGN_BASE_EDIT_DISTANCE_H_

#include <cstddef>
#include <string_view>

namespace countersign::base {

// The least number of bytes to replace, to add or to leave out to make one of the other (Levenshtein's
// distance). Takes time by the product of their lengths: cut what others wrote.
size_t EditDistance(std::string_view a, std::string_view b);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_EDIT_DISTANCE_H_
