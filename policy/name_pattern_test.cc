#include "policy/name_pattern.h"

#include <string>
#include <string_view>
#include <vector>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/name_pattern_fixture.h"

namespace countersign::policy {
namespace {

using ::countersign::base::IsOk;

const std::string kDigest = "sha256:" + std::string(kHex);

struct Row {
  std::string pattern;
  std::vector<std::string> matching;
  std::vector<std::string> others;
};

void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    EXPECT_THAT(NamePattern::Parse(row.pattern)->CheckCanMatch(), IsOk()) << row.pattern;
    for (const std::string& image : row.matching) {
      EXPECT_TRUE(Matches(row.pattern, image)) << row.pattern << " should match " << image;
    }
    for (const std::string& image : row.others) {
      EXPECT_FALSE(Matches(row.pattern, image)) << row.pattern << " should not match " << image;
    }
  }
}

// The rows of the product's own table.
TEST(NamePattern, SelectsWhatTheProductDocuments) {
  Check({
      {"registry.example.org/myproject/my-image:mytag",
       {"registry.example.org/myproject/my-image:mytag",
        "registry.example.org/myproject/my-image:mytag@" + kDigest},
       {"registry.example.org/myproject/my-image", "registry.example.org/myproject/my-image:mytag2",
        "registry.example.org/myproject/my-image:other",
        "registry.example.org/myproject/my-image@" + kDigest,
        "registry.example.org/myproject/my-image2:mytag",
        "registry.example.org/x/myproject/my-image:mytag", "myproject/my-image:mytag"}},
      {"registry.example.org/myproject/my-image",
       {"registry.example.org/myproject/my-image", "registry.example.org/myproject/my-image:1",
        "registry.example.org/myproject/my-image@" + kDigest},
       {"registry.example.org/myproject/my-image2", "registry.example.org/myproject/my-image/x"}},
      {"registry.example.org/myproject/*",
       {"registry.example.org/myproject/a", "registry.example.org/myproject/a/b:1",
        "registry.example.org/myproject/a@" + kDigest},
       {"registry.example.org/myproject", "registry.example.org/myproject2/a",
        "registry.example.org/other/myproject/a"}},
      {"registry.example.org/*/my-image:mytag",
       {"registry.example.org/a/my-image:mytag", "registry.example.org/a/b/my-image:mytag"},
       {"registry.example.org/my-image:mytag", "registry.example.org/a/my-image:other",
        "registry.example.org/a/not-my-image:mytag"}},
      {"registry.example.org/*",
       {"registry.example.org/a", "registry.example.org/a/b:1",
        "registry.example.org/a@" + kDigest},
       {"other.example.org/a", "registry.example.org:5000/a", "a"}},
      {"*.example.org/*",
       {"registry.example.org/a", "a.b.example.org/c/d:1"},
       {"example.org/a", "registry.example.com/a", "evil-example.org/a", "a"}},
      {"*",
       {"nginx", "me/app:1", "registry.example.org/a/b@" + kDigest, "localhost:5000/x:y",
        "127.0.0.1:5000/x"},
       {}},
  });
}

TEST(NamePattern, WithoutATagEqualsAnyTag) {
  for (const std::string_view image : {"reg.example/p/i", "reg.example/p/i:1", "reg.example/p/i2",
                                       "reg.example/p", "i", "nginx:1", "me/app"}) {
    for (const std::string_view pattern : {"reg.example/p/i", "reg.example/p/*", "*/i",
                                           "*.example/*", "*", "nginx", "me/*", "*.example/p/*i"}) {
      EXPECT_EQ(Matches(pattern, image), Matches(std::string(pattern) + ":*", image))
          << pattern << " " << image;
    }
  }
  EXPECT_TRUE(Matches("reg.example/p/i:*", "reg.example/p/i@" + kDigest));
  EXPECT_TRUE(Matches("reg.example/p/i:**", "reg.example/p/i@" + kDigest));
}

TEST(NamePattern, HostIsAnchored) {
  Check({
      {"registry.example.org/*",
       {},
       {"registry.example.org.evil.example/y", "evil.example/registry.example.org/y",
        "xregistry.example.org/y", "registry.example.orgx.io/y",
        // An image of Docker Hub whose short name would read as one of that registry.
        "index.docker.io/registry.example.org/y", "docker.io/registry.example.org/y:1"}},
      {"*.example.org/*",
       {},
       {"evil.example/x.example.org/y", "x.example.org.evil.example/y",
        "evil.example/y/x.example.org/z", "docker.io/x.example.org/y", "x.example.org:5000/y"}},
      {"registry.*/app",
       {"registry.example/app"},
       {"registry.example/x/app", "evil.io/registry.x/app"}},
      {"reg*y.example/app", {"registry.example/app"}, {"reg.example/y.example/app"}},
      {"*.*/app", {"a.b/app"}, {"a.b/c.d/app"}},
      {"**.example.org/*", {"a.example.org/b"}, {"evil.example/x.example.org/y"}},
  });
}

TEST(NamePattern, StarAsTheHostStandsForEverythingBefore) {
  Check({
      {"*/img",
       {"registry.example.org/img", "registry.example.org:5000/a/b/img:1", "index.docker.io/img",
        "img", "a/img"},
       {"registry.example.org/my-img", "registry.example.org/img/x", "registry.example.org/img2"}},
      {"**/img", {"registry.example.org/img", "registry.example.org/a/img"}, {"a.b/my-img"}},
      {"*/a/img:1", {"r.io/a/img:1", "r.io/x/a/img:1", "a/img:1"}, {"r.io/ba/img:1", "r.io/a/img"}},
      {"*/*", {"nginx", "r.io/a", "r.io/a/b/c"}, {}},
      {"*/*:v1", {"nginx:v1", "r.io/a:v1"}, {"nginx", "r.io/a:v2", "r.io/a@" + kDigest}},
      {"*/nginx*", {"nginx", "r.io/a/nginx-x/b"}, {"r.io/a/mynginx"}},
      {"*/*.example/*", {"r.io/x.example/y"}, {"x.example/y"}},
  });
}

TEST(NamePattern, StarAsTheWholeNamePromisesNothingAboutTheHost) {
  Check({
      {"*:v1", {"nginx:v1", "r.io/a/b:v1"}, {"nginx", "nginx:v11", "r.io/a@" + kDigest}},
      {"*:*", {"nginx:v1", "r.io/a/b", "r.io/a@" + kDigest}, {}},
      {"**", {"nginx", "r.io/a/b"}, {}},
      {"*@*", {"r.io/a@" + kDigest}, {"r.io/a", "nginx:1"}},
  });
}

TEST(NamePattern, WithoutASlashIsOnlyForShortNamesOfDockerHub) {
  Check({
      {"nginx",
       {"nginx", "nginx:1", "library/nginx", "docker.io/nginx", "index.docker.io/library/nginx:1",
        "nginx@" + kDigest},
       {"r.io/nginx", "me/nginx", "r.io/library/nginx", "localhost/nginx", "nginx2",
        "index.docker.io/library/nginx/nginx"}},
      {"*nginx",
       {"nginx", "my-nginx:2", "me/nginx"},
       {"r.io/nginx", "r.io/me/nginx", "localhost:5000/nginx", "nginx-x",
        // Its short name would be another registry's.
        "docker.io/evil.example/nginx"}},
      {"nginx*", {"nginx", "nginx-x", "nginxinc/app"}, {"nginx.example/app", "r.io/nginx"}},
      {"nginx:1", {"nginx:1", "docker.io/library/nginx:1"}, {"nginx", "nginx:12", "r.io/nginx:1"}},
      {"registry.example.org*", {}, {"registry.example.org/a", "docker.io/registry.example.org/a"}},
      {"*.example.org", {}, {"registry.example.org/a.example.org", "x.example.org/a"}},
      {"index.docker.io*", {}, {"nginx", "docker.io/library/nginx"}},
  });
}

TEST(NamePattern, EverySpellingOfADockerHubImageIsTheSame) {
  const std::vector<std::string> official = {"nginx",
                                             "library/nginx",
                                             "docker.io/nginx",
                                             "docker.io/library/nginx",
                                             "index.docker.io/nginx",
                                             "index.docker.io/library/nginx"};
  const std::vector<std::string> mine = {"me/app", "docker.io/me/app", "index.docker.io/me/app"};
  for (const std::vector<std::string>& spellings : {official, mine}) {
    for (const std::string& pattern : spellings) {
      for (const std::string& image : spellings) {
        EXPECT_TRUE(Matches(pattern, image)) << pattern << " " << image;
        EXPECT_TRUE(Matches(pattern + ":latest", image)) << pattern << " " << image;
        EXPECT_TRUE(Matches(pattern, image + ":1")) << pattern << " " << image;
        EXPECT_FALSE(Matches(pattern + ":2", image + ":1")) << pattern << " " << image;
      }
    }
  }
  for (const std::string& pattern : official) {
    for (const std::string& image : mine) {
      EXPECT_FALSE(Matches(pattern, image)) << pattern << " " << image;
      EXPECT_FALSE(Matches(image, pattern)) << pattern << " " << image;
    }
  }
}

TEST(NamePattern, PatternsOfDockerHubWithStars) {
  Check({
      {"docker.io/*", {"nginx", "me/app"}, {"r.io/nginx", "r.io/docker.io/nginx"}},
      {"index.docker.io/*", {"nginx", "me/app", "docker.io/a/b/c"}, {"xindex.docker.io/nginx"}},
      {"*.docker.io/*", {"nginx", "registry-1.docker.io/library/nginx"}, {"r.io/nginx"}},
      {"docker.io/ng*", {"nginx"}, {"me/nginx"}},
      {"library/*", {"nginx", "docker.io/nginx:1"}, {"me/app", "r.io/library/nginx"}},
      {"me/*", {"me/app", "docker.io/me/a/b"}, {"you/app", "r.io/me/app", "me.io/app", "nginx"}},
      {"m*/app", {"me/app", "m.io/app"}, {"me/x/app", "r.io/me/app"}},
      {"*e/app", {"me/app"}, {"a/me/app", "r.io/me/app"}},
      {"my_team/*", {"my_team/app"}, {"my-team/app"}},
  });
}

// Only a single component may leave out its "library/".
TEST(NamePattern, LibraryIsLeftOutOnlyBeforeASingleComponent) {
  Check({
      {"docker.io/trusted/*", {"docker.io/trusted/a"}, {"docker.io/library/trusted/a"}},
      {"trusted/*", {"trusted/a"}, {"docker.io/library/trusted/a"}},
      {"r.io/nginx", {"r.io/nginx"}, {"r.io/library/nginx"}},
  });
}

TEST(NamePattern, ShortNamesThatReadAsAnotherRegistryDoNotCount) {
  Check({
      {"registry.corp/*", {"registry.corp/img"}, {"docker.io/registry.corp/img"}},
      {"registry.corp:5000/img", {"registry.corp:5000/img"}, {"docker.io/registry.corp/img"}},
      {"localhost/*", {"localhost/img", "localhost/a/b"}, {"docker.io/localhost/img"}},
      {"local*/img", {"localhost/img", "locals/img"}, {"docker.io/localhost/img"}},
      {"docker.io/registry.corp/*", {"docker.io/registry.corp/img"}, {"registry.corp/img"}},
  });
}

// As globs of policy.sigstore.dev have it, too (policy/image_names.h).
TEST(NamePattern, ABareLocalhostIsARegistryAndAUserOfDockerHub) {
  Check({
      {"docker.io/*", {"localhost/img"}, {"localhost:5000/img"}},
      {"index.docker.io/localhost/img:1", {"localhost/img:1"}, {"localhost/img", "localhost/x:1"}},
      {"*/localhost/*", {"localhost/img", "r.io/localhost/img"}, {"localhost:5000/img"}},
      {"*/img", {"localhost/img", "localhost/a/img"}, {"localhost/a"}},
      {"docker.io/img", {}, {"localhost/img"}},
      {"library/*", {}, {"localhost/img"}},
      {"img", {}, {"localhost/img"}},
  });
}

TEST(NamePattern, PortsCountExcept443) {
  Check({
      {"r.example/a", {"r.example/a", "r.example:443/a"}, {"r.example:80/a", "r.example:4430/a"}},
      {"r.example:443/a", {"r.example/a", "r.example:443/a"}, {"r.example:5000/a"}},
      {"r.example:5000/a", {"r.example:5000/a"}, {"r.example/a", "r.example:443/a"}},
      {"r.example:*/a", {"r.example:5000/a", "r.example/a"}, {"r.example.org/a"}},
      {"*.example/a", {"r.example/a", "r.example:443/a"}, {"r.example:5000/a"}},
      {"*:5000/a", {"r.example:5000/a", "localhost:5000/a"}, {"r.example:5001/a", "r.io/x:5000"}},
      {"docker.io:443/nginx", {"nginx", "docker.io/nginx"}, {"docker.io:80/nginx"}},
      {"nginx", {"docker.io:443/library/nginx"}, {"docker.io:80/library/nginx"}},
      {"me/app", {"index.docker.io:443/me/app"}, {}},
      {"127.0.0.1:5000/*", {"127.0.0.1:5000/a"}, {"127.0.0.1/a", "127.0.0.1:50001/a"}},
  });
}

TEST(NamePattern, CaseDoesNotCountInTheHost) {
  Check({
      {"Registry.Example.ORG/a", {"registry.example.org/a", "REGISTRY.example.org/a"}, {}},
      {"registry.example.org/a", {"Registry.Example.Org/a"}, {}},
      {"Docker.IO/nginx", {"nginx"}, {}},
      {"*.EXAMPLE.org/*", {"a.example.ORG/b"}, {}},
  });
}

TEST(NamePattern, CaseCountsInTheTag) {
  Check({{"r.io/a:V1", {"r.io/a:V1"}, {"r.io/a:v1"}}, {"r.io/a:V*", {"r.io/a:V1"}, {"r.io/a:v1"}}});
}

TEST(NamePattern, TagsAreSeenBesideADigest) {
  Check({
      {"r.io/a:v1", {"r.io/a:v1", "r.io/a:v1@" + kDigest}, {"r.io/a@" + kDigest}},
      {"r.io/a:v*", {"r.io/a:v", "r.io/a:v1.2_x"}, {"r.io/a:1v", "r.io/a@" + kDigest}},
      {"r.io/a:latest", {"r.io/a", "r.io/a:latest"}, {"r.io/a@" + kDigest, "r.io/a:1"}},
      // The tag's part of a pattern is matched with the tag alone.
      {"r.io/a*1", {"r.io/ab1", "r.io/a1:2"}, {"r.io/a:1", "r.io/ab:v1"}},
  });
}

TEST(NamePattern, DigestsAreMatchedByTheirOwnPart) {
  const std::string other = "sha256:" + std::string(64, '0');
  Check({
      {"r.io/a@" + kDigest,
       {"r.io/a@" + kDigest, "r.io/a:v1@" + kDigest},
       {"r.io/a", "r.io/a:v1", "r.io/a@" + other, "r.io/b@" + kDigest}},
      {"r.io/a:v1@" + kDigest, {"r.io/a:v1@" + kDigest}, {"r.io/a@" + kDigest, "r.io/a:v1"}},
      {"r.io/a@*", {"r.io/a@" + other}, {"r.io/a:v1"}},
      {"r.io/*@sha256:e3b0*", {"r.io/a/b@" + kDigest}, {"r.io/a@" + other, "r.io/a:e3b0"}},
      {"nginx@" + kDigest, {"nginx@" + kDigest, "docker.io/nginx:1@" + kDigest}, {"nginx"}},
  });
}

TEST(NamePattern, TakesHostsThatAreAddresses) {
  Check({{"[::1]:5000/*", {"[::1]:5000/a"}, {"[::2]:5000/a"}}, {"[::1]/a", {"[::1]:443/a"}, {}}});
  // However an address is written, it is the one.
  Check({{"[::1]:5000/*", {"[0:0::1]:5000/a", "[0:0:0:0:0:0:0:1]:5000/a"}, {"[0::2]:5000/a"}},
         {"[2001:DB8:0::1]/a", {"[2001:db8::1]:443/a", "[2001:0db8::0001]/a"}, {}}});
}

TEST(NamePattern, KeepsTheTextAsWritten) {
  EXPECT_EQ(NamePattern::Parse("Registry.example.org/**:*")->text(), "Registry.example.org/**:*");
}

// One that tried every way to match would not come to its end.
TEST(NamePattern, ManyStarsDoNotTakeForEver) {
  std::string pattern = "r.io/";
  while (pattern.size() < 4000) pattern += "*a";
  const std::string path(250, 'a');
  EXPECT_FALSE(Matches(pattern + "b", "r.io/" + path));
}

}  // namespace
}  // namespace countersign::policy
