#include "policy/evidence_source.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"

namespace countersign::policy {
namespace {

bool IsWord(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; }

}  // namespace

bool IsSameSource(const EvidenceSourcePtr& a, const EvidenceSourcePtr& b) {
  return a == b || (a != nullptr && b != nullptr && *a == *b);
}

EvidenceSourcePtr SourceFor(const EvidenceSourcePtr& source, const oci::Repository& image) {
  if (source == nullptr) return nullptr;
  EvidenceSource resolved = *source;
  if (resolved.registry.has_value()) {
    resolved.repository = oci::Repository{*std::move(resolved.registry), image.path};
    resolved.registry.reset();
  }
  if (resolved.repository == image) resolved.repository.reset();
  if (resolved == EvidenceSource()) return nullptr;
  if (resolved == *source) return source;
  return std::make_shared<const EvidenceSource>(std::move(resolved));
}

absl::Status CheckTagPrefix(std::string_view prefix) {
  if (prefix.empty()) return absl::OkStatus();
  if (prefix.size() > kMaxTagPrefixBytes) {
    return absl::InvalidArgumentError(absl::StrCat("has ", prefix.size(),
                                                   " bytes, and no tag could begin with more than ",
                                                   kMaxTagPrefixBytes, " before a digest"));
  }
  const bool are_all_valid =
      absl::c_all_of(prefix, [](char c) { return IsWord(c) || c == '.' || c == '-'; });
  if (are_all_valid && IsWord(prefix.front())) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(base::Quoted(prefix),
                   " is not what a tag can begin with: letters, digits, '_', '.' and '-', and "
                   "neither '.' nor '-' first"));
}

SourceGroups GroupSources(absl::Span<const EvidenceSourcePtr> sources) {
  SourceGroups found;
  for (size_t i = 0; i < sources.size(); ++i) {
    auto group = absl::c_find_if(found.groups, [&](const SourceGroup& known) {
      return IsSameSource(known.source, sources[i]);
    });
    if (group != found.groups.end()) {
      group->members.push_back(i);
    } else if (found.groups.size() < kMaxEvidenceSources) {
      found.groups.push_back({.source = sources[i], .members = {i}});
    } else {
      found.are_more = true;
    }
  }
  return found;
}

}  // namespace countersign::policy
