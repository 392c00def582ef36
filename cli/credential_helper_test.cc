#include "cli/credential_helper.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class CredentialHelper : public testing::Test {
 protected:
  CredentialHelper() {
    setenv("PATH", absl::StrCat(testing::TempDir(), ":", getenv("PATH")).c_str(), /*overwrite=*/1);
  }

  // Installs docker-credential-<name>, a shell script.
  void Install(const std::string& name, const std::string& script) {
    const std::string path = absl::StrCat(testing::TempDir(), "/docker-credential-", name);
    std::ofstream(path) << "#!/bin/sh\n" << script;
    chmod(path.c_str(), 0700);
  }

  absl::StatusOr<registry::Credential> Ask(const std::string& helper,
                                           absl::Duration timeout = absl::Seconds(10)) {
    return AskCredentialHelper(helper, "registry.example.org", base::In(timeout));
  }
};

TEST_F(CredentialHelper, IsAskedByNameForTheServer) {
  Install("good", R"(read server
[ "$1 $server" = "get registry.example.org" ] || exit 1
echo '{"ServerURL":"x","Username":"me","Secret":"hunter2"}')");
  const auto credential = Ask("good");
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(credential->username, "me");
  EXPECT_EQ(credential->password, "hunter2");
}

TEST_F(CredentialHelper, GivesAnIdentityTokenUnderItsOwnUserName) {
  Install("token", R"(echo '{"Username":"<token>","Secret":"hunter2"}')");
  const auto credential = Ask("token");
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(credential->identity_token, "hunter2");
  EXPECT_EQ(credential->password, "");
}

TEST_F(CredentialHelper, HasNoneForThisServer) {
  Install("none", "echo 'credentials not found in native keychain'; exit 1");
  EXPECT_THAT(Ask("none"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("docker-credential-none")));
}

TEST_F(CredentialHelper, FailuresNeverShowWhatItPrinted) {
  Install("fails", "echo hunter2; exit 3");
  EXPECT_THAT(Ask("fails"),
              StatusIs(absl::StatusCode::kFailedPrecondition, Not(HasSubstr("hunter2"))));
  Install("junk", "echo hunter2");
  EXPECT_THAT(Ask("junk"), StatusIs(absl::StatusCode::kFailedPrecondition,
                                    AllOf(HasSubstr("JSON"), Not(HasSubstr("hunter2")))));
}

TEST_F(CredentialHelper, IsEndedWhenItHangsOrTalksTooMuch) {
  Install("hangs", "exec sleep 60");
  EXPECT_THAT(Ask("hangs", absl::Milliseconds(200)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, testing::_));
  Install("talks", "exec cat /dev/zero");
  EXPECT_THAT(Ask("talks"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("printed more")));
}

TEST_F(CredentialHelper, MustBeOnThePathUnderAPlainName) {
  EXPECT_THAT(Ask("absent"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("on the PATH")));
  EXPECT_THAT(Ask("../../bin/sh"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("malformed")));
}

}  // namespace
}  // namespace countersign::cli
