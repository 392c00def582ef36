#include "verifier/evidence/plan_parts.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/evidence_source.h"

namespace countersign::verifier {
namespace {

using policy::LookPlan;
using policy::Place;
using ::testing::ElementsAre;
using ::testing::SizeIs;

const oci::Repository kImage = {"r.io", "app"};
const oci::Repository kOther = {"other.io", "signatures"};
const oci::Repository kThird = {"third.io", "signatures"};

Place In(const oci::Repository& repository, Place::Kind kind, std::string tag_prefix = "") {
  return {kind, std::make_shared<const policy::EvidenceSource>(policy::EvidenceSource{
                    .repository = repository, .tag_prefix = std::move(tag_prefix)})};
}

TEST(PlanParts, OfAPlanBesideTheImageAreThePlan) {
  const auto prefixed =
      std::make_shared<const policy::EvidenceSource>(policy::EvidenceSource{.tag_prefix = "a"});
  const LookPlan plan = {.stages = {{Place::kSignatureTag, Place(Place::kSignatureTag, prefixed)},
                                    {},
                                    {Place::kReferrers}}};
  for (const LookPlan& beside : {plan, LookPlan()}) {
    EXPECT_TRUE(IsBesideImage(beside, kImage));
    const std::vector<PlanPart> parts = PartsOf(beside, kImage);
    ASSERT_THAT(parts, SizeIs(1));
    EXPECT_EQ(parts[0].repository, kImage);
    EXPECT_EQ(parts[0].plan.stages, beside.stages);
  }
}

TEST(PlanParts, HaveTheStagesOfThePlan) {
  const Place a = In(kOther, Place::kSignatureTag, "a");
  const Place b = In(kOther, Place::kSignatureTag, "b");
  const Place third = In(kThird, Place::kReferrers);
  const Place other = In(kOther, Place::kReferrers);
  const LookPlan plan = {
      .stages = {{a, Place::kSignatureTag, b}, {third, Place::kReferrers, other}}};
  EXPECT_FALSE(IsBesideImage(plan, kImage));
  const std::vector<PlanPart> parts = PartsOf(plan, kImage);
  ASSERT_THAT(parts, SizeIs(3));
  EXPECT_EQ(parts[0].repository, kImage);
  EXPECT_THAT(parts[0].plan.stages,
              ElementsAre(ElementsAre(Place::kSignatureTag), ElementsAre(Place::kReferrers)));
  EXPECT_EQ(parts[1].repository, kOther);
  EXPECT_THAT(parts[1].plan.stages, ElementsAre(ElementsAre(a, b), ElementsAre(other)));
  EXPECT_EQ(parts[2].repository, kThird);
  EXPECT_THAT(parts[2].plan.stages, ElementsAre(ElementsAre(third)));
}

TEST(PlanParts, HaveNoneBesideTheImageWhereNothingIsLookedForThere) {
  const Place other = In(kOther, Place::kSignatureTag);
  const std::vector<PlanPart> parts = PartsOf({.stages = {{other}}}, kImage);
  ASSERT_THAT(parts, SizeIs(1));
  EXPECT_EQ(parts[0].repository, kOther);
  EXPECT_THAT(parts[0].plan.stages, ElementsAre(ElementsAre(other)));
}

TEST(PlanParts, ThatNameTheImagesRepositoryAreBesideIt) {
  const Place own = In(kImage, Place::kSignatureTag);
  EXPECT_EQ(RepositoryOf(own, kImage), kImage);
  EXPECT_TRUE(IsBesideImage({.stages = {{own}}}, kImage));
  EXPECT_FALSE(IsBesideImage({.stages = {{own}}}, kOther));
  EXPECT_EQ(RepositoryOf(Place::kSignatureTag, kImage), kImage);
}

}  // namespace
}  // namespace countersign::verifier
