#include "verifier/object_source.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using testing::HasSubstr;
using testing::StartsWith;

TEST(ObjectSource, OneMustBeNamed) {
  EXPECT_FALSE(ObjectSource().IsNamed());
  EXPECT_THAT(OpenObjectSource({}, {}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       testing::AllOf(HasSubstr("--kubernetes"), HasSubstr("--kubeconfig FILE"),
                                      HasSubstr("--objects DIR"))));
}

TEST(ObjectSource, TwoAreRefused) {
  ObjectSource directory_and_cluster{.directory = "testdata/cluster"};
  directory_and_cluster.cluster.in_cluster = true;
  ObjectSource directory_and_kubeconfig{.directory = "testdata/cluster"};
  directory_and_kubeconfig.cluster.kubeconfig = "/no/such/file";
  ObjectSource two_clusters;
  two_clusters.cluster.in_cluster = true;
  two_clusters.cluster.kubeconfig = "/no/such/file";
  for (const ObjectSource& source :
       {directory_and_cluster, directory_and_kubeconfig, two_clusters}) {
    EXPECT_TRUE(source.IsNamed());
    EXPECT_THAT(OpenObjectSource(source, {}), StatusIs(absl::StatusCode::kInvalidArgument,
                                                       HasSubstr("give one of them, not several")));
  }
}

TEST(ObjectSource, ADirectoryHasNoObjectStore) {
  const absl::StatusOr<kube::ClusterConnection> source =
      OpenObjectSource({.directory = "testdata/cluster"}, {});
  ASSERT_THAT(source, IsOk());
  EXPECT_NE(source->secrets, nullptr);
  EXPECT_NE(source->feed, nullptr);
  EXPECT_EQ(source->store, nullptr);
  EXPECT_THAT(OpenObjectSource({.directory = "/no/such/directory"}, {}),
              StatusIs(absl::StatusCode::kNotFound, StartsWith("--objects: ")));
}

TEST(ObjectSource, ErrorsNameTheFlag) {
  ObjectSource source;
  source.cluster.kubeconfig = "/no/such/file";
  const absl::Status error = OpenObjectSource(source, {}).status();
  EXPECT_FALSE(error.ok());
  EXPECT_THAT(std::string(error.message()), StartsWith("--kubeconfig: "));
}

}  // namespace
}  // namespace countersign::verifier
