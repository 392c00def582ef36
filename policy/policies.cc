#include "policy/policies.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "oci/digest.h"
#include "policy/image_names.h"
#include "policy/name_pattern.h"
#include "policy/policy_contents.h"

namespace countersign::policy {
namespace {

std::string IdOf(const std::vector<Group>& groups, const std::vector<Policy>& policies,
                 const std::optional<SigstoreRules>& rules) {
  PolicyContents contents;
  contents.Add(groups.size());
  for (const Group& group : groups) contents.Add(group);
  contents.Add(policies.size());
  for (const Policy& policy : policies) contents.Add(policy);
  contents.Add(rules.has_value() ? 1 : 0);
  if (rules.has_value()) {
    contents.Add(static_cast<size_t>(rules->no_match));
    const auto& [is_opt_out, include_label, exclude_label, value] = rules->namespaces;
    contents.Add(is_opt_out ? 1 : 0);
    contents.Add(std::string_view(is_opt_out ? exclude_label : include_label));
    contents.Add(std::string_view(value));
  }
  return contents.Id();
}

bool LooksAtObjects(const Policy& policy) {
  return policy.terms != nullptr && !policy.terms->objects.empty();
}

}  // namespace

Policies::Policies(std::vector<Group> groups, std::vector<Policy> policies,
                   std::optional<SigstoreRules> sigstore_rules)
    : groups_(std::move(groups)),
      policies_(std::move(policies)),
      sigstore_rules_(std::move(sigstore_rules)),
      tells_objects_apart_(absl::c_any_of(policies_, LooksAtObjects)),
      id_(IdOf(groups_, policies_, sigstore_rules_)) {
  for (size_t i = 0; i < policies_.size(); ++i) {
    if (const auto* const pattern = std::get_if<NamePattern>(&policies_[i].images)) {
      index_.Add(*pattern, i);
      continue;
    }
    const auto& images = std::get<GlobImages>(policies_[i].images);
    // A policy may name any number of digests of one repository.
    absl::flat_hash_set<std::string> known;
    for (const ImageGlob& glob : images.globs) {
      globs_.Add(glob, i);
      const std::optional<ImageGlob> wide = glob.ForEveryDigest();
      if (wide.has_value() && known.insert(wide->text()).second) digest_globs_.Add(*wide, i);
    }
    if (!images.broken.empty()) for_every_image_.push_back(i);
  }
  globs_.Finish();
  digest_globs_.Finish();
}

PoliciesPtr Policies::None() {
  return std::make_shared<const Policies>(std::vector<Group>(), std::vector<Policy>());
}

std::vector<const Policy*> Policies::MayMatch(const oci::Repository& repository) const {
  std::vector<const Policy*> found;
  for (const size_t number : index_.MayMatch(repository)) found.push_back(&policies_[number]);
  return found;
}

std::vector<const Policy*> Policies::Matching(const oci::ImageReference& image) const {
  std::vector<const Policy*> matching = MayMatch(image.repository());
  std::erase_if(matching, [&image](const Policy* policy) {
    return !std::get<NamePattern>(policy->images).Matches(image);
  });
  return matching;
}

std::vector<Selection> Policies::Selecting(const oci::ImageReference& image,
                                           const std::optional<oci::Digest>& resolved) const {
  if (!sigstore_rules_.has_value()) return {};
  absl::btree_map<size_t, Selection> found;
  std::vector<ImageName> names = NamesOf(image);
  // Until it is known what the tag means, globs such as `r.io/app@*` are for whichever that is.
  std::vector<ImageName> with_digest;
  if (!image.digest().has_value()) with_digest = NamesWithDigest(image, resolved);
  names.insert(names.end(), with_digest.begin(), with_digest.end());
  for (const GlobMatch& match : globs_.Find(names)) {
    found.emplace(match.number, Selection{.policy = &policies_[match.number],
                                          .covers = match.covers,
                                          .only_by_claimed_tag = match.only_by_tag_beside_digest});
  }
  // What is named by digest alone could be named by a tag instead, which would step around the policy.
  if (resolved.has_value()) with_digest.clear();
  for (const GlobMatch& match : digest_globs_.Find(with_digest)) {
    const auto [known, is_new] =
        found.emplace(match.number, Selection{.policy = &policies_[match.number], .covers = false});
    // What a policy covers already, it covers whatever the digest.
    if (!known->second.covers) known->second.awaits_digest = true;
  }
  for (const size_t number : for_every_image_) {
    // What else it is for, nobody knows: it may have been meant for this image, too. What another of its
    // globs says, is known.
    found.emplace(number, Selection{.policy = &policies_[number],
                                    .covers = false,
                                    .only_by_claimed_tag = true,
                                    .is_unsure = true});
  }
  std::vector<Selection> selecting;
  selecting.reserve(found.size());
  for (const auto& [number, selection] : found) selecting.push_back(selection);
  return selecting;
}

absl::Time Policies::NextChange(absl::Time now) const {
  absl::Time next = absl::InfiniteFuture();
  for (const Policy& policy : policies_) {
    if (policy.terms == nullptr) continue;
    for (const absl::Time change : {policy.terms->effective_from, policy.terms->effective_until}) {
      if (change > now) next = std::min(next, change);
    }
  }
  return next;
}

PoliciesPtr Combine(const PoliciesPtr& a, const PoliciesPtr& b) {
  if (a->IsNone()) return b;
  if (b->IsNone()) return a;
  std::vector<Group> groups = a->groups();
  groups.insert(groups.end(), b->groups().begin(), b->groups().end());
  std::vector<Policy> policies = a->all();
  policies.reserve(policies.size() + b->all().size());
  for (Policy policy : b->all()) {
    policy.group += a->groups().size();
    policies.push_back(std::move(policy));
  }
  return std::make_shared<const Policies>(
      std::move(groups), std::move(policies),
      a->sigstore_rules().has_value() ? a->sigstore_rules() : b->sigstore_rules());
}

PoliciesPtr PoliciesForEveryImage(std::vector<AuthorityPtr> any_of) {
  for (size_t index = 0; index < any_of.size(); ++index) {
    if (any_of[index]->index == index) continue;
    Authority placed = *any_of[index];
    placed.index = index;
    any_of[index] = std::make_shared<const Authority>(std::move(placed));
  }
  const NamePattern every_image = *NamePattern::Parse("*");
  Policy policy = {.language = Language::kSign,
                   .name = every_image.text(),
                   .images = every_image,
                   .authorities = any_of};
  Group group = {.language = Language::kSign, .authorities = std::move(any_of)};
  return std::make_shared<const Policies>(std::vector<Group>{std::move(group)},
                                          std::vector<Policy>{std::move(policy)});
}

}  // namespace countersign::policy
