// Evidence that is kept in another repository than the image's, under tags with a prefix: what lies
// there is for whoever's it is said to be kept there, and nothing else is.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "cosign/test_sigstore.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/evidence_source.h"
#include "policy/policy.h"
#include "policy/verdict.h"
#include "registry/credential.h"
#include "verifier/evidence/storage_fixture.h"
#include "verifier/evidence/test_evidence.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using policy::Reason;

class SourceStorageTest : public StorageTest {
 protected:
  SourceStorageTest() { SetPolicy({In(source_, Asking("k", SignerOf(signer_)))}); }

  static policy::AuthorityPtr In(policy::EvidenceSourcePtr source,
                                 const policy::AuthorityPtr& authority) {
    policy::Authority with_source = *authority;
    with_source.source = std::move(source);
    return std::make_shared<const policy::Authority>(std::move(with_source));
  }
  static policy::EvidenceSourcePtr Source(std::optional<oci::Repository> repository,
                                          std::string tag_prefix = "") {
    return std::make_shared<const policy::EvidenceSource>(policy::EvidenceSource{
        .repository = std::move(repository), .tag_prefix = std::move(tag_prefix)});
  }

  void SignElsewhere() { elsewhere_.Sign(sigstore_, signer_, storage()); }
  void ExpectReason(Reason reason) {
    for (const std::string& image : {std::string(kTagged), ByDigest()}) {
      const policy::Verdict verdict = Ask(image);
      EXPECT_EQ(verdict.reason, reason) << verdict.message;
    }
  }

  // What a workload of the namespace is answered, with the pull secrets "home" and "other".
  policy::Verdict AskFrom(const std::string& name_space) {
    const WorkloadQuestion question = {.images = {{.reference = ByDigest()}},
                                       .workload_namespace = name_space,
                                       .image_pull_secrets = {"home", "other"}};
    return cluster_.Ask(question, base::Soon()).verdicts[0]->verdict;
  }
  void PutSecrets(const std::string& name_space, const std::string& password_elsewhere) {
    cluster_.secrets.PutSecret(name_space, "home",
                               TestPullSecret(repository_.registry, "inhabitant", "p"));
    cluster_.secrets.PutSecret(name_space, "other",
                               TestPullSecret(other_.registry, "guest", password_elsewhere));
  }
  void RequireCredentials() {
    cluster_.registry.RequireCredential(repository_, {{.username = "inhabitant", .password = "p"}});
    cluster_.registry.RequireCredential(other_, {{.username = "guest", .password = "q"}});
  }

  const oci::Repository other_ = {"other.example.org", "signatures"};
  const policy::EvidenceSourcePtr source_ = Source(other_, "release-");
  TestEvidence elsewhere_{&cluster_.registry, other_, digest_, GetParam().listing, "release-"};
  const cosign::TestSigning signer_ = Somebody();
};

INSTANTIATE_TEST_SUITE_P(Everywhere, SourceStorageTest,
                         testing::ValuesIn(StorageCases({TestWho::kKey})),
                         [](const auto& tried) { return NameOf(tried.param); });

TEST_P(SourceStorageTest, WhatIsSignedThereIsAdmitted) {
  ExpectReason(Reason::kNotSigned);
  SignElsewhere();
  ExpectReason(Reason::kVerified);
  for (const std::string& call : cluster_.registry.Calls()) {
    EXPECT_EQ(absl::StrContains(call, repository_.ToString()), call.starts_with("resolve "))
        << call;
    // The payload that is signed names the image's repository, so it is known there.
    EXPECT_TRUE(storage() == TestStorage::kReferringBundles || !call.starts_with("blob ")) << call;
  }
}

TEST_P(SourceStorageTest, WhatLiesBesideTheImageIsNotForWhoeverKeepsItElsewhere) {
  evidence_.Sign(sigstore_, signer_, storage());
  ExpectReason(Reason::kNotSigned);
}

TEST_P(SourceStorageTest, OnlyTagsHaveThePrefix) {
  TestEvidence plain(&cluster_.registry, other_, digest_, GetParam().listing);
  plain.Sign(sigstore_, signer_, storage());
  ExpectReason(storage() == TestStorage::kTag ? Reason::kNotSigned : Reason::kVerified);
}

TEST_P(SourceStorageTest, ThePrefixIsForTheImagesOwnRepositoryToo) {
  SetPolicy({In(Source(std::nullopt, "release-"), Asking("k", SignerOf(signer_)))});
  TestEvidence prefixed(&cluster_.registry, repository_, digest_, GetParam().listing, "release-");
  SignElsewhere();
  ExpectReason(Reason::kNotSigned);
  prefixed.Sign(sigstore_, signer_, storage());
  ExpectReason(Reason::kVerified);
}

TEST_P(SourceStorageTest, WhatStrangersKeepThereAdmitsAndHidesNothing) {
  for (const Stranger& stranger : Strangers()) {
    elsewhere_.Sign(*stranger.sigstore, stranger.signing, storage());
  }
  elsewhere_.AddForeign();
  ExpectReason(Reason::kNotSigned);
  SignElsewhere();
  ExpectReason(Reason::kVerified);
}

TEST_P(SourceStorageTest, WhereItIsRefusedItIsUndecided) {
  SignElsewhere();
  cluster_.registry.RequireCredential(other_, {{.username = "guest", .password = "q"}});
  ExpectReason(Reason::kUndecided);
}

TEST_P(SourceStorageTest, WhereItIsAwayItIsUndecidedButForWhomThatIsNoMatter) {
  const cosign::TestSigning beside = Somebody();
  SetPolicy(
      {In(source_, Asking("elsewhere", SignerOf(signer_))), Asking("beside", SignerOf(beside))});
  cluster_.registry.FailWith(other_, absl::UnavailableError("is away"));
  ExpectReason(Reason::kUndecided);
  evidence_.Sign(sigstore_, beside, storage());
  ExpectReason(Reason::kVerified);
}

TEST_P(SourceStorageTest, WhatCannotBeReadBesideTheImageHidesNothingElsewhere) {
  SetPolicy({In(source_, Asking("elsewhere", SignerOf(signer_))),
             Asking("beside", SignerOf(Somebody()))});
  SignElsewhere();
  cluster_.registry.FailWith(repository_, absl::UnavailableError("is away"), "manifest ");
  ExpectReason(Reason::kVerified);
}

// What held for another policy is remembered of the image's repository, and nothing else of it.
TEST_P(SourceStorageTest, WhereItIsAwayWhatIsRememberedBesideTheImageHidesNothingThere) {
  const cosign::TestSigning before = Somebody();
  const cosign::TestSigning now = Somebody();
  SetPolicy({Asking("before", SignerOf(before))});
  evidence_.Sign(sigstore_, before, storage());
  evidence_.Sign(sigstore_, now, storage());
  ExpectReason(Reason::kVerified);
  SetPolicy({In(source_, Asking("elsewhere", SignerOf(signer_))), Asking("now", SignerOf(now))});
  cluster_.registry.FailWith(other_, absl::UnavailableError("is away"));
  ExpectReason(Reason::kVerified);
}

TEST_P(SourceStorageTest, EachAuthorityHasItsOwnSource) {
  const cosign::TestSigning other = Somebody();
  SetPolicy({In(source_, Asking("elsewhere", SignerOf(signer_))),
             In(Source(std::nullopt, "other-"), Asking("prefixed", SignerOf(other)))});
  TestEvidence prefixed(&cluster_.registry, repository_, digest_, GetParam().listing, "other-");
  // Each has signed where the other one keeps his.
  prefixed.Sign(sigstore_, signer_, storage());
  elsewhere_.Sign(sigstore_, other, storage());
  ExpectReason(Reason::kNotSigned);
  prefixed.Sign(sigstore_, other, storage());
  EXPECT_THAT(Ask().keys, testing::ElementsAre("prefixed"));
}

TEST_P(SourceStorageTest, NoCredentialGoesToAnotherRegistryThanItsOwn) {
  SetPolicy({In(source_, Asking("elsewhere", SignerOf(signer_))),
             Asking("beside", SignerOf(Somebody()))});
  SignElsewhere();
  RequireCredentials();
  PutSecrets("shop", "q");
  EXPECT_EQ(AskFrom("shop").reason, Reason::kVerified);
  PutSecrets("bank", "wrong");
  EXPECT_EQ(AskFrom("bank").reason, Reason::kUndecided);
  EXPECT_TRUE(WasAskedFor(" as inhabitant"));
  EXPECT_TRUE(WasAskedFor(" as guest"));
  for (const std::string& call : cluster_.registry.Calls()) {
    const bool is_elsewhere = absl::StrContains(call, other_.registry);
    EXPECT_FALSE(is_elsewhere && absl::StrContains(call, " as inhabitant")) << call;
    EXPECT_FALSE(!is_elsewhere && absl::StrContains(call, " as guest")) << call;
  }
}

TEST_P(SourceStorageTest, WhatWasSeenThereIsForWhoHasTheCredentialForIt) {
  SignElsewhere();
  RequireCredentials();
  PutSecrets("shop", "q");
  PutSecrets("team", "q");
  PutSecrets("thief", "guessed");
  ASSERT_EQ(AskFrom("shop").reason, Reason::kVerified);
  const size_t calls = cluster_.registry.Calls().size();
  EXPECT_EQ(AskFrom("shop").reason, Reason::kVerified);
  EXPECT_EQ(AskFrom("team").reason, Reason::kVerified);
  EXPECT_EQ(cluster_.registry.Calls().size(), calls);
  EXPECT_EQ(AskFrom("thief").reason, Reason::kUndecided);
}

// Such a place may be the image's own for one policy, and another's source for the next.
TEST_P(SourceStorageTest, WhatIsRememberedOfARepositoryIsForWhateverNamesIt) {
  SetPolicy({Asking("k", SignerOf(signer_))});
  evidence_.Sign(sigstore_, signer_, storage());
  ASSERT_EQ(Ask(ByDigest()).reason, Reason::kVerified);
  SetPolicy({In(Source(repository_), Asking("k", SignerOf(signer_)))});
  const size_t calls = cluster_.registry.Calls().size();
  const std::string copy = absl::StrCat("registry.example.org/copy@", digest_.ToString());
  EXPECT_EQ(Ask(copy).reason, Reason::kVerified);
  EXPECT_EQ(cluster_.registry.Calls().size(), calls);
  // And is not taken for what lies beside the copy.
  SetPolicy({Asking("k", SignerOf(signer_))});
  EXPECT_EQ(Ask(copy).reason, Reason::kNotSigned);
}

TEST_P(SourceStorageTest, OfMoreSourcesThanAreLookedAtTheRestIsUndecided) {
  std::vector<policy::AuthorityPtr> any_of;
  for (size_t i = 0; i < policy::kMaxEvidenceSources; ++i) {
    any_of.push_back(In(Source(oci::Repository{"other.example.org", absl::StrCat("empty-", i)}),
                        Asking("k", SignerOf(Somebody()))));
  }
  SetPolicy(any_of);
  ExpectReason(Reason::kNotSigned);
  any_of.push_back(In(source_, Asking("k", SignerOf(signer_))));
  SetPolicy(any_of);
  SignElsewhere();
  ExpectReason(Reason::kUndecided);
  EXPECT_FALSE(WasAskedFor(other_.ToString()));
  std::swap(any_of.front(), any_of.back());
  SetPolicy(any_of);
  ExpectReason(Reason::kVerified);
}

}  // namespace
}  // namespace countersign::verifier
