#include "shim/decision.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/fake_verifier.h"

namespace countersign::shim {
namespace {

using base::Json;
using kube::AdmissionRequest;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;

AdmissionRequest Pod(const std::vector<std::string>& images) {
  AdmissionRequest review;
  review.kind = {"", "v1", "Pod"};
  review.name = "web";
  review.request_namespace = "shop";
  review.operation = "CREATE";
  Json containers = Json::array();
  for (const std::string& image : images) {
    containers.push_back({{"name", absl::StrCat("c", containers.size())}, {"image", image}});
  }
  review.object = {{"metadata", {{"name", "web"}}}, {"spec", {{"containers", containers}}}};
  return review;
}

class DecisionTest : public testing::Test {
 protected:
  DecisionTest() { verifier_.Allow("signed"); }

  // The answer of the first half, which must be one.
  Decision AnswerUnasked(const AdmissionRequest& review) {
    std::variant<Decision, Question> asked = Ask(review, terms_, rules_);
    EXPECT_TRUE(std::holds_alternative<Decision>(asked));
    auto* const decision = std::get_if<Decision>(&asked);
    return decision == nullptr ? Decision{} : std::move(*decision);
  }

  // The question of the first half, which must be one.
  Question QuestionAbout(const AdmissionRequest& review) {
    std::variant<Decision, Question> asked = Ask(review, terms_, rules_);
    EXPECT_TRUE(std::holds_alternative<Question>(asked));
    auto* const question = std::get_if<Question>(&asked);
    return question == nullptr ? Question{} : std::move(*question);
  }

  // Both halves, with what the verifier says in between, and all that is kept meanwhile.
  Decision Decide(AdmissionRequest review) {
    const Question question = QuestionAbout(review);
    kube::KeepMetadata(review);
    return Answer(review, terms_, rules_, question,
                  verifier_.VerifyImages(question.request, absl::InfiniteFuture(), {}));
  }

  FakeVerifier verifier_;
  ReviewTerms terms_;
  AdmissionRules rules_;
};

// The first half.

TEST_F(DecisionTest, WhatStartsNoContainerIsAllowedAsItIs) {
  AdmissionRequest review = Pod({"unsigned"});
  review.operation = "DELETE";
  const Decision decision = AnswerUnasked(review);
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_EQ(decision.response.patch, "");
  EXPECT_THAT(decision.response.audit_annotations, IsEmpty());
}

TEST_F(DecisionTest, WhatIsTooMuchOrCannotBeReadIsDenied) {
  AdmissionRequest review = Pod({"signed"});
  review.is_complete = false;
  EXPECT_THAT(AnswerUnasked(review).response.message, HasSubstr("than Countersign looks at"));
  review = Pod({"signed"});
  review.object["spec"]["containers"][0]["image"] = 7;
  const Decision decision = AnswerUnasked(review);
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_THAT(decision.response.message,
              StartsWith("The images of this object cannot be checked: /spec/containers/0/image"));
  EXPECT_THAT(decision.response.audit_annotations, ElementsAre(Pair("status", "denied")));
  EXPECT_FALSE(decision.nobody_answered);
}

TEST_F(DecisionTest, AnUnknownKindIsForTheOperatorToDecide) {
  AdmissionRequest review = Pod({"signed"});
  review.kind = {"argoproj.io", "v1alpha1", "Rollout"};
  EXPECT_THAT(AnswerUnasked(review).response.message,
              HasSubstr("--pod-template=Rollout.argoproj.io="));
  rules_.allow_unknown_kinds = true;
  const Decision decision = AnswerUnasked(review);
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_THAT(decision.response.warnings, ElementsAre(HasSubstr("argoproj.io/v1alpha1 Rollout")));
  EXPECT_THAT(decision.response.audit_annotations, ElementsAre(Pair("status", "unchecked")));
}

TEST_F(DecisionTest, WithoutAnImageToAskAboutThereIsNoQuestion) {
  AdmissionRequest review = Pod({});
  review.object["metadata"]["annotations"] = {{"countersign/status", "verified"}};
  const Decision decision = AnswerUnasked(review);
  EXPECT_TRUE(decision.response.allowed);
  // Nobody else's marks stay.
  EXPECT_NE(decision.response.patch, "");
}

TEST_F(DecisionTest, TheQuestionSaysForWhomAndWhatMustBePinned) {
  terms_.caller = "192.0.2.1";
  const Question question = QuestionAbout(Pod({"signed"}));
  EXPECT_EQ(question.request.caller(), "192.0.2.1");
  EXPECT_EQ(question.request.namespace_(), "shop");
  EXPECT_FALSE(question.request.require_digest());
  ASSERT_EQ(question.uses.size(), 1u);
  EXPECT_TRUE(question.uses[0].may_be_pinned);
}

TEST_F(DecisionTest, TheLastWordPinsNothingAndDemandsWhatWasPinned) {
  terms_.is_final = true;
  const Question question = QuestionAbout(Pod({"signed"}));
  EXPECT_TRUE(question.request.require_digest());
  EXPECT_FALSE(question.uses[0].may_be_pinned);
}

TEST_F(DecisionTest, WhereImagesAreLeftAsTheyAreNothingIsPinnedOrDemanded) {
  const auto expect_unpinned = [&] {
    for (const bool is_final : {false, true}) {
      terms_.is_final = is_final;
      const Question question = QuestionAbout(Pod({"signed"}));
      EXPECT_FALSE(question.request.require_digest());
      EXPECT_FALSE(question.uses[0].may_be_pinned);
    }
  };
  terms_.leaves_unpinned = true;
  expect_unpinned();
  terms_.leaves_unpinned = false;
  rules_.pin_images = PinImages::kOff;
  expect_unpinned();
}

TEST_F(DecisionTest, UnchangedImagesAreAskedAboutWhereThatIsWantedButNotAtLast) {
  AdmissionRequest review = Pod({"signed"});
  review.operation = "UPDATE";
  review.old_object = review.object;
  EXPECT_TRUE(AnswerUnasked(review).response.allowed);
  rules_.verify_unchanged_images = true;
  EXPECT_EQ(QuestionAbout(review).uses.size(), 1u);
  terms_.is_final = true;
  EXPECT_TRUE(AnswerUnasked(review).response.allowed);
}

// The second half.

TEST_F(DecisionTest, WhatIsVerifiedIsAllowedMarkedAndPinned) {
  const Decision decision = Decide(Pod({"signed"}));
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_EQ(base::Json::parse(decision.response.patch)[0]["value"], FakeVerifier::Pinned("signed"));
  EXPECT_THAT(decision.response.audit_annotations, Contains(Pair("status", "verified")));
  EXPECT_EQ(decision.refused_images, "");
  EXPECT_EQ(decision.cause, "");
  EXPECT_FALSE(decision.nobody_answered);
}

TEST_F(DecisionTest, TheLastWordPatchesNothing) {
  terms_.is_final = true;
  const Decision decision = Decide(Pod({FakeVerifier::Pinned("signed")}));
  EXPECT_TRUE(decision.response.allowed) << decision.response.message;
  EXPECT_EQ(decision.response.patch, "");
  EXPECT_THAT(decision.response.audit_annotations, Contains(Pair("status", "verified")));
}

TEST_F(DecisionTest, WhatIsRefusedIsDeniedAndListed) {
  const Decision decision = Decide(Pod({"signed", "unsigned"}));
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_EQ(decision.response.message, "The image: unsigned is not signed. (container c1)");
  EXPECT_EQ(decision.refused_images, "unsigned");
  EXPECT_FALSE(decision.nobody_answered);
}

TEST_F(DecisionTest, AVerifierThatNamesNoPinsIsWarnedOf) {
  verifier_.Spoil([](v1::VerifyImagesResponse& response) {
    response.add_warnings("first");
    response.mutable_verdicts(0)->clear_pinned_reference();
  });
  const Decision decision = Decide(Pod({"signed"}));
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_THAT(decision.response.warnings,
              AllOf(Contains(HasSubstr("of an earlier version")), Contains("first")));
}

TEST_F(DecisionTest, OldEvidenceIsTheUsersAndTheAuditLogsToKnow) {
  verifier_.Spoil([](v1::VerifyImagesResponse& response) {
    response.mutable_verdicts(0)->set_stale_evidence_seconds(1380);
    response.mutable_verdicts(0)->set_warning("its registry cannot be reached");
  });
  const Decision decision = Decide(Pod({"signed"}));
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_THAT(decision.response.warnings, Contains("its registry cannot be reached"));
  EXPECT_THAT(decision.response.audit_annotations,
              Contains(Pair("stale-evidence", "signed (1380 s)")));
}

TEST_F(DecisionTest, AnAnswerThatCannotBeUsedDenies) {
  rules_.unsafe_allow_when_verifier_unavailable = true;
  verifier_.Spoil([](v1::VerifyImagesResponse& response) { response.clear_verdicts(); });
  const Decision decision = Decide(Pod({"signed"}));
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_THAT(decision.response.message, HasSubstr("0 verdicts about 1 images"));
  EXPECT_EQ(decision.refused_images, "signed");
}

TEST_F(DecisionTest, OnlyAnOutageIsAdmittedAndOnlyWhereThatIsWanted) {
  verifier_.GoAway();
  Decision decision = Decide(Pod({"signed"}));
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_TRUE(decision.nobody_answered);
  EXPECT_EQ(decision.cause, "no verifier could be connected to");

  rules_.unsafe_allow_when_verifier_unavailable = true;
  decision = Decide(Pod({"signed"}));
  EXPECT_TRUE(decision.response.allowed);
  EXPECT_TRUE(decision.nobody_answered);
  EXPECT_EQ(decision.cause, "no verifier could be connected to");
  EXPECT_THAT(decision.response.audit_annotations, Contains(Pair("status", "unchecked")));
  EXPECT_THAT(decision.response.audit_annotations,
              Contains(Pair("verifier-unavailable", "none could be connected to")));

  verifier_.FailWith(absl::UnavailableError("192.0.2.1: reset"));
  decision = Decide(Pod({"signed"}));
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_TRUE(decision.nobody_answered);
  EXPECT_EQ(decision.cause, "192.0.2.1: reset");

  verifier_.FailWith(absl::PermissionDeniedError("not listed"));
  decision = Decide(Pod({"signed"}));
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_FALSE(decision.nobody_answered);
}

TEST_F(DecisionTest, WhatWasNotEvenSentIsDenied) {
  rules_.unsafe_allow_when_verifier_unavailable = true;
  const Decision decision = AnswerUnserved(QuestionAbout(Pod({"signed", "unsigned"})));
  EXPECT_FALSE(decision.response.allowed);
  EXPECT_THAT(decision.response.message, StartsWith("Too many images of other objects"));
  EXPECT_EQ(decision.refused_images, "signed, unsigned");
  EXPECT_TRUE(decision.nobody_answered);
}

TEST_F(DecisionTest, ADenialForWantOfTimeSaysHowLongTheQuestionHadWaited) {
  const AdmissionRequest review = Pod({"slow"});
  const Question question = QuestionAbout(review);
  const auto answer = [&](v1::Reason reason) {
    verifier_.Deny("slow", "no answer in time", reason);
    CallResult<v1::VerifyImagesResponse> verdicts =
        verifier_.VerifyImages(question.request, absl::InfiniteFuture(), {});
    verdicts.waited = absl::Seconds(3);
    return Answer(review, terms_, rules_, question, verdicts).response.message;
  };
  EXPECT_THAT(answer(v1::REASON_UNDECIDED),
              testing::EndsWith("no answer in time (container c0)\nBefore a verifier was asked, "
                                "waiting for a place (queue) took 3.0 s."));
  EXPECT_THAT(answer(v1::REASON_NOT_SIGNED), testing::Not(HasSubstr("(queue)")));
}

}  // namespace
}  // namespace countersign::shim
