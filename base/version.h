#ifndef COUNTERSIGN_BASE_VERSION_H_
#define COUNTERSIGN_BASE_VERSION_H_

#include <string_view>

namespace countersign::base {

// Of all programs of this project; they are released together.
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_VERSION_H_
