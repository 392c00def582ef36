#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "kube/manifests/yaml_documents.h"

namespace {

using countersign::base::Json;
using countersign::kube::SourceLines;

bool HasShapeOf(const Json& json, const SourceLines& lines, int depth) {
  if (depth > 64 || lines.line < 1) return false;
  if (!json.is_structured()) return lines.children.empty() && lines.names.empty();
  if (lines.children.size() != json.size()) return false;
  for (size_t i = 0; i < lines.children.size(); ++i) {
    const Json& child = json.is_object() ? json.at(lines.names[i]) : json[i];
    if (!HasShapeOf(child, lines.children[i], depth + json.is_structured())) return false;
  }
  return true;
}

}  // namespace

// What is read can be written as JSON, is no deeper than allowed, and has a line for every value.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto documents = countersign::kube::ParseYamlDocuments("fuzz.yaml", text);
  if (!documents.ok()) return 0;
  for (const auto& document : *documents) {
    // Throws if a string is not UTF-8.
    (void)document.json.dump();
    if (!HasShapeOf(document.json, document.lines, 0)) std::abort();
  }
  return 0;
}
