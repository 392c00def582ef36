#include "verifier/registries/registry_http_client.h"

#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/scripted_server.h"
#include "http/server/server.h"
#include "http/test_authority.h"
#include "kube/fake_secret_reader.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string Read(const std::string& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

class RegistryHttpClientTest : public testing::Test {
 protected:
  // A registry with a certificate of `authority_`; with `clients`, for those with one of theirs.
  void Serve(const http::TestAuthority* clients = nullptr) {
    const http::TestAuthority::KeyPair pair = authority_.Issue();
    http::Server::Options options = {.tls_cert_file = pair.cert_file,
                                     .tls_key_file = pair.key_file};
    if (clients != nullptr) options.clients.ca_file = clients->ca_file();
    auto server = http::Server::Start(options, http::Blocking([](const http::ServerRequest&) {
                                        return http::ServerResponse{.status = 200};
                                      }));
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
    host_ = absl::StrCat("127.0.0.1:", server_->port());
  }

  void Open(RegistryHttpClient::Options options) {
    client_.reset();
    auto client = RegistryHttpClient::Create(options, &secrets_, &clock_);
    ASSERT_THAT(client, IsOk());
    client_ = *std::move(client);
  }

  absl::Status Ask() {
    return client_->Send({.url = absl::StrCat("https://", host_, "/v2/")}, base::Soon()).status();
  }

  // Whether it answers once files and Secrets have been looked at again.
  bool AnswersSoon() {
    // Those who look may have begun to wait for the next time only just now.
    return base::Eventually([&] {
      clock_.Advance(absl::Minutes(1));
      return Ask().ok();
    });
  }

  void PutAuthority() {
    secrets_.PutSecret("shop", "registry-ca", {.data = {{"ca.crt", authority_.CaPem()}}});
  }
  void PutIdentity(http::TestAuthority& issuer) {
    const http::TestAuthority::KeyPair pair = issuer.Issue();
    secrets_.PutSecret(
        "shop", "identity",
        {.data = {{"tls.crt", Read(pair.cert_file)}, {"tls.key", Read(pair.key_file)}}});
  }

  http::TestAuthority authority_;
  http::TestAuthority other_;
  std::unique_ptr<http::Server> server_;
  std::string host_;
  kube::FakeSecretReader secrets_;
  base::FakeClock clock_;
  std::unique_ptr<RegistryHttpClient> client_;
};

TEST_F(RegistryHttpClientTest, TrustsTheAuthoritiesOfFiles) {
  Serve();
  Open({});
  EXPECT_THAT(
      Ask(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("signed by an unknown authority")));
  Open({.ca_files = {other_.ca_file(), authority_.ca_file()}});
  EXPECT_THAT(Ask(), IsOk());
}

TEST_F(RegistryHttpClientTest, TrustsTheAuthoritiesOfSecrets) {
  Serve();
  PutAuthority();
  Open({.ca_secrets = {"shop/registry-ca"}});
  EXPECT_THAT(Ask(), IsOk());
}

TEST_F(RegistryHttpClientTest, ShowsTheCertificateThatASecretHasForTheHost) {
  Serve(&other_);
  PutIdentity(other_);
  Open({.ca_files = {authority_.ca_file()}, .client_certs = {"another.example.org=shop/identity"}});
  EXPECT_THAT(Ask(), StatusIs(absl::StatusCode::kUnavailable));
  Open({.ca_files = {authority_.ca_file()},
        .client_certs = {absl::StrCat(host_, "=shop/identity")}});
  EXPECT_THAT(Ask(), IsOk());
}

// What one of them brings takes nothing from the others.
TEST_F(RegistryHttpClientTest, FollowsAllThreeAndEachKeepsWhatTheOthersGave) {
  Serve(&other_);
  const std::string file = authority_.directory() + "/followed.pem";
  std::ofstream(file) << other_.CaPem();
  Open({.ca_files = {file},
        .ca_secrets = {"shop/registry-ca"},
        .client_certs = {absl::StrCat(host_, "=shop/identity")}});
  EXPECT_FALSE(Ask().ok());
  PutIdentity(other_);
  PutAuthority();
  EXPECT_TRUE(AnswersSoon());
  // Now by the file alone.
  std::ofstream(file + ".next") << authority_.CaPem();
  ASSERT_EQ(std::rename((file + ".next").c_str(), file.c_str()), 0);
  secrets_.RemoveSecret("shop", "registry-ca");
  clock_.Advance(absl::Minutes(2));
  EXPECT_TRUE(AnswersSoon());
}

TEST_F(RegistryHttpClientTest, WhatIsWrongIsRefusedWithTheNameOfItsFlag) {
  const auto error_of = [&](const RegistryHttpClient::Options& options) {
    return RegistryHttpClient::Create(options, &secrets_, &clock_).status();
  };
  EXPECT_THAT(error_of({.ca_files = {"absent.pem"}}),
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(StartsWith("--registry-ca: "), HasSubstr("absent.pem"))));
  EXPECT_THAT(error_of({.ca_secrets = {"shop"}}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("--registry-ca-secret: shop: must be")));
  EXPECT_THAT(error_of({.client_certs = {"registry.example.org"}}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("--registry-client-cert: registry.example.org: must be")));
  EXPECT_EQ(secrets_.fetches(), 0);
}

TEST_F(RegistryHttpClientTest, LooksLikeANode) {
  http::ScriptedServer server([](const std::string&) {
    return http::ScriptedServer::Answer{.bytes = http::WriteResponse(200, {}, "")};
  });
  Open({});
  ASSERT_THAT(client_->Send({.url = absl::StrCat("http://", server.host(), "/v2/")}, base::Soon()),
              IsOk());
  EXPECT_THAT(server.Requests().front(), HasSubstr("containerd/v"));
}

// A verifier that ends waits for nobody, whatever is followed meanwhile.
TEST_F(RegistryHttpClientTest, StoppingEndsWhatHangsAndWhatComesLater) {
  absl::Notification asked;
  http::ScriptedServer server([&](const std::string&) {
    asked.Notify();
    return http::ScriptedServer::Answer{.then = http::ScriptedServer::Answer::Then::kHang};
  });
  Open({.ca_secrets = {"shop/registry-ca"}});
  const auto ask = [&] {
    return client_->Send({.url = absl::StrCat("http://", server.host(), "/v2/")},
                         absl::InfiniteFuture());
  };
  std::thread hanging([&] { EXPECT_THAT(ask(), StatusIs(absl::StatusCode::kUnavailable)); });
  EXPECT_TRUE(base::Await(asked));
  client_->Stop();
  hanging.join();
  PutAuthority();
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(base::Eventually([&] { return secrets_.fetches() >= 2; }));
  EXPECT_THAT(ask(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(server.connections(), 1);
}

}  // namespace
}  // namespace countersign::verifier
