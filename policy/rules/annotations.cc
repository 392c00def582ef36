#include "policy/rules/annotations.h"

#include "absl/strings/str_cat.h"
#include "base/printable.h"

namespace countersign::policy {

std::optional<std::string> WhyNotAnnotated(const Annotations& wanted,
                                           const Annotations& signed_ones) {
  for (const auto& [name, text] : wanted) {
    const auto found = signed_ones.find(name);
    if (found != signed_ones.end() && found->second == text) continue;
    return absl::StrCat("its signed annotation ", base::Quoted(name), " is ",
                        found == signed_ones.end() ? "absent" : base::Quoted(found->second),
                        ", and must be ", base::Quoted(text));
  }
  return std::nullopt;
}

}  // namespace countersign::policy
