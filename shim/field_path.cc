#include "shim/field_path.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/json_pointer.h"
#include "base/printable.h"

namespace countersign::shim {

std::string FieldPath(std::string_view json_pointer) {
  std::string path;
  for (const std::string& token : base::TokensOf(json_pointer)) {
    const bool is_index = !token.empty() && std::all_of(token.begin(), token.end(), [](char c) {
      return absl::ascii_isdigit(c);
    });
    if (is_index) {
      absl::StrAppend(&path, "[", token, "]");
    } else {
      absl::StrAppend(&path, path.empty() ? "" : ".", base::Printable(token));
    }
  }
  return path;
}

}  // namespace countersign::shim
