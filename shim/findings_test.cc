#include "shim/findings.h"

#include <string>

#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Key;

const std::string& Digest() {
  static const auto* const digest = new std::string("sha256:" + std::string(64, 'd'));
  return *digest;
}

// Two containers, "new" and "kept"; the stored object has "stored", too.
class FindingsTest : public testing::Test {
 protected:
  FindingsTest() {
    Add("a", "a:latest@" + Digest());
    question_.uses.push_back(
        {.reference = "a", .pointer = "/spec/containers/0/image", .may_be_pinned = true});
    question_.uses.push_back({.reference = "a", .pointer = "/spec/containers/1/image"});
    question_.unchanged = {"stored"};
  }

  void Add(const std::string& reference, const std::string& pinned) {
    question_.request.add_images()->set_reference(reference);
    v1::Verdict* verdict = verdicts_.add_verdicts();
    verdict->set_reference(reference);
    verdict->set_decision(v1::DECISION_ALLOW);
    verdict->set_reason(v1::REASON_VERIFIED);
    verdict->set_digest(Digest());
    verdict->set_pinned_reference(pinned);
  }

  Question question_;
  v1::VerifyImagesResponse verdicts_;
};

TEST_F(FindingsTest, OnlyWhatMayBePinnedIsAndMarksAreByTheTextAfterwards) {
  const Findings findings = FindingsOf(question_, verdicts_);
  EXPECT_THAT(findings.changes,
              ElementsAre(testing::AllOf(Field(&ChangedText::pointer, "/spec/containers/0/image"),
                                         Field(&ChangedText::text, "a:latest@" + Digest()))));
  EXPECT_THAT(findings.asked, ElementsAre(Key("a"), Key("a:latest@" + Digest())));
  EXPECT_THAT(MarksForAudit(findings),
              ElementsAre(Key("a"), Key("a:latest@" + Digest()), Key("stored")));
  EXPECT_FALSE(LacksPins(question_, verdicts_));
}

TEST_F(FindingsTest, WithoutAPinnedTextNothingChanges) {
  verdicts_.mutable_verdicts(0)->clear_pinned_reference();
  EXPECT_THAT(FindingsOf(question_, verdicts_).changes, IsEmpty());
  EXPECT_TRUE(LacksPins(question_, verdicts_));
}

TEST_F(FindingsTest, AStoredTextThatIsVerifiedIsPutBack) {
  Add("a@" + Digest(), "a@" + Digest());
  question_.uses[1].stored_image = 1;
  EXPECT_EQ(FindingsOf(question_, verdicts_).changes[1].text, "a@" + Digest());
  // So is one that is let in without evidence, where the digest had to be looked up.
  verdicts_.mutable_verdicts(1)->set_reason(v1::REASON_NO_POLICY);
  EXPECT_EQ(FindingsOf(question_, verdicts_).changes.size(), 2u);
  verdicts_.mutable_verdicts(0)->clear_pinned_reference();
  EXPECT_THAT(FindingsOf(question_, verdicts_).changes, IsEmpty());
  // Nothing that is denied is.
  verdicts_.mutable_verdicts(0)->set_pinned_reference("a:latest@" + Digest());
  verdicts_.mutable_verdicts(1)->set_reason(v1::REASON_VERIFIED);
  verdicts_.mutable_verdicts(1)->set_decision(v1::DECISION_DENY);
  EXPECT_EQ(FindingsOf(question_, verdicts_).changes.size(), 1u);
}

TEST_F(FindingsTest, WhatNobodyWasAskedAboutIsUnchecked) {
  const Findings findings = FindingsUnasked(question_);
  EXPECT_THAT(findings.changes, IsEmpty());
  EXPECT_EQ(findings.asked.at("a").status, ImageStatus::kUnchecked);
}

TEST_F(FindingsTest, WhatIsVerifiedByOldEvidenceIsToldOnceEach) {
  EXPECT_EQ(DescribeStaleEvidence(question_, verdicts_), "");
  verdicts_.mutable_verdicts(0)->set_stale_evidence_seconds(1380);
  EXPECT_EQ(DescribeStaleEvidence(question_, verdicts_), "a (1380 s)");
  for (int i = 1; i <= 12; ++i) {
    Add("b" + std::to_string(i), "");
    verdicts_.mutable_verdicts(i)->set_stale_evidence_seconds(400);
    question_.uses.push_back({.reference = "b" + std::to_string(i), .image = i});
  }
  const std::string told = DescribeStaleEvidence(question_, verdicts_);
  EXPECT_THAT(told, testing::StartsWith("a (1380 s), b1 (400 s), "));
  EXPECT_THAT(told, testing::EndsWith(", b9 (400 s), and 3 more"));
}

TEST_F(FindingsTest, TheSubresourceIsPatchedInItsImagesOnly) {
  kube::AdmissionRequest request;
  request.object = base::Json::object();
  const Findings findings = FindingsOf(question_, verdicts_);
  EXPECT_EQ(base::Json::parse(PatchOf(request, findings)).size(), 2u);
  request.sub_resource = "ephemeralcontainers";
  EXPECT_EQ(base::Json::parse(PatchOf(request, findings)).size(), 1u);
}

}  // namespace
}  // namespace countersign::shim
