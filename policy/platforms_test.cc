// Which of an index's manifests must have what a policy asks for (Terms::platforms): what holds by them, and
// what is told where something lacks.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/children.h"
#include "policy/examination.h"
#include "policy/judge.h"
#include "policy/test_sigstore_policies.h"

namespace countersign::policy {
namespace {

using base::IsOk;
using cosign::TestSigner;
using crypto::TestKey;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kImage[] = "r.io/app:1";

class PlatformsTest : public testing::Test {
 protected:
  PoliciesPtr Asking(Platforms platforms, Mode mode = Mode::kEnforce) const {
    return TestSigstorePolicies()
        .Add("p", {"**"}, {KeyAuthority("alice", alice_.key().Public())},
             {.mode = mode, .platforms = platforms})
        .Build();
  }
  static Requirement Ask(const PoliciesPtr& policies) {
    return RequirementFor(policies,
                          {.workload_namespace = "shop",
                           .namespace_labels = std::make_shared<const Labels>(
                               Labels{{"policy.sigstore.dev/include", "true"}})},
                          *oci::ImageReference::Parse(kImage));
  }
  static Examination Of(const Requirement& requirement, const oci::Digest& digest,
                        const std::vector<const TestSigner*>& signers) {
    Evidence evidence = {.digest = digest, .by_place = {{.place = Place::kSignatureTag}}};
    for (const TestSigner* signer : signers) {
      evidence.by_place[0].items.push_back(signer->Sign(digest));
    }
    return Examine(requirement, evidence);
  }

  using SignersOf = std::vector<const TestSigner*>;
  // Of an index that is signed by these, with manifests that are signed by those.
  Examination OfIndex(const Requirement& requirement, const SignersOf& signers,
                      const std::vector<SignersOf>& manifests) const {
    Examination examination = Of(requirement, index_, signers);
    examination.children = Children{.is_index = true, .count = manifests.size()};
    for (size_t i = 0; i < manifests.size(); ++i) {
      AddChild(requirement, absl::StrCat("linux/", i), Of(requirement, Manifest(i), manifests[i]),
               absl::OkStatus(), *examination.children);
    }
    return examination;
  }
  static oci::Digest Manifest(size_t i) { return oci::Digest::Of(absl::StrCat(i)); }

  const oci::Digest index_ = oci::Digest::Of("the index");
  const TestSigner alice_{TestKey::Generate()};
  const TestSigner bob_{TestKey::Generate()};
};

TEST_F(PlatformsTest, WhatHoldsDependsOnWhichManifestsAreSigned) {
  const struct {
    SignersOf index;
    std::vector<SignersOf> manifests;
    bool by_index, any_level, all_children;
  } kCases[] = {
      {{&alice_}, {{&alice_}, {&alice_}}, true, true, true},
      {{&alice_}, {{&alice_}, {}}, true, true, false},
      {{&alice_}, {{}, {&alice_}}, true, true, false},
      {{&alice_}, {{&bob_}, {&alice_}}, true, true, false},
      {{&alice_}, {}, true, true, false},
      {{}, {{&alice_}, {&alice_}}, false, true, false},
      {{&bob_}, {{&alice_}, {&bob_, &alice_}}, false, true, false},
      // Never by one manifest alone: the node may run the other.
      {{}, {{&alice_}, {}}, false, false, false},
      {{}, {{}, {&alice_}}, false, false, false},
      {{}, {}, false, false, false},
  };
  for (const auto& tried : kCases) {
    const auto holds = [&](Platforms platforms) {
      const Requirement requirement = Ask(Asking(platforms));
      return Holds(requirement, OfIndex(requirement, tried.index, tried.manifests));
    };
    const std::string name = absl::StrCat(tried.index.size(), " ", tried.manifests.size());
    EXPECT_EQ(holds(Platforms::kIndex), tried.by_index) << name;
    EXPECT_EQ(holds(Platforms::kAnyLevel), tried.any_level) << name;
    EXPECT_EQ(holds(Platforms::kAllChildren), tried.all_children) << name;
  }
}

TEST_F(PlatformsTest, AnImageWithoutIndexIsAlone) {
  for (const Platforms platforms : {Platforms::kAnyLevel, Platforms::kAllChildren}) {
    const Requirement requirement = Ask(Asking(platforms));
    for (const SignersOf& signers : {SignersOf{&alice_}, SignersOf{&bob_}, SignersOf{}}) {
      Examination examination = Of(requirement, index_, signers);
      examination.children = Children{.is_index = false};
      EXPECT_EQ(Holds(requirement, examination), signers == SignersOf{&alice_});
    }
  }
}

TEST_F(PlatformsTest, WhatWasNotLookedAtHoldsNothing) {
  const Requirement all = Ask(Asking(Platforms::kAllChildren));
  const Requirement any = Ask(Asking(Platforms::kAnyLevel));
  EXPECT_FALSE(Holds(all, Of(all, index_, {&alice_})));
  EXPECT_TRUE(Holds(any, Of(any, index_, {&alice_})));
  EXPECT_FALSE(Holds(any, Of(any, index_, {})));
  Examination some = OfIndex(all, {&alice_}, {{&alice_}, {&alice_}});
  some.children->looked_at.pop_back();
  EXPECT_FALSE(Holds(all, some));
  some = OfIndex(any, {}, {{&alice_}, {&alice_}});
  some.children->looked_at.pop_back();
  EXPECT_FALSE(Holds(any, some));
  Examination unknown = OfIndex(all, {&alice_}, {{&alice_}});
  unknown.children->unknown = absl::AbortedError("more than 64");
  EXPECT_FALSE(Holds(all, unknown));
  unknown.children = Children{.unknown = absl::UnavailableError("away")};
  EXPECT_FALSE(Holds(all, unknown));
}

TEST_F(PlatformsTest, ManifestsMatterAsLongAsTheyDecideAnything) {
  const Requirement all = Ask(Asking(Platforms::kAllChildren));
  const Requirement any = Ask(Asking(Platforms::kAnyLevel));
  const Requirement by_index = Ask(Asking(Platforms::kIndex));
  EXPECT_TRUE(ChildrenMatter(all, Of(all, index_, {&alice_})));
  EXPECT_FALSE(ChildrenMatter(all, Of(all, index_, {})));  // it is denied
  EXPECT_FALSE(ChildrenMatter(any, Of(any, index_, {&alice_})));
  EXPECT_TRUE(ChildrenMatter(any, Of(any, index_, {})));
  EXPECT_FALSE(ChildrenMatter(by_index, Of(by_index, index_, {})));
  // Once one of them denies, the others do not.
  Examination examination = OfIndex(all, {&alice_}, {{&alice_}, {}, {&alice_}});
  examination.children->looked_at.pop_back();
  EXPECT_FALSE(ChildrenMatter(all, examination));
  examination.children->looked_at.pop_back();
  EXPECT_TRUE(ChildrenMatter(all, examination));
  EXPECT_FALSE(ChildrenMatter(all, OfIndex(all, {&alice_}, {{&alice_}})));
  // What only warns is told of by those that come first.
  const Requirement warns = Ask(Asking(Platforms::kAllChildren, Mode::kWarn));
  EXPECT_TRUE(ChildrenMatter(warns, Of(warns, index_, {&alice_})));
}

TEST_F(PlatformsTest, ADigestIsLookedAtUntilAllHoldsThatCould) {
  const Requirement all = Ask(Asking(Platforms::kAllChildren));
  EXPECT_TRUE(IsEnoughByItself(all, Of(all, index_, {&alice_})));
  EXPECT_FALSE(IsEnoughByItself(all, Of(all, index_, {&bob_})));
  EXPECT_TRUE(IsEnoughOfChild(all, Of(all, index_, {&alice_})));
  EXPECT_FALSE(IsEnoughOfChild(all, Of(all, index_, {&bob_})));
  // Of a group, the policy that asks for less could hold by what was not looked at yet.
  const PoliciesPtr group = TestSigstorePolicies()
                                .Add("a", {"**"}, {KeyAuthority("a", bob_.key().Public())}, {}, "g")
                                .Add("b", {"**"}, {KeyAuthority("b", alice_.key().Public())},
                                     {.platforms = Platforms::kAllChildren}, "g")
                                .Build();
  const Requirement either = Ask(group);
  EXPECT_FALSE(IsEnoughByItself(either, Of(either, index_, {&alice_})));
  EXPECT_TRUE(IsEnoughByItself(either, Of(either, index_, {&bob_})));
  EXPECT_TRUE(IsEnoughOfChild(either, Of(either, index_, {&alice_})));
  EXPECT_FALSE(IsEnoughOfChild(either, Of(either, index_, {&bob_})));
}

TEST_F(PlatformsTest, APolicyThatDoesNotAskAboutManifestsIsSatisfiedByTheIndex) {
  const PoliciesPtr policies = TestSigstorePolicies()
                                   .Add("a", {"**"}, {KeyAuthority("bob", bob_.key().Public())})
                                   .Add("b", {"**"}, {KeyAuthority("alice", alice_.key().Public())},
                                        {.platforms = Platforms::kAllChildren})
                                   .Build();
  const Requirement requirement = Ask(policies);
  EXPECT_TRUE(Holds(requirement, OfIndex(requirement, {&alice_, &bob_}, {{&alice_}})));
  EXPECT_FALSE(Holds(requirement, OfIndex(requirement, {&alice_}, {{&alice_, &bob_}})));
}

TEST_F(PlatformsTest, ADenialNamesTheManifestThatLacksIt) {
  const Requirement all = Ask(Asking(Platforms::kAllChildren));
  const Verdict verdict =
      Judge(all, kImage, OfIndex(all, {&alice_}, {{&alice_}, {&bob_}, {&alice_}}));
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kNotSigned);
  EXPECT_EQ(verdict.digest, index_.ToString());
  const std::string named = absl::StrCat(Manifest(1).ToString(), " (linux/1)");
  ASSERT_THAT(verdict.policy_failures, SizeIs(1));
  EXPECT_THAT(verdict.policy_failures[0].details,
              AllOf(HasSubstr(absl::StrCat("r.io/app:1 of the 3 manifests of its index, ", named,
                                           ": signature key validation failed for authority alice "
                                           "for r.io/app@",
                                           Manifest(1).ToString(), ": no matching signatures: ")),
                    Not(HasSubstr(Manifest(0).ToString()))));
  EXPECT_THAT(verdict.message,
              AllOf(HasSubstr("of the image and of each manifest that its index lists"),
                    HasSubstr(absl::StrCat("Of the 3 manifests of its index, ", named,
                                           " lacks it, with 1 piece of evidence."))));
}

TEST_F(PlatformsTest, WhatCouldNotBeFoundOutOfAManifestIsUndecided) {
  const Requirement all = Ask(Asking(Platforms::kAllChildren));
  Examination examination = OfIndex(all, {&alice_}, {{&alice_}});
  examination.children->count = 2;
  AddChild(all, "linux/1", {.digest = Manifest(1)}, absl::UnavailableError("r.io is away"),
           *examination.children);
  const Verdict verdict = Judge(all, kImage, examination);
  EXPECT_EQ(verdict.reason, Reason::kUndecided);
  EXPECT_THAT(verdict.policy_failures[0].details, HasSubstr("(linux/1): r.io is away"));
  // Another one that lacks it is an answer.
  examination.children->count = 3;
  AddChild(all, "linux/2", Of(all, Manifest(2), {}), absl::OkStatus(), *examination.children);
  EXPECT_EQ(Judge(all, kImage, examination).reason, Reason::kNotSigned);
}

TEST_F(PlatformsTest, WhatAnIndexListsIsUndecidedOrRefused) {
  const Requirement any = Ask(Asking(Platforms::kAnyLevel));
  Examination examination = Of(any, index_, {});
  examination.children = Children{.is_index = true, .unknown = absl::AbortedError("too many")};
  EXPECT_EQ(Judge(any, kImage, examination).reason, Reason::kUndecided);
  EXPECT_THAT(Judge(any, kImage, examination).policy_failures[0].details,
              HasSubstr("the manifests of its index are not known: too many"));
  examination.children->unknown = absl::InvalidArgumentError("malformed");
  EXPECT_EQ(Judge(any, kImage, examination).reason, Reason::kNotSigned);
  examination.children = Children{.is_index = true};
  EXPECT_EQ(Judge(any, kImage, examination).reason, Reason::kNotSigned);
  EXPECT_THAT(Judge(any, kImage, examination).policy_failures[0].details,
              HasSubstr("its index lists no manifest that a node runs"));
}

TEST_F(PlatformsTest, WhatHoldsByManifestsAloneIsNamed) {
  const Requirement any = Ask(Asking(Platforms::kAnyLevel));
  const Verdict verdict = Judge(any, kImage, OfIndex(any, {&bob_}, {{&alice_}, {&bob_, &alice_}}));
  EXPECT_EQ(verdict.reason, Reason::kVerified);
  EXPECT_EQ(verdict.digest, index_.ToString());
  EXPECT_THAT(verdict.keys, ElementsAre("alice"));
  EXPECT_THAT(verdict.evidence, SizeIs(1));
  EXPECT_THAT(verdict.patterns, ElementsAre("p"));
}

TEST_F(PlatformsTest, OnlyTheFirstManifestsAreExplained) {
  const Requirement warns = Ask(Asking(Platforms::kAllChildren, Mode::kWarn));
  std::vector<SignersOf> manifests(kMaxChildren, {&bob_});
  const Examination examination = OfIndex(warns, {&alice_}, manifests);
  size_t told = 0;
  for (const Child& child : examination.children->looked_at) {
    told += child.told_apart.empty() ? 0 : 1;
    EXPECT_THAT(child.undecided, IsOk());
  }
  EXPECT_EQ(told, kMaxChildrenTold);
  const Verdict verdict = Judge(warns, kImage, examination);
  EXPECT_EQ(verdict.decision, Decision::kAllow);
  ASSERT_THAT(verdict.policy_failures, SizeIs(1));
  EXPECT_TRUE(verdict.policy_failures[0].is_warning);
  EXPECT_THAT(verdict.policy_failures[0].details,
              AllOf(HasSubstr("(linux/2)"), Not(HasSubstr("(linux/3)"))));
}

TEST_F(PlatformsTest, NobodyCanForgeALineByAPlatform) {
  const Requirement all = Ask(Asking(Platforms::kAllChildren));
  Examination examination = OfIndex(all, {&alice_}, {});
  examination.children->count = 1;
  AddChild(all, "linux\nfailed policy: x", Of(all, Manifest(0), {}), absl::OkStatus(),
           *examination.children);
  const Verdict verdict = Judge(all, kImage, examination);
  EXPECT_THAT(verdict.policy_failures[0].details, Not(HasSubstr("\n")));
  EXPECT_THAT(verdict.message, Not(HasSubstr("\n")));
}

}  // namespace
}  // namespace countersign::policy
