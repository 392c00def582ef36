// What namespaces have in common, and what not: the same image is looked at once for all that have the
// same credential, and nobody profits from another's.

#include <cstddef>
#include <string>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "verifier/evidence/sharing_fixture.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using policy::Decision;
using policy::Reason;
using ::testing::SizeIs;

TEST_F(SharingTest, TwentyNamespacesWithOneSecretReadTheSignaturesOnce) {
  cluster_.registry.RequireCredential(repository_, {robot_});
  for (int i = 0; i < kNamespaces; ++i) {
    EXPECT_EQ(Ask(Namespace(i), i % 2 == 0 ? ByDigest() : kImage).decision, Decision::kAllow);
  }
  EXPECT_EQ(CountCalls("manifest "), 1);
  // A tag is asked for each time.
  EXPECT_EQ(CountCalls("resolve "), kNamespaces / 2);
}

TEST_F(SharingTest, WhoeverIsKnownNeedsNeitherTheRegistryNorHisSecrets) {
  cluster_.registry.RequireCredential(repository_, {robot_});
  ASSERT_EQ(Ask(Namespace(0), kImage).decision, Decision::kAllow);
  ASSERT_EQ(Ask(Namespace(1), ByDigest()).decision, Decision::kAllow);
  const size_t calls = cluster_.registry.Calls().size();
  const CachingSecretReader::Counts reads = cluster_.caching.counts();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Ask(Namespace(i % 2), ByDigest()).decision, Decision::kAllow);
  }
  EXPECT_THAT(cluster_.registry.Calls(), SizeIs(calls));
  EXPECT_EQ(cluster_.caching.counts().hits, reads.hits);
  EXPECT_EQ(cluster_.caching.counts().misses, reads.misses);
}

TEST_F(SharingTest, WhoHasAnotherCredentialOrNoneGetsNothing) {
  cluster_.registry.RequireCredential(repository_, {robot_});
  ASSERT_EQ(Ask(Namespace(0), ByDigest()).decision, Decision::kAllow);
  PutSecret("thief", "robot", "guessed");
  const size_t calls = cluster_.registry.Calls().size();
  for (const std::string name_space : {"thief", "poor"}) {
    for (const std::string& image : {ByDigest(), std::string(kImage)}) {
      EXPECT_EQ(Ask(name_space, image).reason, Reason::kUndecided) << name_space << image;
    }
  }
  EXPECT_EQ(Ask(Namespace(0), ByDigest(), CredentialUse::kAnonymous).reason, Reason::kUndecided);
  // Each time the registry was asked, and said so.
  EXPECT_THAT(cluster_.registry.Calls(), SizeIs(calls + 7));
}

TEST_F(SharingTest, WhoAsksByTagAtTheMomentWhenAnotherIsLetInGetsNothing) {
  for (const policy::Verdict& verdict : AskBesideSomebodyWhoMay(kImage)) {
    EXPECT_EQ(verdict.reason, Reason::kUndecided) << verdict.message;
  }
}

TEST_F(SharingTest, WhoAsksByDigestAtTheMomentWhenAnotherIsLetInGetsNothing) {
  for (const policy::Verdict& verdict : AskBesideSomebodyWhoMay(ByDigest())) {
    EXPECT_EQ(verdict.reason, Reason::kUndecided) << verdict.message;
  }
}

TEST_F(SharingTest, WhatEverybodyMaySeeIsLookedAtOnceForAll) {
  ASSERT_EQ(Ask("poor", ByDigest()).decision, Decision::kAllow);
  const size_t calls = cluster_.registry.Calls().size();
  const int fetches = cluster_.secrets.fetches();
  EXPECT_EQ(Ask(Namespace(0), ByDigest()).decision, Decision::kAllow);
  EXPECT_EQ(Ask("", ByDigest(), CredentialUse::kAnonymous).decision, Decision::kAllow);
  EXPECT_THAT(cluster_.registry.Calls(), SizeIs(calls));
  EXPECT_EQ(cluster_.secrets.fetches(), fetches);
}

TEST_F(SharingTest, ADenialAlwaysComesFromAFreshLook) {
  cluster_.registry.RequireCredential(repository_, {robot_});
  ASSERT_EQ(Ask(Namespace(0), ByDigest()).decision, Decision::kAllow);
  cluster_.SetPolicy(
      policy::TestPolicy().Key("k", cluster_.other_signer.key().PublicPem()).Rule("*", {"k"}));
  EXPECT_EQ(Ask(Namespace(1), ByDigest()).reason, Reason::kNotSigned);
  EXPECT_EQ(CountCalls(".sig"), 2);
  // Signed a moment ago: nobody has to wait until something is forgotten.
  cluster_.Sign(kImage, digest_, {&cluster_.other_signer});
  EXPECT_EQ(Ask(Namespace(2), ByDigest()).decision, Decision::kAllow);
  EXPECT_EQ(Ask(Namespace(1), ByDigest()).decision, Decision::kAllow);
}

TEST_F(SharingTest, ARotatedSecretEndsWithWhatIsRememberedAndWorksAtOnce) {
  cluster_.registry.RequireCredential(repository_, {robot_});
  ASSERT_EQ(Ask(Namespace(0), ByDigest()).decision, Decision::kAllow);
  ASSERT_EQ(Ask(Namespace(1), ByDigest()).decision, Decision::kAllow);
  cluster_.registry.RequireCredential(repository_, {{.username = "robot", .password = "new"}});
  PutSecret(Namespace(0), "robot", "new");
  // For five minutes after it was read, what the old one saw counts for those who have it.
  cluster_.clock.Advance(absl::Minutes(4));
  EXPECT_EQ(Ask(Namespace(1), ByDigest()).decision, Decision::kAllow);
  cluster_.clock.Advance(absl::Minutes(1));
  EXPECT_EQ(Ask(Namespace(1), ByDigest()).reason, Reason::kUndecided);
  EXPECT_EQ(Ask(Namespace(0), ByDigest()).decision, Decision::kAllow);
  EXPECT_EQ(Ask(Namespace(1), ByDigest()).reason, Reason::kUndecided);
}

}  // namespace
}  // namespace countersign::verifier
