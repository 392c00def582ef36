#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/json_extract.h"
#include "base/json_parts.h"
#include "base/json_quick.h"

namespace {

namespace base = countersign::base;

// What is read quickly is what is read slowly: the same values of the same types, or the same words.
void Compare(std::string_view text, const base::JsonParts& parts, const base::JsonLimits& limits) {
  const auto slow = base::ExtractJson(text, parts, limits);
  const auto quick = base::ExtractJsonQuickly(text, parts, limits);
  if (slow.status() != quick.status()) std::abort();
  if (slow.ok() &&
      (slow->value != quick->value || slow->value.dump() != quick->value.dump() ||
       slow->is_complete != quick->is_complete || slow->memory_bytes < quick->memory_bytes)) {
    std::abort();
  }
}

}  // namespace

// The same as ExtractJson gives, which json_extract_fuzz.cc holds against nlohmann's parser, and as
// that says itself.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const base::JsonParts all = {.all = true};
  Compare(text, all, {});
  Compare(text, all, {.max_depth = 3, .max_values = 5});
  base::JsonParts parts;
  parts.At("/a/b");
  parts.At("/list").Elements().At("/name");
  parts.At("/list").max_elements = 2;
  parts.At("/metadata").prefix = std::string("a");
  parts.max_strays = 3;
  Compare(text, parts, {.max_values = 7});

  const auto parsed = base::ParseJson(text, {.max_values = size + 1});
  const auto quick = base::ExtractJsonQuickly(text, all, {});
  if (quick.status().message().find("too long") != std::string_view::npos) return 0;
  if (parsed.ok() != quick.ok()) std::abort();
  if (quick.ok() && quick->is_complete && quick->value != *parsed) std::abort();
  return 0;
}
