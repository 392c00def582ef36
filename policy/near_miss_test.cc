#include "policy/near_miss.h"

#include "absl/algorithm/container.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/image_glob.h"
#include "policy/image_names.h"

namespace countersign::policy {
namespace {

using ::testing::HasSubstr;

constexpr char kDigest[] =
    "@sha256:0000000000000000000000000000000000000000000000000000000000000001";
constexpr char kOther[] =
    "@sha256:0000000000000000000000000000000000000000000000000000000000000002";

bool Matches(const std::string& text, const oci::ImageReference& image) {
  const absl::StatusOr<ImageGlob> glob = ImageGlob::Parse(text);
  return glob.ok() && absl::c_any_of(NamesOf(image), [&glob](const ImageName& name) {
           return glob->Matches(name.text);
         });
}

std::optional<NearMiss> Find(std::string_view glob, std::string_view name) {
  const oci::ImageReference image = oci::ImageReference::Parse(name).value();
  EXPECT_FALSE(Matches(std::string(glob), image));
  return FindNearMiss(glob, image, "/**",
                      [&image](const std::string& text) { return Matches(text, image); });
}

void ExpectNear(std::string_view glob, std::string_view name, std::string_view why,
                std::string_view would_match) {
  SCOPED_TRACE(glob);
  const std::optional<NearMiss> found = Find(glob, name);
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(found->why, HasSubstr(std::string(why)));
  EXPECT_EQ(found->would_match, would_match);
}

TEST(NearMiss, OfOneStarIsOneComponentMore) {
  ExpectNear("r.io/*", "r.io/shop/web", "a single *", "r.io/**");
  ExpectNear("r.io/*/web*", "r.io/shop/eu/web:1", "a single *", "r.io/**/web**");
}

TEST(NearMiss, OfARepositoryIsWhatLiesBelowIt) {
  ExpectNear("r.io/shop", "r.io/shop/web", "alone", "r.io/shop/**");
  ExpectNear("r.io/shop/", "r.io/shop/web", "alone", "r.io/shop/**");
}

TEST(NearMiss, OfWhatLiesBelowARepositoryIsTheRepository) {
  ExpectNear("r.io/shop/**", "r.io/shop", "in it", "r.io/shop");
}

TEST(NearMiss, IsAnotherTagOrNone) {
  ExpectNear("r.io/web:1.2", "r.io/web:1.3", "the tag \"1.2\", and the image's is \"1.3\"",
             "r.io/web");
  ExpectNear("r.io/web:1.2", std::string("r.io/web") + kDigest, "named by digest alone",
             "r.io/web");
}

TEST(NearMiss, IsAnotherDigestOrNone) {
  ExpectNear(std::string("r.io/web") + kOther, std::string("r.io/web") + kDigest, "another digest",
             "r.io/web");
  ExpectNear("r.io/web@*", "r.io/web:1", "named by digest", "r.io/web");
}

TEST(NearMiss, IsInUpperCase) {
  ExpectNear("R.io/Shop/**", "r.io/shop/web", "upper-case", "r.io/shop/**");
}

TEST(NearMiss, HasAScheme) {
  ExpectNear("https://r.io/**", "r.io/shop/web", "no https://", "r.io/**");
}

TEST(NearMiss, NamesNoRegistry) {
  ExpectNear("shop/web", "registry.example.org/shop/web", "no registry",
             "registry.example.org/shop/web");
}

TEST(NearMiss, SpellsTheRegistryNearlySo) {
  ExpectNear("registry.example.org/**", "registry.example.org:5000/web",
             "registry.example.org:5000", "registry.example.org:5000/**");
  ExpectNear("registy.example.org/**", "registry.example.org/web", "\"registy.example.org\"",
             "registry.example.org/**");
  ExpectNear("example.org/**", "registry.example.org/web", "\"example.org\"",
             "registry.example.org/**");
}

TEST(NearMiss, IsNotWhatDiffersInMore) {
  EXPECT_FALSE(Find("r.io/*", "other.example/shop/web").has_value());
  EXPECT_FALSE(Find("r.io/shop/**", "r.io/office/web").has_value());
  // Two things are otherwise.
  EXPECT_FALSE(Find("r.io/Shop/*", "r.io/shop/eu/web").has_value());
  // Short names of hosts are near to too many.
  EXPECT_FALSE(Find("a.io/web", "r.io/web").has_value());
}

TEST(NearMiss, IsNotLookedForInLongOnes) {
  const std::string path(kMaxNearMissBytes, 'a');
  EXPECT_FALSE(Find("https://r.io/**" + path, "r.io/web").has_value());
  EXPECT_FALSE(Find(std::string(kMaxNearMissBytes, '*') + "/x", "r.io/web").has_value());
}

}  // namespace
}  // namespace countersign::policy
