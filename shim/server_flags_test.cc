#include "shim/server_flags.h"

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "base/flag_error.h"
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
    AddServerFlags(&app, &options_);
    arguments.insert(arguments.end(), {"--tls-cert=c", "--tls-key=k"});
    return base::FlagError([&] { app.parse(arguments); });
  }

  http::Server::Options options_;
};

TEST_F(ServerFlagsTest, TheSumsOfTheDoorsAreTheOperators) {
  EXPECT_EQ(Parse({"--max-connections=100", "--max-request-bytes=64MiB"}), "");
  EXPECT_EQ(options_.max_connections, 100);
  EXPECT_EQ(options_.max_request_memory, size_t{64} << 20);
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

TEST_F(ServerFlagsTest, TheLargestReviewAlwaysFindsRoom) {
  EXPECT_EQ(Parse({"--max-request-bytes=96MiB"}), "");
  EXPECT_EQ(options_.max_request_memory, 96u << 20);
  EXPECT_EQ(Parse({"--max-request-bytes=24MiB"}), "");
  EXPECT_THAT(Parse({"--max-request-bytes=23MiB"}), HasSubstr("--max-request-bytes"));
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
