#include "policy/policy_contents.h"

#include <algorithm>
#include <memory>
#include <variant>

#include "absl/strings/str_cat.h"
#include "crypto/sha256.h"
#include "policy/stipulations.h"

namespace countersign::policy {

std::string PolicyContents::Id() const {
  const crypto::Sha256Digest digest = crypto::Sha256(bytes_);
  return std::string(digest.begin(), digest.end());
}

// The members are named here one and all, so that none can come in and be forgotten.
void PolicyContents::Add(const Group& group) {
  const auto& [language, authorities, excluded, broken_patterns, problems] = group;
  Add(static_cast<size_t>(language));
  Add(authorities);
  std::vector<std::string> excluded_in_order(excluded.begin(), excluded.end());
  std::sort(excluded_in_order.begin(), excluded_in_order.end());
  Add(excluded_in_order);
  Add(broken_patterns);
  static_cast<void>(problems);  // how many there are decides nothing
}

void PolicyContents::Add(const Policy& policy) {
  const auto& [language, name, images, authorities, secret, group, terms] = policy;
  Add(static_cast<size_t>(language));
  Add(name);
  if (const auto* const pattern = std::get_if<NamePattern>(&images)) {
    Add(pattern->text());
  } else {
    Add(std::get<GlobImages>(images).globs);
    Add(std::get<GlobImages>(images).broken);
  }
  Add(authorities);
  Add(secret.has_value() ? 1 : 0);
  if (secret.has_value()) {
    Add(secret->secret_namespace);
    Add(secret->name);
  }
  Add(group);
  Add(terms != nullptr ? 1 : 0);
  if (terms != nullptr) Add(terms->id);
}

void PolicyContents::Add(size_t number) { absl::StrAppend(&bytes_, number, " "); }

void PolicyContents::Add(std::string_view text) {
  absl::StrAppend(&bytes_, text.size(), ":", text);
}

void PolicyContents::Add(const AuthorityPtr& authority) {
  const auto [known, is_new] = authorities_.try_emplace(authority.get(), authorities_.size());
  Add(known->second);
  if (!is_new) return;
  const auto& [name, asks, attestations, accepts, index, source, pull_secrets, is_keyless] =
      *authority;
  Add(name);
  Add(attestations);
  Add(accepts);
  Add(index);
  Add(asks.index());
  if (const auto* const broken = std::get_if<Broken>(&asks)) {
    Add(broken->why);
  } else if (const auto* const answer = std::get_if<StaticAnswer>(&asks)) {
    Add(answer->passes ? 1 : 0);
    Add(answer->message);
  } else {
    const crypto::Sha256Digest& id = std::get<cosign::SignerPtr>(asks)->id;
    bytes_.append(id.begin(), id.end());
  }
  Add(source != nullptr ? 1 : 0);
  if (source != nullptr) Add(*source);
  Add(pull_secrets);
  Add(is_keyless ? 1 : 0);
}

void PolicyContents::Add(const EvidenceSource& source) {
  const auto& [repository, registry, tag_prefix] = source;
  Add(repository.has_value() ? 1 : 0);
  if (repository.has_value()) Add(repository->ToString());
  Add(registry.has_value() ? 1 : 0);
  if (registry.has_value()) Add(*registry);
  Add(tag_prefix);
}

void PolicyContents::Add(const WantedAttestation& attestation) {
  const auto& [name, predicate_type, accepts, written_type] = attestation;
  Add(name);
  Add(predicate_type);
  Add(accepts);
  Add(written_type);
}

void PolicyContents::Add(const std::shared_ptr<const Stipulations>& accepts) {
  Add(accepts != nullptr ? 1 : 0);
  if (accepts != nullptr) Add(accepts->Text());
}

}  // namespace countersign::policy
