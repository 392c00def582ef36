#include "policy/rules/document_path.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json_pointer.h"
#include "base/printable.h"

namespace countersign::policy {
namespace {

constexpr std::string_view kEach = "[*]";

bool IsEscapedWell(std::string_view text) {
  for (size_t at = text.find('~'); at != std::string_view::npos; at = text.find('~', at + 1)) {
    const std::string_view next = text.substr(at + 1, 1);
    if (next != "0" && next != "1") return false;
  }
  return true;
}

}  // namespace

bool DocumentPath::IsIndex(std::string_view token) {
  constexpr size_t kMaxDigits = 9;
  if (token.empty() || token.size() > kMaxDigits) return false;
  if (token.find_first_not_of("0123456789") != std::string_view::npos) return false;
  return token.size() == 1 || token.front() != '0';
}

size_t DocumentPath::CountNumbers() const {
  return static_cast<size_t>(std::count_if(tokens_.begin(), tokens_.end(), [](const Token& token) {
    return !token.is_each && IsIndex(token.name);
  }));
}

absl::StatusOr<DocumentPath> DocumentPath::Parse(std::string_view text) {
  if (text.size() > kMaxBytes) {
    return absl::InvalidArgumentError(absl::StrCat("is longer than ", kMaxBytes, " bytes"));
  }
  if (!text.empty() && text.front() != '/') {
    return absl::InvalidArgumentError(
        "must begin with '/': it is a JSON pointer, such as /predicate/builder/id");
  }
  if (!IsEscapedWell(text)) {
    return absl::InvalidArgumentError(
        "holds a '~' that is no '~0' (for '~') and no '~1' (for '/')");
  }
  DocumentPath path;
  path.text_ = text;
  size_t numbers = 0;
  for (std::string& name : base::TokensOf(text)) {
    const bool is_each = name == kEach;
    if (!is_each && name.find(kEach) != std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat(
          "has [*] within ", base::Quoted(name),
          ": the elements of a list are a token of their own, as in /predicate/materials/[*]/uri"));
    }
    path.has_each_ = path.has_each_ || is_each;
    numbers += IsIndex(name) ? 1 : 0;
    path.tokens_.push_back({.name = std::move(name), .is_each = is_each});
  }
  if (path.tokens_.size() > kMaxTokens) {
    return absl::InvalidArgumentError(absl::StrCat("has more than ", kMaxTokens, " tokens"));
  }
  if (numbers > kMaxNumbers) {
    return absl::InvalidArgumentError(
        absl::StrCat("has more than ", kMaxNumbers, " tokens that are numbers"));
  }
  return path;
}

}  // namespace countersign::policy
