#ifndef COUNTERSIGN_BASE_ROUNDED_SECONDS_H_
#define COUNTERSIGN_BASE_ROUNDED_SECONDS_H_

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace countersign::base {

// A duration in a sentence, to a tenth of a second: "12.3 s"; "0.0 s" of one below zero.
inline std::string RoundedSeconds(absl::Duration duration) {
  const int64_t rounded = absl::ToInt64Milliseconds(duration + absl::Milliseconds(50)) / 100;
  const int64_t tenths = std::max<int64_t>(rounded, 0);
  return absl::StrCat(tenths / 10, ".", tenths % 10, " s");
}

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_ROUNDED_SECONDS_H_
