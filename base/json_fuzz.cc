#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"

// What is accepted means the same to a second reader: written and read again it is the same value,
// and nlohmann's own parser reads the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace base = countersign::base;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = base::ParseJson(text);
  if (!value.ok()) return 0;

  const auto again = base::ParseJson(value->dump());
  if (!again.ok() || *again != *value) std::abort();
  if (base::Json::parse(text, nullptr, /*allow_exceptions=*/false) != *value) std::abort();
  return 0;
}
