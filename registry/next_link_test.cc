#include "registry/next_link.h"

#include <optional>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::registry {
namespace {

using testing::Eq;
using testing::Optional;

std::optional<std::string> NextOf(std::string_view value) {
  return FindNextLink({{"content-type", "x"}, {"link", std::string(value)}});
}

TEST(NextLink, IsTheOneOfThatRelation) {
  for (
      const std::string_view value : {
          R"(</v2/a/referrers/d?n=2>; rel="next")",
          R"(</v2/a/referrers/d?n=2>;rel=next)",
          R"( < /v2/a/referrers/d?n=2 > ; REL = "Next" )",
          R"(</v2/a/referrers/d?n=2>; title="a, <b>; rel=\"prev\""; rel="last next")",
          R"(</first>; rel=first, </v2/a/referrers/d?n=2>; rel="next"; rel="prev", </last>; rel=next)",
          R"(, , </x>, </v2/a/referrers/d?n=2>; crossorigin; rel=next;)",
      }) {
    EXPECT_THAT(NextOf(value), Optional(Eq("/v2/a/referrers/d?n=2"))) << value;
  }
}

TEST(NextLink, IsNoneWhereThereIsNoSuchRelation) {
  for (const std::string_view value : {
           "",
           ",",
           "</x>",
           "</x>; rel",
           R"(</x>; rel="prev")",
           R"(</x>; rel="prev"; rel="next")",
           R"(</x>; rel="nextish")",
           R"(</x>; title="rel=next")",
       }) {
    EXPECT_THAT(NextOf(value), Eq(std::nullopt)) << value;
  }
  EXPECT_THAT(FindNextLink({}), Eq(std::nullopt));
  EXPECT_THAT(FindNextLink({{"x-link", "</x>; rel=next"}}), Eq(std::nullopt));
}

TEST(NextLink, NothingIsMadeOfWhatCannotBeRead) {
  for (const std::string_view value : {
           "/x; rel=next",
           "</x; rel=next",
           R"(</x>; rel="next)",
           "</x> rel=next",
           "</x>; rel=prev !, </y>; rel=next",
       }) {
    EXPECT_THAT(NextOf(value), Eq(std::nullopt)) << value;
  }
}

TEST(NextLink, EachHeaderIsReadByItself) {
  EXPECT_THAT(
      FindNextLink({{"link", "</x"}, {"link", "</y>; rel=prev"}, {"link", "</z>; rel=next"}}),
      Optional(Eq("/z")));
}

}  // namespace
}  // namespace countersign::registry
