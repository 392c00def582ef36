#include "policy/sigstore_verdict.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/evidence.h"
#include "policy/judge.h"
#include "policy/registry_away.h"
#include "policy/test_policy.h"
#include "policy/test_sigstore_policies.h"
#include "policy/verdict_fixture.h"

namespace countersign::policy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// "SUMMARY\nDETAILS" of each, those that only warn with a "(warning) " before it.
std::vector<std::string> TextsOf(const Verdict& verdict) {
  std::vector<std::string> texts;
  for (const PolicyFailure& failure : verdict.policy_failures) {
    texts.push_back((failure.is_warning ? "(warning) " : "") + failure.summary + "\n" +
                    failure.details);
  }
  return texts;
}

class SigstoreVerdictTest : public VerdictFixture {
 protected:
  Requirement Ask(const PoliciesPtr& policies) const {
    return RequirementFor(policies,
                          {.workload_namespace = "shop",
                           .namespace_labels = std::make_shared<const Labels>(
                               Labels{{"policy.sigstore.dev/include", "true"}})},
                          oci::ImageReference::Parse(kImage).value());
  }
  Verdict JudgeFound(const PoliciesPtr& policies, const absl::StatusOr<Evidence>& evidence) const {
    return Judge(Ask(policies), kImage, evidence, ProveDirectly);
  }
  AuthorityPtr Alice() const { return KeyAuthority("alice", alice_.key().Public()); }
  AuthorityPtr Bob() const { return KeyAuthority("bob", bob_.key().Public()); }
  std::string Name() const { return "r.io/app@" + image_.ToString(); }
};

TEST_F(SigstoreVerdictTest, ASignatureOfOneOfTheAuthoritiesVerifies) {
  const PoliciesPtr policies =
      TestSigstorePolicies().Add("release", {"r.io/**"}, {Bob(), Alice()}).Build();
  const Verdict verdict = JudgeFound(policies, Found({alice_.Sign(image_)}));
  EXPECT_EQ(verdict.decision, Decision::kAllow);
  EXPECT_EQ(verdict.reason, Reason::kVerified);
  EXPECT_THAT(verdict.keys, ElementsAre("alice"));
  EXPECT_THAT(verdict.patterns, ElementsAre("release"));
  EXPECT_EQ(verdict.digest, image_.ToString());
  // Of a policy that passes, what its other authorities lack is not told.
  EXPECT_THAT(verdict.policy_failures, IsEmpty());
}

TEST_F(SigstoreVerdictTest, WithoutSignaturesThePolicyControllersWordsSaySo) {
  const PoliciesPtr policies = TestSigstorePolicies().Add("release", {"**"}, {Alice()}).Build();
  const Verdict verdict = JudgeFound(policies, Found({}));
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kNotSigned);
  EXPECT_THAT(TextsOf(verdict),
              ElementsAre("failed policy: release\nr.io/app:1 signature key validation failed for "
                          "authority alice for " +
                          Name() + ": no signatures found"));
  EXPECT_THAT(verdict.message,
              StartsWith("r.io/app:1: NOT_SIGNED: policy \"release\" wants the authority \"alice\" "
                         "(a signature with its key). No pieces of evidence were found."));
}

TEST_F(SigstoreVerdictTest, SignaturesOfOthersAreExplainedForEachAuthorityInItsPlace) {
  const PoliciesPtr policies =
      TestSigstorePolicies().Add("release", {"**"}, {Bob(), Alice()}).Build();
  const Verdict verdict = JudgeFound(policies, Found({stranger_.Sign(image_)}));
  ASSERT_THAT(verdict.policy_failures, SizeIs(1));
  const std::string& details = verdict.policy_failures[0].details;
  const size_t bob = details.find("validation failed for authority bob for " + Name() +
                                  ": no matching signatures: ");
  const size_t alice = details.find("validation failed for authority alice for " + Name() +
                                    ": no matching signatures: ");
  EXPECT_NE(bob, std::string::npos) << details;
  EXPECT_NE(alice, std::string::npos) << details;
  EXPECT_LT(bob, alice);
}

// D24: in the Policy Controller 34 of 60 such requests named the policy that only warns.
TEST_F(SigstoreVerdictTest, AWarningPolicyAndAnEnforcedOneAreEachToldAsWhatTheyAre) {
  const PoliciesPtr policies = TestSigstorePolicies()
                                   .Add("a-warns", {"**"}, {Bob()}, {.mode = Mode::kWarn})
                                   .Add("b-denies", {"**"}, {Alice()})
                                   .Build();
  std::string first;
  for (int i = 0; i < 60; ++i) {
    const Verdict verdict = JudgeFound(policies, Found({}));
    EXPECT_EQ(verdict.decision, Decision::kDeny);
    const std::vector<std::string> texts = TextsOf(verdict);
    ASSERT_THAT(texts, ElementsAre(StartsWith("(warning) failed policy: a-warns\n"),
                                   StartsWith("failed policy: b-denies\n")));
    if (i == 0) first = texts[0] + texts[1] + verdict.message;
    EXPECT_EQ(texts[0] + texts[1] + verdict.message, first);
  }
}

TEST_F(SigstoreVerdictTest, APolicyThatWarnsLetsTheImagePass) {
  const PoliciesPtr policies =
      TestSigstorePolicies().Add("a", {"**"}, {Bob()}, {.mode = Mode::kWarn}).Build();
  const Verdict verdict = JudgeFound(policies, Found({alice_.Sign(image_)}));
  EXPECT_EQ(verdict.decision, Decision::kAllow);
  EXPECT_EQ(verdict.reason, Reason::kAllowedByPolicy);
  EXPECT_THAT(TextsOf(verdict), ElementsAre(StartsWith("(warning) failed policy: a\n")));
  EXPECT_EQ(JudgeFound(policies, Found({bob_.Sign(image_)})).reason, Reason::kVerified);
}

TEST_F(SigstoreVerdictTest, EachPolicyMustHold) {
  const PoliciesPtr policies =
      TestSigstorePolicies().Add("a", {"**"}, {Alice()}).Add("b", {"r.io/**"}, {Bob()}).Build();
  EXPECT_EQ(JudgeFound(policies, Found({alice_.Sign(image_), bob_.Sign(image_)})).decision,
            Decision::kAllow);
  const Verdict verdict = JudgeFound(policies, Found({alice_.Sign(image_)}));
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_THAT(TextsOf(verdict), ElementsAre(StartsWith("failed policy: b\n")));
}

TEST_F(SigstoreVerdictTest, OfAGroupOneIsEnough) {
  const PoliciesPtr policies = TestSigstorePolicies()
                                   .Add("a", {"**"}, {Alice()}, {}, "g")
                                   .Add("b", {"r.io/**"}, {Bob()}, {}, "g")
                                   .Build();
  EXPECT_EQ(JudgeFound(policies, Found({bob_.Sign(image_)})).decision, Decision::kAllow);
  const Verdict verdict = JudgeFound(policies, Found({stranger_.Sign(image_)}));
  EXPECT_THAT(TextsOf(verdict),
              ElementsAre(StartsWith("failed policy: a\n"), StartsWith("failed policy: b\n")));
}

TEST_F(SigstoreVerdictTest, AThresholdWantsDistinctAuthorities) {
  const PoliciesPtr policies =
      TestSigstorePolicies().Add("a", {"**"}, {Alice(), Bob()}, {.threshold = 2}).Build();
  EXPECT_EQ(JudgeFound(policies, Found({alice_.Sign(image_), bob_.Sign(image_)})).decision,
            Decision::kAllow);
  const Verdict verdict = JudgeFound(
      policies,
      Found({alice_.Sign(image_), alice_.SignPayload(cosign::TestSigner::Payload(image_))}));
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_THAT(TextsOf(verdict), ElementsAre(HasSubstr("1 of the 2 authorities pass")));
}

TEST_F(SigstoreVerdictTest, AStaticAnswerIsOneWhateverThereIs) {
  const PoliciesPtr passes =
      TestSigstorePolicies().Add("a", {"**"}, {StaticAuthority(true)}).Build();
  EXPECT_FALSE(Ask(passes).NeedsEvidence());
  const absl::Status none = absl::InternalError("no evidence was asked for");
  EXPECT_EQ(JudgeFound(passes, none).reason, Reason::kAllowedByPolicy);
  const PoliciesPtr fails =
      TestSigstorePolicies().Add("a", {"**"}, {StaticAuthority(false, "not today")}).Build();
  const Verdict verdict = JudgeFound(fails, none);
  EXPECT_EQ(verdict.reason, Reason::kDeniedByPolicy);
  EXPECT_THAT(TextsOf(verdict), ElementsAre("failed policy: a\nr.io/app:1 disallowed by static "
                                            "policy: not today"));
  // The colon and the space stay where there is no message.
  const PoliciesPtr silent =
      TestSigstorePolicies().Add("a", {"**"}, {StaticAuthority(false)}).Build();
  EXPECT_EQ(JudgeFound(silent, none).policy_failures[0].details,
            "r.io/app:1 disallowed by static policy: ");
}

TEST_F(SigstoreVerdictTest, WhatNoPolicyCoversIsAsTheNoMatchRuleSays) {
  TestSigstorePolicies test;
  test.Add("a", {"other.io/**"}, {Alice()});
  const absl::Status none = absl::InternalError("no evidence was asked for");
  const Verdict denied = JudgeFound(test.Build(), none);
  EXPECT_EQ(denied.reason, Reason::kUnmatched);
  EXPECT_THAT(TextsOf(denied), ElementsAre("no matching policies\nr.io/app:1"));
  test.rules().no_match = NoMatchRule::kWarn;
  const Verdict warned = JudgeFound(test.Build(), none);
  EXPECT_EQ(warned.decision, Decision::kAllow);
  EXPECT_EQ(warned.reason, Reason::kNoPolicy);
  EXPECT_THAT(TextsOf(warned), ElementsAre("(warning) no matching policies\nr.io/app:1"));
  test.rules().no_match = NoMatchRule::kAllow;
  EXPECT_THAT(JudgeFound(test.Build(), none).policy_failures, IsEmpty());
}

TEST_F(SigstoreVerdictTest, WithoutAuthoritiesNothingPasses) {
  const PoliciesPtr policies = TestSigstorePolicies().Add("a", {"**"}, {}).Build();
  const Verdict verdict = JudgeFound(policies, absl::InternalError("no evidence was asked for"));
  EXPECT_EQ(verdict.reason, Reason::kPolicyBroken);
  EXPECT_THAT(TextsOf(verdict), ElementsAre("failed policy: a\nr.io/app:1 no authorities"));
}

// D21: in the Policy Controller the policy goes, and one that is looser may let the image in.
TEST_F(SigstoreVerdictTest, WhatCannotBeReadNeverRemovesAPolicy) {
  const AuthorityPtr broken =
      MakeAuthority({.name = "gone", .asks = Broken{"secret \"keys\" not found"}});
  const PoliciesPtr policies = TestSigstorePolicies()
                                   .Add("strict", {"**"}, {broken})
                                   .Add("loose", {"**"}, {StaticAuthority(true)})
                                   .Build();
  const Verdict verdict = JudgeFound(policies, absl::InternalError("no evidence was asked for"));
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kPolicyBroken);
  EXPECT_THAT(TextsOf(verdict), ElementsAre(HasSubstr("secret \"keys\" not found")));
}

TEST_F(SigstoreVerdictTest, WhatCouldNotBeFoundOutDeniesAsUndecided) {
  const PoliciesPtr policies = TestSigstorePolicies().Add("a", {"**"}, {Alice()}).Build();
  const Verdict verdict = JudgeFound(policies, absl::UnavailableError("registry r.io: busy"));
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kUndecided);
  EXPECT_THAT(TextsOf(verdict), ElementsAre(HasSubstr("registry r.io: busy")));
  EXPECT_EQ(JudgeFound(policies, absl::NotFoundError("no such image")).reason, Reason::kNotFound);
}

TEST_F(SigstoreVerdictTest, ThatTheRegistryIsAwayIsAReasonOfItsOwn) {
  const PoliciesPtr policies = TestSigstorePolicies().Add("a", {"**"}, {Alice()}).Build();
  const absl::Status why = absl::UnavailableError("r.io refused the connection");
  const Verdict verdict = JudgeFound(policies, RegistryAway(why, absl::UnixEpoch()));
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kRegistryAway);
  EXPECT_THAT(verdict.message, HasSubstr(": REGISTRY_AWAY: "));
  EXPECT_THAT(verdict.message, HasSubstr("could not be reached since 1970-01-01"));
}

TEST_F(SigstoreVerdictTest, ATagThatMeansNoDigestIsDeniedInAnyMode) {
  const PoliciesPtr policies =
      TestSigstorePolicies().Add("a", {"**"}, {Alice()}, {.mode = Mode::kWarn}).Build();
  const Verdict verdict =
      JudgeFound(policies, Unresolved(absl::ResourceExhaustedError("it limits its rate")));
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_THAT(TextsOf(verdict), ElementsAre("invalid value: r.io/app:1 must be an image digest\n"
                                            "it limits its rate"));
  // Where only its evidence cannot be read, what warns, warns.
  EXPECT_EQ(JudgeFound(policies, absl::UnavailableError("busy")).decision, Decision::kAllow);
}

// Whether a policy covers the image is not known before what its tag means is.
TEST_F(SigstoreVerdictTest, WhatAwaitsADigestIsUndecidedAndNoMatchUntilThen) {
  const std::string glob = "r.io/app@" + image_.ToString();
  for (const Mode mode : {Mode::kEnforce, Mode::kWarn}) {
    const PoliciesPtr policies =
        TestSigstorePolicies().Add("one", {glob}, {Alice()}, {.mode = mode}).Build();
    const Verdict verdict = Judge(Ask(policies), kImage, absl::UnavailableError("no answer"));
    EXPECT_EQ(verdict.decision, Decision::kDeny);
    EXPECT_EQ(verdict.reason, Reason::kUndecided);
    EXPECT_THAT(TextsOf(verdict), ElementsAre(HasSubstr("the digest that its tag means")));
    EXPECT_THAT(verdict.message, Not(HasSubstr("no policy covers it")));
  }
  // Likewise where the other language denies, so that nothing is looked up.
  const PoliciesPtr sign = TestPolicy().Build();
  const PoliciesPtr both =
      Combine(sign, TestSigstorePolicies().Add("one", {glob}, {Alice()}).Build());
  const Verdict verdict = JudgeFound(both, absl::InternalError("no evidence was asked for"));
  EXPECT_EQ(verdict.reason, Reason::kUnmatched);  // the Sign policy's
  EXPECT_THAT(verdict.message, Not(HasSubstr("no policy covers it")));
  EXPECT_THAT(verdict.message, Not(HasSubstr("no evidence was asked for")));
  EXPECT_THAT(verdict.policy_failures, IsEmpty());
}

TEST_F(SigstoreVerdictTest, WhyItIsNotKnownWhetherAPolicyIsForTheImageIsSaid) {
  TestSigstorePolicies test;
  test.rules().no_match = NoMatchRule::kAllow;
  const PoliciesPtr policies = test.Add("a", {"["}, {Bob()}).Build();
  const Verdict verdict = JudgeFound(policies, Found({alice_.Sign(image_)}));
  EXPECT_THAT(TextsOf(verdict),
              ::testing::Contains(HasSubstr("a glob of it cannot be read: correct that")));
}

TEST_F(SigstoreVerdictTest, BothLanguagesMustBeSatisfied) {
  const PoliciesPtr sign = Policy().Build();
  const PoliciesPtr sigstore =
      TestSigstorePolicies()
          .Add("s", {"**"}, {KeyAuthority("stranger", stranger_.key().Public())})
          .Build();
  const PoliciesPtr both = Combine(sign, sigstore);
  EXPECT_EQ(JudgeFound(both, Found({alice_.Sign(image_), stranger_.Sign(image_)})).reason,
            Reason::kVerified);
  const Verdict by_sign_only = JudgeFound(both, Found({alice_.Sign(image_)}));
  EXPECT_EQ(by_sign_only.decision, Decision::kDeny);
  EXPECT_THAT(TextsOf(by_sign_only), ElementsAre(StartsWith("failed policy: s\n")));
  const Verdict by_sigstore_only = JudgeFound(both, Found({stranger_.Sign(image_)}));
  EXPECT_EQ(by_sigstore_only.decision, Decision::kDeny);
  EXPECT_THAT(by_sigstore_only.message, StartsWith("The image: r.io/app:1 is not signed."));
  EXPECT_THAT(by_sigstore_only.policy_failures, IsEmpty());
  const Verdict by_none = JudgeFound(both, Found({}));
  EXPECT_THAT(by_none.message, StartsWith("The image: r.io/app:1 is not signed."));
  EXPECT_THAT(by_none.message, HasSubstr("\nr.io/app:1: NOT_SIGNED: policy \"s\""));
  EXPECT_THAT(TextsOf(by_none), ElementsAre(StartsWith("failed policy: s\n")));
}

TEST_F(SigstoreVerdictTest, LanguagesThatDoNotDecideAlikeAreTold) {
  const AuthorityPtr stranger = KeyAuthority("stranger", stranger_.key().Public());
  const auto difference = [&](Mode mode, const absl::StatusOr<Evidence>& evidence) {
    const PoliciesPtr sigstore =
        TestSigstorePolicies().Add("s", {"**"}, {stranger}, {.mode = mode}).Build();
    return JudgeFound(Combine(Policy().Build(), sigstore), evidence).difference;
  };
  const auto by_alice = Found({alice_.Sign(image_)});
  const auto by_stranger = Found({stranger_.Sign(image_)});
  EXPECT_EQ(difference(Mode::kEnforce, by_alice), Difference::kSigstoreDenies);
  EXPECT_EQ(difference(Mode::kWarn, by_alice), Difference::kSigstoreWouldDeny);
  EXPECT_EQ(difference(Mode::kWarn, by_stranger), Difference::kSignDenies);
  for (const Mode mode : {Mode::kEnforce, Mode::kWarn}) {
    EXPECT_EQ(difference(mode, Found({})), Difference::kNone);
    EXPECT_EQ(difference(mode, Found({alice_.Sign(image_), stranger_.Sign(image_)})),
              Difference::kNone);
    EXPECT_EQ(difference(mode, absl::UnavailableError("busy")), Difference::kNone);
  }
}

TEST_F(SigstoreVerdictTest, OfWhatWasNotLookedAtNothingIsSaid) {
  const absl::Status none = absl::InternalError("no evidence was asked for");
  // The Sign policy denies whatever the evidence is.
  const PoliciesPtr by_sign =
      Combine(TestPolicy().Key("a", alice_.key().PublicPem()).Rule("other.io/*", {"a"}).Build(),
              TestSigstorePolicies().Add("s", {"**"}, {Alice()}).Build());
  EXPECT_FALSE(Ask(by_sign).NeedsEvidence());
  const Verdict sign = JudgeFound(by_sign, none);
  EXPECT_EQ(sign.reason, Reason::kUnmatched);
  EXPECT_THAT(sign.message, StartsWith("Could not verify against any image policies"));
  EXPECT_THAT(sign.message, Not(HasSubstr("no evidence")));
  EXPECT_THAT(sign.policy_failures, IsEmpty());
  // A policy of policy.sigstore.dev does.
  const PoliciesPtr by_sigstore = Combine(
      Policy().Build(), TestSigstorePolicies().Add("s", {"**"}, {StaticAuthority(false)}).Build());
  EXPECT_FALSE(Ask(by_sigstore).NeedsEvidence());
  const Verdict sigstore = JudgeFound(by_sigstore, none);
  EXPECT_EQ(sigstore.decision, Decision::kDeny);
  EXPECT_EQ(sigstore.reason, Reason::kDeniedByPolicy);
  EXPECT_THAT(sigstore.message, StartsWith("r.io/app:1: DENIED_BY_POLICY: "));
  EXPECT_THAT(sigstore.message, Not(HasSubstr("no evidence")));
}

TEST_F(SigstoreVerdictTest, EvidenceMayDenyWhereAPolicyEnforcesIt) {
  const auto asked = [&](Mode mode) {
    return Ask(TestSigstorePolicies().Add("a", {"**"}, {Alice()}, {.mode = mode}).Build());
  };
  EXPECT_TRUE(asked(Mode::kEnforce).MayDenyByEvidence());
  EXPECT_FALSE(asked(Mode::kWarn).MayDenyByEvidence());
  EXPECT_TRUE(asked(Mode::kWarn).NeedsEvidence());
  EXPECT_TRUE(Ask(Policy().Build()).MayDenyByEvidence());
}

TEST_F(SigstoreVerdictTest, WhereTheSignPolicyIsAbsentNothingWarnsOfThatIfAnotherHolds) {
  const PoliciesPtr policies = TestSigstorePolicies().Add("a", {"**"}, {Alice()}).Build();
  EXPECT_EQ(JudgeFound(policies, Found({alice_.Sign(image_)})).warning, "");
}

TEST_F(SigstoreVerdictTest, PinningIsRequiredWhereAPolicySaysSo) {
  const PoliciesPtr policies =
      TestSigstorePolicies().Add("a", {"**"}, {Alice()}, {.requires_pinning = true}).Build();
  EXPECT_TRUE(JudgeFound(policies, Found({alice_.Sign(image_)})).pinning_required);
}

TEST_F(SigstoreVerdictTest, NobodyCanForgeALine) {
  const PoliciesPtr policies =
      TestSigstorePolicies().Add("a\nb", {"**"}, {StaticAuthority(false, "x\ny")}).Build();
  const Verdict verdict = JudgeFound(policies, absl::InternalError("no evidence was asked for"));
  EXPECT_THAT(verdict.message, Not(HasSubstr("\n")));
  EXPECT_THAT(verdict.policy_failures[0].details, Not(HasSubstr("\n")));
  EXPECT_THAT(verdict.policy_failures[0].summary, Not(HasSubstr("\n")));
}

// They are foreign words, and policies may have kilobytes of them.
TEST_F(SigstoreVerdictTest, LongNamesOfAuthoritiesAreCut) {
  const std::string name = "x\n" + std::string(20'000, 'n');
  const AuthorityPtr by_key = KeyAuthority(name, alice_.key().Public());
  const AuthorityPtr broken = MakeAuthority({.name = name, .asks = Broken{name}});
  const PoliciesPtr policies =
      TestSigstorePolicies().Add("release", {"r.io/**"}, {by_key, broken}).Build();
  const std::vector<absl::StatusOr<Evidence>> founds = {Found({}), absl::UnavailableError(name)};
  for (const absl::StatusOr<Evidence>& found : founds) {
    const std::vector<std::string> texts = TextsOf(JudgeFound(policies, found));
    ASSERT_THAT(texts, SizeIs(1));
    EXPECT_LT(texts[0].size(), 4096u);
    EXPECT_THAT(texts[0], AllOf(HasSubstr("x\\x0an"), Not(HasSubstr("x\n"))));
  }
}

}  // namespace
}  // namespace countersign::policy
