// What the command answers by manifests in a directory. No network is asked.

#include "cli/explain.h"

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
using ::testing::StartsWith;

constexpr char kPolicy[] = R"(
apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: shop}
spec:
  images: [{glob: "registry.example.org/shop/*"}]
  match: [{group: apps, version: v1, resource: deployments}]
  authorities:
    - static: {action: pass}
---
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {policy.sigstore.dev/include: "true"}
)";

class ExplainTest : public testing::Test {
 protected:
  ExplainTest() {
    std::filesystem::create_directories(directory_);
    std::ofstream(directory_ + "/policy.yaml") << kPolicy;
  }
  ~ExplainTest() override { std::filesystem::remove_all(directory_); }

  Answer Explain(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--objects", directory_, "--namespace", "shop"});
    return RunCommand(AddExplainCommand, "explain", std::move(arguments));
  }

  const std::string directory_ = absl::StrCat(testing::TempDir(), "/explain_test");
};

TEST_F(ExplainTest, SaysWhatSelectsAnImage) {
  const Answer answer = Explain({"registry.example.org/shop/web:1"});
  EXPECT_EQ(answer.exit_code, 0) << answer.errors;
  EXPECT_THAT(answer.output, StartsWith("registry.example.org/shop/web:1  in namespace shop\n"
                                        "allowed, whatever its evidence\n"));
  EXPECT_THAT(answer.output, HasSubstr("policy \"shop\" (policy.sigstore.dev)"));
}

TEST_F(ExplainTest, SaysThatAPolicyIsForAnotherKind) {
  const Answer answer = Explain({"registry.example.org/shop/web:1", "--kind", "Job"});
  EXPECT_EQ(answer.exit_code, 0);
  EXPECT_THAT(answer.output, HasSubstr("DENIED"));
  EXPECT_THAT(answer.output, HasSubstr("it is for deployments.apps/v1 (spec.match), and not for "
                                       "jobs.batch/v1"));
}

TEST_F(ExplainTest, AnswersInJson) {
  const Answer answer =
      Explain({"registry.example.org/shop/eu/web:1", "--kind", "Deployment", "-o", "json"});
  EXPECT_EQ(answer.exit_code, 0);
  const base::Json report = base::ParseJson(answer.output).value();
  EXPECT_EQ(report["prospect"], "denied");
  EXPECT_EQ(report["near"][0]["wouldMatch"], "registry.example.org/shop/**");
}

TEST_F(ExplainTest, RefusesWhatItCannotRead) {
  EXPECT_THAT(Explain({"no image"}).errors, HasSubstr("no image"));
  EXPECT_THAT(Explain({"web", "--kind", "Rollout"}).errors, HasSubstr("--kind"));
  EXPECT_THAT(Explain({"web", "--label", "a=b"}).errors, HasSubstr("--kind"));
  EXPECT_THAT(Explain({"web", "--kind", "Pod", "--label", "a"}).errors, HasSubstr("NAME=VALUE"));
  EXPECT_THAT(Explain({"web", "--at", "noon"}).errors, HasSubstr("--at"));
  EXPECT_EQ(Explain({"web", "--at", "noon"}).exit_code, 2);
  EXPECT_THAT(RunCommand(AddExplainCommand, "explain", {"web"}).errors, HasSubstr("--objects DIR"));
}

}  // namespace
}  // namespace countersign::cli
