#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "kube/manifests/source_lines.h"

namespace {

using countersign::base::Json;
using countersign::kube::SourceLines;

bool HasShapeOf(const Json& json, const SourceLines& lines) {
  if (!json.is_structured()) return lines.children.empty() && lines.names.empty();
  if (lines.children.size() != json.size()) return false;
  if (json.is_object() != !lines.names.empty() && !json.empty()) return false;
  for (size_t i = 0; i < lines.children.size(); ++i) {
    const Json& child = json.is_object() ? json.at(lines.names[i]) : json[i];
    if (lines.children[i].line < lines.line || !HasShapeOf(child, lines.children[i])) return false;
  }
  return true;
}

}  // namespace

// The lines of a JSON text have the shape of its value; any other text is survived.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Without limit but for depth: destroying the answer is recursive, as in its only user, who
  // parses first.
  const auto json = countersign::base::ParseJson(text);
  const SourceLines lines = countersign::kube::ReadJsonLines(text.substr(0, 4096));
  (void)countersign::kube::FindLines(lines, text);
  if (json.ok() && text.size() <= 4096 && !HasShapeOf(*json, lines)) std::abort();
  return 0;
}
