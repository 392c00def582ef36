#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "http/client/url.h"

namespace {

using countersign::http::Url;

// What is understood is understood the same when it is printed: nobody is sent to a host other than
// the one that was looked at.
void Check(const absl::StatusOr<Url>& url) {
  if (!url.ok()) return;
  const absl::StatusOr<Url> again = Url::Parse(url->ToString());
  if (!again.ok() || again->ToString() != url->ToString() || !again->IsSameOrigin(*url))
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Check(Url::Parse(text));
  Check(Url::Parse("https://host:5000/v2/a?q")->Resolve(text));
  return 0;
}
