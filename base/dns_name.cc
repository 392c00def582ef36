#include "base/dns_name.h"

#include <cstddef>

#include "absl/strings/ascii.h"

namespace countersign::base {
namespace {

constexpr size_t kMaxLabelBytes = 63;
constexpr size_t kMaxSubdomainBytes = 253;

bool HasShapeOfLabel(std::string_view text) {
  if (text.empty() || text.front() == '-' || text.back() == '-') return false;
  for (const char c : text) {
    if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '-') return false;
  }
  return true;
}

}  // namespace

bool IsDnsLabel(std::string_view text) {
  return text.size() <= kMaxLabelBytes && HasShapeOfLabel(text);
}

bool IsDnsSubdomain(std::string_view text) {
  if (text.size() > kMaxSubdomainBytes) return false;
  for (size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    if (!HasShapeOfLabel(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return HasShapeOfLabel(text);
}

}  // namespace countersign::base
