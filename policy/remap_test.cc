#include "policy/remap.h"

#include <string>
#include <string_view>
#include <vector>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::StatusIs;
using ::testing::HasSubstr;

std::string Apply(std::string_view from, std::string_view to, std::string_view image) {
  const absl::StatusOr<Remap> remap = Remap::Parse(from, to);
  EXPECT_THAT(remap, base::IsOk());
  if (!remap.ok()) return "";
  const auto found = remap->Apply(oci::ImageReference::Parse(image)->repository());
  return found.has_value() ? found->ToString() : "none";
}

TEST(Remap, ARepositoryHasAnotherName) {
  EXPECT_EQ(Apply("mirror.example.org/app", "ghcr.io/org/app", "mirror.example.org/app:v1"),
            "ghcr.io/org/app");
  EXPECT_EQ(Apply("mirror.example.org/app", "ghcr.io/org/app", "mirror.example.org/app/x"), "none");
  EXPECT_EQ(Apply("mirror.example.org/app", "ghcr.io/org/app", "example.org/app"), "none");
}

TEST(Remap, WhatFollowsAPrefixFollowsTheOther) {
  const auto apply = [](std::string_view image) {
    return Apply("mirror.example.org/ghcr/*", "ghcr.io/*", image);
  };
  EXPECT_EQ(apply("mirror.example.org/ghcr/org/app@sha256:"
                  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            "ghcr.io/org/app");
  EXPECT_EQ(apply("mirror.example.org/ghcrx/app"), "none");
  EXPECT_EQ(apply("mirror.example.org/ghcr"), "none");
  EXPECT_EQ(Apply("mirror.example.org/*", "ghcr.io/org/*", "mirror.example.org/a/b"),
            "ghcr.io/org/a/b");
}

TEST(Remap, WhatIsNoRepositoryIsRefused) {
  EXPECT_THAT(Remap::Parse("mirror.example.org/*", "ghcr.io/app"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("both end in /*")));
  for (const std::string_view bad : {"mirror.example.org/app:v1", "app", "mirror.example.org/A", "",
                                     "mirror.example.org/a*", "https://mirror.example.org/app"}) {
    EXPECT_THAT(Remap::Parse(bad, "ghcr.io/app"), StatusIs(absl::StatusCode::kInvalidArgument))
        << bad;
  }
}

TEST(RemappedTo, TheFirstThatSaysSomethingCounts) {
  const std::vector<Remap> remaps = {Remap::Parse("m.example/a", "ghcr.io/first").value(),
                                     Remap::Parse("m.example/*", "ghcr.io/*").value()};
  EXPECT_EQ(RemappedTo(remaps, {.registry = "m.example", .path = "a"})->ToString(),
            "ghcr.io/first");
  EXPECT_EQ(RemappedTo(remaps, {.registry = "m.example", .path = "b"})->ToString(), "ghcr.io/b");
  EXPECT_EQ(RemappedTo(remaps, {.registry = "other.example", .path = "b"}), std::nullopt);
}

}  // namespace
}  // namespace countersign::policy
