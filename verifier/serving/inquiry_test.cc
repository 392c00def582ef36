#include "verifier/serving/inquiry.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/judge.h"
#include "policy/requirement.h"
#include "policy/test_policy.h"
#include "policy/test_sigstore_policies.h"
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

  // What is asked of the image by the policies as they are now.
  Inquiry::Ask Question(const std::string& text) {
    return [this, text](const std::optional<oci::Digest>& resolved) -> Inquiry::Asked {
      oci::ImageReference image = *oci::ImageReference::Parse(text);
      policy::Requirement requirement =
          policy::RequirementFor(policy_, {.workload_namespace = "shop"}, image, resolved);
      if (!requirement.NeedsEvidence()) {
        return policy::Judge(requirement, text, absl::InternalError("no evidence was asked for"));
      }
      if (resolved.has_value()) image = *oci::ImageReference::Parse(image.PinnedTo(*resolved));
      return ImageQuestion{
          .image = std::move(image),
          .scope = ShareScope({}),
          .requirement = std::make_shared<const policy::Requirement>(std::move(requirement)),
          .allowance = cluster_.OpenAllowance()};
    };
  }

  static Inquiry::Ask Decided(policy::Verdict verdict) {
    return [verdict = std::move(verdict)](const std::optional<oci::Digest>&) { return verdict; };
  }

  size_t Calls() { return cluster_.registry.Calls().size(); }

  TestCluster cluster_;
  PolicySnapshot policy_;
  const oci::Digest digest_ = cluster_.PushImage(kImage);
  const std::string by_digest_ = absl::StrCat("registry.example.org/app@", digest_.ToString());
};

TEST_F(InquiryTest, WhatIsDecidedByTheTextStaysSoWithoutALook) {
  Inquiry inquiry(kImage, Decided({.decision = Decision::kDeny, .reason = Reason::kUnmatched}),
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
  Inquiry decided(kImage, Decided({}), &cluster_.examiner);
  EXPECT_TRUE(decided.IsDecided());
  EXPECT_TRUE(decided.AwaitLook(absl::InfinitePast(), Soon()));
  BlockedLane lane(&cluster_);
  Inquiry inquiry(kImage, Question(kImage), &cluster_.examiner);
  EXPECT_FALSE(inquiry.IsDecided());
  EXPECT_FALSE(inquiry.AwaitLook(absl::InfinitePast(), Soon()));
  lane.LetGo();
  EXPECT_TRUE(inquiry.AwaitLook(Soon(), Soon()));
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

// What would only be warned about has no digest by which it could be let in.
TEST_F(InquiryTest, WhatIsNotThereInTimeIsDeniedInAnyModeWithoutADigest) {
  const BlockedLane lane(&cluster_);
  policy_ = policy::TestSigstorePolicies()
                .Add("a", {"**"}, {policy::KeyAuthority("k")}, {.mode = policy::Mode::kWarn})
                .Build();
  const auto decide = [&](const std::string& image) {
    Inquiry inquiry(image, Question(image), &cluster_.examiner);
    return inquiry.Conclude(absl::InfinitePast()).verdict.decision;
  };
  EXPECT_EQ(decide(kImage), Decision::kDeny);
  EXPECT_EQ(decide(by_digest_), Decision::kAllow);
}

// Policies that pass what is named r.e.o, but for one digest, which is denied.
class BlockedDigestTest : public InquiryTest {
 protected:
  void Block(const oci::Digest& digest, policy::Mode mode = policy::Mode::kEnforce) {
    policy_ = policy::TestSigstorePolicies()
                  .Add("all", {"registry.example.org/**"}, {policy::StaticAuthority(true)})
                  .Add("bad", {absl::StrCat("registry.example.org/app@", digest.ToString())},
                       {policy::StaticAuthority(false)}, {.mode = mode})
                  .Build();
  }
  ImageVerdict Conclude() {
    return Inquiry(kImage, Question(kImage), &cluster_.examiner).Conclude(Soon());
  }
};

TEST_F(BlockedDigestTest, ATagIsDeniedThatMeansTheDigest) {
  Block(digest_);
  const ImageVerdict image = Conclude();
  EXPECT_EQ(image.verdict.decision, Decision::kDeny);
  EXPECT_EQ(image.verdict.reason, Reason::kDeniedByPolicy) << image.verdict.message;
  EXPECT_EQ(image.verdict.digest, digest_.ToString());
  EXPECT_EQ(image.pinned_reference, "");
  EXPECT_EQ(Calls(), 1u);  // what the tag means, and nothing else
}

TEST_F(BlockedDigestTest, ATagThatMeansAnotherIsAsOthersAre) {
  Block(oci::Digest::Of("another"));
  const ImageVerdict image = Conclude();
  EXPECT_EQ(image.verdict.reason, Reason::kAllowedByPolicy) << image.verdict.message;
  // Nothing but that digest was found to be let in.
  EXPECT_EQ(image.verdict.digest, digest_.ToString());
  EXPECT_EQ(image.pinned_reference, absl::StrCat(kImage, "@", digest_.ToString()));
}

TEST_F(BlockedDigestTest, ATagThatMeansAnotherIsPinnedEvenIfNoPolicyIsForIt) {
  policy::TestSigstorePolicies policies;
  policies.Add("bad", {"registry.example.org/app@" + oci::Digest::Of("another").ToString()},
               {policy::StaticAuthority(false)});
  policies.rules().no_match = policy::NoMatchRule::kAllow;
  policy_ = policies.Build();
  const ImageVerdict image = Conclude();
  EXPECT_EQ(image.verdict.decision, Decision::kAllow) << image.verdict.message;
  EXPECT_EQ(image.pinned_reference, absl::StrCat(kImage, "@", digest_.ToString()));
}

TEST_F(BlockedDigestTest, WhatATagMeansThatIsNotKnownIsUndecided) {
  Block(oci::Digest::Of("another"));
  const BlockedLane lane(&cluster_);
  Inquiry inquiry(kImage, Question(kImage), &cluster_.examiner);
  const ImageVerdict image = inquiry.Conclude(absl::InfinitePast());
  EXPECT_EQ(image.verdict.decision, Decision::kDeny);
  EXPECT_EQ(image.verdict.reason, Reason::kUndecided);
  ASSERT_EQ(image.verdict.policy_failures.size(), 1u);
  EXPECT_THAT(image.verdict.policy_failures[0].details,
              testing::HasSubstr("the digest that its tag means, which is not known"));
}

TEST_F(BlockedDigestTest, TheDigestIsAskedOfOnceItIsThere) {
  Block(digest_);
  BlockedLane lane(&cluster_);
  Inquiry inquiry(kImage, Question(kImage), &cluster_.examiner);
  EXPECT_FALSE(inquiry.AwaitLook(absl::InfinitePast(), Soon()));
  lane.LetGo();
  EXPECT_TRUE(inquiry.AwaitLook(Soon(), Soon()));
  EXPECT_TRUE(inquiry.IsDecided());
}

// The policy for the digest wants a key, and is for no other.
TEST_F(InquiryTest, WhatIsAskedOfTheDigestOfATagIsLookedAtThen) {
  const auto policies = [&](const oci::Digest& digest) {
    return policy::TestSigstorePolicies()
        .Add("one", {absl::StrCat("registry.example.org/app@", digest.ToString())},
             {policy::KeyAuthority("k", cluster_.signer.key().Public())})
        .Build();
  };
  policy_ = policies(digest_);
  EXPECT_EQ(Inquiry(kImage, Question(kImage), &cluster_.examiner).Conclude(Soon()).verdict.reason,
            Reason::kNotSigned);
  cluster_.Sign(kImage, digest_, {&cluster_.signer});
  const ImageVerdict image = Inquiry(kImage, Question(kImage), &cluster_.examiner).Conclude(Soon());
  EXPECT_EQ(image.verdict.reason, Reason::kVerified) << image.verdict.message;
  EXPECT_EQ(image.pinned_reference, absl::StrCat(kImage, "@", digest_.ToString()));
  // Of another digest no policy says anything.
  policy_ = policies(oci::Digest::Of("another"));
  EXPECT_EQ(Inquiry(kImage, Question(kImage), &cluster_.examiner).Conclude(Soon()).verdict.reason,
            Reason::kUnmatched);
}

TEST_F(InquiryTest, WhatIsNotThereInTimeIsDeniedWithThePhaseThatWasSlow) {
  const oci::Repository repository = {"registry.example.org", "app"};
  cluster_.registry.Hold(repository, "manifest");
  Inquiry inquiry(kImage, Question(kImage), &cluster_.examiner);
  EXPECT_TRUE(base::Eventually([&] { return cluster_.registry.CountHeld(repository) == 1; }));
  cluster_.clock.Advance(absl::Seconds(8.5));
  const policy::Verdict verdict = inquiry.Conclude(absl::InfinitePast()).verdict;
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kUndecided);
  EXPECT_THAT(verdict.message,
              testing::HasSubstr("could not be read: no answer in time: waiting for the registry's "
                                 "answer (fetch) took 8.5 s of 8.5 s."));
  cluster_.registry.LetGo(repository);
}

}  // namespace
}  // namespace countersign::verifier
