#include "base/url_secrets.h"

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(WithoutUrlSecrets, HidesUsersAndTheirPasswords) {
  EXPECT_EQ(WithoutUrlSecrets("https://me:s3cret@r.example/app:1"), "https://***@r.example/app:1");
  EXPECT_EQ(WithoutUrlSecrets("me:s3cret@r.example/app"), "***@r.example/app");
  EXPECT_EQ(WithoutUrlSecrets("me:s3:c@ret@r.example:5000/app"), "***@r.example:5000/app");
  EXPECT_EQ(WithoutUrlSecrets("me:s3cret@app@sha256:ab"), "***@app@sha256:ab");
  EXPECT_EQ(WithoutUrlSecrets("\"me:s3cret@r.example/app\" is no reference"),
            "\"***@r.example/app\" is no reference");
}

TEST(WithoutUrlSecrets, HidesQueries) {
  EXPECT_EQ(WithoutUrlSecrets("https://r.example/app?X-Amz-Signature=ab: no"),
            "https://r.example/app?*** no");
  EXPECT_EQ(WithoutUrlSecrets("r.example/app?token=ab@cd"), "r.example/app?***");
  EXPECT_EQ(WithoutUrlSecrets("really? yes"), "really? yes");
}

TEST(WithoutUrlSecrets, ReferencesAndIdentitiesStay) {
  for (const char* text :
       {"", " ", "nginx", "nginx:1.25", "nginx@sha256:ab", "nginx:1.25@sha256:ab",
        "r.example:5000/team/app:1@sha256:ab", "r.example/app@sha512:cd", "me@example.org",
        "signed by <me@example.org>, not by you",
        "https://github.com/o/r/.github/workflows/w.yml@refs/heads/main", "a  \"b\"\t(c)"}) {
    EXPECT_EQ(WithoutUrlSecrets(text), text);
  }
}

TEST(PrintableWithoutUrlSecrets, TakesSecretsAwayBeforeItCuts) {
  EXPECT_EQ(PrintableWithoutUrlSecrets("user:password@r.example/app\n", 100),
            "***@r.example/app\\x0a");
  EXPECT_EQ(PrintableWithoutUrlSecrets("user:password@r.example/app", 12).find("user"),
            std::string::npos);
}

}  // namespace
}  // namespace countersign::base
