#include "policy/judge.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cosign/item.h"
#include "cosign/signature_layer.h"
#include "cosign/signer.h"
#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/policies.h"
#include "policy/registry_away.h"
#include "policy/test_policy.h"
#include "policy/verdict_fixture.h"

namespace countersign::policy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr std::string_view kNotSigned = "The image: r.io/app:1 is not signed.";
constexpr std::string_view kCouldNotVerify =
    "Could not verify against any image policies for container image: r.io/app:1.";

Verdict Judge(const Requirement& requirement, std::string_view image_text,
              const Evidence& evidence) {
  return policy::Judge(requirement, image_text, evidence, ProveDirectly);
}

class VerdictTest : public VerdictFixture {
 protected:
  static Requirement Ask(const TestPolicy& policy, bool allow_unmatched_images = false,
                         std::string_view workload_namespace = "shop") {
    return RequirementFor(policy.Build(),
                          {.workload_namespace = std::string(workload_namespace),
                           .allow_unmatched_images = allow_unmatched_images},
                          oci::ImageReference::Parse(kImage).value());
  }

  // For requirements that look at no evidence.
  const absl::StatusOr<Examination> unused_ = absl::InternalError("not looked at");
};

TEST_F(VerdictTest, TheZeroValueDoesNotAllow) {
  EXPECT_NE(Verdict().decision, Decision::kAllow);
  EXPECT_NE(Decision(), Decision::kAllow);
  const Verdict verdict = Judge(Requirement(), kImage, Found({alice_.Sign(image_)}));
  EXPECT_EQ(verdict.decision, Decision::kDeny);
}

TEST_F(VerdictTest, ASignatureByAKeyOfAMatchingPatternAllows) {
  const Requirement requirement = Ask(Policy());
  const Verdict verdict = Judge(requirement, kImage, Found({bob_.Sign(image_)}));
  EXPECT_EQ(verdict.decision, Decision::kAllow);
  EXPECT_EQ(verdict.reason, Reason::kVerified);
  EXPECT_EQ(verdict.message, "");
  EXPECT_EQ(verdict.warning, "");
  EXPECT_EQ(verdict.digest, image_.ToString());
  EXPECT_THAT(verdict.patterns, ElementsAre("r.io/*"));
  EXPECT_THAT(verdict.keys, ElementsAre("bob"));
}

TEST_F(VerdictTest, PatternsAndKeysThatHoldAreNamedInThePolicysOrder) {
  TestPolicy policy = Policy();
  policy.Key("bad", "no PEM")
      .Rule("*/app", {"bob"})
      .Rule("*", {"alice"})
      .Rule("*/app:1", {"bad"})
      .Rule("*", {"alice"});
  EXPECT_THAT(Judge(Ask(policy), kImage, Found({alice_.Sign(image_)})).patterns,
              ElementsAre("r.io/*", "*"));
  const Verdict both = Judge(Ask(policy), kImage, Found({bob_.Sign(image_), alice_.Sign(image_)}));
  EXPECT_THAT(both.patterns, ElementsAre("r.io/*", "*/app", "*"));
  EXPECT_THAT(both.keys, ElementsAre("alice", "bob"));
}

TEST_F(VerdictTest, ManyLongPatternsAreNamedAsFarAsThereIsRoom) {
  TestPolicy policy;
  policy.Key("alice", alice_.key().PublicPem());
  for (int i = 0; i < 20; ++i) policy.Rule(std::string(1000 + i, '*'), {"alice"});
  const Verdict verdict = Judge(Ask(policy), kImage, Found({alice_.Sign(image_)}));
  EXPECT_EQ(verdict.decision, Decision::kAllow);
  EXPECT_THAT(verdict.patterns, SizeIs(4));
  EXPECT_THAT(verdict.patterns.front(), SizeIs(1000));
  TestPolicy of_one;
  of_one.Key("alice", alice_.key().PublicPem()).Rule(std::string(4096, '*'), {"alice"});
  EXPECT_THAT(Judge(Ask(of_one), kImage, Found({alice_.Sign(image_)})).patterns, SizeIs(1));
}

TEST_F(VerdictTest, NoSignatureDenies) {
  const Verdict verdict = Judge(Ask(Policy()), kImage, Found({}, "anonymous (no signature)"));
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kNotSigned);
  EXPECT_EQ(verdict.message,
            std::string(kNotSigned) + " No signature was found in its repository under the tag " +
                cosign::SignatureTag(image_) +
                ". Sign it with one of the keys \"alice\", \"bob\". It was looked for with: "
                "anonymous (no signature).");
  EXPECT_EQ(verdict.digest, image_.ToString());
  EXPECT_THAT(verdict.patterns, IsEmpty());
  EXPECT_THAT(verdict.keys, IsEmpty());
}

TEST_F(VerdictTest, SignaturesByNoneOfTheKeysDenyAndAreExplained) {
  const oci::Digest other = oci::Digest::Of("another image");
  const Verdict verdict =
      Judge(Ask(Policy()), kImage, Found({stranger_.Sign(image_), alice_.Sign(other)}));
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kNotSigned);
  EXPECT_EQ(
      verdict.message,
      std::string(kNotSigned) +
          " 2 signatures were found, none that holds for it by one of the keys \"alice\", \"bob\": "
          "signature 1 of 2: none of the keys made it; signature 2 of 2: its payload speaks "
          "of " +
          other.ToString() +
          ", not of this image. Sign the image with such a key, or correct the policy.");
}

TEST_F(VerdictTest, AKeyOfAnotherPatternDoesNotHelp) {
  TestPolicy policy = Policy();
  policy.Key("stranger", stranger_.key().PublicPem()).Rule("other.io/*", {"stranger"});
  EXPECT_EQ(Judge(Ask(policy), kImage, Found({stranger_.Sign(image_)})).decision, Decision::kDeny);
}

TEST_F(VerdictTest, BrokenKeysOfAMatchingPatternAreNamedInADenial) {
  TestPolicy policy = Policy();
  policy.Key("bad", "no PEM").Rule("*", {"bad", "gone"});
  const std::string message = Judge(Ask(policy), kImage, Found({stranger_.Sign(image_)})).message;
  EXPECT_THAT(message, AllOf(StartsWith(std::string(kNotSigned)), HasSubstr("key \"bad\": "),
                             HasSubstr("key \"gone\": the policy has no key of this name")));
  EXPECT_EQ(Judge(Ask(policy), kImage, Found({alice_.Sign(image_)})).message, "");
}

TEST_F(VerdictTest, AnUnknownImageIsNotFound) {
  const Verdict verdict = Judge(
      Ask(Policy()), kImage, absl::NotFoundError("r.io: no manifest app:1 (looked anonymously)."));
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kNotFound);
  EXPECT_EQ(verdict.message, std::string(kNotSigned) +
                                 " The registry has no such image: r.io: no manifest app:1 (looked "
                                 "anonymously). Check its name, tag and digest.");
  EXPECT_EQ(verdict.digest, "");
}

TEST_F(VerdictTest, WhatCouldNotBeFoundOutIsDeniedWithAdvice) {
  const struct {
    absl::StatusCode code;
    std::string_view advice;
  } kCases[] = {
      {absl::StatusCode::kUnauthenticated, "refused every credential"},
      {absl::StatusCode::kPermissionDenied, "refused every credential"},
      {absl::StatusCode::kUnavailable, "could not be asked in time"},
      {absl::StatusCode::kDeadlineExceeded, "could not be asked in time"},
      {absl::StatusCode::kCancelled, "could not be asked in time"},
      {absl::StatusCode::kResourceExhausted, "limits how often"},
      {absl::StatusCode::kAborted, "fewer images at once"},
      {absl::StatusCode::kFailedPrecondition, "cannot be trusted"},
      {absl::StatusCode::kInvalidArgument, "cannot be trusted"},
      {absl::StatusCode::kInternal, "fault of the verifier"},
      {absl::StatusCode::kUnknown, "fault of the verifier"},
  };
  for (const auto& [code, advice] : kCases) {
    const Verdict verdict = Judge(Ask(Policy()), kImage, absl::Status(code, "r.io: something"));
    EXPECT_EQ(verdict.decision, Decision::kDeny);
    EXPECT_EQ(verdict.reason, Reason::kUndecided);
    EXPECT_THAT(verdict.message,
                AllOf(StartsWith(absl::StrCat(
                          kNotSigned, " Its signatures could not be read: r.io: something. ")),
                      HasSubstr(std::string(advice))));
  }
}

TEST_F(VerdictTest, ThatTheRegistryIsAwayIsAReasonOfItsOwn) {
  const absl::Status away =
      RegistryAway(absl::UnavailableError("r.io refused the connection"), absl::UnixEpoch());
  const Verdict verdict = Judge(Ask(Policy()), kImage, away);
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kRegistryAway);
  EXPECT_THAT(verdict.message, AllOf(StartsWith(kNotSigned),
                                     HasSubstr("r.io refused the connection; the registry "
                                               "could not be reached since 1970-01-01T"),
                                     HasSubstr("could not be asked in time")));
  EXPECT_EQ(Judge(Ask(Policy()), kImage, Found({stranger_.Sign(image_), away})).reason,
            Reason::kRegistryAway);
  EXPECT_EQ(Judge(Ask(Policy()), kImage, Found({alice_.Sign(image_), away})).reason,
            Reason::kVerified);
}

TEST_F(VerdictTest, WhatHoldsByEvidenceBeyondItsTimeIsAllowedWithAWarning) {
  const Requirement requirement = Ask(Policy());
  Examination examination = Examine(requirement, Found({alice_.Sign(image_)}));
  EXPECT_THAT(Judge(requirement, kImage, examination).warning, IsEmpty());
  examination.age = absl::Minutes(23);
  const Verdict verdict = Judge(requirement, kImage, examination);
  EXPECT_EQ(verdict.decision, Decision::kAllow);
  EXPECT_EQ(verdict.reason, Reason::kVerified);
  EXPECT_EQ(verdict.evidence_age, absl::Minutes(23));
  EXPECT_THAT(verdict.warning, HasSubstr("verified 23 minutes ago"));
  // What does not hold is no better for it.
  Examination denied = Examine(requirement, Found({stranger_.Sign(image_)}));
  denied.age = absl::Minutes(23);
  EXPECT_EQ(Judge(requirement, kImage, denied).decision, Decision::kDeny);
  EXPECT_THAT(Judge(requirement, kImage, denied).warning, IsEmpty());
}

TEST_F(VerdictTest, ASignatureThatCannotBeReadNowLeavesItUndecidedUnlessAnotherHolds) {
  const absl::Status transient = absl::UnavailableError("r.io: cut short");
  const Verdict undecided =
      Judge(Ask(Policy()), kImage, Found({stranger_.Sign(image_), transient}));
  EXPECT_EQ(undecided.decision, Decision::kDeny);
  EXPECT_EQ(undecided.reason, Reason::kUndecided);
  EXPECT_THAT(undecided.message, HasSubstr("r.io: cut short"));
  EXPECT_EQ(undecided.digest, image_.ToString());
  EXPECT_EQ(Judge(Ask(Policy()), kImage, Found({transient, alice_.Sign(image_)})).decision,
            Decision::kAllow);
  EXPECT_EQ(Judge(Ask(Policy()), kImage, Found({absl::NotFoundError("no blob")})).reason,
            Reason::kNotSigned);
}

TEST_F(VerdictTest, WithoutAPolicyAllIsAllowedWithAWarning) {
  const Requirement requirement =
      RequirementFor(Policies::None(), {}, oci::ImageReference::Parse(kImage).value());
  const Verdict verdict = Judge(requirement, kImage, unused_);
  EXPECT_EQ(verdict.decision, Decision::kAllow);
  EXPECT_EQ(verdict.reason, Reason::kNoPolicy);
  EXPECT_EQ(verdict.warning,
            "clusterimagepolicies.signing.apps.tanzu.vmware.com \"image-policy\" not found. Image "
            "policy enforcement was not applied.");
  EXPECT_EQ(verdict.message, verdict.warning);
}

TEST_F(VerdictTest, AnExcludedNamespaceIsAllowedWithoutAWarning) {
  TestPolicy policy = Policy();
  policy.ExcludeNamespace("kube-system");
  const Verdict verdict = Judge(Ask(policy, false, "kube-system"), kImage, unused_);
  EXPECT_EQ(verdict.decision, Decision::kAllow);
  EXPECT_EQ(verdict.reason, Reason::kExcludedNamespace);
  EXPECT_EQ(verdict.message, "kube-system is excluded. The ImagePolicy will not be applied.");
  EXPECT_EQ(verdict.warning, "");
}

TEST_F(VerdictTest, AnUnmatchedImageIsAsTheOperatorSays) {
  const Verdict denied = Judge(Ask(TestPolicy()), kImage, unused_);
  EXPECT_EQ(denied.decision, Decision::kDeny);
  EXPECT_EQ(denied.reason, Reason::kUnmatched);
  EXPECT_THAT(denied.message, StartsWith(std::string(kCouldNotVerify)));
  const Verdict allowed = Judge(Ask(TestPolicy(), true), kImage, unused_);
  EXPECT_EQ(allowed.decision, Decision::kAllow);
  EXPECT_EQ(allowed.reason, Reason::kUnmatchedAllowed);
  EXPECT_EQ(allowed.warning,
            "r.io/app:1 did not match any image policies. Container will be created as "
            "AllowUnmatchedImages flag is true.");
  EXPECT_EQ(allowed.message, allowed.warning);
}

TEST_F(VerdictTest, APatternWithoutUsableKeysDeniesAndNamesThem) {
  const Verdict verdict = Judge(
      Ask(TestPolicy().Key("bad", "no PEM").Rule("r.io/*", {"bad", "gone"})), kImage, unused_);
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kPolicyBroken);
  EXPECT_THAT(verdict.message, AllOf(StartsWith(std::string(kNotSigned) +
                                                " It is matched by the pattern \"r.io/*\""),
                                     HasSubstr("key \"bad\": "),
                                     HasSubstr("key \"gone\": the policy has no key of this name"),
                                     EndsWith("Correct the policy.")));
}

TEST_F(VerdictTest, ABrokenPatternDeniesWhatNoOtherMatchesAndIsNamed) {
  const TestPolicy policy = TestPolicy().Rule("https://r.io/*", {});
  for (const bool allow_unmatched_images : {false, true}) {
    const Verdict verdict = Judge(Ask(policy, allow_unmatched_images), kImage, unused_);
    EXPECT_EQ(verdict.decision, Decision::kDeny);
    EXPECT_EQ(verdict.reason, Reason::kPolicyBroken);
    EXPECT_THAT(verdict.message,
                AllOf(StartsWith(std::string(kCouldNotVerify)),
                      HasSubstr("/spec/verification/images/0/namePattern: \"https://r.io/*\"")));
  }
}

TEST_F(VerdictTest, EvidenceIsOnlyLookedAtWhereItIsNeeded) {
  const Evidence good = Found({alice_.Sign(image_)});
  EXPECT_EQ(Judge(Ask(TestPolicy()), kImage, good).decision, Decision::kDeny);
  EXPECT_EQ(Judge(Ask(TestPolicy().Rule("*", {})), kImage, good).decision, Decision::kDeny);
}

TEST_F(VerdictTest, AReferenceThatDoesNotParseIsDenied) {
  const Verdict verdict = JudgeUnparsable(*Policies::None(), "r.io/App",
                                          absl::InvalidArgumentError("an upper-case letter"));
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kInvalidReference);
  EXPECT_EQ(verdict.message,
            "Could not verify against any image policies for container image: r.io/App. It is not "
            "a valid image reference: an upper-case letter.");
}

TEST_F(VerdictTest, BeforeAPolicyIsReadNothingIsAllowed) {
  const Verdict verdict = JudgeWithoutPolicyRead(kImage, absl::UnavailableError("no list yet"));
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kUndecided);
  EXPECT_THAT(verdict.message, StartsWith(std::string(kCouldNotVerify) +
                                          " No policy could be read yet: no list yet."));
}

TEST_F(VerdictTest, NobodyCanForgeALineOrATerminalsColours) {
  const std::string forged = "r.io/a\n{\"level\":\"info\"}\x1b[32m";
  TestPolicy hostile_names;
  hostile_names.Key("k\n", alice_.key().PublicPem()).Rule("*", {"k\n"});
  Requirement excluded;
  excluded.demands = {
      {.language = Language::kSign, .applicability = Applicability::kExcludedNamespace}};
  excluded.workload_namespace = forged;
  for (const Verdict& verdict : {
           JudgeUnparsable(*Policies::None(), forged, absl::InvalidArgumentError(forged)),
           JudgeWithoutPolicyRead(forged, absl::UnavailableError(forged)),
           Judge(Ask(hostile_names), forged, Found({}, forged)),
           Judge(Ask(hostile_names), forged, Found({absl::NotFoundError(forged)})),
           Judge(Ask(hostile_names), forged, absl::NotFoundError(forged)),
           Judge(Ask(hostile_names), forged, absl::UnavailableError(forged)),
           Judge(Ask(TestPolicy()), forged, unused_),
           Judge(Ask(TestPolicy(), true), forged, unused_),
           Judge(Ask(TestPolicy().Rule("*", {"\n"})), forged, unused_),
           Judge(Ask(TestPolicy().Rule("\n", {})), forged, unused_),
           Judge(excluded, kImage, unused_),
       }) {
    EXPECT_THAT(verdict.message + verdict.warning,
                AllOf(Not(HasSubstr("\n")), Not(HasSubstr("\x1b")), Not(IsEmpty())));
  }
}

TEST_F(VerdictTest, MessagesAreBounded) {
  const std::string huge(100'000, 'x');
  const std::vector<absl::StatusOr<cosign::ItemPtr>> signatures(1000, absl::NotFoundError(huge));
  TestPolicy broken;
  for (int i = 0; i < 100; ++i) broken.Rule("*", {std::to_string(i) + huge});
  TestPolicy mixed = broken;
  mixed.Key("alice", alice_.key().PublicPem()).Rule("*", {"alice"});
  for (const Verdict& verdict : {
           JudgeUnparsable(*Policies::None(), huge, absl::InvalidArgumentError(huge)),
           Judge(Ask(broken), huge, unused_),
           Judge(Ask(mixed), huge, Found(signatures, huge)),
           Judge(Ask(mixed), huge, absl::UnavailableError(huge)),
           Judge(Ask(TestPolicy(), true), huge, unused_),
       }) {
    EXPECT_LE(verdict.message.size(), 4096);
    EXPECT_LE(verdict.warning.size(), 4096);
    EXPECT_THAT(verdict.message, HasSubstr(std::string(512, 'x') + "..."));
  }
  // All that can be said at once is too much.
  const std::string message = Judge(Ask(mixed), huge, Found(signatures, huge)).message;
  EXPECT_EQ(message.size(), 4096);
  EXPECT_THAT(message, EndsWith("..."));
}

TEST_F(VerdictTest, IsUndecidedAndSaysSoWhereTheWorkOfCheckingEnds) {
  const Requirement requirement = Ask(Policy());
  size_t proofs = 0;
  const auto prove = [&proofs](const cosign::Item& item, const cosign::Claim& claim,
                               const cosign::Signer& signer) -> absl::StatusOr<OutcomePtr> {
    if (++proofs > 3) return absl::ResourceExhaustedError("it takes more than 3 units of work.");
    return ProveDirectly(item, claim, signer);
  };
  const Evidence bogus = Found({stranger_.Sign(image_), stranger_.Sign(image_)});
  const Verdict verdict = policy::Judge(requirement, kImage, bogus, prove);
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kUndecided);
  EXPECT_EQ(verdict.digest, image_.ToString());
  EXPECT_THAT(verdict.message,
              AllOf(StartsWith(kNotSigned),
                    HasSubstr("Whether one of its 2 signatures holds by one of the keys \"alice\", "
                              "\"bob\" was not found out: it takes more than 3 units of work. "
                              "Remove signatures")));
  // What was found before that holds.
  proofs = 0;
  const Evidence good = Found({bob_.Sign(image_), alice_.Sign(image_)});
  EXPECT_EQ(policy::Judge(requirement, kImage, good, prove).decision, Decision::kAllow);
  // Nothing is proven for nothing.
  proofs = 0;
  policy::Judge(Ask(TestPolicy()), kImage, good, prove);
  EXPECT_EQ(proofs, 0u);
}

TEST(Verdict, AnImageWithoutADigestIsSomebodyElsesWhereAllWerePinned) {
  const Verdict verdict = JudgeNotPinned(kImage);
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kNotPinned);
  EXPECT_THAT(
      verdict.message,
      AllOf(StartsWith(kCouldNotVerify), HasSubstr("another webhook set it after Countersign"),
            HasSubstr("configurations are called by name"), HasSubstr("with the digest kept")));
}

TEST(Verdict, AShortNameIsDeniedWithWhatToWrite) {
  const Verdict verdict = JudgeShortName("nginx");
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kShortName);
  EXPECT_THAT(verdict.message, AllOf(HasSubstr("container image: nginx. It names no registry"),
                                     HasSubstr("docker.io/library/nginx")));
}

}  // namespace
}  // namespace countersign::policy
