#include "policy/glob_index.h"

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kDigest =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

using Numbered = std::vector<std::pair<std::string, size_t>>;

GlobIndex IndexOf(const Numbered& globs) {
  GlobIndex index;
  for (const auto& [glob, number] : globs) index.Add(*ImageGlob::Parse(glob), number);
  index.Finish();
  return index;
}

std::vector<ImageName> Names(std::string_view image) {
  return NamesOf(*oci::ImageReference::Parse(image));
}

std::vector<size_t> Numbers(const GlobIndex& index, std::string_view image) {
  std::vector<size_t> numbers;
  for (const GlobMatch& match : index.Find(Names(image))) numbers.push_back(match.number);
  return numbers;
}

TEST(GlobIndex, FindsByWhatGlobsBeginOrEndWith) {
  const GlobIndex index = IndexOf({{"r.io/**", 0},
                                   {"r.io/team/**", 1},
                                   {"r.io/team/app", 2},
                                   {"r.io/teams/**", 3},
                                   {"**/app", 4},
                                   {"**/team/app", 5},
                                   {"**/other/app", 6},
                                   {"**", 7},
                                   {"**team**", 8},
                                   {"r.io/t**pp", 9},
                                   {"s.io/**", 10}});
  EXPECT_THAT(Numbers(index, "r.io/team/app"), ElementsAre(0, 1, 2, 4, 5, 7, 8, 9));
  EXPECT_THAT(Numbers(index, "s.io/x"), ElementsAre(7, 10));
  EXPECT_THAT(Numbers(index, "a.io/x"), ElementsAre(7));
}

TEST(GlobIndex, WithoutGlobsFindsNothing) {
  GlobIndex index;
  index.Finish();
  EXPECT_THAT(index.Find(Names("nginx")), IsEmpty());
  EXPECT_THAT(IndexOf({{"**", 0}}).Find({}), IsEmpty());
}

TEST(GlobIndex, ANumberIsThereOnceHoweverManyOfItsGlobsMatch) {
  const GlobIndex index = IndexOf({{"nginx", 3}, {"docker.io/**", 3}, {"**/nginx", 3}, {"**", 5}});
  EXPECT_THAT(index.Find(Names("nginx")),
              ElementsAre(GlobMatch{3, true, false}, GlobMatch{5, true, false}));
}

TEST(GlobIndex, CoversIfOneGlobDoes) {
  constexpr std::string_view kEvil = "evil.io/x.trusted.example/app";
  EXPECT_THAT(IndexOf({{"**.trusted.example/**", 0}}).Find(Names(kEvil)),
              ElementsAre(GlobMatch{0, false, false}));
  EXPECT_THAT(IndexOf({{"**.trusted.example/**", 0}, {"evil.io/**", 0}}).Find(Names(kEvil)),
              ElementsAre(GlobMatch{0, true, false}));
}

TEST(GlobIndex, SaysWhetherATagBesideADigestWasNeeded) {
  const std::string image = "r.io/app:v1@" + kDigest;
  EXPECT_THAT(IndexOf({{"r.io/app:v1", 0}, {"r.io/app:v*", 0}, {"r.io/app", 1}}).Find(Names(image)),
              ElementsAre(GlobMatch{0, true, true}, GlobMatch{1, true, false}));
  EXPECT_THAT(IndexOf({{"r.io/app:v1", 0}, {"r.io/app@**", 0}}).Find(Names(image)),
              ElementsAre(GlobMatch{0, true, false}));
}

TEST(GlobIndex, OfManyTeamsFindsTheOne) {
  Numbered globs;
  for (size_t i = 0; i < 10'000; ++i) {
    globs.emplace_back(absl::StrCat("r.io/team-", i, i % 2 == 0 ? "/**" : "/app"), i);
  }
  const GlobIndex index = IndexOf(globs);
  EXPECT_THAT(Numbers(index, "r.io/team-77/app:1"), ElementsAre(77));
  EXPECT_THAT(Numbers(index, "r.io/team-78/a/b@" + kDigest), ElementsAre(78));
  EXPECT_THAT(Numbers(index, "r.io/team-10000/app"), IsEmpty());
}

// Every glob with every name.
std::vector<GlobMatch> FoundByLooking(const std::vector<std::pair<ImageGlob, size_t>>& globs,
                                      const std::vector<ImageName>& names) {
  std::vector<GlobMatch> found;
  for (const auto& [glob, number] : globs) {
    for (const ImageName& name : names) {
      if (!glob.Matches(name.text)) continue;
      if (found.empty() || found.back().number != number) found.push_back({number, false, true});
      found.back().covers |= glob.Covers(name.text);
      found.back().only_by_tag_beside_digest &= name.has_tag_beside_digest;
    }
  }
  return found;
}

// Made of few pieces, so that they often meet.
class RandomNames {
 public:
  std::string Image() {
    return absl::StrCat(Any({"", "", "a.io/", "A.io:443/", "b.a.io/", "docker.io/", "localhost/"}),
                        Path({"library", "nginx", "me", "a", "ab"}), Any({"", ":v1", ":latest"}),
                        Any({"", absl::StrCat("@", kDigest)}));
  }
  std::string Glob() {
    return absl::StrCat(
        Any({"", "", "**", "a.io/", "*/", "**.a.io/", "**a.io/", "b.**/", "docker.io/", "**/"}),
        Path({"library", "nginx", "me", "*", "**", "a*", "**b", "a", "ab"}),
        Any({"", "", "**", ":v1", ":*", "@**", ":v*@*5"}));
  }
  size_t Below(size_t bound) { return random_() % bound; }

 private:
  std::string Any(const std::vector<std::string>& words) { return words[Below(words.size())]; }
  std::string Path(const std::vector<std::string>& words) {
    std::string path = Any(words);
    for (size_t more = Below(3); more > 0; --more) absl::StrAppend(&path, "/", Any(words));
    return path;
  }
  std::mt19937 random_{31};
};

TEST(GlobIndex, FindsWhatLookingAtAllFinds) {
  RandomNames random;
  size_t matches = 0, uncovered = 0, claims = 0;
  for (int round = 0; round < 6; ++round) {
    Numbered globs;
    size_t number = 0;
    for (int i = 0; i < 60; ++i) globs.emplace_back(random.Glob(), number += random.Below(2));
    const GlobIndex index = IndexOf(globs);
    std::vector<std::pair<ImageGlob, size_t>> parsed;
    for (const auto& [glob, n] : globs) parsed.emplace_back(*ImageGlob::Parse(glob), n);
    for (int i = 0; i < 40; ++i) {
      const std::string image = random.Image();
      const std::vector<ImageName> names = Names(image);
      const std::vector<GlobMatch> found = index.Find(names);
      ASSERT_EQ(found, FoundByLooking(parsed, names)) << image << " in round " << round;
      for (const GlobMatch& match : found) {
        uncovered += !match.covers;
        claims += match.only_by_tag_beside_digest;
      }
      matches += found.size();
    }
  }
  EXPECT_GT(matches, 500u);
  EXPECT_GT(uncovered, 0u);
  EXPECT_GT(claims, 0u);
}

}  // namespace
}  // namespace countersign::policy
