#include "policy/image_glob.h"

#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/image_names.h"

namespace countersign::policy {
namespace {

using ::countersign::base::IsOk;
using ::countersign::base::StatusIs;

ImageGlob Glob(std::string_view text) {
  const absl::StatusOr<ImageGlob> glob = ImageGlob::Parse(text);
  EXPECT_THAT(glob, IsOk()) << text;
  return *glob;
}

TEST(ImageGlob, OneStarTakesNoSlashTwoDo) {
  EXPECT_TRUE(Glob("r.io/*").Matches("r.io/a:1@sha256:b"));
  EXPECT_TRUE(Glob("r.io/*").Matches("r.io/"));
  EXPECT_FALSE(Glob("r.io/*").Matches("r.io/a/b"));
  EXPECT_TRUE(Glob("r.io/**").Matches("r.io/a/b"));
  EXPECT_TRUE(Glob("r.io/***").Matches("r.io/a/b"));
  EXPECT_TRUE(Glob("r.io/**/*").Matches("r.io/a/b"));
  EXPECT_FALSE(Glob("r.io/**/*").Matches("r.io/a"));
  EXPECT_TRUE(Glob("r.io/*a*b").Matches("r.io/xaxaxb"));
  EXPECT_FALSE(Glob("r.io/*a*b").Matches("r.io/xa/xb"));
  EXPECT_TRUE(Glob("**a*b").Matches("r.io/a/xaxb"));
  EXPECT_TRUE(Glob("a**b*c**d").Matches("a/xbxbx/bxcx/d"));
  EXPECT_FALSE(Glob("a**b*c**d").Matches("a/b/c/d"));
}

TEST(ImageGlob, TheWholeNameMustMatch) {
  EXPECT_FALSE(Glob("r.io/a").Matches("r.io/ab"));
  EXPECT_FALSE(Glob("r.io/a").Matches("xr.io/a"));
  EXPECT_FALSE(Glob("a*b").Matches("ab/"));
  EXPECT_FALSE(Glob("ab*ab").Matches("ab"));
  EXPECT_FALSE(Glob("ab*ba").Matches("aba"));
  EXPECT_TRUE(Glob("**").Matches(""));
}

TEST(ImageGlob, DotsColonsAndAtsAreOrdinary) {
  EXPECT_FALSE(Glob("ghcr.io/**").Matches("ghcrxio/foo"));
  EXPECT_TRUE(Glob("r.io/a*v1").Matches("r.io/a:v1"));
  EXPECT_TRUE(Glob("r.io/a*1").Matches("r.io/a@sha256:1"));
  EXPECT_TRUE(Glob("*:5000/**").Matches("r.io:5000/a"));
}

TEST(ImageGlob, OneStarAloneAndTwoWithASlashAreDockerHubs) {
  EXPECT_TRUE(Glob("*").Matches("index.docker.io/library/nginx:1"));
  EXPECT_FALSE(Glob("*").Matches("nginx"));
  EXPECT_FALSE(Glob("*").Matches("index.docker.io/me/app"));
  EXPECT_TRUE(Glob("*/*").Matches("index.docker.io/me/app"));
  EXPECT_FALSE(Glob("*/*").Matches("r.io/a"));
  EXPECT_EQ(Glob("*/*").text(), "*/*");
  EXPECT_TRUE(Glob("*/*/*").Matches("r.io/a/b"));
}

// D18.
TEST(ImageGlob, TwoStarsBeforeMoreOfTheHostSelectAndDoNotCover) {
  const ImageGlob glob = Glob("**.trusted.example/**");
  EXPECT_TRUE(glob.Matches("attacker.io/xx.trusted.example/org/app"));
  EXPECT_FALSE(glob.Covers("attacker.io/xx.trusted.example/org/app"));
  EXPECT_TRUE(glob.Covers("a.b.trusted.example/org/app"));
  EXPECT_FALSE(Glob("**:5000/**").Covers("evil.io/a:5000/b"));
  EXPECT_FALSE(Glob("***.x.io/a").Covers("evil.io/b.x.io/a"));
  EXPECT_FALSE(Glob("a**b**/c").Covers("a/b/c"));
  EXPECT_TRUE(Glob("a**b**/c").Covers("ab/x/c"));
}

TEST(ImageGlob, WhatPromisesNothingAboutTheHostCoversWhatItSelects) {
  for (const auto& [glob, name] : std::vector<std::pair<std::string, std::string>>{
           {"**", "r.io/a"},
           {"**demo**", "r.io/demo/x"},
           {"ghc**", "ghcr.io/a"},
           {"**/app", "r.io/x/app"},
           {"r.io/**app", "r.io/x/app"},
           {"r.io/**/x.trusted.io/**", "r.io/y/x.trusted.io/a"}}) {
    EXPECT_TRUE(Glob(glob).Matches(name)) << glob;
    EXPECT_TRUE(Glob(glob).Covers(name)) << glob;
  }
}

TEST(ImageGlob, RefusesInTheWordsOfThePolicyController) {
  const std::string syntax = "glob is invalid: syntax error in pattern";
  const struct {
    std::string glob;
    std::string message;
  } kCases[] = {
      {"[", syntax},
      {"a[]b]", syntax},
      {"[-a]", syntax},
      {"[a-]", syntax},
      {"[a", syntax},
      {"[^]", syntax},
      {"[a\\", syntax},
      {"[\xff]", syntax},
      {"a\\", syntax},
      {"**[", syntax},
      {"*$[", syntax},
      {"$FOO*", "glob is invalid: invalid glob \"$FOO*\""},
      {"[a-z]*", "glob is invalid: invalid glob \"[a-z]*\""},
      {"[^a\\]-b*]x", "glob is invalid: invalid glob \"[^a\\\\]-b*]x\""},
      {"a\\*", "glob is invalid: invalid glob \"a\\\\*\""},
      {".+", "glob is invalid: invalid glob \".+\""},
      {"", "glob is invalid: invalid glob \"\""},
      {"a b", "glob is invalid: invalid glob \"a b\""},
      {"a\nb", "glob is invalid: invalid glob \"a\\nb\""},
      {"r\xc3\xa9g", "glob is invalid: invalid glob \"r\xc3\xa9g\""},
      {"[::1]/a", "glob is invalid: invalid glob \"[::1]/a\""},
      {"a]", "glob is invalid: invalid glob \"a]\""},
      {std::string(4097, 'a'), "glob is invalid: it is longer than 4096 bytes"},
  };
  for (const auto& [glob, message] : kCases) {
    EXPECT_THAT(ImageGlob::Parse(glob), StatusIs(absl::StatusCode::kInvalidArgument, message))
        << glob;
  }
}

TEST(ImageGlob, TakesEveryCharacterOfNames) {
  EXPECT_THAT(ImageGlob::Parse("Az09-_:/.@*"), IsOk());
  EXPECT_THAT(ImageGlob::Parse(std::string(4096, '*')), IsOk());
}

TEST(ImageGlob, HasThePrefixAndSuffixOfAllThatItMatches) {
  EXPECT_EQ(Glob("r.io/a").prefix(), "r.io/a");
  EXPECT_EQ(Glob("r.io/a").suffix(), "r.io/a");
  EXPECT_FALSE(Glob("r.io/a").HasStars());
  EXPECT_EQ(Glob("r.io/*a**:v1").prefix(), "r.io/");
  EXPECT_EQ(Glob("r.io/*a**:v1").suffix(), ":v1");
  EXPECT_EQ(Glob("**").prefix(), "");
  EXPECT_EQ(Glob("**").suffix(), "");
  EXPECT_EQ(Glob("*").prefix(), "index.docker.io/library/");
}

// The language by its definition, every way tried after the other: right, and slow.
bool MatchesBySearch(std::string_view glob, std::string_view name) {
  if (glob.empty()) return name.empty();
  if (glob[0] != '*') {
    return !name.empty() && name[0] == glob[0] && MatchesBySearch(glob.substr(1), name.substr(1));
  }
  const bool takes_slashes = glob.substr(0, 2) == "**";
  const std::string_view rest = glob.substr(takes_slashes ? 2 : 1);
  for (size_t taken = 0; taken <= name.size(); ++taken) {
    if (MatchesBySearch(rest, name.substr(taken))) return true;
    if (taken < name.size() && name[taken] == '/' && !takes_slashes) return false;
  }
  return false;
}

// The glob with the `**` that D18 is about as `*`.
std::string Anchored(std::string_view glob) {
  const size_t slash = glob.find('/');
  std::string anchored;
  for (size_t i = 0; i < glob.size(); ++i) {
    const size_t after_stars = glob.find_first_not_of('*', i);
    const bool is_in_host = slash != std::string_view::npos && after_stars < slash;
    if (glob[i] == '*' && is_in_host && !anchored.empty() && anchored.back() == '*') continue;
    anchored += glob[i];
  }
  return anchored;
}

TEST(ImageGlob, AgreesWithTheDefinitionOnRandomTexts) {
  std::mt19937 random(7);
  size_t matches = 0, uncovered = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string glob, name;
    for (size_t n = 1 + random() % 9; n > 0; --n) glob += "a/*b***/"[random() % 8];
    for (size_t n = random() % 9; n > 0; --n) name += "ab/"[random() % 3];
    if (glob == "*" || glob == "*/*") continue;
    const ImageGlob parsed = Glob(glob);
    const bool expected = MatchesBySearch(glob, name);
    ASSERT_EQ(parsed.Matches(name), expected) << glob << " " << name;
    ASSERT_EQ(parsed.Covers(name), MatchesBySearch(Anchored(glob), name)) << glob << " " << name;
    matches += expected;
    uncovered += expected && !parsed.Covers(name);
  }
  EXPECT_GT(matches, 2'000u);
  EXPECT_GT(uncovered, 20u);
}

// What it is for any digest, or "" if it is for every one or for none.
std::string ForEveryDigest(std::string_view glob) {
  const std::optional<ImageGlob> wide = Glob(glob).ForEveryDigest();
  return wide.has_value() ? wide->text() : "";
}

TEST(ImageGlob, SaysWhatItIsForWhicheverTheDigest) {
  const std::string digest = absl::StrCat("sha256:", std::string(64, 'a'));
  EXPECT_EQ(ForEveryDigest(absl::StrCat("r.io/app@", digest)), "r.io/app@**");
  EXPECT_EQ(ForEveryDigest(absl::StrCat("r.io/**@", digest)), "r.io/**@**");
  EXPECT_EQ(ForEveryDigest("r.io/app@sha256:*"), "r.io/app@**");
  EXPECT_EQ(ForEveryDigest("r.io/app@*beef"), "r.io/app@**");
  // A star may begin the digest.
  EXPECT_EQ(ForEveryDigest("r.io/app*beef"), "r.io/app**");
  EXPECT_EQ(ForEveryDigest("r.io/app*sha256:*beef"), "r.io/app**");
  EXPECT_EQ(ForEveryDigest("**/*a*b"), "**/**");
  EXPECT_EQ(ForEveryDigest("*/*beef"), "*/**");
  EXPECT_EQ(ForEveryDigest("*beef"), "**");
  // These are the same for all.
  for (const std::string_view glob :
       {"r.io/app@*", "r.io/app@**", "r.io/**", "**", "r.io/app:*", "r.io/app", "r.io/*/app",
        "r.io/*-prod", "r.io/beef", "r.io/app:12"}) {
    EXPECT_EQ(ForEveryDigest(glob), "") << glob;
  }
}

// With a name that it matches with a digest it is for every digest, or its wide form matches it.
TEST(ImageGlob, AGlobForSomeDigestsIsKnownWhateverTheStars) {
  constexpr std::string_view kPieces[] = {"*", "**", "a", "b", "/", ":1", "@", "sha256:", "5"};
  const std::string digest =
      std::string(kUnknownDigest).substr(0, 7) + std::string(60, '0') + "a5b5";
  std::mt19937 random(11);
  size_t of_some = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string text = random() % 4 == 0 ? "r.io/" : "";
    for (size_t n = 1 + random() % 7; n > 0; --n) text += kPieces[random() % std::size(kPieces)];
    const absl::StatusOr<ImageGlob> glob = ImageGlob::Parse(text);
    if (!glob.ok()) continue;
    for (const std::string_view name :
         {"r.io/a", "r.io/a/b", "r.io/ab/a:1", "a/b", "b", "r.io/ab:1", "a5/b:1"}) {
      if (!glob->Matches(absl::StrCat(name, "@", digest))) continue;
      const std::string unknown = absl::StrCat(name, "@", kUnknownDigest);
      if (glob->Matches(unknown)) continue;
      ++of_some;
      const std::optional<ImageGlob> wide = glob->ForEveryDigest();
      ASSERT_TRUE(wide.has_value() && wide->Matches(unknown)) << text << " " << name;
    }
  }
  EXPECT_GT(of_some, 500u);
}

// One that tried every way to match would not come to its end.
TEST(ImageGlob, ManyStarsDoNotTakeForEver) {
  for (const std::string_view piece : {"*a", "**a", "*a**a", "**a*a"}) {
    std::string glob;
    while (glob.size() + piece.size() < 900) glob += piece;
    EXPECT_FALSE(Glob(absl::StrCat(glob, "b*")).Matches(std::string(1000, 'a')));
  }
}

}  // namespace
}  // namespace countersign::policy
