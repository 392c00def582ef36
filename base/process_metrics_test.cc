#include "base/process_metrics.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ProcessMetricsTest : public testing::Test {
 protected:
  ProcessMetricsTest()
      : root_(absl::StrCat(testing::TempDir(), "/kernel-",
                           testing::UnitTest::GetInstance()->current_test_info()->name())),
        folders_{.proc = root_ + "/proc", .cgroup = root_ + "/cgroup"} {}
  ~ProcessMetricsTest() override { std::filesystem::remove_all(root_); }

  void Put(const std::string& file, const std::string& text) const {
    const std::filesystem::path path(absl::StrCat(root_, "/", file));
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

  std::string Text() const {
    Metrics metrics;
    AddProcessMetrics(&metrics, folders_);
    return metrics.WriteText();
  }

  const std::string root_;
  const KernelFolders folders_;
};

TEST_F(ProcessMetricsTest, TellsWhatTheKernelSays) {
  const auto ticks = sysconf(_SC_CLK_TCK);
  Put("proc/stat", "cpu  1 2 3\nbtime 1700000000\nprocesses 4\n");
  Put("proc/self/stat",
      absl::StrCat("7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 ", 3 * ticks, " ", 2 * ticks,
                   " 0 0 20 0 1 0 ", 100 * ticks, " 12345 25 18446744073709551615 1\n"));
  Put("proc/self/fd/0", "");
  Put("proc/self/fd/1", "");
  const std::string text = Text();
  EXPECT_THAT(text, AllOf(HasSubstr("\nprocess_cpu_seconds_total 5\n"),
                          HasSubstr("\nprocess_start_time_seconds 1700000100\n"),
                          HasSubstr("\nprocess_open_fds 2\n"), HasSubstr("\nprocess_max_fds ")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("\nprocess_resident_memory_bytes ",
                                           25 * sysconf(_SC_PAGESIZE), "\n")));
}

TEST_F(ProcessMetricsTest, LeavesOutWhatCannotBeRead) {
  Put("proc/self/stat", "7 (a) S 1 2");
  Put("proc/meminfo", "MemTotal: many kB\n");
  const std::string text = Text();
  for (const char* name : {"process_cpu", "process_resident", "process_start", "process_open",
                           "countersign_memory_limit"}) {
    EXPECT_THAT(text, Not(HasSubstr(name)));
  }
}

TEST_F(ProcessMetricsTest, WithoutALimitThereIsTheMachinesMemory) {
  Put("proc/meminfo", "MemFree: 1 kB\nMemTotal:        2048 kB\n");
  Put("proc/self/cgroup", "0::/\n");
  Put("cgroup/memory.max", "max\n");
  EXPECT_THAT(Text(), HasSubstr("\ncountersign_memory_limit_bytes 2097152\n"));
}

TEST_F(ProcessMetricsTest, TheLeastOfTheGroupsLimitsHolds) {
  Put("proc/meminfo", "MemTotal: 2048 kB\n");
  Put("proc/self/cgroup", "0::/pods/one\n");
  Put("cgroup/pods/one/memory.max", "1000000\n");
  Put("cgroup/pods/memory.max", "900000\n");
  EXPECT_THAT(Text(), HasSubstr("\ncountersign_memory_limit_bytes 900000\n"));
}

TEST_F(ProcessMetricsTest, AContainerSeesItsLimitAtTheRoot) {
  Put("proc/self/cgroup", "0::/../..\n");
  Put("cgroup/memory.max", "800000\n");
  EXPECT_THAT(Text(), HasSubstr("\ncountersign_memory_limit_bytes 800000\n"));
}

TEST_F(ProcessMetricsTest, ControlGroupsOfTheFirstVersionHaveLimitsToo) {
  Put("proc/meminfo", "MemTotal: 2048 kB\n");
  Put("proc/self/cgroup", "12:cpu,cpuacct:/a\n3:memory:/docker/a\n0::/docker/a\n");
  Put("cgroup/memory/memory.limit_in_bytes", "700000\n");
  EXPECT_THAT(Text(), HasSubstr("\ncountersign_memory_limit_bytes 700000\n"));
  Put("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_THAT(Text(), HasSubstr("\ncountersign_memory_limit_bytes 2097152\n"));
}

TEST(ProcessMetrics, AreThoseOfThisProcess) {
  Metrics metrics;
  AddProcessMetrics(&metrics);
  const std::string text = metrics.WriteText();
  for (const char* name :
       {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds",
        "process_open_fds", "process_max_fds", "countersign_memory_limit_bytes"}) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat("\n", name, " ")));
  }
}

}  // namespace
}  // namespace countersign::base
