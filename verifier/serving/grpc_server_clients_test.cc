// Who may ask for what, over mutual TLS.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "http/test_authority.h"
#include "proto/grpc/health/v1/health.grpc.pb.h"
#include "verifier/serving/grpc_server.h"
#include "verifier/serving/grpc_server_clients_fixture.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(GrpcServerClientsTest, WithoutRulesEveryClientWithACertificateMayAskForEverything) {
  Start({});
  const Answer answer = Ask("DNS:anybody.example.org", "shop");
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.verdict.reason(), v1::REASON_VERIFIED);
}

TEST_F(GrpcServerClientsTest, AClientOfAnotherAuthorityIsNotServed) {
  Start({"dns:ci.example.org=*"});
  http::TestAuthority other;
  const auto stub = v1::Verifier::NewStub(Connect("DNS:ci.example.org", other));
  v1::VerifyImagesRequest request;
  request.add_images()->set_reference(kImage);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(base::Soon()));
  v1::VerifyImagesResponse response;
  EXPECT_EQ(stub->VerifyImages(&context, request, &response).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(GrpcServerClientsTest, WhoIsNotListedIsRefusedAndToldItsNames) {
  Start({"dns:ci.example.org=*", "uri:spiffe://example.org/ci=*"});
  for (const std::string names :
       {"DNS:other.example.org", "URI:spiffe://example.org/other", "email:ci.example.org",
        // The certificate's common name is "test".
        "IP:127.0.0.1"}) {
    const Answer answer = Ask(names, "shop");
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << names;
    EXPECT_THAT(answer.status.error_message(), HasSubstr("is not listed")) << names;
  }
  EXPECT_THAT(Ask("DNS:other.example.org", "").status.error_message(),
              HasSubstr("dns:other.example.org"));
}

TEST_F(GrpcServerClientsTest, WhoIsRefusedCannotFillTheLog) {
  Start({"dns:ci.example.org=*"});
  std::vector<std::string> lines;
  const base::ScopedLogSink sink([&lines](std::string_view line) {
    if (line.find("Refused clients") != std::string_view::npos) lines.emplace_back(line);
  });
  for (int i = 0; i < 5; ++i) Ask("DNS:other.example.org", "shop");
  cluster_.clock.Advance(absl::Minutes(1));
  Ask("DNS:other.example.org", "shop");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0], AllOf(HasSubstr("dns:other.example.org"), HasSubstr("is not listed")));
  EXPECT_THAT(lines[1], HasSubstr("\"not_listed\":\"5\""));
}

TEST_F(GrpcServerClientsTest, ACommonNameIsNoIdentity) {
  Start({"dns:test=*"});
  EXPECT_EQ(Ask("DNS:other", "").status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(Ask("DNS:test", "").status.ok());
}

TEST_F(GrpcServerClientsTest, AListedNamespacesPullSecretsAreUsed) {
  Start({"dns:ci.example.org=shop", "uri:spiffe://example.org/ns/*/ci=shop"});
  EXPECT_EQ(Ask("DNS:ci.example.org", "shop").verdict.reason(), v1::REASON_VERIFIED);
  EXPECT_EQ(Ask("DNS:x.example.org,URI:spiffe://example.org/ns/a/ci", "shop").verdict.reason(),
            v1::REASON_VERIFIED);
}

TEST_F(GrpcServerClientsTest, SomebodyElsesNamespaceIsRefusedByName) {
  Start({"dns:shim.example.org=*", "dns:ci.example.org=staging", "dns:scan.example.org=shared",
         "dns:anon.example.org=none"});
  // Even when what it would see is remembered.
  const Answer known = Ask("DNS:shim.example.org", "shop");
  ASSERT_EQ(known.verdict.reason(), v1::REASON_VERIFIED);
  const size_t calls = cluster_.registry.Calls().size();
  for (const std::string client : {"ci", "scan", "anon"}) {
    const Answer answer = Ask("DNS:" + client + ".example.org", "shop",
                              "registry.example.org/shop/app@" + known.verdict.digest());
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << client;
    EXPECT_THAT(answer.status.error_message(),
                AllOf(HasSubstr("\"shop\""), Not(HasSubstr("regcred"))))
        << client;
  }
  EXPECT_EQ(cluster_.registry.Calls().size(), calls);
}

TEST_F(GrpcServerClientsTest, WhatIsRememberedForOthersIsNotSeenWithoutTheirCredentials) {
  Start({"dns:shim.example.org=*", "dns:ci.example.org=staging", "dns:anon.example.org=none"});
  const Answer known = Ask("DNS:shim.example.org", "shop");
  ASSERT_EQ(known.verdict.reason(), v1::REASON_VERIFIED);
  const std::string by_digest = "registry.example.org/shop/app@" + known.verdict.digest();
  ASSERT_EQ(Ask("DNS:shim.example.org", "shop", by_digest).verdict.reason(), v1::REASON_VERIFIED);
  EXPECT_EQ(Ask("DNS:ci.example.org", "staging", by_digest).verdict.decision(), v1::DECISION_DENY);
  EXPECT_EQ(Ask("DNS:ci.example.org", "", by_digest).verdict.decision(), v1::DECISION_DENY);
  EXPECT_EQ(Ask("DNS:anon.example.org", "", by_digest).verdict.decision(), v1::DECISION_DENY);
}

TEST_F(GrpcServerClientsTest, ThePolicysSecretIsOnlyForThoseWithARightToIt) {
  SetPolicy(policy::SecretReference{"policies", "regcred"});
  Start({"dns:anon.example.org=none", "dns:scan.example.org=shared", "dns:ci.example.org=staging"});
  const Answer anonymous = Ask("DNS:anon.example.org", "");
  ASSERT_TRUE(anonymous.status.ok()) << anonymous.status.error_message();
  EXPECT_EQ(anonymous.verdict.decision(), v1::DECISION_DENY);
  EXPECT_THAT(anonymous.verdict.message(),
              AllOf(HasSubstr("anonymous"), Not(HasSubstr("policies"))));
  EXPECT_THAT(cluster_.registry.Calls(), Each(Not(HasSubstr(" as "))));

  EXPECT_EQ(Ask("DNS:scan.example.org", "").verdict.reason(), v1::REASON_VERIFIED);
  EXPECT_EQ(Ask("DNS:ci.example.org", "staging").verdict.reason(), v1::REASON_VERIFIED);
  EXPECT_THAT(cluster_.registry.Calls(), Contains(HasSubstr(" as policy")));
}

TEST_F(GrpcServerClientsTest, AnExclusionCannotBeBorrowed) {
  Start({"dns:shim.example.org=*", "dns:ci.example.org=staging", "dns:anon.example.org=none"});
  EXPECT_EQ(Ask("DNS:shim.example.org", "build").verdict.reason(), v1::REASON_EXCLUDED_NAMESPACE);
  for (const std::string client : {"ci", "anon"}) {
    EXPECT_EQ(Ask("DNS:" + client + ".example.org", "build").status.error_code(),
              grpc::StatusCode::PERMISSION_DENIED);
  }
}

TEST_F(GrpcServerClientsTest, APolicyIsValidatedForWhoeverIsListed) {
  Start({"dns:anon.example.org=none"});
  v1::ValidatePolicyRequest request;
  request.set_policy_json("{}");
  for (const auto& [name, code] : std::vector<std::pair<std::string, grpc::StatusCode>>{
           {"DNS:anon.example.org", grpc::StatusCode::OK},
           {"DNS:other.example.org", grpc::StatusCode::PERMISSION_DENIED}}) {
    const auto stub = v1::Verifier::NewStub(Connect(name, authority_));
    grpc::ClientContext context;
    v1::ValidatePolicyResponse response;
    EXPECT_EQ(stub->ValidatePolicy(&context, request, &response).error_code(), code) << name;
    EXPECT_EQ(response.problems_size() > 0, code == grpc::StatusCode::OK);
  }
}

TEST_F(GrpcServerClientsTest, HealthIsOpenToEveryClientWithACertificate) {
  Start({"dns:ci.example.org=*"});
  server_->SetServing(true);
  const auto stub = grpc::health::v1::Health::NewStub(Connect("DNS:probe.example.org", authority_));
  grpc::ClientContext context;
  grpc::health::v1::HealthCheckResponse response;
  ASSERT_TRUE(stub->Check(&context, {}, &response).ok());
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
}

TEST_F(GrpcServerClientsTest, RulesNeedMutualTls) {
  EXPECT_THAT(
      GrpcServer::Start({.listen = "127.0.0.1:0", .allowed_clients = {"dns:ci.example.org=*"}},
                        &cluster_.verifier),
      base::StatusIs(absl::StatusCode::kInvalidArgument,
                     HasSubstr("--allowed-client: needs --client-ca")));
}

TEST_F(GrpcServerClientsTest, ARuleThatCannotBeReadIsRefusedAtTheStart) {
  const http::TestAuthority::KeyPair pair = authority_.Issue();
  EXPECT_THAT(GrpcServer::Start({.listen = "127.0.0.1:0",
                                 .tls = {.cert_file = pair.cert_file,
                                         .key_file = pair.key_file,
                                         .client_ca_file = authority_.ca_file()},
                                 .allowed_clients = {"ci.example.org"}},
                                &cluster_.verifier),
              base::StatusIs(absl::StatusCode::kInvalidArgument,
                             HasSubstr("--allowed-client ci.example.org: ")));
}

}  // namespace
}  // namespace countersign::verifier
