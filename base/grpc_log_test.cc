#include "base/grpc_log.h"

#include <grpc/support/log.h>

#include <string>

#include "base/json.h"
#include "base/log.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(TakeOverGrpcLog, MakesLinesOfOurLog) {
  std::string line;
  ScopedLogSink sink([&line](std::string_view written) { line = std::string(written); });
  TakeOverGrpcLog();
  gpr_log_verbosity_init();  // as grpc_init does
  gpr_log("some/file.cc", 7, GPR_LOG_SEVERITY_ERROR, "a \"%s\"\nfailed", "handshake");
  const absl::StatusOr<Json> json = ParseJson(line);
  ASSERT_TRUE(json.ok()) << line;
  EXPECT_EQ((*json)["level"], "warn");
  EXPECT_EQ((*json)["logger"], "grpc");
  EXPECT_EQ((*json)["msg"], "a \"handshake\"\nfailed");
  EXPECT_EQ((*json)["source"], "some/file.cc:7");
}

}  // namespace
}  // namespace countersign::base
