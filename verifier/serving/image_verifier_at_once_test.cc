// What can be answered on a thread that others wait for.

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "verifier/serving/image_verifier.h"
#include "verifier/serving/image_verifier_fixture.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using policy::Reason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class VerifyAtOnceTest : public testing::Test {
 protected:
  VerifyAtOnceTest() {
    cluster_.SetPolicy(OrdinaryPolicy(cluster_));
    const oci::Digest digest = cluster_.PushImage(kImage);
    cluster_.Sign(kImage, digest, {&cluster_.signer});
    pinned_ = absl::StrCat(kImage, "@", digest.ToString());
  }

  // What is told: the reason for each distinct image, and of which it is one; nullopt: nothing.
  using Told = std::vector<std::pair<Reason, std::vector<size_t>>>;
  std::optional<Told> Ask(const std::vector<std::string>& images) {
    WorkloadQuestion question = {.workload_namespace = "shop"};
    for (const std::string& image : images) question.images.push_back({.reference = image});
    Told told;
    size_t room = ImageVerifier::kMostOutcomesAtOnce;
    const std::optional<absl::Status> status = cluster_.verifier.VerifyAtOnce(
        question, {.credentials = CredentialUse::kCluster}, room,
        [&told](ImageVerdict image, absl::Span<const size_t> uses) {
          told.emplace_back(image.verdict.reason, std::vector<size_t>(uses.begin(), uses.end()));
          return absl::OkStatus();
        });
    if (!status.has_value()) {
      EXPECT_THAT(told, IsEmpty());
      return std::nullopt;
    }
    EXPECT_THAT(*status, IsOk());
    return told;
  }

  TestCluster cluster_;
  std::string pinned_;
};

TEST_F(VerifyAtOnceTest, WhatThePolicyAndTheTextDecide) {
  EXPECT_THAT(*Ask({"nginx", "elsewhere.example.org/a", "nginx"}),
              ElementsAre(Pair(Reason::kUnmatched, ElementsAre(0, 2)),
                          Pair(Reason::kUnmatched, ElementsAre(1))));
}

TEST_F(VerifyAtOnceTest, WhatIsRememberedAndWasProved) {
  EXPECT_EQ(Ask({pinned_}), std::nullopt);
  EXPECT_THAT(cluster_.registry.Calls(), IsEmpty());
  ASSERT_EQ(cluster_.VerifyOne(pinned_).reason, Reason::kVerified);
  const size_t calls = cluster_.registry.Calls().size();
  const auto units = cluster_.judge.counts().units;
  EXPECT_THAT(*Ask({pinned_, "nginx"}), ElementsAre(Pair(Reason::kVerified, ElementsAre(0)),
                                                    Pair(Reason::kUnmatched, ElementsAre(1))));
  EXPECT_EQ(cluster_.registry.Calls().size(), calls);
  EXPECT_EQ(cluster_.judge.counts().units, units);
}

TEST_F(VerifyAtOnceTest, NothingWhereOneImageHasToBeLookedAt) {
  ASSERT_EQ(cluster_.VerifyOne(pinned_).reason, Reason::kVerified);
  EXPECT_EQ(Ask({pinned_, "registry.example.org/other:1"}), std::nullopt);
}

TEST_F(VerifyAtOnceTest, NothingThatHasToBeProvedAnew) {
  ASSERT_EQ(cluster_.VerifyOne(pinned_).reason, Reason::kVerified);
  // What was read is remembered, and holds by no key that was asked before.
  cluster_.SetPolicy(policy::TestPolicy()
                         .Key("other", cluster_.other_signer.key().PublicPem())
                         .Key("release", cluster_.signer.key().PublicPem())
                         .Rule("registry.example.org/*", {"other", "release"}));
  const auto units = cluster_.judge.counts().units;
  EXPECT_EQ(Ask({pinned_}), std::nullopt);
  EXPECT_EQ(cluster_.judge.counts().units, units);
  ASSERT_EQ(cluster_.VerifyOne(pinned_).reason, Reason::kVerified);
  EXPECT_THAT(*Ask({pinned_}), ElementsAre(Pair(Reason::kVerified, ElementsAre(0))));
}

TEST_F(VerifyAtOnceTest, NoDenialByWhatIsRemembered) {
  ASSERT_EQ(cluster_.VerifyOne(pinned_).reason, Reason::kVerified);
  cluster_.SetPolicy(policy::TestPolicy()
                         .Key("other", cluster_.other_signer.key().PublicPem())
                         .Rule("registry.example.org/*", {"other"}));
  ASSERT_NE(cluster_.VerifyOne(pinned_).reason, Reason::kVerified);
  EXPECT_EQ(Ask({pinned_}), std::nullopt);
}

TEST_F(VerifyAtOnceTest, NothingOfAQuestionWithManyImages) {
  std::vector<std::string> images;
  for (int i = 0; i < 32; ++i) images.push_back(absl::StrCat("elsewhere.example.org/", i));
  EXPECT_TRUE(Ask(images).has_value());
  images.push_back("nginx");
  EXPECT_EQ(Ask(images), std::nullopt);
}

TEST_F(VerifyAtOnceTest, AnErrorOfWhoIsToldIsReturned) {
  const WorkloadQuestion question = {.images = {{.reference = "nginx"}}};
  size_t room = ImageVerifier::kMostOutcomesAtOnce;
  const std::optional<absl::Status> status = cluster_.verifier.VerifyAtOnce(
      question, {}, room, [](const ImageVerdict&, absl::Span<const size_t>) {
        return absl::ResourceExhaustedError("full");
      });
  ASSERT_TRUE(status.has_value());
  EXPECT_TRUE(absl::IsResourceExhausted(*status));
}

}  // namespace
}  // namespace countersign::verifier
