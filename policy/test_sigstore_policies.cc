#include "policy/test_sigstore_policies.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "crypto/test_key.h"
#include "policy/image_glob.h"

namespace countersign::policy {

TestSigstorePolicies& TestSigstorePolicies::Add(std::string_view name,
                                                const std::vector<std::string>& globs,
                                                std::vector<AuthorityPtr> authorities, Terms terms,
                                                const std::string& group) {
  size_t of_group = groups_.size();
  if (!group.empty()) of_group = group_of_.emplace(group, of_group).first->second;
  if (of_group == groups_.size()) groups_.push_back({.language = Language::kSigstore});
  GlobImages images;
  for (const std::string& text : globs) {
    absl::StatusOr<ImageGlob> glob = ImageGlob::Parse(text);
    if (glob.ok()) {
      images.globs.push_back(*std::move(glob));
    } else {
      images.broken.push_back({std::string(glob.status().message())});
    }
  }
  policies_.push_back({.language = Language::kSigstore,
                       .name = std::string(name),
                       .images = std::move(images),
                       .authorities = std::move(authorities),
                       .group = of_group,
                       .terms = std::make_shared<const Terms>(std::move(terms))});
  return *this;
}

PoliciesPtr TestSigstorePolicies::Build() const {
  return std::make_shared<const Policies>(groups_, policies_, rules_);
}

AuthorityPtr MakeAuthority(Authority authority) {
  return std::make_shared<const Authority>(std::move(authority));
}

AuthorityPtr KeyAuthority(std::string_view name) {
  return KeyAuthority(name, crypto::TestKey::Generate().Public());
}

AuthorityPtr KeyAuthority(std::string_view name, const crypto::PublicKey& key) {
  return MakeAuthority({.name = std::string(name), .asks = cosign::KeySigner(key)});
}

AuthorityPtr StaticAuthority(bool passes, std::string_view message) {
  return MakeAuthority(
      {.name = "static", .asks = StaticAnswer{.passes = passes, .message = std::string(message)}});
}

}  // namespace countersign::policy
