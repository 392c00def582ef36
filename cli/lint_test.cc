#include "cli/lint.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "cli/test_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using ::testing::HasSubstr;

std::string Policy(std::string_view name, std::string_view glob) {
  return absl::StrCat(
      "apiVersion: policy.sigstore.dev/v1beta1\n"
      "kind: ClusterImagePolicy\n"
      "metadata: {name: ",
      name,
      "}\n"
      "spec:\n"
      "  images: [{glob: \"",
      glob,
      "\"}]\n"
      "  authorities: [{static: {action: pass}}]\n");
}

class LintTest : public testing::Test {
 protected:
  LintTest() { std::filesystem::create_directories(directory_); }
  ~LintTest() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& name, std::string_view text) const {
    const std::string path = absl::StrCat(directory_, "/", name);
    std::ofstream(path) << text;
    return path;
  }
  static Answer Lint(std::vector<std::string> arguments) {
    return RunCommand(AddLintCommand, "lint", std::move(arguments));
  }

  const std::string directory_ = absl::StrCat(testing::TempDir(), "/lint_test");
};

TEST_F(LintTest, OfWhatIsCleanSaysSo) {
  const Answer answer = Lint({Write("a.yaml", Policy("a", "r.io/shop/**"))});
  EXPECT_EQ(answer.exit_code, 0) << answer.output << answer.errors;
  EXPECT_THAT(answer.output,
              HasSubstr("1 objects, 0 refused, 0 findings that refuse, 0 warnings\n"));
}

TEST_F(LintTest, TakesAPolicyWhoseNameAnApiServerMakes) {
  std::string policy = Policy("a", "r.io/shop/**");
  policy.replace(policy.find("{name: a}"), 9, "{generateName: a-}");
  const Answer answer = Lint({Write("a.yaml", policy), "--strict"});
  EXPECT_EQ(answer.exit_code, 0) << answer.output << answer.errors;
}

TEST_F(LintTest, WarningsCountOnlyWithStrict) {
  const std::string file = Write(
      "a.yaml", absl::StrCat(Policy("a", "r.io/shop/**"), "---\n", Policy("b", "r.io/shop/**")));
  const Answer answer = Lint({file});
  EXPECT_EQ(answer.exit_code, 0) << answer.output;
  EXPECT_THAT(
      answer.output,
      HasSubstr(absl::StrCat(file, ":12: warning: ClusterImagePolicy b: /spec/images/0/glob: ")));
  EXPECT_EQ(Lint({file, "--strict"}).exit_code, 1);
}

TEST_F(LintTest, WhatIsRefusedCountsAlways) {
  const Answer answer = Lint({Write("a.yaml", Policy("a", "r.io/[")), "-o", "json"});
  EXPECT_EQ(answer.exit_code, 1);
  const base::Json report = base::ParseJson(answer.output).value();
  EXPECT_EQ(report["objects"], 1);
  EXPECT_EQ(report["refused"], 1);
  EXPECT_EQ(report["findings"][0]["severity"], "refused");
  EXPECT_EQ(report["findings"][0]["line"], 5);
}

TEST_F(LintTest, AFaultOfParsingHasItsLine) {
  const std::string file = Write("a.yaml", "a: 1\na: 2\n");
  const base::Json report = base::ParseJson(Lint({file, "-o", "json"}).output).value();
  EXPECT_EQ(report["objects"], 0);
  EXPECT_EQ(report["refused"], 0);
  EXPECT_EQ(report["findings"][0]["line"], 2);
  EXPECT_THAT(Lint({file}).output, HasSubstr(absl::StrCat(file, ":2: refused: a second key")));
}

TEST_F(LintTest, ReadsADirectory) {
  Write("a.yaml", Policy("a", "r.io/a/**"));
  Write("b.yaml", Policy("a", "r.io/b/**"));
  const Answer answer = Lint({directory_});
  EXPECT_EQ(answer.exit_code, 1);
  EXPECT_THAT(answer.output, HasSubstr("an object of this kind and name is at"));
}

TEST_F(LintTest, SaysWhyItCannotReadADirectory) {
  for (int i = 0; i <= 1000; ++i) Write(absl::StrCat(i, ".yaml"), "");
  const Answer answer = Lint({directory_});
  EXPECT_EQ(answer.exit_code, 2);
  EXPECT_EQ(answer.errors, absl::StrCat("countersign: ", directory_,
                                        ": more than 1000 files of Kubernetes objects\n"));
}

TEST_F(LintTest, SaysWhatItCannotRead) {
  EXPECT_EQ(Lint({directory_ + "/none.yaml"}).exit_code, 2);
  const Answer empty = Lint({Write("a.yaml", "apiVersion: v1\nkind: Pod\n")});
  EXPECT_EQ(empty.exit_code, 2);
  EXPECT_THAT(empty.errors, HasSubstr("no ClusterImagePolicy"));
  EXPECT_EQ(Lint({Write("a.yaml", "a: [\n")}).exit_code, 1);
}

}  // namespace
}  // namespace countersign::cli
