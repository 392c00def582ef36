// How plugins are run: how often, how many at a time and for how long.

#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/share.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "verifier/credentials/credential_providers.h"
#include "verifier/credentials/credential_providers_fixture.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::Each;
using ::testing::HasSubstr;

TEST_F(CredentialProvidersTest, AreRunOnceForAllWhoAskMeanwhile) {
  Start("while [ ! -e go ]; do sleep 0.05; done" + AnswerOf("Registry"));
  std::vector<std::thread> threads;
  std::vector<std::string> users(8);
  for (size_t i = 0; i < users.size(); ++i) {
    threads.emplace_back([&, i] { users[i] = Users(i % 2 == 0 ? kApp : kOther); });
  }
  Touch("go");
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(users, Each("user-1"));
}

TEST_F(CredentialProvidersTest, GoOnWhenNobodyWaitsAndServeTheNext) {
  Start("echo x > started; while [ ! -e go ]; do sleep 0.05; done" + AnswerOf("Registry"));
  // What has not begun in the time is not begun any more.
  for (absl::Duration patience = absl::Milliseconds(200); Read("started").empty(); patience *= 2) {
    ASSERT_LE(patience, base::kPatience);
    EXPECT_THAT(Fetch(kApp, absl::InfinitePast(), patience),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
  }
  ASSERT_EQ(Read("started"), "x\n");
  Touch("go");
  EXPECT_EQ(Users(kApp), "user-1");
}

TEST_F(CredentialProvidersTest, EndProgramsThatNobodyWaitsForAfterAWhile) {
  Start("echo $$ > pid; exec sleep 300", {.unwanted_run_timeout = absl::ZeroDuration()});
  WaitOnlyUntilThereIs("pid");
  const int pid = atoi(Read("pid").c_str());
  ASSERT_GT(pid, 0);
  EXPECT_TRUE(base::Eventually([pid] { return kill(pid, 0) != 0; }));
}

TEST_F(CredentialProvidersTest, AreWaitedForAsLongAsTheAnswerIsWanted) {
  Start("echo x > started; exec sleep 300");
  WaitOnlyUntilThereIs("started");
}

TEST_F(CredentialProvidersTest, HaveALimitedTime) {
  Start("exec sleep 300", {.run_timeout = absl::Milliseconds(200)});
  EXPECT_THAT(Fetch(kApp),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("did not end in time")));
}

TEST_F(CredentialProvidersTest, RunOnlySoManyAtATime) {
  // From when there is a file of that name, nobody ends before two have met.
  Start(
      "mkdir running.$$; echo running.* | wc -w >> counts; sleep 0.1; "
      "while [ -e meet ] && ! grep -q 2 counts; do sleep 0.05; done; rmdir running.$$" +
          AnswerOf("Image"),
      {.max_runs = 2});
  ASSERT_NE(Users(kApp), "");
  Touch("meet");
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this, i] {
      EXPECT_THAT(Fetch({"registry.example.org", absl::StrCat("app-", i)}, absl::InfinitePast(),
                        absl::Seconds(30), {.caller = absl::StrCat(i)}),
                  IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
  int most = 0;
  int count = 0;
  for (std::istringstream counts(Read("counts")); counts >> count;) most = std::max(most, count);
  EXPECT_EQ(most, 2);
}

TEST_F(CredentialProvidersTest, LeaveRunsToOthersAndBeginNoneThatNobodyWaitsFor) {
  Start("case $(cat) in *crowd*) echo x >> crowd; while [ ! -e go ]; do sleep 0.05; done;; esac" +
            AnswerOf("Image"),
        {.max_runs = 4, .max_runs_of_one = 4});
  // From now on an answer is expected to be for one image.
  ASSERT_THAT(Fetch({"registry.example.org", "first"}), IsOk());
  const base::Share crowd = {.caller = "10.0.0.1", .group = "crowd", .request = 1};
  std::atomic<bool> is_wanted = true;
  std::vector<std::thread> threads;
  for (int i = 0; i < 30; ++i) {
    threads.emplace_back([this, crowd, i, &is_wanted] {
      EXPECT_THAT(providers_->Fetch(0, {"registry.example.org", absl::StrCat("crowd-", i)},
                                    absl::InfinitePast(), absl::InfiniteFuture(), crowd,
                                    [&is_wanted] { return is_wanted.load(); }),
                  StatusIs(absl::StatusCode::kCancelled));
    });
  }
  Await("crowd");
  // Of another namespace, and of another address.
  EXPECT_THAT(Fetch(kApp, absl::InfinitePast(), absl::Seconds(30),
                    {.caller = "10.0.0.1", .group = "shop", .request = 2}),
              IsOk());
  EXPECT_THAT(Fetch(kOther, absl::InfinitePast(), absl::Seconds(30),
                    {.caller = "10.0.0.2", .group = "crowd", .request = 3}),
              IsOk());
  is_wanted = false;
  for (std::thread& thread : threads) thread.join();
  Touch("go");
  // What comes after all of the crowd's in its line.
  EXPECT_THAT(
      Fetch({"registry.example.org", "last"}, absl::InfinitePast(), absl::Seconds(30), crowd),
      IsOk());
  EXPECT_EQ(Read("crowd"), "x\n");
}

TEST_F(CredentialProvidersTest, EndTheirProgramsWhenTheyGo) {
  Start("echo $$ > pid; exec sleep 300");
  WaitOnlyUntilThereIs("pid");
  const int pid = atoi(Read("pid").c_str());
  ASSERT_GT(pid, 0);
  providers_.reset();
  EXPECT_NE(kill(pid, 0), 0);
}

}  // namespace
}  // namespace countersign::verifier
