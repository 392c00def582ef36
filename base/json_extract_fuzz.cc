#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "base/json_extract.h"

// What is taken is what ParseJson takes, whether it is kept or not, and means the same; but for long
// numbers.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace base = countersign::base;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = base::ParseJson(text);
  if (parsed.status().message().find("values") != std::string_view::npos) return 0;
  const auto all = base::ExtractJson(text, {.all = true}, {});
  const auto nothing = base::ExtractJson(text, {}, {});
  const auto strays = base::ExtractJson(text, {.max_strays = 4}, {});
  if (all.ok() != nothing.ok() || all.ok() != strays.ok()) std::abort();
  if (strays.ok() && strays->value.is_object() && strays->value.size() > 4) std::abort();
  if (all.status().message().find("too long") != std::string_view::npos) return 0;
  if (all.ok() != parsed.ok()) std::abort();
  if (parsed.ok() && all->is_complete && all->value != *parsed) std::abort();
  return 0;
}
