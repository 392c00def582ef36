// Which policies of policy.sigstore.dev ask about an image of an object in a namespace, and what comes
// of it. The policies and images of the first table are of pkg/apis/config/image_policies_test.go and
// testdata/config-image-policies.yaml of github.com/sigstore/policy-controller at commit f925c0c
// (Copyright 2022 The Sigstore Authors, Apache-2.0). What else is said of the Policy Controller was
// observed of it. Of names alone: policy/image_glob_conformance_test.cc.

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/requirement.h"
#include "policy/sigstore/conformance_fixture.h"
#include "policy/verdict.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

ObjectDescription Pod(Labels labels = {}) {
  return {.api_version = "v1", .resource = "pods", .labels = std::move(labels)};
}
ObjectDescription Deployment(Labels labels = {}) {
  return {.api_group = "apps",
          .api_version = "v1",
          .resource = "deployments",
          .labels = std::move(labels)};
}

class SigstoreMatchingConformance : public SigstoreConformanceTest {
 protected:
  // Those that ask.
  std::vector<std::string> Asking(std::string_view image, const Workload& workload) {
    const PoliciesPtr in_force = Compile().policies;
    const Requirement requirement =
        RequirementFor(in_force, workload, oci::ImageReference::Parse(image).value());
    std::vector<std::string> names;
    for (const Policy* policy : requirement.Matching()) names.push_back(policy->name);
    return names;
  }
  std::vector<std::string> Asking(std::string_view image, const ObjectDescription& object) {
    Workload workload = Included();
    workload.object = object;
    return Asking(image, workload);
  }

  void AddByGlob(std::string_view name, std::string_view glob, std::string_view members = "") {
    AddPolicy(name,
              absl::StrCat(R"({"images": [{"glob": ")", glob,
                           R"("}], "authorities": [{"key": {"data": "$alice"}}])", members, "}"));
  }
  void AddStaticPass(std::string_view name, std::string_view glob) {
    AddPolicy(name, absl::StrCat(R"({"images": [{"glob": ")", glob,
                                 R"("}], "authorities": [{"static": {"action": "pass"}}]})"));
  }
  // Without a look and without a word.
  bool PassesIn(const Workload& workload) {
    const Verdict verdict = AskWithout(Image(), workload);
    return verdict.decision == Decision::kAllow && verdict.policy_failures.empty();
  }
  std::string At() const { return absl::StrCat("@", image_.ToString()); }
};

TEST_F(SigstoreMatchingConformance, TheSamePoliciesMatchAsInGetMatchingPolicies) {
  const struct {
    std::string_view name;
    std::string_view glob;
    std::string_view match;
  } kPolicies[] = {
      {"cluster-image-policy-0", "rando", ""},
      {"cluster-image-policy-1", "randomstuff*", ""},
      {"cluster-image-policy-2", "rando3", ""},
      {"cluster-image-policy-3", "inlinecert", ""},
      {"cluster-image-policy-4", "regexstring*", ""},
      {"cluster-image-policy-5", "regexstringtoo*", ""},
      {"cluster-image-policy-json", "ghcr.io/example/*", ""},
      {"cluster-image-policy-with-policy-attestations", "withattestations", ""},
      {"cluster-image-policy-source-oci", "sourceocionly*", ""},
      {"cluster-image-policy-source-oci-signature-pull-secrets", "sourceocisignaturepullsecrets*",
       ""},
      {"cluster-image-policy-match-pods", "match-pods*",
       R"(, "match": [{"version": "v1", "resource": "pods"}])"},
      {"cluster-image-policy-match-deployments", "match-deployments*",
       R"(, "match": [{"group": "apps", "version": "v1", "resource": "deployments"}])"},
  };
  for (const auto& policy : kPolicies) AddByGlob(policy.name, policy.glob, policy.match);
  const struct {
    std::string_view image;
    std::vector<std::string> matching;
  } kImages[] = {
      {"rando", {"cluster-image-policy-0"}},
      {"randomstuffhere", {"cluster-image-policy-1"}},
      {"rando3", {"cluster-image-policy-2"}},
      {"inlinecert", {"cluster-image-policy-3"}},
      {"regexstringstuff", {"cluster-image-policy-4"}},
      {"regexstringtoo", {"cluster-image-policy-4", "cluster-image-policy-5"}},
      {"ghcr.io/example/foo", {"cluster-image-policy-json"}},
      {"withattestations", {"cluster-image-policy-with-policy-attestations"}},
      {"sourceocionly", {"cluster-image-policy-source-oci"}},
      {"sourceocisignaturepullsecrets", {"cluster-image-policy-source-oci-signature-pull-secrets"}},
      {"match-pods", {"cluster-image-policy-match-pods"}},
      {"match-deployments", {}},
  };
  for (const auto& row : kImages) {
    EXPECT_EQ(Asking(row.image, Pod({{"match", "match"}})), row.matching) << row.image;
    // In a cluster theirs only ever compares the resolved name, and then the short globs match nothing.
    EXPECT_EQ(Asking(absl::StrCat(row.image, At()), Pod({{"match", "match"}})), row.matching)
        << row.image;
  }
  // "non-matching apiVersion", "unknown apiVersion".
  for (const ObjectDescription& other :
       {ObjectDescription{.api_group = "apps", .api_version = "v1", .resource = "pods"},
        ObjectDescription{.api_group = "blah", .api_version = "v1alpha1", .resource = "pods"}}) {
    EXPECT_THAT(Asking("match-pods", other), IsEmpty());
  }
  EXPECT_THAT(Asking("match-deployments", Deployment()),
              ElementsAre("cluster-image-policy-match-deployments"));
}

// Section 2.3. Those that theirs takes and never matches leave a policy that asks about nothing there.
TEST_F(SigstoreMatchingConformance, D19EntriesOfMatchMeanWhatTheySay) {
  const struct {
    std::string_view match;
    ObjectDescription object;
    bool ours;
    bool theirs;
  } kCases[] = {
      {R"([])", Pod(), true, true},
      {R"([{"version": "v1", "resource": "pods"}])", Pod(), true, true},
      {R"([{"version": "*", "resource": "pods"}])", Pod(), true, true},
      {R"([{"version": "v2", "resource": "pods"}])", Pod(), false, false},
      {R"([{"version": "v1", "resource": "pods"}])", Deployment(), false, false},
      {R"([{"version": "v1", "resource": "jobs"}, {"version": "v1", "resource": "pods"}])", Pod(),
       true, true},
      {R"([{"resource": "pods"}])", Pod(), true, false},
      {R"([{"version": "v1"}])", Pod(), true, false},
      // Without a group it is the core group.
      {R"([{"version": "v1"}])", Deployment(), false, false},
      {R"([{}])", Pod(), true, false},
      {R"([{}])", Deployment(), true, false},
      {R"([{"version": "v1", "resource": "deployments"}])", Deployment(), true, false},
      {R"([{"version": "v1", "resource": "deployments"}])", Pod(), false, false},
      {R"([{"group": "apps", "version": "v1", "resource": "deployments"}])", Deployment(), true,
       true},
      {R"([{"group": "apps", "version": "v1"}])", Deployment(), true, false},
      {R"([{"group": "apps", "version": "v1"}])", Pod(), false, false},
      {R"([{"group": "example.com", "version": "v1", "resource": "deployments"}])", Deployment(),
       false, false},
      {R"([{"version": "v1", "resource": "pods", "selector": {"matchLabels": {"a": "b"}}}])",
       Pod({{"a", "b"}}), true, true},
      {R"([{"version": "v1", "resource": "pods", "selector": {"matchLabels": {"a": "b"}}}])",
       Pod({{"a", "c"}}), false, false},
      {R"([{"version": "v1", "resource": "pods", "selector": {"matchExpressions":
          [{"key": "a", "operator": "DoesNotExist"}]}}])",
       Pod(), true, true},
  };
  for (const auto& row : kCases) {
    policies_.clear();
    AddByGlob("p", "**", absl::StrCat(R"(, "match": )", row.match));
    EXPECT_THAT(Asking("r.io/app", row.object), SizeIs(row.ours ? 1 : 0))
        << row.match << " " << row.object.resource;
    EXPECT_TRUE(row.ours || !row.theirs);
  }
  // Of an object of which nothing is known every policy asks.
  EXPECT_THAT(Asking("r.io/app", Included()), ElementsAre("p"));
}

// Theirs denies every image in every namespace that is enforced ("policy with wrong match label
// selector").
TEST_F(SigstoreMatchingConformance, D19ABadSelectorIsAboutItsOwnPolicyAlone) {
  AddByGlob("bad", "r.io/**", R"(, "match": [{"version": "v1", "resource": "pods", "selector":
      {"matchExpressions": [{"key": "a", "operator": "Near", "values": ["b"]}]}}])");
  AddStaticPass("good", "**");
  EXPECT_EQ(AskWithout("other.io/app" + At()).decision, Decision::kAllow);
  const Verdict verdict = Ask(SignedBy(alice_));
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kPolicyBroken);
  EXPECT_THAT(TextsOf(verdict), ElementsAre(StartsWith("failed policy: bad\n")));
}

// As there: labels of the namespace decide; ours has the verifier look.
TEST_F(SigstoreMatchingConformance, OnlyNamespacesThatAreIncludedAreAsked) {
  AddPolicy("p",
            R"({"images": [{"glob": "**"}], "authorities": [{"static": {"action": "fail"}}]})");
  const auto in = [](const Labels& labels) {
    Workload workload = Included();
    workload.namespace_labels = std::make_shared<const Labels>(labels);
    return workload;
  };
  EXPECT_TRUE(PassesIn(in({})));
  for (const std::string_view value : {"false", "True", ""}) {
    EXPECT_TRUE(PassesIn(in({{"policy.sigstore.dev/include", std::string(value)}}))) << value;
  }
  EXPECT_FALSE(PassesIn(in({{"policy.sigstore.dev/include", "true"}})));
  Workload unknown = Included();
  unknown.namespace_labels = nullptr;
  EXPECT_FALSE(PassesIn(unknown));
  inputs_.namespaces.is_opt_out = true;
  EXPECT_FALSE(PassesIn(in({})));
  EXPECT_TRUE(PassesIn(in({{"policy.sigstore.dev/exclude", "true"}})));
}

TEST_F(SigstoreMatchingConformance, WithoutAnyPolicyAnIncludedNamespaceAdmitsNothing) {
  EXPECT_THAT(TextsOf(AskWithout(Image())),
              ElementsAre(absl::StrCat("no matching policies\n", Image())));
}

// In a cluster theirs compares `host/repo@sha256:…` alone: none of these globs matches there, so that
// `no-match-policy: allow` lets the image in, whoever signed it.
TEST_F(SigstoreMatchingConformance, D11D12WhatIsWrittenIsSelected) {
  SetSettings(R"({"no-match-policy": "allow"})");
  const struct {
    std::string_view glob;
    std::string_view image;
  } kCases[] = {
      {"r.io/app:v1", "r.io/app:v1"},
      {"r.io/app:*", "r.io/app:v1"},
      {"r.io/app", "r.io/app:v1"},
      {"r.io/app", "r.io/app"},
      {"docker.io/**", "nginx"},
      {"docker.io/library/nginx", "nginx:1"},
      {"nginx", "docker.io/library/nginx:1"},
      {"nginx*", "index.docker.io/library/nginx:1"},
      {"me/app", "docker.io/me/app:v1"},
      {"library/nginx", "nginx"},
  };
  for (const auto& row : kCases) {
    policies_.clear();
    AddByGlob("p", row.glob);
    EXPECT_FALSE(Admits(row.image, SignedBy(stranger_))) << row.glob << " " << row.image;
    EXPECT_TRUE(Admits(row.image, SignedBy(alice_))) << row.glob << " " << row.image;
  }
}

// Theirs matches neither spelling of the registry, so that the static pass alone decides.
TEST_F(SigstoreMatchingConformance, D13AnotherSpellingOfTheRegistryDoesNotStepAroundAPolicy) {
  AddByGlob("keys", "ghcr.io/**");
  AddStaticPass("rest", "**");
  for (const std::string_view image : {"ghcr.io/a/b", "GHCR.io/a/b", "ghcr.io:443/a/b"}) {
    const std::string by_digest = absl::StrCat(image, At());
    EXPECT_FALSE(Admits(by_digest, SignedBy(stranger_))) << image;
    EXPECT_TRUE(Admits(by_digest, SignedBy(alice_))) << image;
  }
}

// Theirs reads `localhost/…` as Docker Hub's, where `*` stands for what has no registry.
TEST_F(SigstoreMatchingConformance, D14AnImageIsSelectedByEachSpellingOfItsName) {
  AddByGlob("p", "*/*");
  EXPECT_THAT(Asking("localhost/xy" + At(), Pod()), ElementsAre("p"));
  EXPECT_THAT(Asking("docker.io/me/app" + At(), Pod()), ElementsAre("p"));
}

// D15, D16, D17: what is a reference at all.
TEST_F(SigstoreMatchingConformance, D15ThePathThatIsJudgedIsTheOneThatIsPulled) {
  // Theirs takes it as written, `ghcr.io/a/**` matches, and clients pull ghcr.io/evil/bb.
  for (const std::string_view image :
       {"ghcr.io/a/../evil/bb", "ghcr.io/a/./bb", "ghcr.io/a//bb", "ghcr.io/a/bb/"}) {
    EXPECT_FALSE(oci::ImageReference::Parse(image).ok()) << image;
  }
  // Theirs refuses repositories of one letter.
  AddByGlob("p", "**");
  EXPECT_THAT(Asking("r.io/a" + At(), Pod()), ElementsAre("p"));
}

// Theirs admits the attacker's image by the static pass.
TEST_F(SigstoreMatchingConformance, D18AHostThatAGlobCrossesIsNotVouchedFor) {
  AddStaticPass("trusted", "**.trusted.example/**");
  EXPECT_EQ(AskWithout("eu.trusted.example/org/app" + At()).decision, Decision::kAllow);
  const std::string attacker = "attacker.io/xx.trusted.example/org/app" + At();
  EXPECT_THAT(TextsOf(AskWithout(attacker)),
              ElementsAre(absl::StrCat("no matching policies\n", attacker)));
  // Obligations stay.
  policies_.clear();
  AddByGlob("keys", "**.trusted.example/**");
  AddStaticPass("rest", "**");
  EXPECT_FALSE(Admits(attacker, SignedBy(stranger_)));
  EXPECT_TRUE(Admits(attacker, SignedBy(alice_)));
  // A star that stays within the host covers.
  policies_.clear();
  AddStaticPass("trusted", "*.trusted.example/**");
  EXPECT_EQ(AskWithout("eu.trusted.example/org/app" + At()).decision, Decision::kAllow);
  EXPECT_EQ(AskWithout(attacker).decision, Decision::kDeny);
}

// New with D11: theirs never sees tags.
TEST_F(SigstoreMatchingConformance, D31ATagBesideADigestEarnsNoStaticPass) {
  AddStaticPass("v1", "r.io/app:v1");
  EXPECT_EQ(AskWithout("r.io/app:v1").decision, Decision::kAllow);
  const Verdict verdict = AskWithout("r.io/app:v1" + At());
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_THAT(TextsOf(verdict), ElementsAre(HasSubstr("a tag beside its digest")));
  // Signatures are judged by the digest.
  policies_.clear();
  AddByGlob("v1", "r.io/app:v1");
  EXPECT_TRUE(Admits("r.io/app:v1" + At(), SignedBy(alice_)));
}

// Policies select by what the object was before pinning and by what it is after it.
TEST_F(SigstoreMatchingConformance, APinnedImageIsSelectedByWhatItWasBefore) {
  for (const std::string_view glob : {"r.io/app:v1", "r.io/**", "r.io/app", "r.io/app:*"}) {
    policies_.clear();
    AddByGlob("p", glob);
    EXPECT_THAT(Asking("r.io/app:v1", Pod()), ElementsAre("p")) << glob;
    EXPECT_THAT(Asking("r.io/app:v1" + At(), Pod()), ElementsAre("p")) << glob;
  }
}

}  // namespace
}  // namespace countersign::policy
