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

TEST(MadeOfBodies, ARequestTakesItsBodyAndWhatIsMadeOfIt) {
  EXPECT_EQ(MadeOfBodies().WithBody(1000), 1000u);
  const MadeOfBodies made = {.per_body_byte = 8, .at_most = 10'000};
  EXPECT_EQ(made.WithBody(0), 0u);
  EXPECT_EQ(made.WithBody(1000), 9000u);
  EXPECT_EQ(made.WithBody(1'000'000), 1'010'000u);
}

}  // namespace
}  // namespace countersign::http
