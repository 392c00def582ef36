#include "policy/sigstore/trust_root_fields.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/base64.h"
#include "base/printable.h"

namespace countersign::policy {
namespace {

// What Go's JSON would call it before it refuses to read the object.
constexpr std::string_view kOtherKind = "it has another type of value";

}  // namespace

std::string TrustRootFields::Text(std::string_view name) const {
  const base::Json* const member = base::FindMember(*json_, name);
  if (member == nullptr) return "";
  if (member->is_string()) return member->get<std::string>();
  Invalid(name, "must be a string", kOtherKind);
  return "";
}

std::string TrustRootFields::RequiredText(std::string_view name) const {
  const size_t before = errors_->size();
  std::string text = Text(name);
  if (text.empty() && errors_->size() == before) Missing(name);
  return text;
}

std::optional<std::string> TrustRootFields::Bytes(std::string_view name) const {
  if (!Has(name)) return std::nullopt;
  const size_t before = errors_->size();
  const std::string text = Text(name);
  if (errors_->size() != before) return std::nullopt;
  absl::StatusOr<std::string> bytes = base::DecodeBase64(text, base::LineBreaks::kIgnored);
  if (bytes.ok()) return *std::move(bytes);
  Invalid(name, "must be base64", bytes.status().message());
  return std::nullopt;
}

std::optional<TrustRootFields> TrustRootFields::Object(std::string_view name) const {
  const base::Json* const member = base::FindMember(*json_, name);
  if (member == nullptr) return std::nullopt;
  if (member->is_object()) return TrustRootFields(*member, PathOf(name), *errors_);
  Invalid(name, "must be an object", kOtherKind);
  return std::nullopt;
}

std::vector<TrustRootFields> TrustRootFields::Objects(std::string_view name) const {
  std::vector<TrustRootFields> objects;
  const base::Json* const member = base::FindMember(*json_, name);
  if (member == nullptr) return objects;
  if (!member->is_array()) {
    Invalid(name, "must be a list", kOtherKind);
    return objects;
  }
  if (member->size() > kMaxTrustRootEntries) {
    Invalid(name, "it is too long", absl::StrCat("it has more than ", kMaxTrustRootEntries));
    return objects;
  }
  for (size_t i = 0; i < member->size(); ++i) {
    const std::string at = absl::StrCat(name, "[", i, "]");
    if ((*member)[i].is_object()) {
      objects.push_back(TrustRootFields((*member)[i], PathOf(at), *errors_));
    } else {
      Invalid(at, "must be an object", kOtherKind);
    }
  }
  return objects;
}

bool TrustRootFields::Has(std::string_view name) const {
  return base::FindMember(*json_, name) != nullptr;
}

void TrustRootFields::RefuseOthers(std::initializer_list<std::string_view> known) const {
  if (!json_->is_object()) return;
  for (const auto& [name, value] : json_->items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    Add("must not set the field(s)", {base::Printable(name, 64)}, "there is no such field");
  }
}

void TrustRootFields::Missing(std::string_view name) const { Add("missing field(s)", {name}); }

void TrustRootFields::Invalid(std::string_view name, std::string_view value,
                              std::string_view details) const {
  Add(absl::StrCat("invalid value: ", base::Printable(value, 128)), {name}, details);
}

void TrustRootFields::Add(std::string_view message, std::initializer_list<std::string_view> names,
                          std::string_view details) const {
  if (errors_->size() >= kMaxTrustRootErrors) return;
  std::vector<std::string> paths;
  for (const std::string_view name : names) paths.push_back(PathOf(name));
  errors_->push_back({std::string(message), std::move(paths), base::Printable(details)});
}

std::string TrustRootFields::PathOf(std::string_view name) const {
  return path_.empty() ? std::string(name) : absl::StrCat(path_, ".", name);
}

}  // namespace countersign::policy
