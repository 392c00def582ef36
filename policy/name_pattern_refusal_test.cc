// Which patterns are refused as such that match no image, and that no others are.

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/name_pattern.h"
#include "policy/name_pattern_fixture.h"
#include "policy/step_budget.h"

namespace countersign::policy {
namespace {

using ::countersign::base::IsOk;
using ::countersign::base::StatusIs;
using ::testing::HasSubstr;

const std::string kDigest = "sha256:" + std::string(kHex);

TEST(NamePattern, WhatCanNeverMatchIsRefused) {
  const struct {
    std::string pattern;
    std::string_view why;
  } kCases[] = {
      {"", "empty"},
      {std::string(4097, 'a'), "4096"},
      {" nginx", "white space"},
      {"nginx ", "white space"},
      {"registry.example.org/a b", "white space"},
      {"a\n", "white space"},
      {"https://registry.example.org/*", "scheme"},
      {"oci://a/b", "scheme"},
      {"/a", "no host"},
      {":5000/a", "no host"},
      {"registry.example.org:/a", "no port"},
      {"registry.example.org/", "no path"},
      {"registry.example.org/:v1", "no path"},
      {":v1", "no path"},
      {"@" + kDigest, "no path"},
      {"registry.example.org/a/", "ends with"},
      {"registry.example.org//a", "//"},
      {"registry.example.org/a//b", "//"},
      {"registry.example.org/../a", "\"..\""},
      {"registry.example.org/a/..", "\"..\""},
      {"registry.example.org/./a", "\".\""},
      {"..", "\"..\""},
      {"registry.example.org/MyProject/*", "upper-case"},
      {"Nginx", "upper-case"},
      {"registry.example.org/a:", "no tag"},
      {"registry.example.org/a:v1:v2", "tag contains ':'"},
      {"registry.example.org/a:v1/b", "tag contains '/'"},
      {"registry.example.org/a@", "no digest"},
      {"registry.example.org/a:v1@", "no digest"},
      {"registry.example.org/a@*@*", "more than one"},
      {"a@b@c", "more than one"},
      {"registry.example.org/a@sha256:0123", "64"},
      {"registry.example.org/a@sha512:*", "digest"},
      {"registry.example.org/a@sha256:E3*", "digest"},
      {"registry@example.org/a", "host contains '@'"},
      {"registry.example.org/a?", "path contains '?'"},
      {"registry.example.org/{a,b}", "path contains '{'"},
      {"registry.example.org\\a", "path contains '\\'"},
      {"r\xc3\xa9gistry.example/a", "host contains '\\xc3'"},
      {std::string("a\0b", 3), "path contains '\\x00'"},
  };
  for (const auto& [pattern, why] : kCases) {
    EXPECT_THAT(NamePattern::Parse(pattern),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(std::string(why))))
        << pattern;
  }
}

TEST(NamePattern, WhatLooksRightButMatchesNoImageIsFound) {
  const struct {
    std::string pattern;
    std::string_view why;
  } kCases[] = {
      {"registry.example.org/my..app", "path like \"my..app\""},
      {"registry.example.org/-app", "path like"},
      {"registry.example.org/*/app-", "path like"},
      {"registry.example.org/a.-b", "path like"},
      {"registry.example.org/a___b", "path like"},
      {"registry.example.org/.*", "path like"},
      {"registry.example.org/*_/x", "path like"},
      {"*/my..app", "path like"},
      {"registry.example.org/*.", "path like"},
      {"nginx-", "path like"},
      {"registry.example.org/" + std::string(256, 'a'), "255"},
      {"-registry.example.org/*", "registry has a name like \"-registry.example.org\""},
      {"registry..example.org/*", "registry has a name like"},
      {".example.org/*", "registry has a name like"},
      {"*.-/app", "registry has a name like"},
      {"*-/app", "registry has a name like"},
      {"registry.example.org:http/*", "registry has a name like"},
      {"registry.example.org:0/*", "registry has a name like"},
      {"registry.example.org:123456/*", "registry has a name like"},
      {"registry.example.org:50:00/*", "registry has a name like"},
      {"my_registry.example.org/*", "registry has a name like"},
      {"[::1/*", "registry has a name like"},
      {"[::ffff:7f00:1]/*", "registry has a name like"},
      {"127.1/*", "registry has a name like \"127.1\""},
      {"2130706433:5000/*", "registry has a name like"},
      {"0x7f.0.0.1/*", "registry has a name like"},
      {"registry.example.org/app:-1", "tag like \"-1\""},
      {"registry.example.org/app:.*", "tag like"},
      {"registry.example.org/app:" + std::string(129, '1'), "tag like"},
      {std::string(kHex), "ID of an image"},
      {std::string(kHex) + ":1", "ID of an image"},
  };
  for (const auto& [pattern, why] : kCases) {
    const absl::StatusOr<NamePattern> parsed = NamePattern::Parse(pattern);
    ASSERT_THAT(parsed, IsOk()) << pattern;
    EXPECT_THAT(parsed->CheckCanMatch(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(std::string(why))))
        << pattern;
  }
}

TEST(NamePattern, WhatExceedsItsBudgetIsCalledTooComplex) {
  const auto is_too_complex =
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("too complex"));
  StepBudget budget(2'000);
  EXPECT_THAT(NamePattern::Parse("r.io/*", &budget)->CheckCanMatch(&budget), IsOk());
  std::string stars = "r.io/";
  for (int i = 0; i < 120; ++i) stars += "*a";
  EXPECT_THAT(NamePattern::Parse(stars, &budget)->CheckCanMatch(&budget), is_too_complex);
  EXPECT_THAT(NamePattern::Parse(stars)->CheckCanMatch(), IsOk());
  // From then on nothing is looked at.
  EXPECT_THAT(NamePattern::Parse("r.io/*", &budget)->CheckCanMatch(&budget), is_too_complex);
  EXPECT_THAT(NamePattern::Parse("r.io/*@*", &budget), is_too_complex);
}

TEST(NamePattern, WhatMatchesSomethingUnusualIsNotCalledImpossible) {
  for (const auto& [pattern, image] : std::vector<std::pair<std::string, std::string>>{
           // A Docker Hub user may be named as no registry may.
           {"my_team/*", "my_team/app"},
           {"my__team/*", "my__team/app"},
           {"m-*/app", "m-y/app"},
           // A registry may be named as no user may.
           {"localhost/*", "localhost/a"},
           {"a--b.example/*", "a--b.example/x"},
           {"registry/*", "registry:443/app"},
           {"registry.example.org", "docker.io/registry.example.org"},
           {"localhost:5000", "docker.io/localhost:5000"},
           {"[::1]:5000/*", "[::1]:5000/a"},
           {"*]/app", "[::1]/app"},
           {"*:*/app", "r.io:5000/app"},
           {"1.2.3.4/*", "1.2.3.4/a"},
           {"2130706433/*", "docker.io/2130706433/a"},
           {"127.*/*", "127.0.0.1/a"},
           {"[2001:db8:0::1]/*", "[2001:db8::1]/a"},
           {"r.io/a:_", "r.io/a:_"},
           {"r.io/a:*.", "r.io/a:1."},
           {"sha256:" + std::string(kHex), "docker.io/sha256:" + std::string(kHex)},
           {"r.io/" + std::string(kHex), "r.io/" + std::string(kHex)},
       }) {
    EXPECT_TRUE(Matches(pattern, image)) << pattern << " should match " << image;
    EXPECT_THAT(NamePattern::Parse(pattern)->CheckCanMatch(), IsOk()) << pattern;
  }
}

// Names of images, in all the ways that they can be written.
class RandomNames {
 public:
  std::string Image() {
    std::string name = Registry() + Path();
    if (Pick(3) == 0) name += ":" + Text("a1Z._-", 4, "aZ0_");
    if (Pick(5) == 0) name += "@" + kDigest;
    return name;
  }

  // A pattern that is like some image's name, with stars in it and a few bytes changed.
  std::string Pattern() {
    std::string text = Image();
    for (size_t changes = Pick(5); changes > 0 && !text.empty(); --changes) {
      const size_t at = Pick(text.size());
      const size_t length = Pick(4);
      constexpr std::string_view kBytes = "**a0._-/:[]@";
      text.replace(at, length, std::string(1, kBytes[Pick(kBytes.size())]));
    }
    return text;
  }

 private:
  size_t Pick(size_t count) { return random_() % count; }
  std::string Text(std::string_view alphabet, size_t longest, std::string_view first) {
    std::string text(1, first[Pick(first.size())]);
    for (size_t more = Pick(longest); more > 0; --more) text += alphabet[Pick(alphabet.size())];
    return text;
  }
  std::string Registry() {
    static const std::vector<std::string> kRegistries = {
        "",       "",           "r.io/",    "a.b/",       "docker.io/", "localhost/",
        "r:443/", "r.io:5000/", "[::1]:5/", "127.0.0.1/", "a-b.c/",     "index.docker.io/"};
    return kRegistries[Pick(kRegistries.size())];
  }
  std::string Path() {
    static const std::vector<std::string> kSeparators = {".", "_", "__", "-", "---", "/", "/", ""};
    std::string path = Text("a0", 2, "ab0");
    for (size_t more = Pick(4); more > 0; --more) {
      path += kSeparators[Pick(kSeparators.size())] + Text("a0", 2, "ab0");
    }
    return path;
  }

  std::mt19937 random_{1};
};

TEST(NamePattern, WhatIsSaidToMatchNothingMatchesNothing) {
  RandomNames names;
  std::vector<oci::ImageReference> images;
  while (images.size() < 300) {
    if (auto image = oci::ImageReference::Parse(names.Image()); image.ok())
      images.push_back(*image);
  }
  int impossible = 0;
  int matching = 0;
  for (int i = 0; i < 10'000; ++i) {
    const absl::StatusOr<NamePattern> pattern = NamePattern::Parse(names.Pattern());
    if (!pattern.ok()) continue;
    const absl::Status can_match = pattern->CheckCanMatch();
    impossible += !can_match.ok();
    bool matches = false;
    for (const oci::ImageReference& image : images) matches = matches || pattern->Matches(image);
    matching += matches;
    EXPECT_FALSE(matches && !can_match.ok()) << pattern->text() << ": " << can_match;
  }
  EXPECT_GT(impossible, 500);
  EXPECT_GT(matching, 300);
}

// An image with some of its name's bytes made stars.
TEST(NamePattern, AnImagesOwnNameWithStarsIsNotCalledImpossible) {
  RandomNames names;
  std::mt19937 random(2);
  int matching = 0;
  for (int i = 0; i < 5'000; ++i) {
    const auto image = oci::ImageReference::Parse(names.Image());
    if (!image.ok()) continue;
    std::string text = i % 2 == 0 ? image->FullName() : image->text();
    for (char& c : text) {
      if (c != '/' && c != ':' && c != '@' && random() % 4 == 0) c = '*';
    }
    const absl::StatusOr<NamePattern> pattern = NamePattern::Parse(text);
    if (!pattern.ok() || !pattern->Matches(*image)) continue;
    ++matching;
    EXPECT_THAT(pattern->CheckCanMatch(), IsOk()) << text;
  }
  EXPECT_GT(matching, 1'000);
}

}  // namespace
}  // namespace countersign::policy
