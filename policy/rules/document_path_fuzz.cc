#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json_pointer.h"
#include "policy/rules/document_path.h"

// Invariant: what is a path is written again from its tokens, byte for byte.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using countersign::policy::DocumentPath;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto path = DocumentPath::Parse(text);
  if (!path.ok()) return 0;
  std::string again;
  bool has_each = false;
  for (const DocumentPath::Token& token : path->tokens()) {
    again = countersign::base::JsonPointer(again, token.name);
    has_each = has_each || token.is_each;
  }
  if (again != text || path->text() != text || path->has_each() != has_each) std::abort();
  return 0;
}
