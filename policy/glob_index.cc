#include "policy/glob_index.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"

namespace countersign::policy {
namespace {

std::string Backwards(std::string_view text) { return std::string(text.rbegin(), text.rend()); }

// All matches of a number as one.
std::vector<GlobMatch> Merged(std::vector<GlobMatch> found) {
  std::stable_sort(found.begin(), found.end(),
                   [](const GlobMatch& a, const GlobMatch& b) { return a.number < b.number; });
  std::vector<GlobMatch> merged;
  for (const GlobMatch& match : found) {
    if (merged.empty() || merged.back().number != match.number) {
      merged.push_back(match);
    } else {
      merged.back().covers |= match.covers;
      merged.back().only_by_tag_beside_digest &= match.only_by_tag_beside_digest;
    }
  }
  return merged;
}

}  // namespace

void GlobIndex::Add(const ImageGlob& glob, size_t number) {
  entries_.push_back({.glob = glob, .number = number});
}

void GlobIndex::Finish() {
  std::vector<size_t> with_prefix, with_suffix;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const ImageGlob& glob = entries_[i].glob;
    const bool ends_longer = glob.suffix().size() > glob.prefix().size();
    (ends_longer ? with_suffix : with_prefix).push_back(i);
  }
  by_prefix_ = Grouped(std::move(with_prefix), /*backwards=*/false);
  by_suffix_ = Grouped(std::move(with_suffix), /*backwards=*/true);
}

GlobIndex::Affixes GlobIndex::Grouped(std::vector<size_t> entries, bool backwards) const {
  std::vector<std::pair<std::string, size_t>> by_affix;
  for (const size_t entry : entries) {
    const ImageGlob& glob = entries_[entry].glob;
    by_affix.emplace_back(backwards ? Backwards(glob.suffix()) : std::string(glob.prefix()), entry);
  }
  std::sort(by_affix.begin(), by_affix.end());
  Affixes affixes;
  for (auto& [affix, entry] : by_affix) {
    if (affixes.groups.empty() || affixes.groups.back().affix != affix) {
      affixes.groups.push_back({.affix = std::move(affix), .first = affixes.order.size()});
    }
    ++affixes.groups.back().count;
    affixes.order.push_back(entry);
  }
  FindParents(affixes.groups);
  return affixes;
}

// Whoever begins like a group stands after it, and what stands between begins like it too: so the
// longest beginning of a group is the one before it, or one of that one's ancestors.
void GlobIndex::FindParents(std::vector<Group>& groups) {
  for (size_t i = 1; i < groups.size(); ++i) {
    size_t parent = i - 1;
    while (parent != kNone && !absl::StartsWith(groups[i].affix, groups[parent].affix)) {
      parent = groups[parent].parent;
    }
    groups[i].parent = parent;
  }
}

std::vector<GlobMatch> GlobIndex::Find(absl::Span<const ImageName> names) const {
  std::vector<GlobMatch> found;
  for (const ImageName& name : names) {
    TryAll(by_prefix_, name.text, name, found);
    if (!by_suffix_.groups.empty()) TryAll(by_suffix_, Backwards(name.text), name, found);
  }
  return Merged(std::move(found));
}

void GlobIndex::TryAll(const Affixes& affixes, std::string_view text, const ImageName& name,
                       std::vector<GlobMatch>& found) const {
  const std::vector<Group>& groups = affixes.groups;
  const auto after = std::upper_bound(
      groups.begin(), groups.end(), text,
      [](std::string_view wanted, const Group& group) { return wanted < group.affix; });
  size_t at = after == groups.begin() ? kNone : static_cast<size_t>(after - groups.begin()) - 1;
  for (; at != kNone; at = groups[at].parent) {
    if (!absl::StartsWith(text, groups[at].affix)) continue;
    for (size_t i = 0; i < groups[at].count; ++i) {
      Try(affixes.order[groups[at].first + i], name, found);
    }
  }
}

void GlobIndex::Try(size_t entry, const ImageName& name, std::vector<GlobMatch>& found) const {
  const auto& [glob, number] = entries_[entry];
  if (!glob.Matches(name.text)) return;
  found.push_back({.number = number,
                   .covers = glob.Covers(name.text),
                   .only_by_tag_beside_digest = name.has_tag_beside_digest});
}

}  // namespace countersign::policy
