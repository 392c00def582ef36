#include "policy/moving/object_names.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/dns_name.h"

namespace countersign::policy {
namespace {

constexpr size_t kMaxBytes = 253;

std::string Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of("-.");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of("-.") + 1 - first));
}

std::string AsName(std::string_view wanted) {
  std::string name;
  for (const char c : wanted) {
    const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
    const bool is_allowed = absl::ascii_isalnum(static_cast<unsigned char>(lower)) || lower == '.';
    name += is_allowed ? lower : '-';
  }
  name = Trimmed(name);
  // A label neither begins nor ends with '-'.
  if (!base::IsDnsSubdomain(name.substr(0, kMaxBytes))) {
    name = Trimmed(absl::StrReplaceAll(name, {{".", "-"}}));
  }
  return name.empty() ? "policy" : name;
}

}  // namespace

std::string ObjectNames::Take(std::string_view wanted) {
  const std::string name = AsName(wanted);
  for (size_t number = 1;; ++number) {
    const std::string ending = number == 1 ? "" : absl::StrCat("-", number);
    std::string unique =
        absl::StrCat(Trimmed(std::string_view(name).substr(0, kMaxBytes - ending.size())), ending);
    if (taken_.insert(unique).second) return unique;
  }
}

}  // namespace countersign::policy
