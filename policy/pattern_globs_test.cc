#include "policy/pattern_globs.h"

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/image_glob.h"
#include "policy/image_names.h"
#include "policy/name_pattern_fixture.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kDigest = "sha256:" + std::string(kHex);

std::vector<ImageGlob> Parsed(const std::vector<std::string>& texts) {
  std::vector<ImageGlob> globs;
  for (const std::string& text : texts) globs.push_back(*ImageGlob::Parse(text));
  return globs;
}

bool Select(const std::vector<ImageGlob>& globs, const std::vector<ImageName>& names) {
  return std::any_of(globs.begin(), globs.end(), [&names](const ImageGlob& glob) {
    return std::any_of(names.begin(), names.end(),
                       [&glob](const ImageName& name) { return glob.Matches(name.text); });
  });
}

// The rows of the product's own table, and the one that the published guide gets wrong.
TEST(PatternGlobs, OfDocumentedPatternsAreExact) {
  const struct {
    std::string_view pattern;
    std::vector<std::string> globs;
  } kCases[] = {
      {"r.example/myproject/my-image:mytag", {"r.example/myproject/my-image:mytag"}},
      {"r.example/myproject/my-image",
       {"r.example/myproject/my-image", "r.example/myproject/my-image:**",
        "r.example/myproject/my-image@**"}},
      {"r.example/myproject/my-image:*",
       {"r.example/myproject/my-image", "r.example/myproject/my-image:**",
        "r.example/myproject/my-image@**"}},
      {"r.example/myproject/*", {"r.example/myproject/**"}},
      {"r.example/*/my-image:mytag", {"r.example/**/my-image:mytag"}},
      {"r.example/*", {"r.example/**"}},
      {"*.example.org/*", {"*.example.org/**"}},
      {"*", {"**"}},
      {"*/img", {"**/img", "**/img:**", "**/img@**"}},
      {"nginx", {"nginx", "nginx:*", "nginx@*"}},
      {"me/*", {"me/**"}},
      {"docker.io/*", {"index.docker.io/**"}},
      {"Registry-1.Docker.io:443/me/*:v*", {"index.docker.io/me/**:v*"}},
      {"GHCR.io:443/a@*", {"ghcr.io/a@*"}},
      {"r.example:*/*", {"r.example:*/**", "r.example/**"}},
  };
  for (const auto& [pattern, globs] : kCases) {
    EXPECT_EQ(GlobsOf(pattern).globs, globs) << pattern;
    EXPECT_THAT(GlobsOf(pattern).note, IsEmpty()) << pattern;
  }
}

TEST(PatternGlobs, SayWhatElseTheySelect) {
  EXPECT_THAT(GlobsOf("r.io/*-prod").globs, ElementsAre("r.io/**-prod", "r.io/**-prod@**"));
  EXPECT_THAT(GlobsOf("r.io/*-prod").note, HasSubstr("reaches over the \":\" of a tag"));
  EXPECT_THAT(GlobsOf("r.io/a*:20*").note, HasSubstr("digest"));
  EXPECT_THAT(GlobsOf("r.io/a:*1").note, HasSubstr("digest"));
  EXPECT_THAT(GlobsOf("r.io/a:v*a*").note, HasSubstr("digest"));
  EXPECT_THAT(GlobsOf("nginx*").globs, ElementsAre("index.docker.io/nginx**"));
  EXPECT_THAT(GlobsOf("nginx*").note, HasSubstr("Docker Hub"));
  EXPECT_THAT(GlobsOf("r.*:443/a").note, HasSubstr("ports"));
  // What can be in no digest does not reach into one.
  for (const std::string_view pattern :
       {"r.io/a*:v1", "r.io/a*:*-x", "r.io/a*:v*", "r.io/a:20*", "r.io/a:2*1@*", "r.io/a*b:v1",
        "r.io/*b/c", "r.io/a*@sha256:e3*"}) {
    EXPECT_THAT(GlobsOf(pattern).note, IsEmpty()) << pattern;
  }
}

TEST(PatternGlobs, AreNoneWhereNoGlobCanSayIt) {
  EXPECT_THAT(GlobsOf("[::1]:5000/*").globs, IsEmpty());
  EXPECT_THAT(GlobsOf("[::1]:5000/*").note, HasSubstr("IPv6"));
  EXPECT_THAT(GlobsOf("r.io/a?").globs, IsEmpty());
  EXPECT_THAT(GlobsOf("r.io/a?").note, HasSubstr("path contains '?'"));
  std::string stars = "r.io/";
  while (stars.size() < 4000) stars += "*a";
  EXPECT_THAT(GlobsOf(stars).globs, IsEmpty());
  EXPECT_THAT(GlobsOf(stars).note, HasSubstr("too long"));
}

// Patterns and images of the same pieces, so that they often meet.
class RandomNames {
 public:
  std::string Image() {
    return absl::StrCat(
        Any({"", "", "a.example/", "A.example:443/", "b.example:5000/", "docker.io/", "docker.io/",
             "index.docker.io/", "registry-1.docker.io:443/", "[2001:db8::1]/", "localhost/",
             "localhost:5000/", "docker.io/localhost/", "docker.io/a.example/", "docker.io:80/"}),
        Path({"library", "nginx", "me", "app", "localhost", "a", "sha256"}),
        Any({"", "", ":v1", ":latest", ":app", ":e3", ":5"}), Any({"", "", "@" + kDigest}));
  }
  std::string Pattern() {
    return absl::StrCat(
        Any({"",
             "",
             "",
             "a.example/",
             "A.example:443/",
             "*.example/",
             "b.example/",
             "*/",
             "**/",
             "b.example:5000/",
             "docker.io/",
             "*.io/",
             "l*/",
             "localhost/",
             "registry.hub.docker.com/",
             "a*:443/",
             "*:443/",
             "*.com/",
             "*:*/",
             "a.example*/",
             "*1.docker*/",
             "[*]/",
             "*:4*3/",
             "me/",
             "index.docker.io/"}),
        Path({"library", "nginx", "me", "app", "*", "*", "**", "a*", "*e", "localhost", "*p*",
              "a*p", "sha256"}),
        Any({"", "", "", ":v1", ":*", ":l*", ":*t", ":e*", ":e*b*", ":*5", ":v*a*"}),
        Any({"", "", "", "@*", "@sha256:e3*", "@*55"}));
  }

 private:
  std::string Any(const std::vector<std::string>& words) { return words[random_() % words.size()]; }
  std::string Path(const std::vector<std::string>& words) {
    std::string path = Any(words);
    for (size_t more = random_() % 3; more > 0; --more) absl::StrAppend(&path, "/", Any(words));
    return path;
  }
  std::mt19937 random_{72};
};

// With the real pattern, glob and names.
TEST(PatternGlobs, SelectWhatThePatternMatches) {
  RandomNames random;
  std::vector<oci::ImageReference> images;
  std::vector<std::vector<ImageName>> names;
  while (images.size() < 60) {
    auto image = oci::ImageReference::Parse(random.Image());
    if (!image.ok()) continue;
    images.push_back(*std::move(image));
    names.push_back(NamesOf(images.back()));
  }
  size_t exact = 0, exact_matches = 0, wider = 0, more = 0;
  for (int i = 0; i < 2'000; ++i) {
    const auto pattern = NamePattern::Parse(random.Pattern());
    if (!pattern.ok()) continue;
    const PatternGlobs result = GlobsOf(*pattern);
    if (result.globs.empty()) {
      EXPECT_THAT(pattern->text(), HasSubstr("[")) << result.note;
      continue;
    }
    const std::vector<ImageGlob> globs = Parsed(result.globs);
    for (size_t k = 0; k < images.size(); ++k) {
      const oci::ImageReference& image = images[k];
      const bool matches = pattern->Matches(image);
      const bool selected = Select(globs, names[k]);
      if (result.note.empty()) {
        EXPECT_EQ(selected, matches) << pattern->text() << " " << image.text();
        ++exact;
        exact_matches += matches;
      } else {
        EXPECT_GE(selected, matches) << pattern->text() << " " << image.text();
        ++wider;
        more += selected && !matches;
      }
    }
  }
  EXPECT_GT(exact, 40'000u);
  EXPECT_GT(exact_matches, 1'000u);
  EXPECT_GT(wider, 10'000u);
  EXPECT_GT(more, 100u);
}

}  // namespace
}  // namespace countersign::policy
