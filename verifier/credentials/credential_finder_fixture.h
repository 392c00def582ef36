#ifndef COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_FINDER_FIXTURE_H_
#define COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_FINDER_FIXTURE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "base/json.h"
#include "gtest/gtest.h"
#include "kube/fake_secret_reader.h"
#include "kube/secret_reader.h"
#include "oci/image_reference.h"
#include "verifier/credentials/caching_secret_reader.h"
#include "verifier/credentials/credential_finder.h"

namespace countersign::verifier {

// Finders for registry.example.org, over Secrets and service accounts in memory.

inline kube::Secret PullSecret(const std::string& username,
                               const std::string& registry = "registry.example.org") {
  const base::Json config = {
      {"auths", {{registry, {{"username", username}, {"password", "secret-of-" + username}}}}}};
  return {.type = "kubernetes.io/dockerconfigjson", .data = {{".dockerconfigjson", config.dump()}}};
}

inline kube::ServiceAccount AccountWith(std::vector<std::string> secrets) {
  kube::ServiceAccount account;
  account.image_pull_secrets = std::move(secrets);
  return account;
}

class CredentialFinderTest : public testing::Test {
 protected:
  // "USER from SOURCE" for each credential, in order.
  static std::vector<std::string> WalkAll(const CredentialFinder& finder,
                                          const CredentialScope& scope,
                                          std::vector<std::string>* faults = nullptr,
                                          std::string SourceText::*text = &SourceText::logged) {
    CredentialFinder::Walk walk = finder.Find(ShareScope(scope), Repository());
    std::vector<std::string> found;
    while (auto next = walk.Next(absl::InfiniteFuture())) {
      found.push_back(absl::StrCat(next->credential.username, " from ", next->source.*text));
    }
    if (faults != nullptr) {
      for (const SourceText& fault : walk.faults()) faults->push_back(fault.*text);
    }
    return found;
  }

  // Reads `scope` whole, so that all of it is remembered, and lets a moment go by.
  void Remember(const CredentialScope& scope) {
    WalkAll(finder_, scope);
    clock_.Advance(absl::Seconds(1));
  }

  static oci::Repository Repository() { return {"registry.example.org", "shop/app"}; }

  base::FakeClock clock_;
  kube::FakeSecretReader reader_;
  CachingSecretReader caching_{&reader_, &clock_, {}};
  const CredentialFinder finder_{&caching_, {}};
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_FINDER_FIXTURE_H_
