#ifndef COUNTERSIGN_HTTP_SERVER_SERVER_FIXTURE_H_
#define COUNTERSIGN_HTTP_SERVER_SERVER_FIXTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/curl_client.h"
#include "http/server/respond.h"
#include "http/server/server.h"
#include "http/server/server_raw_client.h"
#include "http/test_authority.h"

namespace countersign::http {

// A server, and a client that trusts it. Times are long in these tests: nothing ends because a clock ran out,
// unless the test is about that.

inline ServerResponse ResponseOf(int status, std::string body) {
  ServerResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

inline ServerResponse Echo(ServerRequest request) {
  return ResponseOf(200, absl::StrCat(request.method, " ", request.path, " ", request.query, " ",
                                      request.content_type, " ", request.body));
}

class ServerTest : public testing::Test {
 protected:
  ServerTest() : key_pair_(authority_.Issue()) {
    options_.tls_cert_file = key_pair_.cert_file;
    options_.tls_key_file = key_pair_.key_file;
    options_.head_timeout = options_.body_grace = absl::Seconds(60);
    client_ = NewClient();
  }

  void Start(std::function<ServerResponse(ServerRequest)> respond) {
    StartWith(Blocking(std::move(respond)));
  }
  void StartWith(Respond respond) {
    absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(options_, std::move(respond));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::unique_ptr<CurlClient> NewClient() const {
    CurlClient::Options options;
    options.extra_ca_pem = {authority_.CaPem()};
    return *CurlClient::Create(options);
  }

  absl::StatusOr<ClientResponse> Send(std::string method, std::string_view path,
                                      std::string body = "") {
    ClientRequest request;
    request.method = std::move(method);
    request.url = absl::StrCat("https://localhost:", server_->port(), path);
    request.headers = {{"Content-Type", "text/x-test"}};
    request.body = std::move(body);
    return client_->Send(request, base::Soon());
  }

  // The answer to raw bytes, read until the server closes.
  std::string Exchange(std::string_view bytes) {
    RawClient client(server_->port());
    EXPECT_TRUE(client.Handshake());
    client.Write(bytes);
    return client.ReadAll();
  }

  TestAuthority authority_;
  const TestAuthority::KeyPair key_pair_;
  Server::Options options_;
  std::unique_ptr<CurlClient> client_;
  std::unique_ptr<Server> server_;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_SERVER_FIXTURE_H_
