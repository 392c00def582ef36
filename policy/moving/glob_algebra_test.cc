#include "policy/moving/glob_algebra.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

constexpr auto kFull = NameGrammar::Kind::kFull;
constexpr auto kCanonical = NameGrammar::Kind::kCanonical;

TEST(GlobAlgebra, NamesAnImageOfBoth) {
  StepBudget steps(10'000'000);
  EXPECT_EQ(FindNameInBoth(kFull, {"ghcr.io/**"}, {"quay.io/x", "*.io/a*"}, steps).value(),
            "ghcr.io/a");
  EXPECT_EQ(FindNameInBoth(kFull, {"ghcr.io/**"}, {"quay.io/**"}, steps).value(), std::nullopt);
}

TEST(GlobAlgebra, SaysWhatIsInsideOfWhat) {
  StepBudget steps(10'000'000);
  EXPECT_EQ(FindNameOutside(kFull, {"ghcr.io/a/**"}, {"ghcr.io/**"}, steps).value(), std::nullopt);
  EXPECT_EQ(FindNameOutside(kFull, {"ghcr.io/**"}, {"ghcr.io/a**", "ghcr.io/b**"}, steps).value(),
            "ghcr.io/c");
  EXPECT_EQ(FindNameOutside(kFull, {}, {"ghcr.io/**"}, steps).value(), std::nullopt);
}

TEST(GlobAlgebra, TheShortFormsAreDockerHubs) {
  StepBudget steps(10'000'000);
  EXPECT_EQ(FindNameOutside(kCanonical, {"*"}, {"index.docker.io/library/**"}, steps).value(),
            std::nullopt);
  EXPECT_EQ(FindNameInBoth(kCanonical, {"*"}, {"ghcr.io/**"}, steps).value(), std::nullopt);
  EXPECT_EQ(FindNameOutside(kCanonical, {"index.docker.io/*/*"}, {"*/*"}, steps).value(),
            std::nullopt);
}

TEST(GlobAlgebra, SaysWhatIsTooComplex) {
  StepBudget steps(50);
  EXPECT_EQ(FindNameInBoth(kFull, {"**a**b**"}, {"**b**a**"}, steps).status().code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace countersign::policy
