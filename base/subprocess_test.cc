#include "base/subprocess.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

absl::StatusOr<CommandResult> RunIt(const Command& command,
                                    absl::Duration timeout = absl::Seconds(30)) {
  return RunCommand(command, In(timeout));
}

Command Shell(std::string script) {
  return {.program = "/bin/sh", .arguments = {"-c", std::move(script)}};
}

int CountOpenDescriptors() {
  DIR* directory = opendir("/proc/self/fd");
  int count = 0;
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

// Whether the process is there and no zombie; one that another test killed goes in its own time.
bool IsRunning(int pid) {
  std::string stat;
  std::getline(std::ifstream(absl::StrCat("/proc/", pid, "/stat")), stat);
  return !stat.empty() && stat.find(") Z") == std::string::npos;
}

bool EndsSoon(int pid) {
  return Eventually([pid] { return !IsRunning(pid); });
}

TEST(RunCommand, GivesArgumentsAndInputAndTakesBothOutputs) {
  Command command = Shell("cat; echo \"$0 $1\"; echo oops >&2; exit 3");
  command.arguments.insert(command.arguments.end(), {"a b", "$c"});
  command.input = std::string("x\0y\n", 4);
  const auto result = RunIt(command);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output, std::string("x\0y\n", 4) + "a b $c\n");
  EXPECT_EQ(result->error_output, "oops\n");
  EXPECT_EQ(result->exit_status, 3);
  EXPECT_FALSE(result->Succeeded());
  EXPECT_EQ(result->HowItEnded(), "exit status 3");
}

TEST(RunCommand, PassesMoreThanAPipeHoldsBothWays) {
  Command command = Shell("cat");
  command.input = std::string(1 << 20, 'x');
  command.max_output_bytes = 1 << 20;
  const auto result = RunIt(command);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->output == command.input);
}

TEST(RunCommand, NeedsNobodyToReadTheInput) {
  Command command = Shell("exec 0<&-; echo done");
  command.input = std::string(1 << 20, 'x');
  const auto result = RunIt(command);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output, "done\n");
}

TEST(RunCommand, AddsToTheEnvironmentOrReplacesIt) {
  setenv("SUBPROCESS_TEST_A", "old", /*overwrite=*/1);
  setenv("SUBPROCESS_TEST_B", "kept", /*overwrite=*/1);
  Command command = Shell("echo \"$SUBPROCESS_TEST_A $SUBPROCESS_TEST_B\"");
  command.environment = {{"SUBPROCESS_TEST_A", "new"}};
  EXPECT_EQ(RunIt(command)->output, "new kept\n");
  command.inherit_environment = false;
  EXPECT_EQ(RunIt(command)->output, "new \n");
}

TEST(RunCommand, FindsAProgramOnThePath) {
  EXPECT_EQ(RunIt({.program = "echo", .arguments = {"here"}})->output, "here\n");
}

TEST(RunCommand, SaysWhichProgramCannotBeRunAndWhy) {
  EXPECT_THAT(RunIt({.program = "no-such-program"}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("no-such-program"), HasSubstr("on the PATH"))));
  EXPECT_THAT(RunIt({.program = "/no/such"}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("/no/such cannot be run: No such")));
  EXPECT_THAT(RunIt({.program = "/etc/passwd"}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("Permission denied")));
}

TEST(RunCommand, SaysWhichSignalEndedIt) {
  const auto result = RunIt(Shell("kill -TERM $$"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->HowItEnded(), "ended by signal 15");
  EXPECT_FALSE(result->Succeeded());
}

TEST(RunCommand, EndsAtTheDeadlineWithAllThatWasStarted) {
  const std::string file = testing::TempDir() + "/subprocess_test_sleeper";
  unlink(file.c_str());
  const Command command = Shell(absl::StrCat("sleep 300 & echo $! > ", file, "; wait"));
  // More time where it has not come so far before its end.
  int sleeper = 0;
  for (absl::Duration given = absl::Milliseconds(500); sleeper == 0 && given <= kPatience;
       given *= 2) {
    EXPECT_THAT(RunIt(command, given),
                StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("/bin/sh")));
    std::ifstream(file) >> sleeper;
  }
  ASSERT_NE(sleeper, 0);
  EXPECT_TRUE(EndsSoon(sleeper));
}

TEST(RunCommand, StartsNothingWithoutTime) {
  const std::string file = testing::TempDir() + "/subprocess_test_started";
  EXPECT_THAT(RunIt(Shell("touch " + file), absl::ZeroDuration()),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("not started")));
  EXPECT_NE(access(file.c_str(), F_OK), 0);
}

TEST(RunCommand, DoesNotWaitForWhatTheProgramLeavesBehind) {
  const auto result = RunIt(Shell("sleep 300 & echo $!"));
  ASSERT_TRUE(result.ok()) << result.status();
  int sleeper = 0;
  ASSERT_TRUE(absl::SimpleAtoi(result->output, &sleeper));
  EXPECT_TRUE(EndsSoon(sleeper));
}

TEST(RunCommand, EndsAProgramThatPrintsTooMuch) {
  EXPECT_THAT(RunIt({.program = "cat", .arguments = {"/dev/zero"}}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("more than 65536 bytes")));
  Command exact = Shell("printf 12345");
  exact.max_output_bytes = 5;
  EXPECT_EQ(RunIt(exact)->output, "12345");
  exact.max_output_bytes = 4;
  EXPECT_THAT(RunIt(exact),
              StatusIs(absl::StatusCode::kFailedPrecondition, Not(HasSubstr("1234"))));
}

TEST(RunCommand, KeepsTheBeginningOfStandardError) {
  Command command = Shell("head -c 1000000 /dev/zero | tr '\\0' x >&2; echo done");
  command.max_error_bytes = 10;
  const auto result = RunIt(command);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->error_output, "xxxxxxxxxx");
  EXPECT_EQ(result->output, "done\n");
}

TEST(RunCommand, EndsAtTheDeadlineHoweverMuchIsPrintedOnStandardError) {
  EXPECT_THAT(RunIt(Shell("exec cat /dev/zero >&2"), absl::Milliseconds(300)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, testing::_));
}

TEST(RunCommand, PassesNoDescriptorOnAndLeavesNoneOpen) {
  // Without FD_CLOEXEC, as some library might.
  const int leak = open("/dev/null", O_RDONLY);
  ASSERT_GE(leak, 3);
  const int before = CountOpenDescriptors();
  const auto result = RunIt(Shell("ls /proc/self/fd"));
  ASSERT_TRUE(result.ok()) << result.status();
  // The fourth is the directory, which ls has opened.
  EXPECT_EQ(result->output, "0\n1\n2\n3\n");
  EXPECT_FALSE(RunIt({.program = "/no/such"}).ok());
  EXPECT_FALSE(RunIt(Shell("sleep 300"), absl::Milliseconds(100)).ok());
  EXPECT_EQ(CountOpenDescriptors(), before);
  close(leak);
}

TEST(RunCommand, LeavesNoZombie) {
  ASSERT_TRUE(RunIt(Shell("exit 1")).ok());
  ASSERT_FALSE(RunIt(Shell("sleep 300"), absl::Milliseconds(100)).ok());
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(RunCommand, GivesDefaultSignals) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &blocked, &before), 0);
  const auto old = signal(SIGPIPE, SIG_IGN);
  const auto result = RunIt({.program = "grep", .arguments = {"^Sig[BI]", "/proc/self/status"}});
  signal(SIGPIPE, old);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ASSERT_TRUE(result.ok()) << result.status();
  // But for the two that glibc keeps to itself, 32 and 33.
  EXPECT_THAT(result->output,
              ::testing::MatchesRegex("SigBlk:\t0+\nSigIgn:\t0000000[01][08]0000000\n"));
}

TEST(RunCommand, EndsWhenItIsStopped) {
  CommandStop stop;
  const std::string begun = testing::TempDir() + "/begun";
  Command command = Shell(absl::StrCat("touch ", begun, "; sleep 300"));
  command.stop = &stop;
  std::thread stopper([&] {
    EXPECT_TRUE(Eventually([&] { return std::ifstream(begun).good(); }));
    stop.Stop();
  });
  EXPECT_THAT(RunIt(command), StatusIs(absl::StatusCode::kCancelled, HasSubstr("/bin/sh")));
  stopper.join();
  EXPECT_THAT(RunIt(command), StatusIs(absl::StatusCode::kCancelled, HasSubstr("/bin/sh")));
}

TEST(RunCommand, RunsManyAtATime) {
  std::vector<std::thread> threads;
  std::vector<std::string> outputs(16);
  for (size_t i = 0; i < outputs.size(); ++i) {
    threads.emplace_back([&outputs, i] {
      Command command = Shell("cat");
      command.input = absl::StrCat(i);
      const auto result = RunIt(command);
      outputs[i] = result.ok() ? result->output : result.status().ToString();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < outputs.size(); ++i) EXPECT_EQ(outputs[i], absl::StrCat(i));
}

}  // namespace
}  // namespace countersign::base
