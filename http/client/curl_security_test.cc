#include "http/client/curl_security.h"

#include <curl/curl.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/scripted_server.h"

namespace countersign::http {
namespace {

// A handle to http://registry.example, a name that resolves to a server on loopback.
class AddressGuardTest : public testing::Test {
 protected:
  AddressGuardTest()
      : server_([](const std::string&) {
          return ScriptedServer::Answer{WriteResponse(200, {}, ""),
                                        ScriptedServer::Answer::Then::kKeepAlive};
        }) {
    const std::string port = server_.host().substr(server_.host().find(':') + 1);
    curl_easy_setopt(handle_, CURLOPT_URL,
                     absl::StrCat("http://registry.example:", port, "/").c_str());
    resolve_ =
        curl_slist_append(nullptr, absl::StrCat("registry.example:", port, ":127.0.0.1").c_str());
    curl_easy_setopt(handle_, CURLOPT_RESOLVE, resolve_);
    curl_easy_setopt(handle_, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  }
  ~AddressGuardTest() override {
    curl_easy_cleanup(handle_);
    curl_slist_free_all(resolve_);
  }

  CURL* const handle_ = curl_easy_init();
  curl_slist* resolve_ = nullptr;
  ScriptedServer server_;
  AddressGuard guard_;
};

TEST_F(AddressGuardTest, ANameThatResolvesToThisMachineIsNotEvenConnectedTo) {
  guard_.Install(handle_);
  EXPECT_EQ(curl_easy_perform(handle_), CURLE_COULDNT_CONNECT);
  EXPECT_TRUE(guard_.refused());
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(AddressGuardTest, AConnectionThatIsThereIsNotUsedEither) {
  ASSERT_EQ(curl_easy_perform(handle_), CURLE_OK);
  guard_.Install(handle_);
  EXPECT_EQ(curl_easy_perform(handle_), CURLE_ABORTED_BY_CALLBACK);
  EXPECT_TRUE(guard_.refused());
  EXPECT_EQ(server_.Requests().size(), 1);
}

}  // namespace
}  // namespace countersign::http
