#include "policy/pattern_index.h"

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

PatternIndex IndexOf(const std::vector<std::string>& patterns) {
  PatternIndex index;
  for (size_t i = 0; i < patterns.size(); ++i) index.Add(*NamePattern::Parse(patterns[i]), i);
  return index;
}

std::vector<size_t> MayMatch(const PatternIndex& index, std::string_view image) {
  return index.MayMatch(oci::ImageReference::Parse(image)->repository());
}

TEST(PatternIndex, FindsByHostAndFirstComponent) {
  const PatternIndex index = IndexOf({"a.example/team/*", "a.example/other/*", "a.example/*",
                                      "b.example/team/*", "a.example/te*", "a.example/team"});
  EXPECT_THAT(MayMatch(index, "a.example/team/app:1"), ElementsAre(0, 2, 4, 5));
  EXPECT_THAT(MayMatch(index, "b.example/team/app"), ElementsAre(3));
  EXPECT_THAT(MayMatch(index, "c.example/team/app"), IsEmpty());
}

TEST(PatternIndex, FindsWhatHasAStarInItsHostAlways) {
  const PatternIndex index = IndexOf({"*.example/team/*", "*", "*/app", "*:v1", "a*/b"});
  EXPECT_THAT(MayMatch(index, "other.test/x"), ElementsAre(0, 1, 2, 3, 4));
}

TEST(PatternIndex, FindsEachOnce) {
  EXPECT_THAT(MayMatch(IndexOf({"library/library/*", "docker.io/library/*", "library/*"}),
                       "library/library/library"),
              ElementsAre(0, 1, 2));
}

TEST(PatternIndex, OfManyTeamsFindsTheOne) {
  std::vector<std::string> patterns;
  for (int i = 0; i < 10'000; ++i) patterns.push_back(absl::StrCat("a.example/team-", i, "/*"));
  EXPECT_THAT(MayMatch(IndexOf(patterns), "a.example/team-77/shop/web:1"), SizeIs(1));
}

// Everything that can stand in a host or a component of patterns and images here, so that they
// often meet.
class RandomNames {
 public:
  std::string Image() {
    return absl::StrCat(
        Any({"", "", "a.example/", "a.example:443/", "b.example:5000/", "docker.io/",
             "index.docker.io/", "registry-1.docker.io:443/", "[2001:db8::1]/", "localhost/"}),
        Path({"library", "nginx", "me", "app", "localhost"}), Any({"", ":v1", ":latest"}));
  }
  std::string Pattern() {
    return absl::StrCat(
        Any({"", "", "", "a.example/", "A.example:443/", "b.example:5000/", "b.example/", "*/",
             "*.example/", "docker.io/", "registry.hub.docker.com/", "docker.io:443/", "*.io/",
             "[2001:DB8:0::1]/", "[*]/", "localhost/", "l*/"}),
        Path({"library", "nginx", "me", "app", "*", "*", "a*", "*e", "localhost"}),
        Any({"", "", ":v1", ":*", ":l*"}));
  }

 private:
  using Words = std::vector<std::string_view>;
  std::string_view Any(const Words& words) { return words[random_() % words.size()]; }
  std::string Path(const Words& words) {
    std::string path(Any(words));
    for (size_t more = random_() % 3; more > 0; --more) absl::StrAppend(&path, "/", Any(words));
    return path;
  }
  std::mt19937 random_{20};
};

TEST(PatternIndex, MissesNothingThatMatches) {
  RandomNames names;
  std::vector<NamePattern> patterns;
  PatternIndex index;
  while (patterns.size() < 600) {
    auto pattern = NamePattern::Parse(names.Pattern());
    if (!pattern.ok()) continue;
    index.Add(*pattern, patterns.size());
    patterns.push_back(*std::move(pattern));
  }
  size_t matches = 0;
  for (int i = 0; i < 600; ++i) {
    const auto image = oci::ImageReference::Parse(names.Image());
    if (!image.ok()) continue;
    std::vector<size_t> expected, found;
    for (size_t p = 0; p < patterns.size(); ++p) {
      if (patterns[p].Matches(*image)) expected.push_back(p);
    }
    for (const size_t p : index.MayMatch(image->repository())) {
      if (patterns[p].Matches(*image)) found.push_back(p);
    }
    ASSERT_EQ(found, expected) << image->text();
    matches += found.size();
  }
  EXPECT_GT(matches, 1'000u);
}

}  // namespace
}  // namespace countersign::policy
