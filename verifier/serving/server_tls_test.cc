#include "verifier/serving/server_tls.h"

#include <fstream>
#include <string>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(CreateServerTls, PlaintextOnlyOnLoopbackUnlessAskedFor) {
  EXPECT_THAT(CreateServerTls("127.0.0.1:0", {}), IsOk());
  EXPECT_THAT(CreateServerTls("0.0.0.0:0", {}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(StartsWith("--listen 0.0.0.0:0"), HasSubstr("--insecure-plaintext"))));
  EXPECT_THAT(CreateServerTls("0.0.0.0:0", {.insecure_plaintext = true}), IsOk());
}

TEST(CreateServerTls, NamesTheFlagThatIsMissingOrCannotBeUsed) {
  EXPECT_THAT(
      CreateServerTls("127.0.0.1:0", {.client_ca_file = "ca.pem"}),
      StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("--client-ca: needs --tls-cert")));
  EXPECT_THAT(CreateServerTls("127.0.0.1:0", {.cert_file = testing::TempDir() + "/absent.pem"}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(StartsWith("--tls-cert"), HasSubstr("No such file"))));
  const std::string file = testing::TempDir() + "/not.pem";
  std::ofstream(file) << "nothing";
  EXPECT_THAT(CreateServerTls("127.0.0.1:0", {.cert_file = file, .key_file = file}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("holds no PEM block")));
}

}  // namespace
}  // namespace countersign::verifier
