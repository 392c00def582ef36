#include "policy/moving/name_language.h"

#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

constexpr auto kCanonical = NameGrammar::Kind::kCanonical;
constexpr auto kFull = NameGrammar::Kind::kFull;
constexpr auto kShort = NameGrammar::Kind::kShort;

NameLanguage LanguageOf(std::initializer_list<std::string_view> globs) {
  NameLanguage language;
  for (const std::string_view glob : globs) language.Add(glob);
  return language;
}

std::string Shortest(NameGrammar::Kind kind, std::initializer_list<std::string_view> in,
                     std::initializer_list<std::string_view> out = {}) {
  StepBudget steps(50'000'000);
  NameLanguage inside = LanguageOf(in);
  NameLanguage outside = LanguageOf(out);
  const std::optional<std::string> name =
      ShortestName(NameGrammar(kind), {&inside}, {&outside}, steps);
  EXPECT_FALSE(steps.IsExceeded());
  return name.value_or("none");
}

TEST(NameLanguage, FindsTheShortestName) {
  const std::string digest = "@sha256:" + std::string(64, 'a');
  EXPECT_EQ(Shortest(kCanonical, {"**"}), "a.a/a" + digest);
  EXPECT_EQ(Shortest(kCanonical, {"index.docker.io/**"}), "index.docker.io/a/a" + digest);
  EXPECT_EQ(Shortest(kFull, {"**"}), "a.a/a");
  EXPECT_EQ(Shortest(kShort, {"**"}), "a");
  EXPECT_EQ(Shortest(kShort, {"**"}, {"*"}), "a/a");
}

TEST(NameLanguage, SaysWhereThereIsNone) {
  EXPECT_EQ(Shortest(kCanonical, {"docker.io/**"}), "none");
  EXPECT_EQ(Shortest(kCanonical, {"localhost/**"}), "none");
  EXPECT_EQ(Shortest(kCanonical, {"ghcr.io/a:v1**"}), "none");
  EXPECT_EQ(Shortest(kCanonical, {"ghcr.io/a/**"}, {"ghcr.io/**"}), "none");
  EXPECT_EQ(Shortest(kFull, {"ghcr.io/A"}), "none");
}

TEST(NameLanguage, AStarStaysInItsComponentAndTwoDoNot) {
  EXPECT_EQ(Shortest(kFull, {"ghcr.io/**"}, {"ghcr.io/*"}), "ghcr.io/a/a");
  EXPECT_EQ(Shortest(kFull, {"ghcr.io/*"}, {"ghcr.io/**"}), "none");
  EXPECT_EQ(Shortest(kFull, {"**.io/**"}, {"*.io/**"}), "a.a/a.io/a");
}

TEST(NameLanguage, FindsWhereTwoOverlap) {
  StepBudget steps(50'000'000);
  NameLanguage one = LanguageOf({"ghcr.io/a**"});
  NameLanguage other = LanguageOf({"ghcr.io/**b"});
  EXPECT_EQ(ShortestName(NameGrammar(kFull), {&one, &other}, {}, steps), "ghcr.io/ab");
}

TEST(NameLanguage, TheCharactersOutsideAStarAreTheCallers) {
  StepBudget steps(50'000'000);
  NameLanguage glob = LanguageOf({"ghcr.io/a*x"});
  NameLanguage pattern;
  pattern.Add("ghcr.io/a*x", ":@");
  EXPECT_EQ(ShortestName(NameGrammar(kFull), {&glob}, {&pattern}, steps), "ghcr.io/a:x");
}

TEST(NameLanguage, GivesUpWhenTheBudgetIsExceeded) {
  StepBudget steps(100);
  NameLanguage all = LanguageOf({"**"});
  EXPECT_EQ(ShortestName(NameGrammar(kCanonical), {&all}, {}, steps), std::nullopt);
  EXPECT_TRUE(steps.IsExceeded());
}

}  // namespace
}  // namespace countersign::policy
