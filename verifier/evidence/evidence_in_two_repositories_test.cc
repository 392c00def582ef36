// What is found where evidence about an image lies in two repositories, of which one may fail.

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "cosign/item.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/evidence.h"
#include "policy/evidence_source.h"
#include "policy/look_plan.h"
#include "verifier/evidence/evidence_gatherer.h"
#include "verifier/evidence/evidence_gatherer_fixture.h"
#include "verifier/evidence/image_source.h"
#include "verifier/evidence/place_readers.h"

namespace countersign::verifier {
namespace {

using base::StatusIs;
using ::testing::SizeIs;

// Evidence about one image in two repositories, the image's own first, in two stages each.
class EvidenceInTwoRepositoriesTest : public EvidenceGathererTest {
 protected:
  static constexpr auto kFirst = static_cast<policy::Place::Kind>(1000);
  static constexpr auto kSecond = static_cast<policy::Place::Kind>(1001);

  // Whether so many items are enough.
  absl::StatusOr<GatheredPtr> GatherUntil(size_t enough) {
    const auto source = std::make_shared<const policy::EvidenceSource>(
        policy::EvidenceSource{.repository = other_});
    const policy::LookPlan plan = {.stages = {{kFirst, policy::Place(kFirst, source)},
                                              {kSecond, policy::Place(kSecond, source)}}};
    return gatherer_.Gather(
        {.image = *oci::ImageReference::Parse(ByDigest()),
         .scope = ShareScope({}),
         .plan = plan,
         .is_enough =
             [enough](const policy::Evidence& evidence) {
               return evidence.AllItems().size() >= enough;
             }},
        EvidenceGatherer::Freshness::kRemembered,
        {.pool = &cluster_.pool, .allowance = cluster_.OpenAllowance(), .deadline = deadline_});
  }

  PlaceReader ReaderOf(policy::Place::Kind kind) {
    return [this, kind](const ImageSource& source) -> absl::StatusOr<ReadItems> {
      deadlines_.push_back(source.looking.deadline);
      const auto found = kept_.find({source.repository.ToString(), kind});
      if (found == kept_.end()) return ReadItems{};
      if (!found->second.ok()) return found->second.status();
      return ReadItems{.items = {*found->second}};
    };
  }

  const oci::Repository other_ = {"other.example.org", "signatures"};
  const std::string own_name_ = kRepository.ToString();
  const std::string other_name_ = other_.ToString();
  const cosign::ItemPtr item_ = cluster_.signer.Sign(digest_);
  const absl::Time deadline_ = base::Soon();
  // What is in a place: an item, or why it cannot be read. Nothing is in the others.
  std::map<std::pair<std::string, policy::Place::Kind>, absl::StatusOr<cosign::ItemPtr>> kept_;
  std::vector<absl::Time> deadlines_;  // of each reading
  EvidenceGatherer gatherer_{
      &cluster_.registry,
      &cluster_.credentials,
      &cluster_.pool,
      &cluster_.clock,
      {.readers = {{kFirst, ReaderOf(kFirst)}, {kSecond, ReaderOf(kSecond)}}}};
};

TEST_F(EvidenceInTwoRepositoriesTest, WhatOneThatFailsDidShowCountsWithWhatTheOtherHas) {
  const std::pair<std::string, std::string> orders[] = {{own_name_, other_name_},
                                                        {other_name_, own_name_}};
  for (const auto& [failing, whole] : orders) {
    kept_ = {{{failing, kFirst}, item_},
             {{failing, kSecond}, absl::UnavailableError("is away")},
             {{whole, kFirst}, item_}};
    const auto gathered = GatherUntil(2);
    ASSERT_TRUE(gathered.ok()) << failing << ": " << gathered.status();
    EXPECT_THAT((*gathered)->evidence.AllItems(), SizeIs(2));
    EXPECT_THAT((*gathered)->parts, SizeIs(2));
    EXPECT_THAT(GatherUntil(3).status(), StatusIs(absl::StatusCode::kUnavailable, testing::_));
  }
}

TEST_F(EvidenceInTwoRepositoriesTest, OneThatFailsHidesNothingOfTheOther) {
  const std::pair<std::string, std::string> orders[] = {{own_name_, other_name_},
                                                        {other_name_, own_name_}};
  for (const auto& [failing, whole] : orders) {
    for (const absl::Status& failure :
         {absl::UnavailableError("is away"), absl::PermissionDeniedError("not you"),
          absl::DeadlineExceededError("is silent"), absl::AbortedError("there is more")}) {
      kept_ = {{{failing, kFirst}, failure}, {{whole, kSecond}, item_}};
      EXPECT_THAT(GatherUntil(1), base::IsOk()) << failing << " " << failure;
      EXPECT_FALSE(GatherUntil(2).ok()) << failing << " " << failure;
    }
  }
}

TEST_F(EvidenceInTwoRepositoriesTest, TheFirstHasHalfOfTheTime) {
  ASSERT_THAT(GatherUntil(1), base::IsOk());
  ASSERT_THAT(deadlines_, SizeIs(4));
  EXPECT_LT(deadlines_[0], deadline_);
  EXPECT_EQ(deadlines_[1], deadlines_[0]);
  EXPECT_EQ(deadlines_[2], deadline_);
  EXPECT_EQ(deadlines_[3], deadline_);
}

}  // namespace
}  // namespace countersign::verifier
