#include "base/door_metrics.h"

#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(DoorMetrics, SayWhoIsThereAndWhoHadToGo) {
  ConnectionPlaces places({.connections = 2});
  Metrics metrics;
  AddConnectionMetrics(
      "connections", [&places] { return places.Count(); }, &metrics);
  places.Enter("a");
  const ConnectionPlaces::Id busy = *places.Enter("b").id;
  places.Begin(busy);
  places.Enter("c");  // in the place of the first
  EXPECT_THAT(metrics.WriteText(), AllOf(HasSubstr("connections{state=\"all\"} 2\n"),
                                         HasSubstr("connections{state=\"silent\"} 1\n"),
                                         HasSubstr("connections{state=\"unanswered\"} 1\n"),
                                         HasSubstr("connections_made_room_total 1\n"),
                                         HasSubstr("connections_refused_total 0\n")));
}

TEST(DoorMetrics, SayWhatASumHoldsAndHowOftenThereWasNoRoom) {
  SourceShares shares(100, /*weight=*/3);
  Metrics metrics;
  AddShareMetrics("bytes", "Bytes", {{"of", "x"}}, &shares, &metrics);
  const std::optional<SourceShares::Claim> held = shares.TryTake("a", 60);
  EXPECT_FALSE(shares.TryTake("b", 41).has_value());
  EXPECT_FALSE(shares.Take("b", 41, absl::InfinitePast()).has_value());
  EXPECT_THAT(metrics.WriteText(), AllOf(HasSubstr("bytes_held{of=\"x\"} 60\n"),
                                         HasSubstr("bytes_limit{of=\"x\"} 100\n"),
                                         HasSubstr("bytes_refused_total{of=\"x\"} 2\n")));
}

TEST(DoorMetrics, SayTheSameOfASumThatGroupsShare) {
  SourceShares shares(96, {.source = {.weight = 3}, .group = {.weight = 3}});
  Metrics metrics;
  AddShareMetrics("bytes", "Bytes", {{"of", "x"}}, &shares, &metrics);
  const std::optional<SourceShares::Claim> held = shares.TryTake("a", "y", 54);
  EXPECT_FALSE(shares.TryTake("a", "y", 1).has_value());
  EXPECT_THAT(metrics.WriteText(),
              AllOf(HasSubstr("bytes_held{of=\"x\"} 54\n"), HasSubstr("bytes_limit{of=\"x\"} 96\n"),
                    HasSubstr("bytes_refused_total{of=\"x\"} 1\n")));
}

}  // namespace
}  // namespace countersign::base
