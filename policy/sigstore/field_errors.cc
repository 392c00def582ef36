#include "policy/sigstore/field_errors.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/printable.h"

namespace countersign::policy {
namespace {

// A public key is longer, and nobody needs to see all of it.
constexpr size_t kMaxValueBytes = 256;

}  // namespace

std::string FieldError::Text() const {
  return absl::StrCat(message, ": ", absl::StrJoin(paths, ", "), details.empty() ? "" : "\n",
                      details);
}

std::string FieldPath(std::string_view parent, std::string_view member) {
  return parent.empty() ? std::string(member) : absl::StrCat(parent, ".", member);
}

std::string FieldPath(std::string_view parent, std::string_view member, size_t index) {
  return absl::StrCat(FieldPath(parent, member), "[", index, "]");
}

void FieldErrors::AddMembers(std::string_view message, std::string_view path,
                             std::initializer_list<std::string_view> members) {
  FieldError error{.message = std::string(message)};
  for (std::string_view member : members) error.paths.push_back(FieldPath(path, member));
  Add(std::move(error));
}

void FieldErrors::AddMissing(std::string_view path,
                             std::initializer_list<std::string_view> members) {
  AddMembers("missing field(s)", path, members);
}

void FieldErrors::AddNeither(std::string_view path,
                             std::initializer_list<std::string_view> members) {
  AddMembers("expected exactly one, got neither", path, members);
}

void FieldErrors::AddBoth(std::string_view path, std::initializer_list<std::string_view> members) {
  AddMembers("expected exactly one, got both", path, members);
}

void FieldErrors::AddForbidden(std::string_view path,
                               std::initializer_list<std::string_view> members) {
  AddMembers("must not set the field(s)", path, members);
}

void FieldErrors::AddInvalid(std::string_view value, std::string path, std::string_view details,
                             ErrorLevel level) {
  Add({.message = absl::StrCat("invalid value: ", base::Printable(value, kMaxValueBytes)),
       .paths = {std::move(path)},
       .details = std::string(details),
       .level = level});
}

std::vector<FieldError> FieldErrors::Entries(ErrorLevel level) const {
  std::map<std::pair<std::string, std::string>, std::set<std::string>> merged;
  for (const FieldError& error : errors_) {
    if (error.level != level) continue;
    merged[{error.message, error.details}].insert(error.paths.begin(), error.paths.end());
  }
  std::vector<FieldError> entries;
  for (const auto& [what, paths] : merged) {
    entries.push_back({what.first, {paths.begin(), paths.end()}, what.second, level});
  }
  return entries;
}

std::string FieldErrors::Text(ErrorLevel level) const {
  return absl::StrJoin(Entries(level), "\n", [](std::string* text, const FieldError& entry) {
    absl::StrAppend(text, entry.Text());
  });
}

std::string FieldErrors::Refusal() const {
  const std::string text = Text(ErrorLevel::kError);
  return text.empty() ? "" : absl::StrCat("validation failed: ", text);
}

std::vector<std::string> FieldErrors::WarningLines() const {
  const std::string text = Text(ErrorLevel::kWarning);
  if (text.empty()) return {};
  return absl::StrSplit(text, '\n');
}

}  // namespace countersign::policy
