#include "shim/verifier_answer.h"

#include <functional>
#include <string>
#include <utility>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using base::IsOk;
using base::StatusIs;
using testing::HasSubstr;

const std::string& Digest() {
  static const auto* const digest = new std::string("sha256:" + std::string(64, '0'));
  return *digest;
}

v1::VerifyImagesRequest TwoImages() {
  v1::VerifyImagesRequest request;
  request.add_images()->set_reference("a");
  request.add_images()->set_reference("b");
  return request;
}

v1::VerifyImagesResponse GoodAnswer() {
  v1::VerifyImagesResponse response;
  v1::Verdict* a = response.add_verdicts();
  a->set_reference("a");
  a->set_decision(v1::DECISION_ALLOW);
  a->set_reason(v1::REASON_VERIFIED);
  a->set_digest(Digest());
  v1::Verdict* b = response.add_verdicts();
  b->set_reference("b");
  b->set_decision(v1::DECISION_DENY);
  return response;
}

TEST(CheckAnswer, TakesOneVerdictForEachImageInOrder) {
  EXPECT_THAT(CheckAnswer(TwoImages(), GoodAnswer()), IsOk());
}

TEST(CheckAnswer, TakesAReasonToAllowThatItDoesNotKnow) {
  v1::VerifyImagesResponse response = GoodAnswer();
  response.mutable_verdicts(0)->set_reason(static_cast<v1::Reason>(99));
  response.mutable_verdicts(0)->clear_digest();
  EXPECT_THAT(CheckAnswer(TwoImages(), response), IsOk());
}

TEST(CheckAnswer, WhatAPolicyLetsPassNeedsNoDigestButAPinThatIsRight) {
  v1::VerifyImagesResponse response = GoodAnswer();
  v1::Verdict& verdict = *response.mutable_verdicts(0);
  verdict.set_reason(v1::REASON_ALLOWED_BY_POLICY);
  verdict.clear_digest();
  EXPECT_THAT(CheckAnswer(TwoImages(), response), IsOk());
  verdict.set_pinned_reference("a:latest@" + Digest());
  EXPECT_THAT(CheckAnswer(TwoImages(), response), StatusIs(absl::StatusCode::kInternal));
  verdict.set_digest(Digest());
  EXPECT_THAT(CheckAnswer(TwoImages(), response), IsOk());
}

TEST(CheckAnswer, RefusesEverythingElse) {
  using Change = std::function<void(v1::VerifyImagesResponse&)>;
  const std::pair<Change, std::string> cases[] = {
      {[](auto& r) { r.mutable_verdicts()->RemoveLast(); }, "1 verdicts about 2 images"},
      {[](auto& r) { *r.add_verdicts() = r.verdicts(0); }, "3 verdicts about 2 images"},
      {[](auto& r) { r.clear_verdicts(); }, "0 verdicts about 2 images"},
      {[](auto& r) { r.mutable_verdicts()->SwapElements(0, 1); }, "a is about another image"},
      {[](auto& r) { r.mutable_verdicts(1)->clear_reference(); }, "b is about another image"},
      {[](auto& r) { r.mutable_verdicts(0)->clear_decision(); }, "a is no decision"},
      {[](auto& r) { r.mutable_verdicts(1)->set_decision(static_cast<v1::Decision>(3)); },
       "b is no decision"},
      {[](auto& r) { r.mutable_verdicts(0)->clear_reason(); }, "a allows it without a reason to"},
      {[](auto& r) { r.mutable_verdicts(0)->set_reason(v1::REASON_UNMATCHED); },
       "a allows it without a reason to"},
      {[](auto& r) { r.mutable_verdicts(0)->set_reason(static_cast<v1::Reason>(-1)); },
       "a allows it without a reason to"},
      {[](auto& r) { r.mutable_verdicts(0)->clear_digest(); }, "does not say which digest"},
      {[](auto& r) { r.mutable_verdicts(0)->set_digest("sha256:00"); }, "does not say which"},
      {[](auto& r) { r.mutable_verdicts(0)->set_digest("sha256:" + std::string(64, 'A')); },
       "does not say which digest"},
  };
  for (const auto& [change, reason] : cases) {
    v1::VerifyImagesResponse response = GoodAnswer();
    change(response);
    EXPECT_THAT(CheckAnswer(TwoImages(), response),
                StatusIs(absl::StatusCode::kInternal, HasSubstr(reason)))
        << response.DebugString();
  }
}

// A policy for one digest had it looked up, and this is another.
TEST(TextAfter, IsThePinnedOneWhateverLetsTheImageIn) {
  const AskedUse use = {.reference = "a", .may_be_pinned = true};
  v1::Verdict verdict;
  verdict.set_reference("a");
  verdict.set_decision(v1::DECISION_ALLOW);
  verdict.set_pinned_reference("a:latest@" + Digest());
  for (const v1::Reason reason :
       {v1::REASON_VERIFIED, v1::REASON_ALLOWED_BY_POLICY, v1::REASON_UNMATCHED_ALLOWED}) {
    verdict.set_reason(reason);
    EXPECT_EQ(TextAfter(use, verdict), "a:latest@" + Digest());
  }
  verdict.set_decision(v1::DECISION_DENY);
  EXPECT_EQ(TextAfter(use, verdict), "a");
}

}  // namespace
}  // namespace countersign::shim
