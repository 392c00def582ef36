#include "base/connection_places.h"

#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using Id = ConnectionPlaces::Id;
using ::testing::Eq;
using ::testing::Optional;

// Enters, and must get a place without anybody leaving for it.
Id EnterFreely(ConnectionPlaces& places, std::string_view source) {
  const ConnectionPlaces::Entry entry = places.Enter(source);
  EXPECT_THAT(entry.makes_room, Eq(std::nullopt));
  EXPECT_TRUE(entry.id.has_value());
  return entry.id.value_or(0);
}

// One that has been answered once and asks nothing.
Id EnterIdle(ConnectionPlaces& places, std::string_view source) {
  const Id id = EnterFreely(places, source);
  EXPECT_TRUE(places.Begin(id));
  places.SetKnown(id);
  places.SetIdle(id, true);
  return id;
}

TEST(ConnectionPlaces, ThereAreNoMoreThanThePlaces) {
  ConnectionPlaces places({.connections = 2, .unanswered_per_source = 2});
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(places.Begin(EnterFreely(places, "a")));
  const ConnectionPlaces::Entry entry = places.Enter("b");
  EXPECT_THAT(entry.id, Eq(std::nullopt));
  EXPECT_THAT(entry.makes_room, Eq(std::nullopt));
  EXPECT_EQ(places.Count().connections, 2u);
}

TEST(ConnectionPlaces, APlaceThatIsLeftIsFree) {
  ConnectionPlaces places({.connections = 1});
  const Id first = EnterFreely(places, "a");
  places.Leave(first);
  EXPECT_NE(EnterFreely(places, "a"), first);
  EXPECT_THAT(places.Leave(first), Eq(std::nullopt));  // once more is nothing
  EXPECT_EQ(places.Count().connections, 1u);
}

TEST(ConnectionPlaces, WhoHasSaidNothingForLongestGoesFirst) {
  ConnectionPlaces places({.connections = 4});
  const Id idle = EnterIdle(places, "a");
  const Id asking = EnterFreely(places, "a");
  EXPECT_TRUE(places.Begin(asking));
  const Id first = EnterFreely(places, "b");
  const Id second = EnterFreely(places, "b");
  EXPECT_THAT(places.Enter("c").makes_room, Optional(first));
  // Of "b" and "c", one each, whichever; then the other.
  const std::optional<Id> third = places.Enter("a").makes_room;
  ASSERT_TRUE(third.has_value());
  EXPECT_NE(*third, idle);
  EXPECT_NE(*third, asking);
  EXPECT_THAT(*third, testing::Ge(second));
}

TEST(ConnectionPlaces, OfTheSilentOnesThoseOfTheSourceWithMostGo) {
  ConnectionPlaces places({.connections = 4});
  EnterFreely(places, "innocent");
  const Id flood = EnterFreely(places, "flood");
  EnterFreely(places, "flood");
  EnterFreely(places, "flood");
  EXPECT_THAT(places.Enter("innocent").makes_room, Optional(flood));
}

TEST(ConnectionPlaces, ASourceHasOnlySoManyUnansweredAndTheRestWaitInTurn) {
  ConnectionPlaces places({.connections = 100, .unanswered_per_source = 2});
  std::vector<Id> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(EnterFreely(places, "a"));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(places.Begin(ids[i]), i < 2) << i;
  EXPECT_EQ(places.Count(), (ConnectionPlaces::Counts{
                                .connections = 5, .silent = 0, .waiting = 3, .unanswered = 2}));
  EXPECT_TRUE(places.Begin(EnterFreely(places, "b")));  // others do not wait for that

  EXPECT_THAT(places.SetKnown(ids[0]), Optional(ids[2]));
  EXPECT_THAT(places.Leave(ids[3]), Eq(std::nullopt));  // it only waited
  EXPECT_THAT(places.Leave(ids[1]), Optional(ids[4]));
  EXPECT_THAT(places.SetKnown(ids[2]), Eq(std::nullopt));
}

TEST(ConnectionPlaces, ManySourcesTogetherLeaveSomethingForTheNext) {
  ConnectionPlaces places({.unanswered = 100, .unanswered_per_source = 64});
  for (int source = 0; source < 10; ++source) {
    for (int i = 0; i < 20; ++i) places.Begin(EnterFreely(places, absl::StrCat("flood", source)));
  }
  EXPECT_LT(places.Count().unanswered, 100u);
  EXPECT_TRUE(places.Begin(EnterFreely(places, "innocent")));
}

TEST(ConnectionPlaces, SourcesThatWaitTakeTurns) {
  ConnectionPlaces places({.unanswered = 1});
  const Id first = EnterFreely(places, "a");
  EXPECT_TRUE(places.Begin(first));
  std::vector<Id> waiting;
  for (const char* source : {"b", "b", "c"}) {
    waiting.push_back(EnterFreely(places, source));
    EXPECT_FALSE(places.Begin(waiting.back()));
  }
  EXPECT_THAT(places.Leave(first), Optional(waiting[0]));
  EXPECT_THAT(places.Leave(waiting[0]), Optional(waiting[2]));
  EXPECT_THAT(places.SetKnown(waiting[2]), Optional(waiting[1]));
}

TEST(ConnectionPlaces, KnownOnesCountAgainstTheTotalAlone) {
  ConnectionPlaces places({.connections = 1001, .unanswered_per_source = 64});
  for (int i = 0; i < 1000; ++i) EnterIdle(places, "apiserver");
  EXPECT_EQ(places.Count().idle, 1000u);
  EXPECT_TRUE(places.Begin(EnterFreely(places, "apiserver")));
}

TEST(ConnectionPlaces, IdleOnesOfTheLargestSourceMakeRoomForSmallerOnes) {
  ConnectionPlaces places({.connections = 4});
  const Id oldest = EnterIdle(places, "large");
  const Id second = EnterIdle(places, "large");
  EnterIdle(places, "large");
  EnterIdle(places, "small");
  // Asked anew: no longer the one that has been idle for longest.
  places.SetIdle(oldest, false);
  places.SetIdle(oldest, true);
  EXPECT_THAT(places.Enter("large").id, Eq(std::nullopt));
  const ConnectionPlaces::Entry entry = places.Enter("small");
  EXPECT_THAT(entry.makes_room, Optional(second));
  // Now both have two; nobody takes from the other.
  EXPECT_TRUE(places.Begin(*entry.id));
  EXPECT_THAT(places.Enter("small").id, Eq(std::nullopt));
  EXPECT_THAT(places.Enter("large").id, Eq(std::nullopt));
}

TEST(ConnectionPlaces, WhoIsBusyNeverMakesRoom) {
  ConnectionPlaces places({.connections = 1});
  const Id id = EnterIdle(places, "a");
  places.SetIdle(id, false);
  EXPECT_THAT(places.Enter("b").id, Eq(std::nullopt));
  places.SetIdle(id, true);
  EXPECT_THAT(places.Enter("b").makes_room, Optional(id));
}

TEST(ConnectionPlaces, ManySilentOnesOfASourceAreACrowd) {
  ConnectionPlaces places({.connections = 100, .unanswered_per_source = 2});
  const Id first = EnterFreely(places, "a");
  EnterFreely(places, "a");
  EXPECT_FALSE(places.IsCrowded(first));
  const Id third = EnterFreely(places, "a");
  EXPECT_TRUE(places.IsCrowded(first));
  EXPECT_FALSE(places.IsCrowded(EnterFreely(places, "b")));
  EXPECT_TRUE(places.Begin(third));
  EXPECT_FALSE(places.IsCrowded(first));
}

TEST(ConnectionPlaces, AnIdThatHasLeftIsNobody) {
  ConnectionPlaces places({.connections = 1});
  const Id gone = EnterFreely(places, "a");
  EXPECT_THAT(places.Enter("b").makes_room, Optional(gone));
  EXPECT_FALSE(places.Begin(gone));
  EXPECT_THAT(places.SetKnown(gone), Eq(std::nullopt));
  EXPECT_THAT(places.Leave(gone), Eq(std::nullopt));
  EXPECT_FALSE(places.IsCrowded(gone));
  places.SetIdle(gone, true);
  EXPECT_EQ(places.Count().connections, 1u);
}

// 5,000 silent, 1,100 with a head and 20 with half a body from one address: another's come in.
TEST(ConnectionPlaces, AFloodFromOneSourceLeavesRoomForAnother) {
  ConnectionPlaces places({});
  for (int i = 0; i < 20; ++i) {
    const ConnectionPlaces::Entry entry = places.Enter("flood");
    ASSERT_TRUE(places.Begin(*entry.id));
    places.SetKnown(*entry.id);  // say, it has asked something else before
  }
  for (int i = 0; i < 1100; ++i) places.Begin(*places.Enter("flood").id);
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(places.Enter("flood").id.has_value());
  EXPECT_EQ(places.Count().connections, 4096u);
  EXPECT_EQ(places.Count().unanswered, 64u);
  for (int i = 0; i < 100; ++i) {
    const ConnectionPlaces::Entry entry = places.Enter("innocent");
    ASSERT_TRUE(entry.id.has_value()) << i;
    EXPECT_TRUE(places.Begin(*entry.id)) << i;
    places.SetKnown(*entry.id);
  }
}

}  // namespace
}  // namespace countersign::base
