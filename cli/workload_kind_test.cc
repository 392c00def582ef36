#include "cli/workload_kind.h"

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::StatusIs;
using ::testing::HasSubstr;

void ExpectKind(std::string_view text, std::string_view group, std::string_view version,
                std::string_view resource) {
  SCOPED_TRACE(text);
  const absl::StatusOr<policy::ObjectDescription> object = ReadWorkloadKind(text);
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(object->api_group, group);
  EXPECT_EQ(object->api_version, version);
  EXPECT_EQ(object->resource, resource);
}

TEST(WorkloadKind, IsOneOfKubernetesInAnySpelling) {
  ExpectKind("Deployment", "apps", "v1", "deployments");
  ExpectKind("deployments", "apps", "v1", "deployments");
  ExpectKind("cronjob", "batch", "v1", "cronjobs");
  ExpectKind("Pod", "", "v1", "pods");
}

TEST(WorkloadKind, IsAnyOtherWithItsGroupAndVersion) {
  ExpectKind("Rollout.argoproj.io/v1alpha1", "argoproj.io", "v1alpha1", "rollouts");
}

TEST(WorkloadKind, IsNothingElse) {
  for (const char* const wrong : {"", "Rollout", "Rollout.argoproj.io", "Rollout.argoproj.io/",
                                  ".argoproj.io/v1", "Rollout./v1", "v1/Rollout.x"}) {
    EXPECT_THAT(ReadWorkloadKind(wrong),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--kind")))
        << wrong;
  }
}

}  // namespace
}  // namespace countersign::cli
