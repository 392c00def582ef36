#include "shim/verifier_client_flags.h"

#include <string>

#include "CLI/CLI.hpp"
#include "base/flag_error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using testing::HasSubstr;

GrpcVerifierClient::Options Parse(const std::string& name, const std::string& line) {
  GrpcVerifierClient::Options options;
  CLI::App app;
  AddVerifierClientFlags(&app, &options, name)->required();
  app.parse(line);
  return options;
}

TEST(VerifierClientFlags, EachReachesItsOption) {
  const GrpcVerifierClient::Options options =
      Parse("verifier",
            "--verifier dns:///v:1 --verifier-ca ca.pem --verifier-cert c.pem --verifier-key k.pem "
            "--verifier-server-name v.test --insecure-verifier-plaintext");
  EXPECT_EQ(options.target, "dns:///v:1");
  EXPECT_EQ(options.ca_file, "ca.pem");
  EXPECT_EQ(options.cert_file, "c.pem");
  EXPECT_EQ(options.key_file, "k.pem");
  EXPECT_EQ(options.server_name, "v.test");
  EXPECT_TRUE(options.insecure_plaintext);
}

TEST(VerifierClientFlags, AreNamedAsTheProgramWants) {
  const GrpcVerifierClient::Options options =
      Parse("server", "--server dns:///v:1 --server-ca ca.pem --insecure-server-plaintext");
  EXPECT_EQ(options.target, "dns:///v:1");
  EXPECT_EQ(options.ca_file, "ca.pem");
  EXPECT_TRUE(options.insecure_plaintext);
}

TEST(VerifierClientFlags, TheFirstIsWhatIsReturned) {
  EXPECT_THAT(base::FlagError([] { Parse("verifier", "--verifier-ca ca.pem"); }),
              HasSubstr("--verifier is required"));
}

}  // namespace
}  // namespace countersign::shim
