#ifndef COUNTERSIGN_POLICY_TEST_SIGSTORE_POLICIES_H_
#define COUNTERSIGN_POLICY_TEST_SIGSTORE_POLICIES_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/public_key.h"
#include "policy/policies.h"
#include "policy/policy.h"

namespace countersign::policy {

// Makes policies of policy.sigstore.dev in their compiled form, for tests only:
//   TestSigstorePolicies().Add("a", {"r.io/**"}, {KeyAuthority("k", key)}).Build()
class TestSigstorePolicies {
 public:
  // A glob that cannot be read is a broken one. Those with equal group names are a group; "": its own.
  TestSigstorePolicies& Add(std::string_view name, const std::vector<std::string>& globs,
                            std::vector<AuthorityPtr> authorities, Terms terms = {},
                            const std::string& group = "");
  SigstoreRules& rules() { return rules_; }
  PoliciesPtr Build() const;

 private:
  SigstoreRules rules_;
  std::vector<Group> groups_;
  std::vector<Policy> policies_;
  std::map<std::string, size_t> group_of_;
};

AuthorityPtr MakeAuthority(Authority authority);
// Of a key of its own, or of that one.
AuthorityPtr KeyAuthority(std::string_view name);
AuthorityPtr KeyAuthority(std::string_view name, const crypto::PublicKey& key);
AuthorityPtr StaticAuthority(bool passes, std::string_view message = "");

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_TEST_SIGSTORE_POLICIES_H_
