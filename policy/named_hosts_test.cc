#include "policy/named_hosts.h"

#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/evidence_source.h"
#include "policy/policy.h"
#include "policy/test_policy.h"
#include "policy/test_sigstore_policies.h"

namespace countersign::policy {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

absl::flat_hash_set<std::string> OfPatterns(const std::vector<std::string>& patterns) {
  TestPolicy policy;
  for (const std::string& pattern : patterns) policy.Rule(pattern, {});
  return NamedHosts(*policy.Build());
}

TEST(NamedHosts, AreThoseOfPatternsWithoutAStar) {
  EXPECT_THAT(OfPatterns({"registry.example.org/team/*", "Registry.Example.org:5000/app:v1@*",
                          "[2001:DB8::1]:443/*", "localhost/x"}),
              UnorderedElementsAre("registry.example.org", "registry.example.org:5000",
                                   "[2001:db8::1]", "localhost"));
}

TEST(NamedHosts, StarsAndShortNamesNameNone) {
  EXPECT_THAT(OfPatterns({"*", "*/app", "*.example.org/*", "registry.*/x", "library/nginx", "nginx",
                          "registry.example.org", "gcr.io:*/x"}),
              IsEmpty());
}

TEST(NamedHosts, DockerHubIsOne) {
  EXPECT_THAT(OfPatterns({"docker.io/*", "registry-1.docker.io:443/me/app"}),
              UnorderedElementsAre("index.docker.io"));
}

TEST(NamedHosts, AreThoseOfGlobsAndOfWhereEvidenceIs) {
  const auto kept_in = [](EvidenceSource source) {
    return MakeAuthority({.name = "a", .source = std::make_shared<EvidenceSource>(source)});
  };
  const PoliciesPtr policies =
      TestSigstorePolicies()
          .Add("a", {"ghcr.io/me/**", "**.example.org/x", "gcr.io**", "*", "me/app"},
               {kept_in({.repository = oci::Repository{"signatures.example.org", "x"}}),
                kept_in({.registry = "mirror.example.org:443"})})
          .Build();
  EXPECT_THAT(NamedHosts(*policies),
              UnorderedElementsAre("ghcr.io", "signatures.example.org", "mirror.example.org"));
}

TEST(NamedHosts, NoPolicyNamesNone) { EXPECT_THAT(NamedHosts(*Policies::None()), IsEmpty()); }

TEST(NamedHosts, HaveTheNameThatRepositoriesAreFoundBy) {
  EXPECT_EQ(NamedHost("registry.example.org:443"), "registry.example.org");
  EXPECT_EQ(NamedHost("registry.example.org:5000"), "registry.example.org:5000");
  EXPECT_EQ(NamedHost("index.docker.io"), "index.docker.io");
  EXPECT_EQ(NamedHost("docker.io:443"), "index.docker.io");
}

}  // namespace
}  // namespace countersign::policy
