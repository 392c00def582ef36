#include "base/open_files.h"

#include <sys/resource.h>

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

rlimit Limit() {
  rlimit files = {};
  EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  return files;
}

void SetLimit(rlim_t soft, rlim_t hard) {
  const rlimit files = {.rlim_cur = soft, .rlim_max = hard};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
}

// In this order: a hard limit that is lowered stays so.
TEST(AllowOpenConnections, RaisesTheLimitAsFarAsItMay) {
  ASSERT_GE(Limit().rlim_max, 1024u);
  SetLimit(300, 1024);
  EXPECT_EQ(AllowOpenConnections(10), 10u);
  EXPECT_EQ(Limit().rlim_cur, 300u);
  EXPECT_EQ(AllowOpenConnections(500), 500u);
  EXPECT_EQ(Limit().rlim_cur, 756u);
  EXPECT_EQ(AllowOpenConnections(4096), 768u);
  EXPECT_EQ(Limit().rlim_cur, 1024u);
  SetLimit(200, 200);
  EXPECT_EQ(AllowOpenConnections(4096), 100u);
}

}  // namespace
}  // namespace countersign::base
