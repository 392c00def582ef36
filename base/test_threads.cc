#include "base/test_threads.h"

#include <filesystem>
#include <iterator>

namespace countersign::base {

size_t CountThreads() {
  const std::filesystem::directory_iterator threads("/proc/self/task");
  return static_cast<size_t>(
      std::distance(std::filesystem::begin(threads), std::filesystem::end(threads)));
}

}  // namespace countersign::base
