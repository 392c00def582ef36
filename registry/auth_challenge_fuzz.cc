#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "registry/auth_challenge.h"

namespace {

using countersign::registry::AuthChallenge;
using countersign::registry::ParseAuthChallenges;

std::string Write(const std::vector<AuthChallenge>& challenges) {
  std::string text;
  for (const AuthChallenge& challenge : challenges) {
    text += ", " + challenge.scheme + " " + challenge.token68;
    for (size_t i = 0; i < challenge.params.size(); ++i) {
      const auto& [name, value] = challenge.params[i];
      text += (i == 0 ? "" : ", ") + name + "=\"";
      for (const char c : value) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
      }
      text += '"';
    }
  }
  return text;
}

}  // namespace

// What was understood is understood the same when it is written in another form.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<AuthChallenge> once = ParseAuthChallenges(text);
  if (ParseAuthChallenges(Write(once)) != once) std::abort();
  return 0;
}
