#include "policy/docker_hub_path.h"

#include <optional>
#include <string>

#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

TEST(DockerHubPath, LibraryIsLeftOutOnlyBeforeASingleComponent) {
  EXPECT_EQ(WithoutLibrary("library/nginx"), "nginx");
  EXPECT_EQ(WithoutLibrary("library/a/b"), std::nullopt);
  EXPECT_EQ(WithoutLibrary("libraryx/nginx"), std::nullopt);
  EXPECT_EQ(WithoutLibrary("me/app"), std::nullopt);
  EXPECT_EQ(WithoutLibrary("nginx"), std::nullopt);
}

TEST(DockerHubPath, AShortNameMeansTheImageThatItIsReadAs) {
  EXPECT_TRUE(MeansOnDockerHub("nginx", "library/nginx"));
  EXPECT_TRUE(MeansOnDockerHub("library/nginx", "library/nginx"));
  EXPECT_TRUE(MeansOnDockerHub("me/app", "me/app"));
  EXPECT_FALSE(MeansOnDockerHub("nginx", "nginx"));
  EXPECT_FALSE(MeansOnDockerHub("registry.corp/img", "registry.corp/img"));
  EXPECT_FALSE(MeansOnDockerHub("localhost/img", "localhost/img"));
  // The ID of an image is no name.
  const std::string id(64, 'a');
  EXPECT_FALSE(MeansOnDockerHub(id, "library/" + id));
}

TEST(DockerHubPath, OnlyABareLocalhostIsReadAsDockerHubsToo) {
  EXPECT_EQ(LocalhostOnDockerHub({"localhost", "a/b"}), "localhost/a/b");
  EXPECT_EQ(LocalhostOnDockerHub({"localhost:5000", "a"}), std::nullopt);
  EXPECT_EQ(LocalhostOnDockerHub({"index.docker.io", "localhost/a"}), std::nullopt);
}

}  // namespace
}  // namespace countersign::policy
