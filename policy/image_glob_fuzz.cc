#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "policy/image_glob.h"

namespace countersign::policy {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

// What holds for every glob and every name.
void Check(const ImageGlob& glob, std::string_view name) {
  const bool matches = glob.Matches(name);
  if (glob.Covers(name)) Require(matches);
  if (!glob.HasStars()) Require(matches == (name == glob.text()));
  if (matches) {
    Require(absl::StartsWith(name, glob.prefix()) && absl::EndsWith(name, glob.suffix()));
    // A star more takes nothing away.
    const std::string wider = "**" + glob.text() + "**";
    if (glob.text() != "*" && glob.text() != "*/*" && wider.size() <= 4096) {
      Require(ImageGlob::Parse(wider)->Matches(name));
    }
  }
}

}  // namespace

// The input is a glob and a name, a line each.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t end = bytes.find('\n');
  const auto glob = ImageGlob::Parse(bytes.substr(0, end));
  if (!glob.ok()) {
    Require(absl::StartsWith(std::string(glob.status().message()), "glob is invalid: "));
    return 0;
  }
  Require(glob->text() == bytes.substr(0, end));
  Check(*glob, end == std::string_view::npos ? "" : bytes.substr(end + 1));
  Check(*glob, glob->text());
  return 0;
}

}  // namespace countersign::policy
