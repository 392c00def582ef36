#include "http/server/server_shared.h"

#include "gtest/gtest.h"

namespace countersign::http {
namespace {

TEST(ServerPatience, ABodyHasAGraceAndThenMustComeAtItsRate) {
  const ServerPatience patience = {.body_grace = absl::Seconds(5), .body_bytes_per_second = 1000};
  EXPECT_EQ(patience.WithBody(0), absl::Seconds(5));
  EXPECT_EQ(patience.WithBody(500), absl::Seconds(5.5));
  EXPECT_EQ(patience.WithBody(8'000'000), absl::Seconds(8005));
}

}  // namespace
}  // namespace countersign::http
