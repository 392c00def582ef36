#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "base/base64.h"

// What is accepted is the encoding of what it decodes to, but for the unused bits of the last
// digit, and where JSON of Protocol Buffers has it, for alphabet and padding.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace base = countersign::base;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto bytes = base::DecodeBase64(text);
  const auto lenient = base::DecodeBase64(text, base::LineBreaks::kIgnored);
  const auto proto = base::DecodeProtoBase64(text);
  if (proto.ok()) {
    const std::string urls = absl::WebSafeBase64Escape(*proto);
    std::string again = absl::StrReplaceAll(text, {{"+", "-"}, {"/", "_"}});
    again.resize(urls.size(), '!');
    if (again != urls || text.size() > (urls.size() + 3) / 4 * 4) std::abort();
  }
  if (!bytes.ok()) return 0;

  if (proto.ok() && *proto != *bytes) std::abort();
  if (!lenient.ok() || *lenient != *bytes) std::abort();
  const std::string encoded = absl::Base64Escape(*bytes);
  if (encoded.size() != size || base::DecodeBase64(encoded).value() != *bytes) std::abort();
  return 0;
}
