#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kube/client/watch_events.h"

namespace {

using countersign::kube::LineSplitter;

std::vector<std::string> Split(std::string_view text, size_t step) {
  LineSplitter splitter;
  std::vector<std::string> lines;
  while (!text.empty()) {
    if (!splitter.Add(text.substr(0, step)).ok()) std::abort();
    text.remove_prefix(std::min(step, text.size()));
    while (auto line = splitter.Next()) lines.push_back(*std::move(line));
  }
  return lines;
}

}  // namespace

// However the bytes come, the lines are the same; an event that is accepted has an object.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> lines = Split(text, size == 0 ? 1 : size);
  if (Split(text, 1) != lines || Split(text, 7) != lines) std::abort();
  for (const std::string& line : lines) {
    if (line.empty() || line.find('\n') != std::string::npos) std::abort();
    const auto event = countersign::kube::ParseWatchEvent(line);
    if (event.ok() && !event->object.is_object()) std::abort();
  }
  (void)countersign::kube::ParseWatchEvent(text);
  return 0;
}
