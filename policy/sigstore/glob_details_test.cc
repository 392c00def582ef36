#include "policy/sigstore/glob_details.h"

#include <string_view>

#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

TEST(GlobDetails, AreNoneOfAGoodGlob) {
  for (std::string_view good : {"*", "**", "ghcr.io/**", "a_b-C.d:5000/e@sha256:0*"}) {
    EXPECT_EQ(GlobDetails(good), "") << good;
  }
}

TEST(GlobDetails, SayWhatGosFilePathMatchDoesNotTake) {
  for (std::string_view bad :
       {"[", "[]", "[a", "[a-", "[a-]", "[-a]", "[^", "a\\", "[a\\", "[]a]"}) {
    EXPECT_EQ(GlobDetails(bad), "glob is invalid: syntax error in pattern") << bad;
  }
}

TEST(GlobDetails, SayWhatHasOtherCharacters) {
  EXPECT_EQ(GlobDetails("$FOO*"), "glob is invalid: invalid glob \"$FOO*\"");
  EXPECT_EQ(GlobDetails("[a-z]"), "glob is invalid: invalid glob \"[a-z]\"");
  EXPECT_EQ(GlobDetails("a\\*"), "glob is invalid: invalid glob \"a\\\\*\"");
  EXPECT_EQ(GlobDetails("a b"), "glob is invalid: invalid glob \"a b\"");
}

}  // namespace
}  // namespace countersign::policy
