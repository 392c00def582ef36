#include "policy/policies.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cosign/signer.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/test_policy.h"
#include "policy/test_sigstore_policies.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string& Pem() {
  static const std::string* const pem = new std::string(crypto::TestKey::Generate().PublicPem());
  return *pem;
}

oci::ImageReference Image(std::string_view text) {
  return oci::ImageReference::Parse(text).value();
}

std::vector<std::string> NamesOf(const std::vector<const Policy*>& policies) {
  std::vector<std::string> names;
  for (const Policy* policy : policies) names.push_back(policy->name);
  return names;
}

TEST(Policies, ThatThereAreNoneIsNotNull) {
  ASSERT_NE(Policies::None(), nullptr);
  EXPECT_TRUE(Policies::None()->IsNone());
  EXPECT_THAT(Policies::None()->Matching(Image("nginx")), IsEmpty());
  // A policy without patterns is one.
  EXPECT_FALSE(TestPolicy().Build()->IsNone());
}

TEST(Policies, ThoseThatMatchAreFoundInTheirOrder) {
  const PoliciesPtr policies = TestPolicy()
                                   .Rule("*/app", {})
                                   .Rule("r.io/team/*", {})
                                   .Rule("other.io/*", {})
                                   .Rule("r.io/*", {})
                                   .Rule("r.io/*:v1", {})
                                   .Build();
  EXPECT_THAT(NamesOf(policies->Matching(Image("r.io/team/app:v2"))),
              ElementsAre("*/app", "r.io/team/*", "r.io/*"));
  EXPECT_THAT(policies->Matching(Image("third.io/x")), IsEmpty());
}

// Ten thousand patterns cost an image what a few cost.
TEST(Policies, EverybodyElsesAreNotLookedAt) {
  TestPolicy many;
  for (int i = 0; i < 10'000; ++i) many.Rule(absl::StrCat("r.io/team-", i, "/*"), {});
  many.Rule("*/web", {});
  const PoliciesPtr policies = many.Build();
  ASSERT_THAT(policies->all(), SizeIs(10'001));
  EXPECT_THAT(NamesOf(policies->MayMatch(Image("r.io/team-7/app").repository())),
              ElementsAre("r.io/team-7/*", "*/web"));
}

// What policies are made of, with something in each member.
struct PolicyContent {
  std::vector<Group> groups;
  std::vector<Policy> policies;

  std::string Id() const { return Policies(groups, policies).id(); }
};

cosign::SignerPtr AnySigner() { return cosign::KeySigner(crypto::TestKey::Generate().Public()); }

EvidenceSourcePtr MakeSource(EvidenceSource source) {
  return std::make_shared<const EvidenceSource>(std::move(source));
}

AuthorityPtr Make(Authority authority) {
  return std::make_shared<const Authority>(std::move(authority));
}

const PolicyContent& Example() {
  static const PolicyContent* const example = [] {
    const AuthorityPtr key = Make({.name = "a", .asks = AnySigner()});
    const AuthorityPtr other = Make({.name = "b", .asks = AnySigner(), .index = 1});
    const AuthorityPtr broken = Make({.name = "c", .asks = Broken{"no PEM"}, .index = 2});
    const Group group = {.language = Language::kSign,
                         .authorities = {key, other, broken},
                         .excluded_namespaces = {"build", "kube-system"},
                         .broken_patterns = {"/0: bad", "/1: bad"},
                         .problems = 3};
    const Policy policy = {.language = Language::kSign,
                           .name = "r.io/*",
                           .images = *NamePattern::Parse("r.io/*"),
                           .authorities = {key, broken},
                           .secret = SecretReference{"shop", "regcred"}};
    const Policy last = {
        .language = Language::kSign, .name = "*", .images = *NamePattern::Parse("*"), .group = 1};
    return new PolicyContent{{group, {.language = Language::kSign}}, {policy, last}};
  }();
  return *example;
}

// The same but for one of its authorities, wherever that stands.
PolicyContent WithAuthority(size_t index, Authority authority) {
  PolicyContent content = Example();
  const AuthorityPtr before = content.groups[0].authorities[index];
  const AuthorityPtr after = Make(std::move(authority));
  std::replace(content.groups[0].authorities.begin(), content.groups[0].authorities.end(), before,
               after);
  for (Policy& policy : content.policies) {
    std::replace(policy.authorities.begin(), policy.authorities.end(), before, after);
  }
  return content;
}

Authority AuthorityAt(size_t index) { return *Example().groups[0].authorities[index]; }

template <typename T>
using Changes = std::vector<std::pair<std::string, std::function<void(T&)>>>;

// That each change makes an id of its own.
class Ids {
 public:
  void ExpectNew(const PolicyContent& content, const std::string& change) {
    const auto [known, is_new] = changes_.emplace(content.Id(), change);
    EXPECT_TRUE(is_new) << change << ": the same id as by " << known->second;
  }

 private:
  std::map<std::string, std::string> changes_ = {{Example().Id(), "no change"}};
};

TEST(Policies, TheIdChangesWithEachMemberOfAGroupThatDecides) {
  const Changes<Group> changes = {
      {"language", [](Group& group) { group.language = Language::kUnspecified; }},
      {"an authority less", [](Group& group) { group.authorities.pop_back(); }},
      {"authorities' order",
       [](Group& group) { std::swap(group.authorities[0], group.authorities[1]); }},
      {"one exclusion more", [](Group& group) { group.excluded_namespaces.insert("shop"); }},
      {"one exclusion less", [](Group& group) { group.excluded_namespaces.erase("build"); }},
      {"two exclusions in one",
       [](Group& group) { group.excluded_namespaces = {"buildkube-system"}; }},
      {"broken pattern", [](Group& group) { group.broken_patterns[1] = "/1: worse"; }},
      {"one broken pattern less", [](Group& group) { group.broken_patterns.pop_back(); }},
  };
  Ids ids;
  for (const auto& [name, change] : changes) {
    PolicyContent content = Example();
    change(content.groups[0]);
    ids.ExpectNew(content, name);
  }
  PolicyContent content = Example();
  content.policies.clear();
  ids.ExpectNew(content, "no policies");
  content.groups.clear();
  ids.ExpectNew(content, "no groups");
}

TEST(Policies, TheIdChangesWithEachMemberOfAPolicy) {
  const Changes<Policy> changes = {
      {"language", [](Policy& policy) { policy.language = Language::kUnspecified; }},
      {"name", [](Policy& policy) { policy.name = "r.io/**"; }},
      {"images", [](Policy& policy) { policy.images = *NamePattern::Parse("r.io/a*"); }},
      {"an authority less", [](Policy& policy) { policy.authorities.pop_back(); }},
      {"another authority",
       [](Policy& policy) { policy.authorities[0] = Example().groups[0].authorities[1]; }},
      {"authorities' order",
       [](Policy& policy) { std::swap(policy.authorities[0], policy.authorities[1]); }},
      {"no Secret", [](Policy& policy) { policy.secret.reset(); }},
      {"Secret's namespace", [](Policy& policy) { policy.secret->secret_namespace = "sho"; }},
      {"Secret's name", [](Policy& policy) { policy.secret->name = "other"; }},
      {"where the Secret's namespace ends",
       [](Policy& policy) {
         policy.secret = SecretReference{"shopr", "egcred"};
       }},
      {"group", [](Policy& policy) { policy.group = 1; }},
  };
  Ids ids;
  for (const auto& [name, change] : changes) {
    PolicyContent content = Example();
    change(content.policies[0]);
    ids.ExpectNew(content, name);
  }
  PolicyContent content = Example();
  std::swap(content.policies[0], content.policies[1]);
  ids.ExpectNew(content, "policies' order");
}

TEST(Policies, TheIdChangesWithEachMemberOfAnAuthority) {
  const Changes<Authority> changes = {
      {"name", [](Authority& authority) { authority.name = "z"; }},
      {"signer", [](Authority& authority) { authority.asks = AnySigner(); }},
      {"fault", [](Authority& authority) { authority.asks = Broken{"no key"}; }},
      {"attestations", [](Authority& authority) { authority.attestations = {{}}; }},
      {"predicate type",
       [](Authority& authority) { authority.attestations = {{.predicate_type = "https://a"}}; }},
      {"attestation's name",
       [](Authority& authority) { authority.attestations = {{.name = "a"}}; }},
      {"a static answer", [](Authority& authority) { authority.asks = StaticAnswer(); }},
      {"a static answer that passes",
       [](Authority& authority) { authority.asks = StaticAnswer{.passes = true}; }},
      {"a static answer's message",
       [](Authority& authority) { authority.asks = StaticAnswer{.message = "no"}; }},
      {"pull secrets", [](Authority& authority) { authority.pull_secrets = {"a"}; }},
      {"index", [](Authority& authority) { authority.index = 7; }},
      {"source", [](Authority& authority) { authority.source = MakeSource({}); }},
      {"repository",
       [](Authority& authority) {
         authority.source = MakeSource({.repository = oci::Repository{"r.io", "a"}});
       }},
      {"registry",
       [](Authority& authority) { authority.source = MakeSource({.registry = "r.io"}); }},
      {"tag prefix",
       [](Authority& authority) { authority.source = MakeSource({.tag_prefix = "a"}); }},
  };
  Ids ids;
  for (const size_t index : {0, 2}) {
    for (const auto& [name, change] : changes) {
      Authority authority = AuthorityAt(index);
      change(authority);
      ids.ExpectNew(WithAuthority(index, std::move(authority)), absl::StrCat(name, " of ", index));
    }
  }
}

TEST(Policies, TheIdStaysWhateverDoesNotDecide) {
  const std::string id = Example().Id();
  EXPECT_THAT(id, SizeIs(32));
  EXPECT_EQ(PolicyContent(Example()).Id(), id);
  PolicyContent content = Example();
  content.groups[0].problems = 7;
  EXPECT_EQ(content.Id(), id);
  // Another object that says the same.
  EXPECT_EQ(WithAuthority(0, AuthorityAt(0)).Id(), id);
  EXPECT_EQ(WithAuthority(2, AuthorityAt(2)).Id(), id);
}

TEST(Policies, TheIdIsThatOfWhatAnObjectMeansHoweverItIsWritten) {
  const auto id_of = [](std::string_view pem, const std::vector<std::string>& excluded) {
    TestPolicy policy = TestPolicy().Key("a", pem).Key("bad", "no PEM").Rule("r.io/*", {"a", "x"});
    for (const std::string& name : excluded) policy.ExcludeNamespace(name);
    return policy.Build()->id();
  };
  std::vector<std::string> excluded;
  for (int i = 0; i < 20; ++i) excluded.push_back(absl::StrCat("build-", i));
  const std::string id = id_of(Pem(), excluded);
  EXPECT_EQ(id_of(Pem(), excluded), id);
  EXPECT_EQ(id_of("of alice:\n" + Pem() + "\n", excluded), id);
  EXPECT_NE(id_of(crypto::TestKey::Generate().PublicPem(), excluded), id);
  std::reverse(excluded.begin(), excluded.end());
  excluded.push_back("build-7");
  EXPECT_EQ(id_of(Pem(), excluded), id);
  EXPECT_NE(Policies::None()->id(), TestPolicy().Build()->id());
}

TEST(Policies, ForEveryImageTakeTheWordOfOneOfThoseThatAreGiven) {
  const AuthorityPtr a = Make({.name = "a", .asks = AnySigner()});
  const AuthorityPtr b =
      Make({.name = "b", .asks = AnySigner(), .attestations = {{.predicate_type = "https://b"}}});
  const PoliciesPtr policies = PoliciesForEveryImage({a, b});
  ASSERT_THAT(policies->groups(), SizeIs(1));
  for (const std::string_view image : {"nginx", "r.io/app:1", "localhost:5000/a/b"}) {
    const std::vector<const Policy*> matching = policies->Matching(Image(image));
    ASSERT_THAT(NamesOf(matching), ElementsAre("*"));
    EXPECT_EQ(matching[0]->language, Language::kSign);
    ASSERT_THAT(matching[0]->authorities, SizeIs(2));
    EXPECT_EQ(matching[0]->authorities, policies->groups()[0].authorities);
    EXPECT_EQ(matching[0]->authorities[1]->name, "b");
    ASSERT_THAT(matching[0]->authorities[1]->attestations, SizeIs(1));
    EXPECT_EQ(matching[0]->authorities[1]->attestations[0].predicate_type, "https://b");
  }
}

// Or one would stand for the other where they are told apart by their indexes.
TEST(Policies, ForEveryImagePlaceEachAuthorityWhereItStands) {
  const AuthorityPtr a = Make({.name = "a", .asks = AnySigner(), .index = 7});
  const AuthorityPtr b = Make({.name = "b", .asks = AnySigner(), .index = 7});
  const PoliciesPtr policies = PoliciesForEveryImage({a, b});
  const std::vector<AuthorityPtr>& authorities = policies->groups()[0].authorities;
  EXPECT_EQ(authorities[0]->index, 0u);
  EXPECT_EQ(authorities[1]->index, 1u);
  EXPECT_EQ(authorities[1]->name, "b");
}

TEST(Policies, ForEveryImageByNobodyIsNotThatThereAreNone) {
  const PoliciesPtr policies = PoliciesForEveryImage({});
  EXPECT_FALSE(policies->IsNone());
  EXPECT_THAT(NamesOf(policies->Matching(Image("nginx"))), ElementsAre("*"));
}

constexpr std::string_view kDigest =
    "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

// What the first policy is for an image by tag, as "awaits", "covers" or "no".
std::string ForTag(const PoliciesPtr& policies, std::string_view image,
                   const std::optional<oci::Digest>& resolved) {
  const std::vector<Selection> selecting =
      policies->Selecting(oci::ImageReference::Parse(image).value(), resolved);
  if (selecting.empty()) return "no";
  if (selecting[0].awaits_digest) return "awaits";
  return selecting[0].covers && !selecting[0].only_by_claimed_tag ? "covers" : "selects";
}

TEST(Policies, AGlobForOneDigestAwaitsWhatATagMeans) {
  const oci::Digest digest = oci::Digest::Parse(kDigest).value();
  const oci::Digest other = oci::Digest::Of("");
  for (const std::string_view glob : {"r.io/app@", "r.io/**@", "r.io/app:1@", "r.io/app*"}) {
    const PoliciesPtr policies =
        TestSigstorePolicies()
            .Add("a", {absl::StrCat(glob, kDigest)}, {StaticAuthority(true)})
            .Build();
    EXPECT_EQ(ForTag(policies, "r.io/app:1", std::nullopt), "awaits") << glob;
    EXPECT_EQ(ForTag(policies, "r.io/app:1", digest), "covers") << glob;
    EXPECT_EQ(ForTag(policies, "r.io/app:1", other), "no") << glob;
    EXPECT_EQ(ForTag(policies, "other.io/app:1", std::nullopt), "no") << glob;
  }
  // What has a digest is not looked up.
  const PoliciesPtr policies =
      TestSigstorePolicies()
          .Add("a", {absl::StrCat("r.io/app@", kDigest)}, {StaticAuthority(true)})
          .Build();
  EXPECT_EQ(ForTag(policies, absl::StrCat("r.io/app:1@", other.ToString()), digest), "no");
}

// Whichever digest is tried for all of them, a glob may be for that one alone.
TEST(Policies, AGlobForSomeDigestsIsForNoTagBeforeItIsKnown) {
  for (const std::string glob : {"r.io/app*5", "r.io/*b*", "r.io/**5", "r.io/*@**5", "*5",
                                 "r.io/**sha256:*5", "r.io/app@sha256:e3b0*"}) {
    const PoliciesPtr policies =
        TestSigstorePolicies().Add("a", {glob}, {StaticAuthority(true)}).Build();
    EXPECT_EQ(ForTag(policies, "r.io/app:1", std::nullopt), "awaits") << glob;
  }
  // A later `**` takes slashes on its way to the digest.
  const PoliciesPtr policies =
      TestSigstorePolicies().Add("a", {"r.io/*a**b"}, {StaticAuthority(false)}).Build();
  EXPECT_EQ(ForTag(policies, "r.io/xa/foo:1", std::nullopt), "awaits");
}

TEST(Policies, WhatSelectsAndCoversNothingMayYetCoverTheDigest) {
  const oci::Digest digest = oci::Digest::Parse(kDigest).value();
  const PoliciesPtr policies =
      TestSigstorePolicies()
          .Add("a", {"**.t.io/**", absl::StrCat("evil.io/x.t.io/y@", kDigest)},
               {StaticAuthority(true)})
          .Build();
  EXPECT_EQ(ForTag(policies, "evil.io/x.t.io/y:1", std::nullopt), "awaits");
  EXPECT_EQ(ForTag(policies, "evil.io/x.t.io/y:1", digest), "covers");
  EXPECT_EQ(ForTag(policies, "evil.io/x.t.io/y:1", oci::Digest::Of("")), "selects");
}

TEST(Policies, AGlobForEveryDigestAwaitsNone) {
  for (const std::string glob : {"r.io/app@*", "r.io/app@**", "r.io/app:1@*", "r.io/**"}) {
    const PoliciesPtr policies =
        TestSigstorePolicies().Add("a", {glob}, {StaticAuthority(true)}).Build();
    EXPECT_EQ(ForTag(policies, "r.io/app:1", std::nullopt), "covers") << glob;
  }
}

TEST(Policies, TheNextChangeIsTheFirstBeginningOrEndThatIsStillToCome) {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_EQ(TestPolicy().Build()->NextChange(now), absl::InfiniteFuture());
  const PoliciesPtr policies =
      TestSigstorePolicies()
          .Add("a", {"**"}, {KeyAuthority("k")},
               {.effective_from = now, .effective_until = now + absl::Seconds(9)})
          .Add("b", {"**"}, {KeyAuthority("k")}, {.effective_from = now + absl::Seconds(5)})
          .Build();
  EXPECT_EQ(policies->NextChange(now - absl::Seconds(1)), now);
  EXPECT_EQ(policies->NextChange(now), now + absl::Seconds(5));
  EXPECT_EQ(policies->NextChange(now + absl::Seconds(5)), now + absl::Seconds(9));
  EXPECT_EQ(policies->NextChange(now + absl::Seconds(9)), absl::InfiniteFuture());
}

TEST(Policies, ObjectsAreToldApartWhereAPolicyLooksAtThem) {
  EXPECT_FALSE(TestPolicy().Build()->tells_objects_apart());
  EXPECT_FALSE(
      TestSigstorePolicies().Add("a", {"**"}, {KeyAuthority("k")}).Build()->tells_objects_apart());
  EXPECT_TRUE(TestSigstorePolicies()
                  .Add("a", {"**"}, {KeyAuthority("k")})
                  .Add("b", {"**"}, {KeyAuthority("k")}, {.objects = {{.resource = "pods"}}})
                  .Build()
                  ->tells_objects_apart());
}

}  // namespace
}  // namespace countersign::policy
