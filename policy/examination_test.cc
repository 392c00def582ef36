#include "policy/examination.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/status_matchers.h"
#include "cosign/signer.h"
#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/test_policy.h"

namespace countersign::policy {
namespace {

using base::IsOk;
using base::StatusIs;
using cosign::TestSigner;
using crypto::TestKey;
using ::testing::SizeIs;

class ExaminationTest : public testing::Test {
 protected:
  const oci::Digest image_ = oci::Digest::Of("the image");
  const TestSigner alice_{TestKey::Generate()};
  const TestSigner bob_{TestKey::Generate()};
  const TestSigner stranger_{TestKey::Generate()};
  const Requirement requirement_ = RequirementFor(TestPolicy()
                                                      .Key("alice", alice_.key().PublicPem())
                                                      .Key("bob", bob_.key().PublicPem())
                                                      .Rule("*/app", {"bob"})
                                                      .Rule("*", {"alice", "bob"})
                                                      .Build(),
                                                  {}, *oci::ImageReference::Parse("r.io/app"));
};

TEST_F(ExaminationTest, SaysHowManyThereWereAndWhichHold) {
  const Examination examination =
      Examine(requirement_,
              {.digest = image_,
               .by_place = {{.items = {stranger_.Sign(image_)}}, {.items = {alice_.Sign(image_)}}},
               .how = "anonymous"});
  EXPECT_EQ(examination.digest, image_);
  EXPECT_EQ(examination.items, 2u);
  EXPECT_THAT(examination.verification.verified, SizeIs(1));
  EXPECT_THAT(examination.transient, IsOk());
  EXPECT_EQ(examination.how, "anonymous");
}

TEST_F(ExaminationTest, TellsTheFirstThatMayBeReadAnotherTime) {
  const Examination examination =
      Examine(requirement_, {.digest = image_,
                             .by_place = {{.items = {absl::InvalidArgumentError("malformed"),
                                                     absl::UnavailableError("not now"),
                                                     absl::DeadlineExceededError("nor this")}}},
                             .how = ""});
  EXPECT_THAT(examination.transient, StatusIs(absl::StatusCode::kUnavailable, "not now"));
  EXPECT_EQ(examination.items, 3u);
}

TEST_F(ExaminationTest, StopsWhereItIsTold) {
  const Examination examination =
      Examine(requirement_, {.digest = image_, .by_place = {{.items = {alice_.Sign(image_)}}}},
              [](const cosign::Item&, const cosign::Claim&, const cosign::Signer&)
                  -> absl::StatusOr<OutcomePtr> { return absl::AbortedError("enough"); });
  EXPECT_THAT(examination.verification.stopped, StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(examination.verification.verified, testing::IsEmpty());
}

TEST_F(ExaminationTest, TellsWhetherWhatWasFoundIsWhatIsAsked) {
  const auto examine = [this](const TestSigner& signer) {
    return Examine(requirement_,
                   {.digest = image_, .by_place = {{.items = {signer.Sign(image_)}}}});
  };
  const auto names = [this](const Examination& examination) {
    std::vector<std::string> names;
    for (const Policy* policy : Satisfied(requirement_, examination)) names.push_back(policy->name);
    return names;
  };
  EXPECT_TRUE(Holds(requirement_, examine(alice_)));
  EXPECT_THAT(names(examine(alice_)), testing::ElementsAre("*"));
  EXPECT_THAT(names(examine(bob_)), testing::ElementsAre("*/app", "*"));
  EXPECT_FALSE(Holds(requirement_, examine(stranger_)));
  EXPECT_THAT(names(examine(stranger_)), testing::IsEmpty());
  EXPECT_FALSE(Holds(Requirement(), Examination{.digest = image_}));
}

// Alice keeps hers beside the image, Bob his in another repository, with a prefix.
class SourcesTest : public ExaminationTest {
 protected:
  static AuthorityPtr Asking(const TestSigner& signer, EvidenceSourcePtr source) {
    return std::make_shared<const Authority>(
        Authority{.asks = cosign::KeySigner(signer.key().Public()), .source = std::move(source)});
  }
  PlaceItems In(const EvidenceSourcePtr& source, Place::Kind kind, const TestSigner& signer) const {
    return {.place = PlaceIn(source, kind), .items = {signer.Sign(image_)}};
  }
  Examination Look(std::vector<PlaceItems> by_place) const {
    return Examine(sources_, {.digest = image_, .by_place = std::move(by_place)});
  }

  const EvidenceSourcePtr elsewhere_ = std::make_shared<const EvidenceSource>(EvidenceSource{
      .repository = oci::Repository{"other.io", "signatures"}, .tag_prefix = "bob-"});
  const Requirement sources_ =
      RequirementFor(PoliciesForEveryImage({Asking(alice_, nullptr), Asking(bob_, elsewhere_)}), {},
                     *oci::ImageReference::Parse("r.io/app"));
};

TEST_F(SourcesTest, WhatLiesInItsSourceIsForAnAuthorityAndNothingElse) {
  for (const Place::Kind kind : {Place::kSignatureTag, Place::kReferrers}) {
    EXPECT_TRUE(Holds(sources_, Look({In(nullptr, kind, alice_)}))) << kind;
    EXPECT_TRUE(Holds(sources_, Look({In(elsewhere_, kind, bob_)}))) << kind;
    const Examination swapped = Look({In(nullptr, kind, bob_), In(elsewhere_, kind, alice_)});
    EXPECT_FALSE(Holds(sources_, swapped)) << kind;
    EXPECT_EQ(swapped.items, 2u);
    EXPECT_THAT(swapped.verification.failures, testing::Not(testing::IsEmpty()));
  }
}

TEST_F(SourcesTest, WhatHoldsIsNamedByItsPlaceAmongAll) {
  const Examination examination =
      Look({In(nullptr, Place::kSignatureTag, stranger_),
            In(elsewhere_, Place::kSignatureTag, stranger_), In(nullptr, Place::kReferrers, alice_),
            In(elsewhere_, Place::kReferrers, bob_)});
  ASSERT_THAT(examination.verification.verified, SizeIs(2));
  EXPECT_EQ(examination.verification.verified[0].signer, 0u);
  EXPECT_EQ(examination.verification.verified[0].item, 2u);
  EXPECT_EQ(examination.verification.verified[1].signer, 1u);
  EXPECT_EQ(examination.verification.verified[1].item, 3u);
  EXPECT_THAT(examination.verification.failures, testing::IsEmpty());
}

TEST_F(SourcesTest, WhatIsOfAnotherKindIsCountedInAllOfThem) {
  const auto attesting = [](const TestSigner& signer, EvidenceSourcePtr source) {
    return std::make_shared<const Authority>(
        Authority{.asks = cosign::KeySigner(signer.key().Public()),
                  .attestations = {{.predicate_type = "https://example.org/predicate"}},
                  .source = std::move(source)});
  };
  const std::vector<PlaceItems> signatures = {In(nullptr, Place::kSignatureTag, alice_),
                                              In(elsewhere_, Place::kReferrers, bob_)};
  const auto others = [&](AuthorityPtr beside, AuthorityPtr away) {
    const Requirement requirement =
        RequirementFor(PoliciesForEveryImage({std::move(beside), std::move(away)}), {},
                       *oci::ImageReference::Parse("r.io/app"));
    return Examine(requirement, {.digest = image_, .by_place = signatures}).verification.others;
  };
  EXPECT_EQ(others(attesting(alice_, nullptr), attesting(bob_, elsewhere_)), 2u);
  EXPECT_EQ(others(attesting(alice_, nullptr), Asking(alice_, elsewhere_)), 1u);
  // Where one holds nothing is explained.
  EXPECT_EQ(others(attesting(alice_, nullptr), Asking(bob_, elsewhere_)), 0u);
}

TEST_F(SourcesTest, OfAnotherKindThereMayBeMoreWhereThatIsSoInOneOfThem) {
  PlaceItems full = {.place = PlaceIn(elsewhere_, Place::kReferrers)};
  full.items.assign(cosign::kMaxSignatures, cosign::UnreadAttestationItem());
  EXPECT_TRUE(Look({full}).verification.may_be_more_others);
  EXPECT_FALSE(
      Look({full, In(nullptr, Place::kSignatureTag, alice_)}).verification.may_be_more_others);
  full.items.pop_back();
  EXPECT_FALSE(Look({full}).verification.may_be_more_others);
}

// So that whoever fills one up hides nothing of the others.
TEST_F(SourcesTest, OneThatHasTooMuchHidesNoOther) {
  PlaceItems full = {.place = Place::kSignatureTag};
  full.items.assign(kMaxItems + 1, stranger_.Sign(image_));
  EXPECT_TRUE(Holds(sources_, Look({full, In(elsewhere_, Place::kSignatureTag, bob_)})));
  EXPECT_FALSE(Holds(sources_, Look({full, In(nullptr, Place::kReferrers, alice_)})));
}

}  // namespace
}  // namespace countersign::policy
