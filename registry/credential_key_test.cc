#include "registry/credential_key.h"

#include <set>
#include <string>

#include "gtest/gtest.h"
#include "registry/credential.h"

namespace countersign::registry {
namespace {

TEST(CredentialKey, DependsOnEverythingAndIsOfOneLength) {
  std::set<std::string> keys;
  for (const Credential& credential :
       {Credential(), Credential{.username = "ab"}, Credential{.username = "a", .password = "b"},
        Credential{.password = "ab"}, Credential{.identity_token = "ab"},
        Credential{.registry_token = "ab"}}) {
    keys.insert(CredentialKey({"x", "y"}, credential));
    keys.insert(CredentialKey({"xy", ""}, credential));
  }
  EXPECT_EQ(keys.size(), 12);
  for (const std::string& key : keys) EXPECT_EQ(key.size(), 64);
  EXPECT_EQ(CredentialKey({"x"}, {}), CredentialKey({"x"}, {}));
}

}  // namespace
}  // namespace countersign::registry
