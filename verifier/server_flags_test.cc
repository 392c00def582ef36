#include "verifier/server_flags.h"

#include <cstddef>
#include <string>

#include "CLI/CLI.hpp"
#include "base/flag_error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

GrpcServer::Options Parse(const std::string& line) {
  GrpcServer::Options options;
  CLI::App app;
  AddServerFlags(&app, &options);
  app.parse(line);
  return options;
}

std::string ErrorOf(const std::string& line) {
  return base::FlagError([&] { Parse(line); });
}

TEST(ServerFlags, EachReachesItsOption) {
  const GrpcServer::Options options = Parse(
      "--listen 0.0.0.0:1 --tls-cert c.pem --tls-key k.pem --client-ca ca.pem --insecure-plaintext "
      "--max-connections 100 --max-question-bytes 64MiB --max-answer-bytes 32MiB");
  EXPECT_EQ(options.listen, "0.0.0.0:1");
  EXPECT_EQ(options.tls.cert_file, "c.pem");
  EXPECT_EQ(options.tls.key_file, "k.pem");
  EXPECT_EQ(options.tls.client_ca_file, "ca.pem");
  EXPECT_TRUE(options.tls.insecure_plaintext);
  EXPECT_EQ(options.connections.places.connections, 100u);
  EXPECT_EQ(options.limits.question_bytes, size_t{64} << 20);
  EXPECT_EQ(options.limits.answer_bytes, size_t{32} << 20);
}

TEST(ServerFlags, NobodyIsAskedWhoHeIsNorServedInTheClearUnlessToldSo) {
  const GrpcServer::Options options = Parse("");
  EXPECT_EQ(options.tls.client_ca_file, "");
  EXPECT_FALSE(options.tls.insecure_plaintext);
  EXPECT_THAT(options.allowed_clients, IsEmpty());
}

TEST(ServerFlags, EachRuleIsAFlagOfItsOwnWithAllItsNamespaces) {
  EXPECT_THAT(
      Parse("--allowed-client dns:a.example.org=shop,garden --allowed-client uri:spiffe://b=*")
          .allowed_clients,
      ElementsAre("dns:a.example.org=shop,garden", "uri:spiffe://b=*"));
  EXPECT_THAT(ErrorOf("--allowed-client dns:a=* dns:b=*"), HasSubstr("dns:b=*"));
}

TEST(ServerFlags, SumsThatCannotBeAreRefusedWithTheNameOfTheirFlag) {
  for (const char* value : {"15", "1048577", "many"}) {
    EXPECT_THAT(ErrorOf(std::string("--max-connections ") + value), HasSubstr("--max-connections"));
  }
  for (const std::string flag : {"--max-question-bytes", "--max-answer-bytes"}) {
    for (const char* value : {"4095KiB", "2TiB", "many"}) {
      EXPECT_THAT(ErrorOf(flag + " " + value), HasSubstr(flag));
    }
  }
}

}  // namespace
}  // namespace countersign::verifier
