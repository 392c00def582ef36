#include "policy/sigstore_children.h"

#include <cstddef>
#include <memory>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "policy/children.h"
#include "policy/sigstore_phrases.h"

namespace countersign::policy {
namespace {

constexpr size_t kMaxPlatformBytes = 64;

Platforms PlatformsOf(const Policy& policy) {
  return policy.terms == nullptr ? Platforms::kIndex : policy.terms->platforms;
}

// "sha256:… (linux/arm64)".
std::string NameOf(const Child& child) {
  const std::string digest = child.digest.ToString();
  if (child.platform.empty()) return absl::StrCat(digest, " (no platform)");
  return absl::StrCat(digest, " (", base::Printable(child.platform, kMaxPlatformBytes), ")");
}

// Why the authorities of the policy that do not pass by the manifest do not.
std::string WhyNotByChild(const Requirement& requirement, const Policy& policy, const Child& child,
                          std::string_view repository) {
  if (!child.undecided.ok()) return SaidPhrase(child.undecided.message());
  std::string reasons;
  const std::string image = absl::StrCat(repository, "@", child.digest.ToString());
  for (const AuthorityPtr& authority : policy.authorities) {
    if (!authority->IsUsable() || Passes(requirement, *authority, child)) continue;
    absl::StrAppend(&reasons, reasons.empty() ? "" : " ",
                    NothingHoldsPhrase(requirement, *authority, image,
                                       {.items = child.items, .told_apart = child.told_apart}));
  }
  return reasons;
}

}  // namespace

std::string WhyNotByChildren(const Requirement& requirement, const Selected& selected,
                             const Examination& examination, std::string_view repository) {
  const Platforms platforms = PlatformsOf(*selected.policy);
  if (platforms == Platforms::kIndex || StandingOf(selected) != Standing::kOpen) return "";
  const bool lacks_itself =
      platforms == Platforms::kAllChildren && !HoldsByItself(requirement, selected, examination);
  if (lacks_itself) return "";
  if (!examination.children.has_value()) return "the manifests of its index were not looked at";
  const Children& children = *examination.children;
  if (!children.unknown.ok()) {
    return absl::StrCat("the manifests of its index are not known: ",
                        SaidPhrase(children.unknown.message()));
  }
  if (!children.is_index) return "";
  if (children.count == 0) return "its index lists no manifest that a node runs";
  std::string why;
  size_t told = 0;
  for (const Child& child : children.looked_at) {
    if (HoldsOfChild(requirement, selected, child) || told == kMaxChildrenTold) continue;
    ++told;
    absl::StrAppend(&why, why.empty() ? "" : " ", "of the ", children.count,
                    " manifests of its index, ", NameOf(child), ": ",
                    WhyNotByChild(requirement, *selected.policy, child, repository));
  }
  if (!why.empty() || children.looked_at.size() == children.count) return why;
  return "not all manifests of its index were looked at";
}

std::string WhatWasFoundOfChildren(const Requirement& requirement, const Examination& examination,
                                   const std::vector<const Policy*>& failing) {
  if (!examination.children.has_value() || !examination.children->is_index) return "";
  const Children& children = *examination.children;
  for (const Policy* policy : failing) {
    if (PlatformsOf(*policy) == Platforms::kIndex) continue;
    const auto lacks = [&](const Child& child) {
      return !HoldsOfChild(requirement, Selected(policy), child);
    };
    const auto first = absl::c_find_if(children.looked_at, lacks);
    if (first == children.looked_at.end()) continue;
    return absl::StrCat(" Of the ", children.count, " manifests of its index, ", NameOf(*first),
                        first->undecided.ok() ? " lacks it, with " : " may lack it, with ",
                        first->items,
                        first->items == 1 ? " piece of evidence." : " pieces of evidence.");
  }
  return "";
}

}  // namespace countersign::policy
