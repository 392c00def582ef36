#include "verifier/serving/inquiry.h"

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using base::Soon;
using policy::Decision;
using policy::Reason;
using policy::TestPolicy;
using testing::IsEmpty;

constexpr char kImage[] = "registry.example.org/app:1";

class InquiryTest : public testing::Test {
 protected:
  InquiryTest() { Trust(cluster_.signer); }

  // From now on.
  void Trust(const cosign::TestSigner& signer) {
    policy_ = TestPolicy().Key("k", signer.key().PublicPem()).Rule("*", {"k"}).Build();
  }

  ImageQuestion Question(const std::string& text) {
    const oci::ImageReference image = *oci::ImageReference::Parse(text);
    return {.image = image,
            .scope = ShareScope({}),
            .requirement = std::make_shared<const policy::Requirement>(
                policy::RequirementFor(policy_, {.workload_namespace = "shop"}, image)),
            .allowance = cluster_.OpenAllowance()};
  }

  size_t Calls() { return cluster_.registry.Calls().size(); }

  TestCluster cluster_;
  PolicySnapshot policy_;
  const oci::Digest digest_ = cluster_.PushImage(kImage);
  const std::string by_digest_ = absl::StrCat("registry.example.org/app@", digest_.ToString());
};

TEST_F(InquiryTest, WhatIsDecidedByTheTextStaysSoWithoutALook) {
  Inquiry inquiry(kImage,
                  policy::Verdict{.decision = Decision::kDeny, .reason = Reason::kUnmatched},
                  &cluster_.examiner);
  inquiry.UseMemory(Soon());
  const ImageVerdict image = inquiry.Conclude(Soon());
  EXPECT_EQ(image.verdict.reason, Reason::kUnmatched);
  EXPECT_EQ(image.pinned_reference, "");
  EXPECT_THAT(cluster_.registry.Calls(), IsEmpty());
}

TEST_F(InquiryTest, WhatIsNotKnownIsLookedAtAndPinnedIfItHolds) {
  cluster_.Sign(kImage, digest_, {&cluster_.signer});
  Inquiry inquiry(kImage, Question(kImage), &cluster_.examiner);
  inquiry.UseMemory(Soon());
  const ImageVerdict image = inquiry.Conclude(Soon());
  EXPECT_EQ(image.verdict.reason, Reason::kVerified) << image.verdict.message;
  EXPECT_EQ(image.pinned_reference, absl::StrCat(kImage, "@", digest_.ToString()));
}

TEST_F(InquiryTest, WhatThereIsNoRoomToListDecidesAllTheSame) {
  cluster_.Sign(kImage, digest_, {&cluster_.signer});
  Inquiry inquiry(kImage, Question(kImage), &cluster_.examiner, 0);
  const ImageVerdict image = inquiry.Conclude(Soon());
  EXPECT_EQ(image.verdict.reason, Reason::kVerified) << image.verdict.message;
  EXPECT_EQ(image.pinned_reference, absl::StrCat(kImage, "@", digest_.ToString()));
  EXPECT_THAT(image.verdict.keys, IsEmpty());
  EXPECT_THAT(image.verdict.evidence, IsEmpty());
  EXPECT_THAT(image.verdict.patterns, IsEmpty());
  EXPECT_EQ(image.verdict.left_out, 3u);
}

TEST_F(InquiryTest, WhatDoesNotHoldIsNotPinned) {
  Inquiry inquiry(kImage, Question(kImage), &cluster_.examiner);
  const ImageVerdict image = inquiry.Conclude(Soon());
  EXPECT_EQ(image.verdict.reason, Reason::kNotSigned);
  EXPECT_EQ(image.pinned_reference, "");
}

TEST_F(InquiryTest, WhatIsRememberedAndHoldsNeedsNoLook) {
  cluster_.Sign(kImage, digest_, {&cluster_.signer});
  Inquiry(by_digest_, Question(by_digest_), &cluster_.examiner).Conclude(Soon());
  const size_t calls = Calls();
  Inquiry inquiry(by_digest_, Question(by_digest_), &cluster_.examiner);
  inquiry.UseMemory(Soon());
  // Nothing is left to wait for.
  EXPECT_EQ(inquiry.Conclude(absl::InfinitePast()).verdict.reason, Reason::kVerified);
  EXPECT_EQ(Calls(), calls);
}

TEST_F(InquiryTest, WhatIsRememberedAndNoLongerHoldsIsLookedAtAgain) {
  cluster_.Sign(kImage, digest_, {&cluster_.signer});
  Inquiry(by_digest_, Question(by_digest_), &cluster_.examiner).Conclude(Soon());
  Trust(cluster_.other_signer);
  const size_t calls = Calls();
  // Whether or not it is checked before it is waited for.
  for (const bool ahead : {true, false}) {
    Inquiry inquiry(by_digest_, Question(by_digest_), &cluster_.examiner);
    if (ahead) inquiry.UseMemory(Soon());
    EXPECT_EQ(inquiry.Conclude(Soon()).verdict.reason, Reason::kNotSigned);
    EXPECT_GT(Calls(), calls);
  }
}

TEST_F(InquiryTest, SaysWhetherThereIsSomethingToWaitFor) {
  const Inquiry decided(kImage, policy::Verdict(), &cluster_.examiner);
  EXPECT_TRUE(decided.IsDecided());
  EXPECT_TRUE(decided.AwaitLook(absl::InfinitePast()));
  BlockedLane lane(&cluster_);
  Inquiry inquiry(kImage, Question(kImage), &cluster_.examiner);
  EXPECT_FALSE(inquiry.IsDecided());
  EXPECT_FALSE(inquiry.AwaitLook(absl::InfinitePast()));
  lane.LetGo();
  EXPECT_TRUE(inquiry.AwaitLook(Soon()));
  EXPECT_EQ(inquiry.Conclude(absl::InfinitePast()).verdict.reason, Reason::kNotSigned);
}

TEST_F(InquiryTest, WhatIsNotThereInTimeIsUndecided) {
  const BlockedLane lane(&cluster_);
  Inquiry inquiry(kImage, Question(kImage), &cluster_.examiner);
  inquiry.UseMemory(absl::InfinitePast());
  const ImageVerdict image = inquiry.Conclude(absl::InfinitePast());
  EXPECT_EQ(image.verdict.reason, Reason::kUndecided);
  EXPECT_EQ(image.verdict.decision, Decision::kDeny);
}

}  // namespace
}  // namespace countersign::verifier
