// Which clients a server serves, by the certificates that they show.

#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/server/client_names.h"
#include "http/server/server.h"
#include "http/server/server_doors_fixture.h"
#include "http/server/server_raw_client.h"
#include "http/test_authority.h"

namespace countersign::http {
namespace {

using base::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ClientCertificatesTest : public ServerDoorsTest {
 protected:
  void Allow(std::initializer_list<std::string_view> names) {
    options_.clients.ca_file = authority_.ca_file();
    for (const std::string_view name : names) {
      options_.clients.allowed.push_back(
          *ClientPattern::Parse(name, ClientPattern::CommonNames::kTaken));
    }
  }

  // The answer to a client that shows the certificate; "" if there is none.
  std::string AskWith(const TestAuthority::KeyPair* pair, int tls_version = TLS1_3_VERSION) {
    RawClient client(server_->port(), tls_version);
    if (pair != nullptr) client.ShowCertificate(*pair);
    if (!client.Handshake()) return "";
    client.Write(kGet);
    return client.ReadSome();
  }

  Lines lines_;
};

TEST_F(ClientCertificatesTest, WhoseNameIsAllowedIsServed) {
  const TestAuthority::KeyPair by_dns = authority_.Issue("DNS:API.example.org");
  const TestAuthority::KeyPair by_uri = authority_.Issue("URI:spiffe://a/api");
  const TestAuthority::KeyPair neither = authority_.Issue("DNS:other.example.org");
  Allow({"dns:api.*.org", "uri:spiffe://a/api"});
  Start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    EXPECT_THAT(AskWith(&by_dns, version), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(AskWith(&by_uri, version), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(AskWith(&neither, version), "");
  }
  EXPECT_THAT(lines_.Await("refused by their certificates"),
              AllOf(HasSubstr("no --allowed-client names it"), HasSubstr("127.0.0.1"),
                    HasSubstr("dns:other.example.org, cn:test")));
}

TEST_F(ClientCertificatesTest, ACommonNameCounts) {
  const TestAuthority::KeyPair pair = authority_.Issue();  // its subject is CN=test
  Allow({"cn:test"});
  Start();
  EXPECT_THAT(AskWith(&pair), StartsWith("HTTP/1.1 200"));
}

TEST_F(ClientCertificatesTest, WithoutNamesTheAuthorityAloneCounts) {
  const TestAuthority::KeyPair pair = authority_.Issue();
  TestAuthority other;
  const TestAuthority::KeyPair foreign = other.Issue();
  Allow({});
  Start();
  EXPECT_THAT(AskWith(&pair), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(AskWith(&foreign), "");
  EXPECT_THAT(lines_.Await("refused by their certificates"), HasSubstr("names (unproven): "));
}

TEST_F(ClientCertificatesTest, WhoShowsNoneIsRefused) {
  Allow({});
  Start();
  EXPECT_EQ(AskWith(nullptr), "");
  EXPECT_EQ(AskWith(nullptr, TLS1_2_VERSION), "");
  EXPECT_THAT(lines_.Await("refused by their certificates"), HasSubstr("it shows no certificate"));
}

TEST_F(ClientCertificatesTest, TheAuthorityIsReadAgainWhenItChanges) {
  const TestAuthority::KeyPair pair = authority_.Issue();
  TestAuthority other;
  const TestAuthority::KeyPair foreign = other.Issue();
  const std::string file = absl::StrCat(authority_.directory(), "/client-ca.pem");
  std::ofstream(file) << authority_.CaPem();
  options_.clients.ca_file = file;
  Start();
  EXPECT_EQ(AskWith(&foreign), "");
  std::ofstream(file) << "junk";
  EXPECT_THAT(lines_.Await("Changed TLS files were not taken over"),
              HasSubstr("holds no PEM certificate"));
  EXPECT_THAT(AskWith(&pair), StartsWith("HTTP/1.1 200"));
  std::ofstream(file) << other.CaPem();
  std::string answer;
  EXPECT_TRUE(base::Eventually([&] {
    answer = AskWith(&foreign);
    return !answer.empty();
  }));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(AskWith(&pair), "");
}

TEST_F(ClientCertificatesTest, AnAuthorityThatCannotBeReadIsRefused) {
  options_.clients.ca_file = "/absent.pem";
  EXPECT_THAT(Server::Start(options_, Blocking(SayOk)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("client CA: ")));
}

}  // namespace
}  // namespace countersign::http
