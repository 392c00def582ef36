#include "verifier/evidence/evidence_memory.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/fake_clock.h"
#include "cosign/signer.h"
#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using cosign::ItemPtr;
using cosign::TestSigner;
using registry::Credential;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const oci::Repository kRepository = {"registry.example.org", "app"};
const Credential kNobody;
const Credential kRobot = {.username = "robot", .password = "secret"};
const Credential kOther = {.username = "other", .password = "secret"};
constexpr auto kTag = policy::Place::kSignatureTag;
constexpr auto kElsewhere = static_cast<policy::Place::Kind>(1000);

TEST(CredentialFingerprint, IsTheSameExactlyForTheSameCredentialAndSaysNothingOfIt) {
  const std::vector<Credential> different = {
      kNobody,
      kRobot,
      kOther,
      {.username = "robot"},
      {.username = "robots", .password = "ecret"},
      {.username = "robot", .identity_token = "secret"},
      {.username = "robot", .registry_token = "secret"},
  };
  std::vector<std::string> fingerprints;
  for (const Credential& credential : different) {
    const std::string fingerprint = CredentialFingerprint(credential);
    EXPECT_EQ(fingerprint, CredentialFingerprint(Credential(credential)));
    EXPECT_THAT(fingerprints, testing::Not(testing::Contains(fingerprint)));
    EXPECT_THAT(fingerprint, testing::Not(testing::HasSubstr("secret")));
    fingerprints.push_back(fingerprint);
  }
}

constexpr auto kAllAreAway = [](const std::string&) { return true; };

class EvidenceMemoryTest : public testing::Test {
 protected:
  // What a look of a scope with the credential gave at this moment.
  Gathered Read(const Credential& credential, policy::Items signatures) const {
    return {.evidence = {.digest = digest_,
                         .by_place = {{.place = policy::Place::kSignatureTag,
                                       .items = std::move(signatures)}},
                         .how = "tried"},
            .fingerprint = CredentialFingerprint(credential),
            .asked = clock_.Now()};
  }

  // Remembers what of it is the signer's.
  void Remember(const CredentialScope& scope, const Gathered& gathered, const TestSigner& signer) {
    memory_.Remember(
        kRepository, *ShareScope(scope), gathered,
        policy::VerifyItems(gathered.evidence.AllItems(), gathered.evidence.digest,
                            {policy::Asked{.signer = cosign::KeySigner(signer.key().Public())}}));
  }
  void Remember(const CredentialScope& scope, const Credential& credential) {
    Remember(scope, Read(credential, {alice_.Sign(digest_)}), alice_);
  }

  // How many signatures the scope may have.
  size_t Find(const CredentialScope& scope) {
    const auto found = memory_.Find(kRepository, digest_, plan_, *ShareScope(scope));
    return found.has_value() ? (*found)->evidence.AllItems().size() : 0;
  }
  size_t FindFor(const Credential& credential) {
    const auto found = memory_.FindFor(kRepository, digest_, plan_, credential);
    return found.has_value() ? (*found)->evidence.AllItems().size() : 0;
  }

  // How old that is which the scope may have where the registry is away; nullopt: it may have none.
  std::optional<absl::Duration> AgeFor(const CredentialScope& scope) {
    const auto aged =
        memory_.FindAged(kRepository, digest_, plan_, *ShareScope(scope), kAllAreAway);
    if (!aged.has_value()) return std::nullopt;
    return aged->age;
  }
  void End(const CredentialScope& scope, const Credential& credential) {
    memory_.EndAged(kRepository, digest_, plan_, CredentialFingerprint(credential),
                    *ShareScope(scope));
  }

  base::FakeClock clock_;
  EvidenceMemory memory_{&clock_, {.max_aged = absl::Hours(1)}};
  const TestSigner alice_{crypto::TestKey::Generate()};
  const TestSigner bob_{crypto::TestKey::Generate()};
  oci::Digest digest_ = oci::Digest::Of("image");
  policy::LookPlan plan_ = {.stages = {{kTag}}};
  const CredentialScope shop_ = {.workload_namespace = "shop"};
  const CredentialScope bank_ = {.workload_namespace = "bank"};
};

TEST_F(EvidenceMemoryTest, AScopeHasWhatItsOwnCredentialHasSeen) {
  Remember(shop_, kRobot);
  EXPECT_EQ(Find(shop_), 1u);
  EXPECT_EQ(Find(bank_), 0u);
  EXPECT_EQ(Find({.workload_namespace = "shop", .anonymous_only = true}), 0u);
  EXPECT_EQ(FindFor(kRobot), 1u);
  EXPECT_EQ(FindFor(kOther), 0u);
  EXPECT_EQ(FindFor(kNobody), 0u);
  // Another repository is another matter.
  EXPECT_FALSE(
      memory_.FindFor({"registry.example.org", "other"}, digest_, plan_, kRobot).has_value());
}

TEST_F(EvidenceMemoryTest, AGrantIsForAllThatTheCredentialHasSeenInTheRepository) {
  Remember(shop_, kRobot);
  digest_ = oci::Digest::Of("another image");
  Remember(bank_, kRobot);
  EXPECT_EQ(Find(shop_), 1u);
}

TEST_F(EvidenceMemoryTest, AGrantIsForItsRepository) {
  // A credential that opens one for the shop, and another for the bank.
  const oci::Repository vault = {"registry.example.org", "vault"};
  Remember(shop_, kRobot);
  const Gathered gathered = Read(kRobot, {alice_.Sign(digest_)});
  memory_.Remember(
      vault, *ShareScope(bank_), gathered,
      policy::VerifyItems(gathered.evidence.AllItems(), digest_,
                          {policy::Asked{.signer = cosign::KeySigner(alice_.key().Public())}}));
  EXPECT_TRUE(memory_.Find(vault, digest_, plan_, *ShareScope(bank_)).has_value());
  EXPECT_FALSE(memory_.Find(vault, digest_, plan_, *ShareScope(shop_)).has_value());
}

policy::EvidenceSourcePtr Source(std::optional<oci::Repository> repository,
                                 std::string tag_prefix = "") {
  return std::make_shared<const policy::EvidenceSource>(policy::EvidenceSource{
      .repository = std::move(repository), .tag_prefix = std::move(tag_prefix)});
}

TEST_F(EvidenceMemoryTest, UnderEachPrefixThereIsAnotherTag) {
  const policy::Place a = {kTag, Source(std::nullopt, "a")};
  Gathered gathered = Read(kNobody, {alice_.Sign(digest_)});
  gathered.evidence.by_place[0].place = a;
  Remember(shop_, gathered, alice_);
  EXPECT_EQ(Find(shop_), 0u);
  plan_.stages = {{a}};
  EXPECT_EQ(Find(shop_), 1u);
  plan_.stages = {{policy::Place(kTag, Source(std::nullopt, "b"))}};
  EXPECT_EQ(Find(shop_), 0u);
}

TEST_F(EvidenceMemoryTest, PartsAreRememberedEachForItsOwnRepositoryAndCredential) {
  const oci::Repository vault = {"other.example.org", "vault"};
  const policy::Place elsewhere = {kTag, Source(vault)};
  Gathered there = Read(kOther, {bob_.Sign(digest_), alice_.Sign(digest_)});
  there.evidence.by_place[0].place = elsewhere;
  Gathered whole = Gathered::Nothing(digest_);
  whole.AddPart(std::make_shared<const Gathered>(Read(kRobot, {bob_.Sign(digest_)})));
  whole.AddPart(std::make_shared<const Gathered>(std::move(there)));
  Remember(shop_, whole, alice_);
  EXPECT_EQ(Find(shop_), 0u);
  plan_.stages = {{kTag, elsewhere}};
  EXPECT_EQ(Find(shop_), 1u);
  EXPECT_EQ(Find(bank_), 0u);
  plan_.stages = {{kTag}};
  EXPECT_EQ(memory_.FindFor(vault, digest_, plan_, kOther).has_value(), true);
  EXPECT_EQ(memory_.FindFor(vault, digest_, plan_, kRobot).has_value(), false);
  // That it was let in there says nothing of the image's repository.
  EXPECT_TRUE(memory_.Find(vault, digest_, plan_, *ShareScope(shop_)).has_value());
  Remember(bank_, Read(kOther, {alice_.Sign(digest_)}), alice_);
  EXPECT_EQ(Find(shop_), 0u);
}

TEST_F(EvidenceMemoryTest, WhatIsFoundIsInThePlaceThatIsAskedFor) {
  Remember(shop_, kNobody);
  const oci::Repository copy = {"registry.example.org", "copy"};
  const policy::Place elsewhere = {kTag, Source(kRepository)};
  const policy::LookPlan plan = {.stages = {{elsewhere}}};
  const auto found = memory_.Find(copy, digest_, plan, *ShareScope(shop_));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ((*found)->evidence.by_place[0].place, elsewhere);
  EXPECT_FALSE(memory_.Find(copy, digest_, plan_, *ShareScope(shop_)).has_value());
}

TEST_F(EvidenceMemoryTest, WhatIsRememberedOfAnImageIsOfNoOther) {
  Remember(shop_, kRobot);
  digest_ = oci::Digest::Of("another image");
  EXPECT_EQ(Find(shop_), 0u);
  EXPECT_EQ(FindFor(kRobot), 0u);
}

TEST_F(EvidenceMemoryTest, WhatHeldIsKeptByThePlaceWhereItIs) {
  const ItemPtr by_alice = alice_.Sign(digest_);
  const ItemPtr by_bob = bob_.Sign(digest_);
  Gathered gathered = Read(kRobot, {by_bob});
  Gathered elsewhere = Read(kRobot, {by_bob, by_alice});
  elsewhere.evidence.by_place[0].place = kElsewhere;
  gathered.Add(elsewhere);
  Remember(shop_, gathered, alice_);
  EXPECT_EQ(Find(shop_), 0u);
  plan_.stages = {{kElsewhere}};
  EXPECT_EQ(Find(shop_), 1u);
  clock_.Advance(absl::Seconds(1));
  Remember(shop_, Read(kRobot, {by_bob}), bob_);
  using Stages = std::vector<policy::LookPlan::Stage>;
  for (const Stages& stages : {Stages{{kTag, kElsewhere}}, Stages{{kTag}, {kElsewhere}}}) {
    plan_.stages = stages;
    const auto found = memory_.FindFor(kRepository, digest_, plan_, kRobot);
    ASSERT_TRUE(found.has_value());
    EXPECT_THAT((*found)->evidence.AllItems(), testing::ElementsAre(by_bob, by_alice));
    EXPECT_EQ((*found)->evidence.by_place[1].place, kElsewhere);
    EXPECT_TRUE((*found)->may_only_allow);
    // Together they are as old as the older one.
    EXPECT_EQ((*found)->asked, clock_.Now() - absl::Seconds(1));
  }
  memory_.Forget(kRepository, digest_, kElsewhere, CredentialFingerprint(kRobot));
  EXPECT_EQ(Find(shop_), 1u);
  plan_.stages = {{kElsewhere}};
  EXPECT_EQ(Find(shop_), 0u);
}

TEST_F(EvidenceMemoryTest, AGrantIsForTheCredentialThatWasLetInLast) {
  Remember(shop_, kRobot);
  digest_ = oci::Digest::Of("another image");
  Remember(shop_, kOther);
  EXPECT_EQ(Find(shop_), 1u);
  digest_ = oci::Digest::Of("image");
  EXPECT_EQ(Find(shop_), 0u);
}

TEST_F(EvidenceMemoryTest, WhatWasSeenWithoutACredentialIsForEverybody) {
  Remember({.anonymous_only = true}, kNobody);
  EXPECT_EQ(Find(shop_), 1u);
  EXPECT_EQ(FindFor(kRobot), 1u);
  EXPECT_EQ(memory_.counts().grants, 0u);
  // Also for whoever has a grant.
  digest_ = oci::Digest::Of("another image");
  Remember(bank_, kRobot);
  digest_ = oci::Digest::Of("image");
  EXPECT_EQ(Find(bank_), 1u);
}

TEST_F(EvidenceMemoryTest, RemembersFromWhenTheRegistryWasAsked) {
  const Gathered gathered = Read(kRobot, {alice_.Sign(digest_)});
  clock_.Advance(absl::Minutes(4));
  Remember(shop_, gathered, alice_);
  EXPECT_EQ(Find(shop_), 1u);
  // Whoever is given it from memory makes it none the younger.
  Remember(bank_, **memory_.FindFor(kRepository, digest_, plan_, kRobot), alice_);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Find(shop_), 0u);
  EXPECT_EQ(Find(bank_), 0u);
  EXPECT_EQ(FindFor(kRobot), 0u);
}

TEST_F(EvidenceMemoryTest, AGrantEndsAfterItsTimeEvenIfOthersLookedSince) {
  Remember(shop_, kRobot);
  clock_.Advance(absl::Minutes(4));
  Remember(bank_, kRobot);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Find(shop_), 0u);
  EXPECT_EQ(Find(bank_), 1u);
}

TEST_F(EvidenceMemoryTest, RemembersOnlyWhatHeld) {
  Remember(shop_, Read(kRobot, {bob_.Sign(digest_)}), alice_);
  EXPECT_EQ(Find(shop_), 0u);
  EXPECT_EQ(memory_.counts().entries, 0u);
  // Nor is it a grant.
  EXPECT_EQ(memory_.counts().grants, 0u);
  Remember(shop_, Read(kRobot, {bob_.Sign(digest_), absl::NotFoundError(""), alice_.Sign(digest_)}),
           alice_);
  const auto found = memory_.FindFor(kRepository, digest_, plan_, kRobot);
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT((*found)->evidence.AllItems(), SizeIs(1));
  EXPECT_TRUE((*found)->may_only_allow);
  // What another namespace's look was like is nobody else's business.
  EXPECT_THAT((*found)->evidence.how, IsEmpty());
  EXPECT_THAT((*found)->held, IsEmpty());
}

TEST_F(EvidenceMemoryTest, WhatHeldForOthersStaysAsLongAsItIsRead) {
  const ItemPtr by_alice = alice_.Sign(digest_);
  const ItemPtr by_bob = bob_.Sign(digest_);
  Remember(shop_, Read(kRobot, {by_alice, by_bob}), alice_);
  Remember(bank_, Read(kRobot, {by_alice, by_bob}), bob_);
  EXPECT_EQ(FindFor(kRobot), 2u);
  // Where nothing holds, what is still there is none the younger.
  clock_.Advance(absl::Minutes(4));
  const TestSigner nobody{crypto::TestKey::Generate()};
  Remember(shop_, Read(kRobot, {by_bob}), nobody);
  EXPECT_EQ(FindFor(kRobot), 1u);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(FindFor(kRobot), 0u);
}

TEST_F(EvidenceMemoryTest, WhatIsReadNoMoreIsForgotten) {
  Remember(shop_, kRobot);
  Remember(shop_, Read(kRobot, {bob_.Sign(digest_)}), alice_);
  EXPECT_EQ(Find(shop_), 0u);
  EXPECT_EQ(memory_.counts().bytes, 0u);
  Remember(shop_, kRobot);
  Remember(bank_, kOther);
  memory_.Forget(kRepository, digest_, kTag, CredentialFingerprint(kRobot));
  EXPECT_EQ(Find(shop_), 0u);
  EXPECT_EQ(Find(bank_), 1u);
}

TEST_F(EvidenceMemoryTest, AnOlderReadingDoesNotReplaceANewerOne) {
  const Gathered older = Read(kRobot, {alice_.Sign(digest_)});
  clock_.Advance(absl::Seconds(1));
  Remember(shop_, Read(kRobot, {bob_.Sign(digest_), bob_.Sign(digest_)}), bob_);
  const size_t newer = FindFor(kRobot);
  Remember(bank_, older, alice_);
  EXPECT_EQ(FindFor(kRobot), newer);
}

TEST_F(EvidenceMemoryTest, BeyondItsTimeItIsForWhoseRegistryIsAwayAlone) {
  Remember(shop_, kRobot);
  clock_.Advance(absl::Minutes(5));
  EXPECT_EQ(Find(shop_), 0u);
  EXPECT_EQ(FindFor(kRobot), 0u);
  EXPECT_EQ(AgeFor(shop_), absl::Minutes(5));
  EXPECT_EQ(AgeFor(bank_), std::nullopt);
  clock_.Advance(absl::Minutes(54));
  EXPECT_EQ(AgeFor(shop_), absl::Minutes(59));
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(AgeFor(shop_), std::nullopt);
}

TEST_F(EvidenceMemoryTest, AGrantIsNoOlderThanWhatItLetsSee) {
  Remember(shop_, kRobot);
  clock_.Advance(absl::Minutes(40));
  Remember(bank_, kRobot);
  EXPECT_EQ(Find(shop_), 0u);
  EXPECT_EQ(AgeFor(shop_), absl::Minutes(40));
  EXPECT_EQ(AgeFor(bank_), absl::ZeroDuration());
  clock_.Advance(absl::Minutes(20));
  EXPECT_EQ(AgeFor(shop_), std::nullopt);
  EXPECT_EQ(AgeFor(bank_), absl::Minutes(20));
}

TEST_F(EvidenceMemoryTest, WhatAnonymousSawServesEverybodyWhoseRegistryIsAway) {
  Remember({.anonymous_only = true}, kNobody);
  clock_.Advance(absl::Minutes(30));
  EXPECT_EQ(AgeFor(shop_), absl::Minutes(30));
}

TEST_F(EvidenceMemoryTest, BeyondItsTimeOnlyThatServesWhoseOwnRegistryIsAway) {
  const oci::Repository vault = {"other.example.org", "vault"};
  const policy::Place elsewhere = {kTag, Source(vault)};
  Gathered there = Read(kNobody, {alice_.Sign(digest_)});
  there.evidence.by_place[0].place = elsewhere;
  Gathered whole = Gathered::Nothing(digest_);
  whole.AddPart(std::make_shared<const Gathered>(Read(kNobody, {bob_.Sign(digest_)})));
  whole.AddPart(std::make_shared<const Gathered>(std::move(there)));
  Remember(shop_, whole, alice_);
  plan_.stages = {{kTag, elsewhere}};
  clock_.Advance(absl::Minutes(30));
  const auto count_where_away = [&](std::string_view away) -> size_t {
    const auto aged =
        memory_.FindAged(kRepository, digest_, plan_, *ShareScope(shop_),
                         [away](const std::string& registry) { return registry == away; });
    return aged.has_value() ? (*aged).gathered->evidence.AllItems().size() : 0;
  };
  EXPECT_EQ(count_where_away(vault.registry), 1u);
  // The owner of the image's registry, who turns it off, has no say in what the other one still has.
  EXPECT_EQ(count_where_away(kRepository.registry), 0u);
}

TEST_F(EvidenceMemoryTest, NothingIsKeptBeyondItsTimeUnlessThatIsAskedFor) {
  EvidenceMemory brief(&clock_, {});
  const Gathered gathered = Read(kRobot, {alice_.Sign(digest_)});
  const ScopePtr scope = ShareScope(shop_);
  brief.Remember(
      kRepository, *scope, gathered,
      policy::VerifyItems(gathered.evidence.AllItems(), digest_,
                          {policy::Asked{.signer = cosign::KeySigner(alice_.key().Public())}}));
  EXPECT_TRUE(brief.Find(kRepository, digest_, plan_, *scope).has_value());
  EXPECT_FALSE(brief.FindAged(kRepository, digest_, plan_, *scope, kAllAreAway).has_value());
}

TEST_F(EvidenceMemoryTest, WhoeverIsRefusedHasNothingBeyondItsTime) {
  Remember(shop_, kRobot);
  Remember(bank_, kRobot);
  End(shop_, kOther);
  EXPECT_EQ(AgeFor(shop_), absl::ZeroDuration());
  End(shop_, kRobot);
  // What is fresh is as it was.
  EXPECT_EQ(Find(shop_), 1u);
  EXPECT_EQ(Find(bank_), 1u);
  clock_.Advance(absl::Minutes(5));
  EXPECT_EQ(AgeFor(shop_), std::nullopt);
  // He has the same credential.
  EXPECT_EQ(AgeFor(bank_), std::nullopt);
}

TEST_F(EvidenceMemoryTest, WhatIsReadNoMoreIsForgottenWhateverItsAge) {
  Remember(shop_, kRobot);
  clock_.Advance(absl::Minutes(30));
  Remember(shop_, Read(kRobot, {bob_.Sign(digest_)}), alice_);
  EXPECT_EQ(AgeFor(shop_), std::nullopt);
}

TEST_F(EvidenceMemoryTest, WhatIsReadAgainWithoutHoldingIsNoneTheYounger) {
  const ItemPtr by_alice = alice_.Sign(digest_);
  Remember(shop_, Read(kRobot, {by_alice}), alice_);
  clock_.Advance(absl::Minutes(30));
  Remember(shop_, Read(kRobot, {by_alice}), bob_);
  EXPECT_EQ(AgeFor(shop_), absl::Minutes(30));
  EXPECT_EQ(Find(shop_), 0u);
}

TEST_F(EvidenceMemoryTest, WeighsNoMoreThanItMayWhateverTheKeys) {
  constexpr size_t kBytes = 40'000;
  EvidenceMemory small(&clock_, {.bytes = kBytes});
  const Gathered gathered = Read(kRobot, {alice_.Sign(digest_)});
  const policy::Verification verification =
      policy::VerifyItems(gathered.evidence.AllItems(), digest_,
                          {policy::Asked{.signer = cosign::KeySigner(alice_.key().Public())}});
  for (int i = 0; i < 300; ++i) {
    small.Remember({"registry.example.org", absl::StrCat(std::string(200, 'a'), i % 50)},
                   *ShareScope({.workload_namespace = absl::StrCat(i)}), gathered, verification);
    const EvidenceMemory::Counts counts = small.counts();
    EXPECT_LE(counts.bytes + counts.grant_bytes, kBytes);
  }
  EXPECT_GT(small.counts().entries, 2u);
  EXPECT_LT(small.counts().entries, 50u);
  EXPECT_GT(small.counts().grants, 2u);
  EXPECT_LT(small.counts().grants, 50u);
}

}  // namespace
}  // namespace countersign::verifier
