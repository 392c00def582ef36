#include "shim/denial.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/policy_failures.h"
#include "shim/verifier_answer.h"

namespace countersign::shim {
namespace {

using testing::EndsWith;
using testing::StartsWith;

class WriteDenialTest : public testing::Test {
 protected:
  void Deny(const std::string& reference, const std::string& message,
            std::vector<std::string> places = {}) {
    Add(reference, std::move(places))->set_message(message);
  }

  void Allow(const std::string& reference) {
    Add(reference, {"container allowed"})->set_decision(v1::DECISION_ALLOW);
  }

  v1::Verdict* Add(const std::string& reference, std::vector<std::string> places) {
    const int image = question_.request.images_size();
    question_.request.add_images()->set_reference(reference);
    if (places.empty()) places.push_back("");
    for (std::string& place : places) {
      question_.uses.push_back({.reference = reference, .place = std::move(place), .image = image});
    }
    v1::Verdict* verdict = response_.add_verdicts();
    verdict->set_reference(reference);
    verdict->set_decision(v1::DECISION_DENY);
    return verdict;
  }

  std::string Write() { return WriteDenial(question_, response_); }

  Question question_;
  v1::VerifyImagesResponse response_;
};

TEST_F(WriteDenialTest, BeginsWithTheVerdictsOwnWords) {
  Deny("a", "The image: a is not signed. It has no signature tag.", {"container web"});
  EXPECT_EQ(Write(), "The image: a is not signed. It has no signature tag. (container web)");
}

TEST_F(WriteDenialTest, NamesEveryFailingImageInOrderAndNoOther) {
  Deny("b", "The image: b is not signed.", {"container b1", "volume b2"});
  Allow("ok");
  Deny("a", "The image: a is not signed.");
  EXPECT_EQ(Write(),
            "The image: b is not signed. (container b1, volume b2)\nThe image: a is not signed.");
  EXPECT_FALSE(AllMayRun(question_, response_));
}

TEST_F(WriteDenialTest, SaysASentenceOnce) {
  Deny("a", "No policy could be read.", {"container a"});
  Deny("b", "The image: b is not signed.", {"container b"});
  Deny("c", "No policy could be read.", {"container c"});
  EXPECT_EQ(Write(),
            "No policy could be read. (container a, container c)\n"
            "The image: b is not signed. (container b)");
}

TEST_F(WriteDenialTest, HasWordsWhereAVerdictHasNone) {
  Deny("a\n", "");
  EXPECT_EQ(Write(), "The image: a\\x0a is not allowed.");
}

TEST_F(WriteDenialTest, CountsPlacesThatAreTooMany) {
  std::vector<std::string> places;
  for (int i = 1; i <= 12; ++i) places.push_back(absl::StrCat("container ", i));
  Deny("a", "No.", places);
  EXPECT_THAT(Write(), EndsWith(", container 10 and 2 more)"));
}

TEST_F(WriteDenialTest, IsBounded) {
  for (int i = 0; i < 1000; ++i) {
    Deny(absl::StrCat(i), absl::StrCat("The image: ", i, " is not signed."), {"container web"});
  }
  const std::string message = Write();
  EXPECT_LE(message.size(), kMaxDenialBytes + 100);
  EXPECT_THAT(message, StartsWith("The image: 0 is not signed. (container web)\n"));
  EXPECT_THAT(message, EndsWith(" more like these."));
}

TEST_F(WriteDenialTest, AlwaysGivesAReason) {
  Deny("a", std::string(kMaxDenialBytes + 1, 'a'));
  Deny("b", "b");
  EXPECT_THAT(Write(), StartsWith("aaa"));
  EXPECT_THAT(Write(), EndsWith("And 1 more like these."));
}

TEST_F(WriteDenialTest, ListsForTheLogAreBounded) {
  for (int i = 0; i < 1000; ++i) {
    const std::string reference = absl::StrCat("registry.test/app:", 1000 + i);
    Deny(reference, "No.");
  }
  for (const std::string& list : {ListRefused(question_, response_), ListImages(question_)}) {
    EXPECT_LE(list.size(), kMaxListBytes + 20);
    EXPECT_THAT(list, StartsWith("registry.test/app:1000, registry.test/app:1001, "));
    EXPECT_THAT(list, EndsWith(" more"));
  }
}

TEST_F(WriteDenialTest, IsEmptyWhenAllAreAllowed) {
  Allow("a");
  EXPECT_TRUE(AllMayRun(question_, response_));
  EXPECT_EQ(Write(), "");
}

// Policies of policy.sigstore.dev: what the Policy Controller says of the same.

class WritePolicyDenialTest : public WriteDenialTest {
 protected:
  // A denied image at these places of the object, by JSON pointer.
  v1::Verdict* At(const std::string& reference, const std::vector<std::string>& pointers) {
    v1::Verdict* const verdict = Add(reference, {});
    question_.uses.pop_back();
    for (const std::string& pointer : pointers) {
      question_.uses.push_back({.reference = reference,
                                .pointer = pointer,
                                .image = question_.request.images_size() - 1});
    }
    return verdict;
  }

  static void Fail(v1::Verdict* verdict, const std::string& summary, const std::string& details) {
    v1::PolicyFailure* const failure = verdict->add_policy_failures();
    failure->set_summary(summary);
    failure->set_details(details);
  }
};

TEST_F(WritePolicyDenialTest, IsAsThePolicyController) {
  const std::string image = "reg.test/app@sha256:1";
  v1::Verdict* const verdict = At(image, {"/spec/containers/0/image"});
  Fail(verdict, "failed policy: release",
       image + " signature key validation failed for authority authority-0 for " + image +
           ": no signatures found");
  EXPECT_EQ(Write(),
            "validation failed: failed policy: release: spec.containers[0].image\n"
            "reg.test/app@sha256:1 signature key validation failed for authority authority-0 for "
            "reg.test/app@sha256:1: no signatures found");
}

TEST_F(WritePolicyDenialTest, HasEveryShapeOfTheSpecification) {
  Fail(At("a", {"/spec/template/spec/initContainers/1/image"}), "no matching policies", "a");
  Fail(At("b", {"/spec/jobTemplate/spec/template/spec/ephemeralContainers/0/image"}),
       "invalid value: b must be an image digest", "");
  Fail(At("c", {"/spec/volumes/2/image/reference"}), "could not parse reference: c", "");
  EXPECT_EQ(Write(),
            "validation failed: no matching policies: spec.template.spec.initContainers[1].image\n"
            "a\n"
            "invalid value: b must be an image digest: "
            "spec.jobTemplate.spec.template.spec.ephemeralContainers[0].image\n"
            "could not parse reference: c: spec.volumes[2].image");
}

TEST_F(WritePolicyDenialTest, MergesPlacesAndSortsThemAsTexts) {
  v1::Verdict* const verdict = At("a", {"/spec/initContainers/0/image", "/spec/containers/2/image",
                                        "/spec/containers/10/image", "/spec/containers/2/image"});
  Fail(verdict, "failed policy: one", "a x");
  Fail(verdict, "failed policy: two", "a x");
  EXPECT_EQ(Write(),
            "validation failed: failed policy: one: spec.containers[10].image, "
            "spec.containers[2].image, spec.initContainers[0].image\na x\n"
            "failed policy: two: spec.containers[10].image, spec.containers[2].image, "
            "spec.initContainers[0].image\na x");
}

TEST_F(WritePolicyDenialTest, ExplainsAfterwardsAndSaysSignsSentenceFirst) {
  v1::Verdict* const both = At("a", {"/spec/containers/0/image"});
  Fail(both, "failed policy: p", "a x");
  both->set_message("The image: a is not signed. It has no signature.\nNOT_SIGNED: a. Sign it.");
  both->set_policy_message("NOT_SIGNED: a. Sign it.");
  v1::Verdict* const policy = At("b", {"/spec/containers/1/image"});
  Fail(policy, "failed policy: p", "b x");
  policy->set_message("NOT_SIGNED: b has no signature. Sign it.");
  policy->set_policy_message("NOT_SIGNED: b has no signature. Sign it.");
  Deny("c", "Could not verify against any image policies for container image: c.");
  EXPECT_EQ(Write(),
            "The image: a is not signed. It has no signature.\n"
            "Could not verify against any image policies for container image: c.\n"
            "validation failed: failed policy: p: spec.containers[0].image\na x\n"
            "failed policy: p: spec.containers[1].image\nb x\n"
            "NOT_SIGNED: a. Sign it.\n"
            "NOT_SIGNED: b has no signature. Sign it.");
}

TEST_F(WritePolicyDenialTest, WhatOnlyWarnsDeniesNothing) {
  v1::Verdict* const verdict = At("a", {"/spec/containers/0/image"});
  Fail(verdict, "failed policy: warns", "a x");
  verdict->mutable_policy_failures(0)->set_is_warning(true);
  Fail(verdict, "failed policy: enforces", "a y");
  EXPECT_EQ(Write(), "validation failed: failed policy: enforces: spec.containers[0].image\na y");
}

TEST_F(WritePolicyDenialTest, IsBoundedAndHasTheFirstFindingAlways) {
  Deny("s", std::string(kMaxDenialBytes, 's'));
  for (int i = 0; i < 100; ++i) {
    v1::Verdict* const verdict = At(absl::StrCat(i), {"/spec/containers/0/image"});
    Fail(verdict, absl::StrCat("failed policy: p", i), std::string(100, 'x'));
    verdict->set_message("Sign it.");
    verdict->set_policy_message("Sign it.");
  }
  const std::string message = Write();
  EXPECT_LE(message.size(), kMaxDenialBytes + 300);
  EXPECT_THAT(message, testing::HasSubstr("\nvalidation failed: failed policy: p0: spec."));
  EXPECT_THAT(message, EndsWith("\nAnd 100 more like these."));
}

TEST_F(WritePolicyDenialTest, CountsPathsThatAreTooMany) {
  std::vector<std::string> pointers;
  for (int i = 0; i < 1000; ++i) pointers.push_back(absl::StrCat("/spec/containers/", i, "/image"));
  Fail(At("a", pointers), "failed policy: p", "a x");
  EXPECT_LE(Write().size(), kMaxPathsBytes + 100);
  EXPECT_THAT(Write(), EndsWith(" more\na x"));
}

TEST_F(WritePolicyDenialTest, WarningsAreALineEachAndBounded) {
  for (int i = 0; i < 25; ++i) {
    v1::Verdict* const verdict = At(absl::StrCat("i", i), {"/spec/containers/0/image"});
    verdict->set_decision(v1::DECISION_ALLOW);
    Fail(verdict, "failed policy: warns", absl::StrCat("i", i, " x"));
    verdict->mutable_policy_failures(0)->set_is_warning(true);
  }
  const std::vector<std::string> lines = WriteWarningFailures(question_, response_);
  ASSERT_EQ(lines.size(), 2 * kMaxWarningFailures + 1);
  EXPECT_EQ(lines[0], "failed policy: warns: spec.containers[0].image");
  EXPECT_EQ(lines[1], "i0 x");
  EXPECT_EQ(lines.back(), "And 5 more like these.");
  EXPECT_EQ(Write(), "");
}

}  // namespace
}  // namespace countersign::shim
