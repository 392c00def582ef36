#include "base/json_pointer.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace countersign::base {

std::string JsonPointer(std::string_view pointer, std::string_view token) {
  // Most have neither, and replacing costs several allocations where there is nothing to replace, too.
  if (token.find_first_of("~/") == std::string_view::npos) return absl::StrCat(pointer, "/", token);
  return absl::StrCat(pointer, "/", absl::StrReplaceAll(token, {{"~", "~0"}, {"/", "~1"}}));
}

std::string JsonPointer(std::string_view pointer, size_t index) {
  return absl::StrCat(pointer, "/", index);
}

std::vector<std::string> TokensOf(std::string_view pointer) {
  // Of a view of nothing StrSplit makes no token, of an empty text one.
  if (pointer.empty()) return {};
  std::vector<std::string> tokens =
      absl::StrSplit(absl::string_view(pointer.data(), pointer.size()), '/');
  // Before the first '/' there is nothing.
  tokens.erase(tokens.begin());
  for (std::string& token : tokens) absl::StrReplaceAll({{"~1", "/"}, {"~0", "~"}}, &token);
  return tokens;
}

}  // namespace countersign::base
