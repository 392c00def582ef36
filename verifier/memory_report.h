#ifndef COUNTERSIGN_VERIFIER_MEMORY_REPORT_H_
#define COUNTERSIGN_VERIFIER_MEMORY_REPORT_H_

#include <cstddef>
#include <optional>
#include <string>

namespace countersign::verifier {

// What a memory or a sum holds now, for people; the same as metrics is in memory_metrics.h and
// work_metrics.h.
struct MemoryUse {
  std::string what;
  std::optional<size_t> entries;
  std::optional<size_t> bytes;
  std::optional<size_t> max_bytes;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_MEMORY_REPORT_H_
