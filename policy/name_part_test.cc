#include "policy/name_part.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "base/glob.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"

namespace countersign::policy {
namespace {

using base::GlobMatches;

// All texts of `length` over `alphabet` are given to `visit`.
template <typename Visit>
void ForEachText(std::string_view alphabet, size_t length, const Visit& visit,
                 std::string text = "") {
  if (text.size() == length) return visit(text);
  for (const char c : alphabet) ForEachText(alphabet, length, visit, text + c);
}

bool Parses(const std::string& reference) { return oci::ImageReference::Parse(reference).ok(); }

// Without a star a glob is a text, so that the two must agree on each.
TEST(NamePart, PathsAreThoseThatReferencesTake) {
  for (size_t length = 0; length <= 6; ++length) {
    ForEachText("a0._-/", length, [](const std::string& text) {
      EXPECT_EQ(CanMatch(text, NamePart::kPath), Parses("r.io/" + text)) << text;
    });
  }
  for (const std::string text : {"A", "a:b", "a b", "a@b", "a[", "\xc3\xa9"}) {
    EXPECT_FALSE(CanMatch(text, NamePart::kPath)) << text;
  }
}

TEST(NamePart, RegistriesAreThoseThatReferencesTake) {
  for (size_t length = 1; length <= 6; ++length) {
    ForEachText("a10-.:", length, [](const std::string& text) {
      // Without '.' or port it would not be read as a registry.
      if (text.find_first_of(".:") == std::string::npos) return;
      const absl::Status status = oci::ImageReference::Parse(text + "/a").status();
      // Which numbers are addresses is not looked at.
      const bool is_name = status.ok() || absl::StrContains(status.message(), "is a number");
      EXPECT_EQ(CanMatch(text, NamePart::kRegistry), is_name) << text;
    });
  }
  EXPECT_TRUE(CanMatch("localhost", NamePart::kRegistry));
  EXPECT_TRUE(CanMatch("[::1]", NamePart::kRegistry));
  EXPECT_TRUE(CanMatch("[fe80::1]:5000", NamePart::kRegistry));
  for (const std::string text : {"[::1", "::1", "[::1]x", "[::g]", "[::1]:", "a:123456", "a_b.c"}) {
    EXPECT_FALSE(CanMatch(text, NamePart::kRegistry)) << text;
  }
}

TEST(NamePart, UsersAreFirstComponentsThatAreNoRegistry) {
  for (size_t length = 1; length <= 6; ++length) {
    ForEachText("a0._-", length, [](const std::string& text) {
      const bool is_user = text.find('.') == std::string::npos && Parses(text + "/a");
      EXPECT_EQ(CanMatch(text, NamePart::kUser), is_user) << text;
    });
  }
  EXPECT_FALSE(CanMatch("a/b", NamePart::kUser));
}

TEST(NamePart, TagsAreThoseThatReferencesTake) {
  for (size_t length = 0; length <= 4; ++length) {
    ForEachText("aZ0._-", length, [](const std::string& text) {
      EXPECT_EQ(CanMatch(text, NamePart::kTag), Parses("r.io/a:" + text)) << text;
    });
  }
}

TEST(NamePart, DigestsAreSha256) {
  const std::string hex(64, 'f');
  EXPECT_TRUE(CanMatch("sha256:" + hex, NamePart::kDigest));
  for (const std::string glob : {"*", "*:*", "sha256:*", "*0", "s*6:*", "sha256:0*a*"}) {
    EXPECT_EQ(ShortestMatch(glob, NamePart::kDigest), 71u) << glob;
  }
  for (const std::string& glob :
       {std::string(), hex, "sha256:" + hex + "f", std::string("sha512:*"),
        std::string("sha256:F*"), std::string("*g*"), "sha256:*" + hex + "0", std::string("*x")}) {
    EXPECT_FALSE(CanMatch(glob, NamePart::kDigest)) << glob;
  }
}

TEST(NamePart, PartsAreNoLongerThanTheyMayBe) {
  const std::string a(252, 'a');
  EXPECT_TRUE(CanMatch(a + "a", NamePart::kRegistry));
  EXPECT_FALSE(CanMatch(a + "aa", NamePart::kRegistry));
  EXPECT_FALSE(CanMatch("*" + a + "aa/", NamePart::kPath));
  EXPECT_TRUE(CanMatch("*/" + a + "a", NamePart::kPath));
  EXPECT_FALSE(CanMatch("*/" + a + "aa", NamePart::kPath));
  EXPECT_TRUE(CanMatch(std::string(128, 'a'), NamePart::kTag));
  EXPECT_FALSE(CanMatch(std::string(129, 'a') + "*", NamePart::kTag));
}

TEST(NamePart, AStarFillsWhatIsMissing) {
  EXPECT_EQ(ShortestMatch("*", NamePart::kPath), 1u);
  EXPECT_EQ(ShortestMatch("a*", NamePart::kPath), 1u);
  EXPECT_EQ(ShortestMatch("a.*", NamePart::kPath), 3u);
  EXPECT_EQ(ShortestMatch("*.*", NamePart::kPath), 3u);
  EXPECT_EQ(ShortestMatch(".*", NamePart::kPath), std::nullopt);
  EXPECT_EQ(ShortestMatch("a..*", NamePart::kPath), std::nullopt);
  EXPECT_EQ(ShortestMatch("*.", NamePart::kPath), std::nullopt);
  EXPECT_EQ(ShortestMatch("*___*", NamePart::kPath), std::nullopt);
  EXPECT_EQ(ShortestMatch("*--*", NamePart::kPath), 4u);
  EXPECT_EQ(ShortestMatch("*:*", NamePart::kRegistry), 3u);
  EXPECT_EQ(ShortestMatch("*]", NamePart::kRegistry), 2u);
}

// No text that is a match may be called impossible, whatever stars stand where.
TEST(NamePart, AGlobOverSomeTextsIsNeverCalledImpossible) {
  constexpr std::string_view kGlobAlphabet = "a.-/*";
  ForEachText("a.-/", 5, [&](const std::string& text) {
    if (!CanMatch(text, NamePart::kPath)) return;
    for (size_t length = 1; length <= 4; ++length) {
      ForEachText(kGlobAlphabet, length, [&](const std::string& glob) {
        if (!GlobMatches(glob, text)) return;
        const std::optional<size_t> shortest = ShortestMatch(glob, NamePart::kPath);
        ASSERT_TRUE(shortest.has_value()) << glob << " matches " << text;
        EXPECT_LE(*shortest, text.size()) << glob;
      });
    }
  });
}

std::string Stars(size_t count, std::string_view between) {
  std::string glob;
  for (size_t i = 0; i < count; ++i) glob += "*" + std::string(between);
  return glob;
}

TEST(NamePart, WhatTakesLongIsGivenUpOnceItMatchesNothingShortEnough) {
  for (const auto& [part, text] : {std::pair(NamePart::kRegistry, "a"),
                                   {NamePart::kPath, "-"},
                                   {NamePart::kTag, "."},
                                   {NamePart::kDigest, "0"}}) {
    StepBudget budget(100'000);
    EXPECT_FALSE(CanMatch(Stars(2048, text), part, &budget)) << text;
    EXPECT_FALSE(budget.IsExceeded()) << text;
  }
}

TEST(NamePart, ABudgetIsKept) {
  const std::string glob = Stars(100, "a");
  StepBudget enough(100'000);
  EXPECT_TRUE(CanMatch(glob, NamePart::kRegistry, &enough));
  const size_t steps = 100'000 - enough.left();
  StepBudget exact(steps);
  EXPECT_TRUE(CanMatch(glob, NamePart::kRegistry, &exact));
  StepBudget less(steps - 1);
  EXPECT_FALSE(CanMatch(glob, NamePart::kRegistry, &less));
  EXPECT_TRUE(less.IsExceeded());
}

}  // namespace
}  // namespace countersign::policy
