#include "policy/object_match.h"

#include <memory>
#include <utility>
#include <variant>

#include "gtest/gtest.h"
#include "policy/label_selector.h"

namespace countersign::policy {
namespace {

const ObjectDescription kDeployment = {.api_group = "apps",
                                       .api_version = "v1",
                                       .resource = "deployments",
                                       .labels = {{"tier", "prod"}}};

std::shared_ptr<const LabelSelector> Selector(std::string value) {
  return std::make_shared<const LabelSelector>(std::get<LabelSelector>(
      LabelSelector::Compile({.match_labels = {{"tier", std::move(value)}}}, "")));
}

TEST(ObjectMatch, AsksForGroupVersionAndResource) {
  const ObjectMatch match = {.api_group = "apps", .api_version = "v1", .resource = "deployments"};
  EXPECT_TRUE(match.Matches(kDeployment));
  for (const ObjectDescription& other :
       {ObjectDescription{.api_group = "", .api_version = "v1", .resource = "deployments"},
        ObjectDescription{.api_group = "apps", .api_version = "v2", .resource = "deployments"},
        ObjectDescription{.api_group = "apps", .api_version = "v1", .resource = "pods"}}) {
    EXPECT_FALSE(match.Matches(other)) << other.api_group << other.api_version << other.resource;
  }
}

TEST(ObjectMatch, VersionAndResourceMayBeAny) {
  for (const char* version : {"", "*"}) {
    EXPECT_TRUE((ObjectMatch{.api_group = "apps", .api_version = version}.Matches(kDeployment)));
  }
  EXPECT_FALSE((ObjectMatch{.api_version = "*"}.Matches(kDeployment)));
}

TEST(ObjectMatch, OfEveryObjectAsksForNothingButLabels) {
  EXPECT_TRUE((ObjectMatch{.is_any = true}.Matches(kDeployment)));
  EXPECT_TRUE((ObjectMatch{.selector = Selector("prod"), .is_any = true}.Matches(kDeployment)));
  EXPECT_FALSE((ObjectMatch{.selector = Selector("test"), .is_any = true}.Matches(kDeployment)));
}

}  // namespace
}  // namespace countersign::policy
