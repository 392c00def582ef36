#include "oci/image_reference.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::oci {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::HasSubstr;

const std::string kDigest =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(ImageReference, IsReadInItsParts) {
  const struct {
    std::string text;
    std::string registry;
    std::string path;
    std::optional<std::string> tag;
    bool has_digest = false;
  } kCases[] = {
      {"nginx", "index.docker.io", "library/nginx", "latest"},
      {"nginx:1.25", "index.docker.io", "library/nginx", "1.25"},
      {"library/nginx", "index.docker.io", "library/nginx", "latest"},
      {"me/app:v1", "index.docker.io", "me/app", "v1"},
      {"me/team/app", "index.docker.io", "me/team/app", "latest"},
      {"docker.io/nginx", "index.docker.io", "library/nginx", "latest"},
      {"docker.io/me/app", "index.docker.io", "me/app", "latest"},
      {"registry-1.docker.io/nginx", "index.docker.io", "library/nginx", "latest"},
      {"Registry.Hub.docker.com/me/app", "index.docker.io", "me/app", "latest"},
      {"index.docker.io/nginx:1", "index.docker.io", "library/nginx", "1"},
      {"nginx@" + kDigest, "index.docker.io", "library/nginx", std::nullopt, true},
      {"nginx:1.25@" + kDigest, "index.docker.io", "library/nginx", "1.25", true},
      {"registry.example.org/app", "registry.example.org", "app", "latest"},
      {"registry.example.org/a/b/c:T_a.g-1", "registry.example.org", "a/b/c", "T_a.g-1"},
      {"Registry.Example.ORG/app", "registry.example.org", "app", "latest"},
      {"registry.example.org:5000/app:1@" + kDigest, "registry.example.org:5000", "app", "1", true},
      {"localhost/app", "localhost", "app", "latest"},
      {"localhost:5000/app", "localhost:5000", "app", "latest"},
      {"localhost:5000", "index.docker.io", "library/localhost", "5000"},
      {"registry:5000/app", "registry:5000", "app", "latest"},
      {"10.0.0.1/app", "10.0.0.1", "app", "latest"},
      {"[::1]:5000/app:2", "[::1]:5000", "app", "2"},
      {"[2001:DB8::1]/app", "[2001:db8::1]", "app", "latest"},
      {"example.org/a.b_c__d---e/0", "example.org", "a.b_c__d---e/0", "latest"},
      {"registry/app", "index.docker.io", "registry/app", "latest"},
      {"app:" + std::string(128, '_'), "index.docker.io", "library/app", std::string(128, '_')},
      {"example.org/" + std::string(255, 'a'), "example.org", std::string(255, 'a'), "latest"},
  };
  for (const auto& test : kCases) {
    const absl::StatusOr<ImageReference> reference = ImageReference::Parse(test.text);
    ASSERT_THAT(reference, IsOk()) << test.text;
    EXPECT_EQ(reference->text(), test.text);
    EXPECT_EQ(reference->repository().registry, test.registry) << test.text;
    EXPECT_EQ(reference->repository().path, test.path) << test.text;
    EXPECT_EQ(reference->tag(), test.tag) << test.text;
    EXPECT_EQ(reference->digest().has_value(), test.has_digest) << test.text;
    if (test.has_digest) {
      EXPECT_EQ(reference->digest()->ToString(), kDigest);
    }
  }
}

TEST(ImageReference, SpellsOutItsFullName) {
  const struct {
    std::string text;
    std::string full_name;
  } kCases[] = {
      {"nginx", "index.docker.io/library/nginx:latest"},
      {"docker.io/me/app:v1", "index.docker.io/me/app:v1"},
      {"nginx@" + kDigest, "index.docker.io/library/nginx@" + kDigest},
      {"R.example:5000/app:1@" + kDigest, "r.example:5000/app:1@" + kDigest},
  };
  for (const auto& test : kCases)
    EXPECT_EQ(ImageReference::Parse(test.text)->FullName(), test.full_name);
}

TEST(ImageReference, SaysWhatIsWrong) {
  const struct {
    std::string text;
    std::string why;
  } kCases[] = {
      {"", "it is empty"},
      {std::string(4097, 'a'), "longer than 4096 bytes"},
      {"https://registry.example.org/app", "it has a scheme"},
      {kDigest, "it is the ID of an image"},
      {kDigest.substr(7), "it is the ID of an image"},
      {"Nginx", "byte 1 is the upper-case letter N: a path is in lower case"},
      {"registry.example.org/me/App", "byte 25 is the upper-case letter A"},
      {"Registry/app", "byte 1 is the upper-case letter R"},
      {" nginx", "byte 1 is \" \", which no path has"},
      {"nginx ", "byte 6 is \" \", which no path has"},
      {"nginx\n", "byte 6 is \"\\x0a\", which no path has"},
      {"ngi\xc3\xb1x", "byte 4 is \"\\xc3\", which no path has"},
      {std::string("ngi\0nx", 6), "byte 4 is \"\\x00\", which no path has"},
      {"ngin*", "byte 5 is \"*\", which no path has"},
      {"a/b%2e/c", "byte 4 is \"%\", which no path has"},
      {"a\\b", "byte 2 is \"\\\\\", which no path has"},
      {"/app", "its path has an empty component, before byte 1"},
      {"app/", "its path has an empty component, before byte 5"},
      {"example.org//app", "its path has an empty component, before byte 13"},
      {"example.org/", "its path has an empty component, before byte 13"},
      {":tag", "its path has an empty component, before byte 1"},
      {"@" + kDigest, "its path has an empty component, before byte 1"},
      {"example.org/trusted/../other/app",
       "its path has the component \"..\", which some clients resolve"},
      {"example.org/trusted/./app", "its path has the component \".\", which some clients resolve"},
      {"example.org/..", "its path has the component \"..\""},
      {"../app", "neither a host name nor an IP address"},
      {"./app", "neither a host name nor an IP address"},
      {"example.org/a..b", "its path component \"a..b\" is malformed"},
      {"example.org/a___b", "its path component \"a___b\" is malformed"},
      {"example.org/a._b", "its path component \"a._b\" is malformed"},
      {"example.org/a-_b", "its path component \"a-_b\" is malformed"},
      {"example.org/-a", "its path component \"-a\" is malformed"},
      {"example.org/a-", "its path component \"a-\" is malformed"},
      {"example.org/_", "its path component \"_\" is malformed"},
      {"example.org/a./b", "its path component \"a.\" is malformed"},
      {"example.org/" + std::string(256, 'a'), "its path is longer than 255 bytes"},
      {std::string(248, 'a'), "its path is longer than 255 bytes"},
      {"app:", "its tag is empty"},
      {"app:@" + kDigest, "its tag is empty"},
      {"app:" + std::string(129, 'a'), "its tag is longer than 128 bytes"},
      {"app:.tag", "its tag \".tag\" begins with '.' or '-'"},
      {"app:-tag", "its tag \"-tag\" begins with '.' or '-'"},
      {"app:a b", "byte 6 is \" \", which no tag has"},
      {"app:a:b", "byte 6 is \":\", which no tag has"},
      {"app:a+b", "byte 6 is \"+\", which no tag has"},
      {"app@", "the digest \"\" names no algorithm"},
      {"app@sha256:abc", "has 3 hex digits instead of 64"},
      {"app@" + kDigest + "0", "has 65 hex digits instead of 64"},
      {"app@" + kDigest + "@" + kDigest, "hex digits instead of 64"},
      {"app@" + kDigest + ":tag", "hex digits instead of 64"},
      {"app@sha512:" + kDigest.substr(7), "not of the algorithm sha256"},
      {"app@SHA256:" + kDigest.substr(7), "not of the algorithm sha256"},
      {"example.org:port/app", "has a port that is no number"},
      {"example.org./app", "neither a host name nor an IP address"},
      {"user:password@example.org/app", "names no algorithm"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(ImageReference::Parse(test.text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(test.why)))
        << test.text;
  }
}

TEST(ImageReference, KnowsWhetherItsRegistryWasWritten) {
  for (const char* text : {"nginx", "nginx:1.27", "library/nginx", "team/app"}) {
    EXPECT_FALSE(ImageReference::Parse(text)->names_registry()) << text;
  }
  for (const char* text : {"docker.io/nginx", "localhost/app", "r.io/app:1", "r.io:5000/app"}) {
    EXPECT_TRUE(ImageReference::Parse(text)->names_registry()) << text;
  }
}

TEST(ImageReference, IsPinnedByTheTagThatItHasAndTheDigest) {
  const Digest digest = *Digest::Parse(kDigest);
  const struct {
    std::string text;
    std::string pinned;
  } kCases[] = {
      {"nginx", "nginx:latest@" + kDigest},
      {"nginx:latest", "nginx:latest@" + kDigest},
      {"r.io:5000/app", "r.io:5000/app:latest@" + kDigest},
      {"R.io/app:1.2", "R.io/app:1.2@" + kDigest},
      {"r.io/app@" + kDigest, "r.io/app@" + kDigest},
      {"r.io/app:1@" + kDigest, "r.io/app:1@" + kDigest},
  };
  for (const auto& test : kCases) {
    const absl::StatusOr<ImageReference> reference = ImageReference::Parse(test.text);
    ASSERT_TRUE(reference.ok()) << test.text;
    const std::string pinned = reference->PinnedTo(digest);
    EXPECT_EQ(pinned, test.pinned);
    const absl::StatusOr<ImageReference> again = ImageReference::Parse(pinned);
    ASSERT_TRUE(again.ok()) << pinned;
    EXPECT_EQ(again->repository(), reference->repository());
    EXPECT_EQ(again->digest(), digest);
  }
}

TEST(ImageReference, SaysWhatIsWrongInAFewPrintableBytes) {
  for (const std::string& text :
       {std::string(4096, '\x1b'), "a/" + std::string(4000, '-'), "a@" + std::string(4000, 'x'),
        std::string(200, '\x07') + ".x/a", "a:." + std::string(100, '\'')}) {
    const absl::Status status = ImageReference::Parse(text).status();
    EXPECT_LT(status.message().size(), 400u);
    EXPECT_EQ(status.message().find('\x1b'), absl::string_view::npos);
    EXPECT_EQ(status.message().find('\x07'), absl::string_view::npos);
  }
}

}  // namespace
}  // namespace countersign::oci
