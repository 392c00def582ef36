#include "shim/server_flags.h"

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class ServerFlagsTest : public testing::Test {
 protected:
  // What is wrong with the arguments; "" if nothing is.
  std::string Parse(std::vector<std::string> arguments) {
    CLI::App app;
    AddServerFlags(&app, &options_, &max_review_bytes_);
    arguments.insert(arguments.end(), {"--tls-cert=c", "--tls-key=k"});
    try {
      app.parse(arguments);
    } catch (const CLI::ParseError& error) {
      return error.what();
    }
    return "";
  }

  http::Server::Options options_;
  size_t max_review_bytes_ = 48 << 20;
};

TEST_F(ServerFlagsTest, TheSumsOfTheDoorsAreTheOperators) {
  EXPECT_EQ(
      Parse({"--max-connections=100", "--max-body-bytes=64MiB", "--max-review-bytes=16777216"}),
      "");
  EXPECT_EQ(options_.max_connections, 100);
  EXPECT_EQ(options_.max_all_body_bytes, size_t{64} << 20);
  EXPECT_EQ(max_review_bytes_, size_t{16} << 20);
  // Less than two bodies of the largest size would serve nobody.
  EXPECT_THAT(Parse({"--max-body-bytes=1MiB"}), HasSubstr("--max-body-bytes"));
  EXPECT_THAT(Parse({"--max-connections=0"}), HasSubstr("--max-connections"));
}

TEST_F(ServerFlagsTest, ClientsAreNamed) {
  EXPECT_EQ(Parse({"--client-ca=ca.pem", "--allowed-client=dns:a.example.org",
                   "--allowed-client=uri:spiffe://a/b", "--allowed-client=cn:kube-apiserver"}),
            "");
  EXPECT_EQ(options_.clients.ca_file, "ca.pem");
  EXPECT_THAT(options_.clients.allowed, SizeIs(3));
}

TEST_F(ServerFlagsTest, NobodyIsAskedWhoHeIsUnlessToldSo) {
  EXPECT_EQ(Parse({}), "");
  EXPECT_EQ(options_.clients.ca_file, "");
}

TEST_F(ServerFlagsTest, NamesWithoutAnAuthorityAreRefused) {
  EXPECT_THAT(Parse({"--allowed-client=cn:x"}), HasSubstr("--client-ca"));
}

TEST_F(ServerFlagsTest, ANameThatIsNoneIsRefused) {
  EXPECT_THAT(Parse({"--client-ca=ca.pem", "--allowed-client=kube-apiserver"}),
              HasSubstr("it begins with neither"));
}

}  // namespace
}  // namespace countersign::shim
