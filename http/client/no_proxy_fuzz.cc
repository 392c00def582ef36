#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/client/no_proxy.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// The input is a list and, on the next line, a host. What a list contains, it contains with more
// entries too; a star contains everything.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using countersign::http::NoProxy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string list(text.substr(0, end));
  const std::string_view host = text.substr(std::min(end + 1, text.size()));
  const bool contains = NoProxy(list).Contains(host, 443);
  if (contains) Require(NoProxy("a.invalid:1,," + list + " , b.invalid").Contains(host, 443));
  Require(NoProxy(list + ",*").Contains(host, 443));
  Require(NoProxy(list).Contains("127.0.0.1", 443));
  return 0;
}
