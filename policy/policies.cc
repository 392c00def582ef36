#include "policy/policies.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "crypto/sha256.h"
#include "policy/name_pattern.h"

namespace countersign::policy {
namespace {

// Writes what decides so that no two contents are written alike: each text with its length, each
// list with its count, each authority once.
class Contents {
 public:
  std::string Id() const {
    const crypto::Sha256Digest digest = crypto::Sha256(bytes_);
    return std::string(digest.begin(), digest.end());
  }

  // The members are named here one and all, so that none can come in and be forgotten.
  void Add(const Group& group) {
    const auto& [language, authorities, excluded, broken_patterns, problems] = group;
    Add(static_cast<size_t>(language));
    Add(authorities);
    std::vector<std::string> excluded_in_order(excluded.begin(), excluded.end());
    std::sort(excluded_in_order.begin(), excluded_in_order.end());
    Add(excluded_in_order);
    Add(broken_patterns);
    static_cast<void>(problems);  // how many there are decides nothing
  }

  void Add(const Policy& policy) {
    const auto& [language, name, images, authorities, secret, group] = policy;
    Add(static_cast<size_t>(language));
    Add(name);
    Add(images.text());
    Add(authorities);
    Add(secret.has_value() ? 1 : 0);
    if (secret.has_value()) {
      Add(secret->secret_namespace);
      Add(secret->name);
    }
    Add(group);
  }

  void Add(size_t number) { absl::StrAppend(&bytes_, number, " "); }

 private:
  void Add(std::string_view text) { absl::StrAppend(&bytes_, text.size(), ":", text); }

  void Add(const AuthorityPtr& authority) {
    const auto [known, is_new] = authorities_.try_emplace(authority.get(), authorities_.size());
    Add(known->second);
    if (!is_new) return;
    const auto& [name, asks, predicate_type, index, source] = *authority;
    Add(name);
    Add(predicate_type.has_value() ? 1 : 0);
    if (predicate_type.has_value()) Add(*predicate_type);
    Add(index);
    Add(asks.index());
    if (const auto* const broken = std::get_if<Broken>(&asks)) {
      Add(broken->why);
    } else {
      const crypto::Sha256Digest& id = std::get<cosign::SignerPtr>(asks)->id;
      bytes_.append(id.begin(), id.end());
    }
    Add(source != nullptr ? 1 : 0);
    if (source != nullptr) Add(*source);
  }

  void Add(const EvidenceSource& source) {
    const auto& [repository, registry, tag_prefix] = source;
    Add(repository.has_value() ? 1 : 0);
    if (repository.has_value()) Add(repository->ToString());
    Add(registry.has_value() ? 1 : 0);
    if (registry.has_value()) Add(*registry);
    Add(tag_prefix);
  }

  template <typename T>
  void Add(const std::vector<T>& list) {
    Add(list.size());
    for (const T& element : list) Add(element);
  }

  std::string bytes_;
  absl::flat_hash_map<const Authority*, size_t> authorities_;
};

std::string IdOf(const std::vector<Group>& groups, const std::vector<Policy>& policies) {
  Contents contents;
  contents.Add(groups.size());
  for (const Group& group : groups) contents.Add(group);
  contents.Add(policies.size());
  for (const Policy& policy : policies) contents.Add(policy);
  return contents.Id();
}

}  // namespace

Policies::Policies(std::vector<Group> groups, std::vector<Policy> policies)
    : groups_(std::move(groups)), policies_(std::move(policies)), id_(IdOf(groups_, policies_)) {
  for (size_t i = 0; i < policies_.size(); ++i) index_.Add(policies_[i].images, i);
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
  std::erase_if(matching,
                [&image](const Policy* policy) { return !policy->images.Matches(image); });
  return matching;
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
