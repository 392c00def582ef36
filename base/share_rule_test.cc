#include "base/share_rule.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using Wide = unsigned __int128;

// The most that one may hold where so much is then left.
Wide MostWhere(const ShareRule& rule, size_t left) {
  const size_t beside = left > rule.spared ? left - rule.spared : 0;
  return std::max(Wide{rule.weight} * beside, Wide{rule.least});
}

// The rule as it is said.
bool MayTake(const ShareRule& rule, size_t own, size_t left, size_t more) {
  return more <= left && Wide{own} + more <= MostWhere(rule, left - more);
}

std::vector<ShareRule> Rules() {
  std::vector<ShareRule> rules;
  for (const size_t weight : {0, 1, 2, 3, 8, 100}) {
    for (const size_t least : {0, 1, 3}) {
      for (const size_t spared : {0, 1, 7}) {
        rules.push_back({.weight = weight, .least = least, .spared = spared});
      }
    }
  }
  return rules;
}

TEST(ShareRule, TheRoomIsAllThatTheRuleLetsOneTake) {
  for (const ShareRule& rule : Rules()) {
    for (size_t own = 0; own <= 30; ++own) {
      for (size_t left = 0; left <= 30; ++left) {
        const size_t room = rule.RoomFor(own, left);
        for (size_t more = 1; more <= left + 1; ++more) {
          ASSERT_EQ(more <= room, MayTake(rule, own, left, more))
              << rule.weight << " " << rule.least << " " << rule.spared << ": " << own << " of "
              << own + left;
        }
      }
    }
  }
}

TEST(ShareRule, NoSumAndNoWeightIsTooLarge) {
  std::mt19937 random(20240807);
  // Of all lengths.
  const auto any = [&random] {
    const uint64_t bits = (uint64_t{random()} << 32) | random();
    return static_cast<size_t>(bits >> (random() % 64));
  };
  std::vector<size_t> values = {0, 1, 2, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX - 1, SIZE_MAX};
  for (int i = 0; i < 20; ++i) values.push_back(any());
  for (const size_t weight : values) {
    if (weight == SIZE_MAX) continue;
    for (const size_t total : values) {
      for (const size_t held : values) {
        if (held > total) continue;
        const size_t left = total - held;
        for (const ShareRule& rule :
             {ShareRule{.weight = weight}, ShareRule{.weight = weight, .least = 1},
              ShareRule{.weight = weight, .least = SIZE_MAX},
              ShareRule{.weight = weight, .spared = left / 2},
              ShareRule{.weight = weight, .least = 1, .spared = SIZE_MAX}}) {
          const size_t room = rule.RoomFor(held, left);
          ASSERT_LE(room, left);
          ASSERT_TRUE(room == 0 || MayTake(rule, held, left, room)) << weight << " " << total;
          ASSERT_FALSE(room < left && MayTake(rule, held, left, room + 1))
              << weight << " " << total;
        }
      }
    }
  }
  EXPECT_EQ(ShareRule{.weight = 3}.RoomFor(0, SIZE_MAX), SIZE_MAX / 4 * 3 + 2);
}

TEST(ShareRule, AloneOneMayHaveHisWeightOfAll) {
  EXPECT_EQ(ShareRule{.weight = 1}.RoomFor(0, 100), 50u);
  EXPECT_EQ(ShareRule{.weight = 3}.RoomFor(0, 100), 75u);
  EXPECT_EQ(ShareRule{.weight = 3}.RoomFor(70, 30), 5u);
  EXPECT_EQ(ShareRule{.weight = 3}.RoomFor(80, 20), 0u);
}

TEST(ShareRule, TheFirstIsNeverTooMuchAsLongAsThereIsOne) {
  const ShareRule rule = {.weight = 8, .least = 1};
  EXPECT_EQ(rule.RoomFor(0, 1), 1u);
  EXPECT_EQ(rule.RoomFor(1, 1), 0u);
  EXPECT_EQ(rule.RoomFor(0, 0), 0u);
  EXPECT_EQ(ShareRule{.weight = 8}.RoomFor(0, 1), 0u);
}

TEST(ShareRule, WhatIsSparedIsForThoseWhoHaveNoMoreThanTheLeast) {
  const ShareRule rule = {.weight = 7, .least = 2, .spared = 8};
  EXPECT_EQ(rule.RoomFor(0, 48), 35u);
  EXPECT_EQ(rule.RoomFor(35, 13), 0u);
  EXPECT_EQ(rule.RoomFor(0, 13), 4u);
  for (const size_t left : {8, 6, 4, 2}) {
    EXPECT_EQ(rule.RoomFor(4, left), 0u);
    EXPECT_EQ(rule.RoomFor(0, left), 2u);
    EXPECT_EQ(rule.RoomFor(1, left), 1u);
    EXPECT_EQ(rule.RoomFor(2, left), 0u);
  }
  EXPECT_EQ(rule.RoomFor(0, 1), 1u);
  EXPECT_EQ(rule.RoomFor(0, 0), 0u);
}

// So what is taken for a group is taken of what there was for its source, and of nothing else.
TEST(ShareRule, WhatIsTakenOfTheRoomIsLessRoom) {
  for (const ShareRule& rule : Rules()) {
    for (size_t own = 0; own <= 30; ++own) {
      for (size_t left = 0; left <= 30; ++left) {
        const size_t room = rule.RoomFor(own, left);
        for (size_t more = 0; more <= room; ++more) {
          ASSERT_EQ(rule.RoomFor(own + more, left - more), room - more);
        }
      }
    }
  }
}

// Group and source, as it is said: a group may hold so many times what is then left for its source.
TEST(ShareRule, OfARoomThatGroupsShareEachHasItsWeightOfWhatItsSourceMayHaveBeside) {
  for (const ShareRule& sources : {ShareRule{.weight = 3}, ShareRule{.weight = 1}}) {
    for (const ShareRule& groups : {ShareRule{.weight = 2, .least = 1}, ShareRule{.weight = 3},
                                    ShareRule{.weight = 7, .least = 2, .spared = 5}}) {
      for (size_t of_source = 0; of_source <= 20; ++of_source) {
        for (size_t of_group = 0; of_group <= of_source; ++of_group) {
          for (size_t left = 0; left <= 30; ++left) {
            const size_t room = groups.RoomFor(of_group, sources.RoomFor(of_source, left));
            for (size_t more = 1; more <= left; ++more) {
              const bool may =
                  MayTake(sources, of_source, left, more) &&
                  of_group + more <=
                      MostWhere(groups, sources.RoomFor(of_source + more, left - more));
              ASSERT_EQ(more <= room, may) << of_group << " of " << of_source << ", " << left;
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace countersign::base
