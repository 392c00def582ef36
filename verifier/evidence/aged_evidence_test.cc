#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/test_policy.h"
#include "policy/verdict.h"
#include "registry/credential.h"
#include "verifier/evidence/evidence_gatherer.h"
#include "verifier/test_cluster.h"

// What was verified before, while registries cannot be reached: of a whole verifier, as it decides.

namespace countersign::verifier {
namespace {

using policy::Decision;
using policy::Reason;
using policy::Verdict;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kRegistry[] = "registry.example.org";
constexpr char kTag[] = "registry.example.org/app:1";
const oci::Repository kApp = {kRegistry, "app"};
constexpr absl::Duration kMostAged = absl::Hours(1);

EvidenceGatherer::Options Keeping(absl::Duration max_aged) {
  EvidenceGatherer::Options options;
  options.memory.max_aged = max_aged;
  return options;
}

class AgedEvidenceTest : public testing::Test {
 protected:
  explicit AgedEvidenceTest(absl::Duration max_aged = kMostAged)
      : cluster_({}, {}, {}, Keeping(max_aged)) {
    cluster_.Sign(kTag, digest_, {&cluster_.signer});
    SetPolicy(cluster_.signer);
  }

  void SetPolicy(const cosign::TestSigner& signer) {
    cluster_.SetPolicy(
        policy::TestPolicy().Key("release", signer.key().PublicPem()).Rule("*", {"release"}));
  }
  // Nobody can connect to it any more; it is known since a minute.
  void EndRegistry(absl::Status failure = absl::UnavailableError("refused the connection")) {
    cluster_.registry.FailWith(kApp, std::move(failure));
    cluster_.away_since = cluster_.clock.Now() - absl::Minutes(1);
  }
  Verdict Ask(const std::string& image) { return cluster_.VerifyOne(image); }
  Verdict AskByDigest() { return Ask(absl::StrCat(kRegistry, "/app@", digest_.ToString())); }

  TestCluster cluster_;
  const oci::Digest digest_ = cluster_.PushImage(kTag);
};

TEST_F(AgedEvidenceTest, ADigestIsVerifiedByWhatWasVerifiedWithAWarning) {
  EXPECT_EQ(AskByDigest().decision, Decision::kAllow);
  cluster_.clock.Advance(absl::Minutes(23));
  EndRegistry();
  const Verdict verdict = AskByDigest();
  EXPECT_EQ(verdict.decision, Decision::kAllow);
  EXPECT_EQ(verdict.reason, Reason::kVerified);
  EXPECT_EQ(verdict.digest, digest_.ToString());
  EXPECT_EQ(verdict.evidence_age, absl::Minutes(23));
  EXPECT_THAT(verdict.warning, HasSubstr("23 minutes ago"));
  EXPECT_EQ(cluster_.examiner.aged_uses(), 1u);
  // Nothing makes it younger.
  cluster_.clock.Advance(kMostAged - absl::Minutes(23));
  const Verdict late = AskByDigest();
  EXPECT_EQ(late.decision, Decision::kDeny);
  EXPECT_EQ(late.reason, Reason::kRegistryAway);
  EXPECT_EQ(cluster_.examiner.aged_uses(), 1u);
}

TEST_F(AgedEvidenceTest, WithinItsTimeItIsNothingSpecial) {
  AskByDigest();
  cluster_.clock.Advance(absl::Minutes(4));
  EndRegistry();
  EXPECT_EQ(AskByDigest().decision, Decision::kAllow);
  EXPECT_THAT(AskByDigest().warning, IsEmpty());
  EXPECT_EQ(cluster_.examiner.aged_uses(), 0u);
}

TEST_F(AgedEvidenceTest, WhatWasNotVerifiedIsDeniedForAReasonOfItsOwn) {
  AskByDigest();
  cluster_.clock.Advance(absl::Minutes(10));
  EndRegistry();
  const oci::Digest other = oci::Digest::Of("another image");
  const Verdict verdict = Ask(absl::StrCat(kRegistry, "/app@", other.ToString()));
  EXPECT_EQ(verdict.decision, Decision::kDeny);
  EXPECT_EQ(verdict.reason, Reason::kRegistryAway);
  EXPECT_THAT(verdict.message, HasSubstr("refused the connection; the registry could not be "
                                         "reached since "));
  EXPECT_EQ(cluster_.examiner.aged_uses(), 0u);
}

TEST_F(AgedEvidenceTest, ATagIsNotTakenForWhatItMeant) {
  EXPECT_EQ(Ask(kTag).decision, Decision::kAllow);
  cluster_.clock.Advance(absl::Minutes(10));
  EndRegistry();
  EXPECT_EQ(Ask(kTag).decision, Decision::kDeny);
  EXPECT_EQ(Ask(kTag).reason, Reason::kRegistryAway);
  EXPECT_EQ(AskByDigest().decision, Decision::kAllow);
}

TEST_F(AgedEvidenceTest, AStatusIsNoOutageWhateverItIs) {
  AskByDigest();
  cluster_.clock.Advance(absl::Minutes(10));
  for (const absl::StatusCode code :
       {absl::StatusCode::kUnavailable, absl::StatusCode::kDeadlineExceeded,
        absl::StatusCode::kResourceExhausted, absl::StatusCode::kUnauthenticated,
        absl::StatusCode::kPermissionDenied, absl::StatusCode::kNotFound,
        absl::StatusCode::kFailedPrecondition}) {
    EndRegistry(absl::Status(code, "said so"));
    cluster_.away_since = std::nullopt;
    EXPECT_EQ(AskByDigest().decision, Decision::kDeny) << absl::StatusCodeToString(code);
    EXPECT_NE(AskByDigest().reason, Reason::kRegistryAway);
  }
}

TEST_F(AgedEvidenceTest, ARefusalEndsWhatWouldServeBeyondItsTime) {
  AskByDigest();
  cluster_.clock.Advance(absl::Minutes(10));
  EndRegistry(absl::PermissionDeniedError("refused the credential"));
  EXPECT_EQ(AskByDigest().decision, Decision::kDeny);
  // What is refused does not come back when it cannot be asked any more.
  EndRegistry();
  EXPECT_EQ(AskByDigest().decision, Decision::kDeny);
}

TEST_F(AgedEvidenceTest, ThePolicyInForceDecides) {
  AskByDigest();
  cluster_.clock.Advance(absl::Minutes(10));
  EndRegistry();
  SetPolicy(cluster_.other_signer);
  EXPECT_EQ(AskByDigest().reason, Reason::kRegistryAway);
  SetPolicy(cluster_.signer);
  EXPECT_EQ(AskByDigest().decision, Decision::kAllow);
}

TEST_F(AgedEvidenceTest, ASignatureThatWasTakenAwayDoesNotComeBack) {
  AskByDigest();
  cluster_.clock.Advance(absl::Minutes(10));
  cluster_.Sign(kTag, digest_, {&cluster_.other_signer});
  EXPECT_EQ(AskByDigest().reason, Reason::kNotSigned);
  EndRegistry();
  EXPECT_EQ(AskByDigest().reason, Reason::kRegistryAway);
}

TEST_F(AgedEvidenceTest, NobodyHasWhatAnothersCredentialSaw) {
  cluster_.registry.RequireCredential(kApp, {{.username = "robot", .password = "secret"}});
  cluster_.secrets.PutSecret("shop", "pull", TestPullSecret(kRegistry, "robot", "secret"));
  const std::string image = absl::StrCat(kRegistry, "/app@", digest_.ToString());
  const auto ask = [&](const std::string& workload_namespace) {
    return cluster_
        .Ask({.images = {{.container = "web", .reference = image}},
              .workload_namespace = workload_namespace,
              .image_pull_secrets = {"pull"}})
        .verdicts[0]
        ->verdict;
  };
  EXPECT_EQ(ask("shop").decision, Decision::kAllow);
  cluster_.clock.Advance(absl::Minutes(10));
  EndRegistry();
  EXPECT_EQ(ask("shop").decision, Decision::kAllow);
  EXPECT_EQ(ask("bank").reason, Reason::kRegistryAway);
}

class UnkeptEvidenceTest : public AgedEvidenceTest {
 protected:
  UnkeptEvidenceTest() : AgedEvidenceTest(absl::ZeroDuration()) {}
};

TEST_F(UnkeptEvidenceTest, NothingServesBeyondItsTimeWhereThatIsTurnedOff) {
  AskByDigest();
  cluster_.clock.Advance(absl::Minutes(5));
  EndRegistry();
  EXPECT_EQ(AskByDigest().decision, Decision::kDeny);
  EXPECT_EQ(AskByDigest().reason, Reason::kRegistryAway);
}

}  // namespace
}  // namespace countersign::verifier
