#include "base/core_dump.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cstdlib>

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

// Each in a process of its own, as nothing of it can be taken back.

TEST(CoreDump, TheProcessIsNotDumpable) {
  const auto is_dumpable = [] {
    ForbidCoreDumps();
    std::_Exit(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
  };
  EXPECT_EXIT(is_dumpable(), testing::ExitedWithCode(0), "");
}

TEST(CoreDump, WhatItRunsMayWriteNone) {
  const auto limit = [] {
    ForbidCoreDumps();
    rlimit now = {.rlim_cur = 1, .rlim_max = 1};
    getrlimit(RLIMIT_CORE, &now);
    std::_Exit(now.rlim_cur == 0 && now.rlim_max == 0 ? 0 : 1);
  };
  EXPECT_EXIT(limit(), testing::ExitedWithCode(0), "");
}

TEST(CoreDump, ACrashLeavesNoneBehind) {
  const auto crash = [] {
    ForbidCoreDumps();
    std::abort();
  };
  const auto without_core = [](int status) { return WIFSIGNALED(status) && !WCOREDUMP(status); };
  EXPECT_EXIT(crash(), without_core, "");
}

}  // namespace
}  // namespace countersign::base
