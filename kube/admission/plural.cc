#include "kube/admission/plural.h"

#include "absl/strings/ascii.h"

namespace countersign::kube {

std::string GuessPlural(std::string_view kind) {
  std::string name = absl::AsciiStrToLower(kind);
  if (name.empty() || name.ends_with("endpoints")) return name;
  switch (name.back()) {
    case 's':
      return name + "es";
    case 'y':
      name.pop_back();
      return name + "ies";
    default:
      return name + "s";
  }
}

}  // namespace countersign::kube
