#include "verifier/trust_flags.h"

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/time/time.h"
#include "base/flag_error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using testing::HasSubstr;

TrustKeeper::Options Parse(const std::string& line) {
  TrustKeeper::Options options;
  CLI::App app;
  AddTrustFlags(&app, &options);
  app.parse(line);
  return options;
}

TEST(TrustFlags, EachReachesItsOption) {
  EXPECT_EQ(Parse("--trusted-root r.json").file, "r.json");
  const TrustKeeper::Options options = Parse(
      "--trusted-root-state d --trusted-root-mirror https://m --trusted-root-tuf-root t.json "
      "--trusted-root-grace-days 2");
  EXPECT_EQ(options.source.state, "d");
  EXPECT_EQ(options.source.mirror, "https://m");
  EXPECT_EQ(options.source.root, "t.json");
  EXPECT_EQ(options.grace, absl::Hours(48));
}

TEST(TrustFlags, WithoutThemNothingIsFollowed) {
  const TrustKeeper::Options options = Parse("");
  EXPECT_EQ(options.file, "");
  EXPECT_EQ(options.source.state, "");
  EXPECT_EQ(options.source.mirror, "https://tuf-repo-cdn.sigstore.dev");
  EXPECT_FALSE(options.grace.has_value());
}

// As of a variable that is not set: the shipped root must not hold instead of the one that was meant.
TEST(TrustFlags, AreNotEmpty) {
  for (const char* flag : {"--trusted-root", "--trusted-root-state", "--trusted-root-mirror",
                           "--trusted-root-tuf-root"}) {
    TrustKeeper::Options options;
    CLI::App app;
    AddTrustFlags(&app, &options);
    // As CLI11 wants them: the last first.
    EXPECT_THAT(base::FlagError([&] {
                  app.parse(std::vector<std::string>{"", flag});
                }),
                HasSubstr(flag));
  }
}

TEST(TrustFlags, DaysThatCannotBeAreRefusedWithTheNameOfTheFlag) {
  for (const char* days : {"-1", "36501", "1.5", "many"}) {
    EXPECT_THAT(base::FlagError([&] { Parse(std::string("--trusted-root-grace-days=") + days); }),
                HasSubstr("--trusted-root-grace-days"));
  }
}

}  // namespace
}  // namespace countersign::verifier
