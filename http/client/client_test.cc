#include "http/client/client.h"

#include <optional>

#include "gtest/gtest.h"

namespace countersign::http {
namespace {

TEST(ClientResponse, TheFirstHeaderOfANameIsFound) {
  ClientResponse response;
  response.headers = {{"etag", "a"}, {"link", "b"}, {"link", "c"}};
  EXPECT_EQ(response.FindHeader("link"), "b");
  EXPECT_EQ(response.FindHeader("location"), std::nullopt);
}

TEST(ClientResponse, ADefaultOneIsNoSuccess) { EXPECT_EQ(ClientResponse{}.status, 0); }

}  // namespace
}  // namespace countersign::http
