#include "policy/sigstore/glob_containment.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

// By the definition.
bool Contains(const ImageGlob& a, const ImageGlob& b) {
  if (a.text() == b.text()) return true;
  if (!b.HasStars()) return a.Covers(b.prefix());
  return a.text() == absl::StrCat(a.prefix(), "**") && b.prefix().starts_with(a.prefix());
}

// As GlobContainment has it.
bool Contains(std::string_view a, std::string_view b) {
  return GlobContainment({ImageGlob::Parse(a).value()}).Find(ImageGlob::Parse(b).value()) == 0;
}

TEST(GlobContainment, AGlobContainsWhatCertainlyMatchesNoMore) {
  EXPECT_TRUE(Contains("r.io/**", "r.io/**"));
  EXPECT_TRUE(Contains("r.io/**", "r.io/shop/*"));
  EXPECT_TRUE(Contains("**", "r.io/shop/*"));
  EXPECT_TRUE(Contains("r.io/*", "r.io/web"));
  EXPECT_TRUE(Contains("*.io/web", "r.io/web"));
}

TEST(GlobContainment, AGlobContainsNothingElse) {
  EXPECT_FALSE(Contains("r.io/*", "r.io/**"));
  EXPECT_FALSE(Contains("r.io/*", "r.io/shop/web"));
  EXPECT_FALSE(Contains("r.io/shop/**", "r.io/**"));
  // True, but not looked for.
  EXPECT_FALSE(Contains("r.io/*", "r.io/a*"));
  // It selects it, and covers nothing there.
  EXPECT_FALSE(Contains("**.t.io/**", "evil.io/x.t.io/y"));
  // `*` alone is Docker Hub's library.
  EXPECT_FALSE(Contains("*", "r.io/web"));
}

std::vector<ImageGlob> Globs(const std::vector<std::string>& texts) {
  std::vector<ImageGlob> globs;
  for (const std::string& text : texts) globs.push_back(ImageGlob::Parse(text).value());
  return globs;
}

TEST(GlobContainment, FindsOneOfManyExactlyWhereOneContainsIt) {
  const std::vector<ImageGlob> globs =
      Globs({"r.io/**", "r.io/web", "*", "**/web", "r.io/*", "r.io/web", "q.io/a/**", "q.io/**",
             "q.io/a/b/*", "*/*", "index.docker.io/library/nginx", "x.io/*a*", "x.io/bab"});
  const GlobContainment containment(globs);
  for (size_t b = 0; b < globs.size(); ++b) {
    std::optional<size_t> expected;
    for (size_t a = 0; a < globs.size() && !expected.has_value(); ++a) {
      const bool is_later_equal = globs[a].text() == globs[b].text() && a > b;
      if (a != b && !is_later_equal && Contains(globs[a], globs[b])) expected = a;
    }
    const std::optional<size_t> found = containment.FindOther(b);
    EXPECT_EQ(found.has_value(), expected.has_value()) << globs[b].text();
    if (found.has_value()) {
      EXPECT_NE(*found, b);
      EXPECT_TRUE(Contains(globs[*found], globs[b])) << globs[b].text();
    }
    EXPECT_TRUE(containment.Find(globs[b]).has_value());
  }
  EXPECT_FALSE(containment.Find(ImageGlob::Parse("z.io/app").value()).has_value());
  EXPECT_FALSE(GlobContainment({}).Find(globs[0]).has_value());
}

}  // namespace
}  // namespace countersign::policy
