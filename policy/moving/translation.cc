#include "policy/moving/translation.h"

namespace countersign::policy {

std::string_view NameOf(Exactness exactness) {
  switch (exactness) {
    case Exactness::kExact:
      return "exact";
    case Exactness::kStricter:
      return "stricter";
    case Exactness::kLooser:
      return "looser";
    case Exactness::kInexact:
      break;
  }
  return "inexact";
}

}  // namespace countersign::policy
