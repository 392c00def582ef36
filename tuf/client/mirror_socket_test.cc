// Updates over real connections, and what a mirror can do with those.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/curl_client.h"
#include "http/client/scripted_server.h"
#include "tuf/client/mirror.h"
#include "tuf/client/state_directory.h"
#include "tuf/test_repository.h"

namespace countersign::tuf {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

using Answer = http::ScriptedServer::Answer;

// "/sigstore/timestamp.json" of "GET /sigstore/timestamp.json HTTP/1.1…".
std::string PathOf(std::string_view request) {
  const std::vector<std::string> words = absl::StrSplit(request, absl::MaxSplits(' ', 2));
  return words.size() < 2 ? "" : words[1];
}

// A place of the test's own where nothing is.
std::string NewPlace() {
  const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
  const std::string path = absl::StrCat(testing::TempDir(), "/socket_", test->name());
  std::filesystem::remove_all(path);
  return path;
}

// One update from a mirror that has the repository at /sigstore, but for what a test spoils.
class MirrorSocketTest : public testing::Test {
 protected:
  // What the mirror answers for the path, if it is not to be as it should.
  using Spoil = std::function<std::optional<Answer>(std::string_view path)>;

  absl::StatusOr<std::variant<Failure, Done>> Update(const Spoil& spoil = nullptr) {
    server_.emplace([this, spoil](const std::string& request) {
      const std::string path = PathOf(request);
      std::optional<Answer> spoiled = spoil ? spoil(path) : std::nullopt;
      return spoiled ? *std::move(spoiled) : AnswerFor(path);
    });
    return UpdateFrom({absl::StrCat("http://", server_->host(), "/sigstore"), {}}, *client_,
                      directory_, repository_.StateWithRoot(), TestNow(), base::Soon());
  }

  const TestRepository repository_;
  std::optional<http::ScriptedServer> server_;
  const std::unique_ptr<http::CurlClient> client_ =
      http::CurlClient::Create({.use_proxies = false}).value();
  const StateDirectory directory_ = StateDirectory::Open(NewPlace()).value();

 private:
  Answer AnswerFor(const std::string& path) const {
    const auto file = repository_.files.find(path.substr(std::string("/sigstore/").size()));
    const bool is_there = file != repository_.files.end();
    return {http::WriteResponse(is_there ? 200 : 404, {}, is_there ? file->second : "none"),
            Answer::Then::kKeepAlive};
  }
};

TEST_F(MirrorSocketTest, AnUpdateFetchesAndKeepsAllOverOneConnection) {
  const auto end = Update();
  ASSERT_THAT(end, IsOk());
  ASSERT_TRUE(std::holds_alternative<Done>(*end)) << std::get<Failure>(*end).sentence;
  EXPECT_EQ(std::get<Done>(*end).target, repository_.target);
  EXPECT_THAT(server_->Requests(), SizeIs(5));
  EXPECT_THAT(server_->Requests(), Each(StartsWith("GET /sigstore/")));
  EXPECT_EQ(server_->connections(), 1);
  const auto state = directory_.Load();
  ASSERT_THAT(state, IsOk());
  EXPECT_EQ(state->root, repository_.RootFile(1));
  EXPECT_EQ(state->targets, repository_.UpToDate().targets);
}

TEST_F(MirrorSocketTest, WhatIsLargerThanSignedIsNotReadToItsEnd) {
  const Spoil spoil = [](std::string_view path) -> std::optional<Answer> {
    if (!absl::StartsWith(path, "/sigstore/targets/")) return std::nullopt;
    Answer endless;
    endless.bytes = "HTTP/1.1 200 OK\r\n\r\n";
    endless.more = [](const Answer::Send& send) {
      const std::string some(1 << 16, ' ');
      while (send(some)) {
      }
    };
    return endless;
  };
  EXPECT_THAT(Update(spoil),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("trusted_root.json: ")));
}

TEST_F(MirrorSocketTest, WhatIsCutShortIsAFailureToLook) {
  const Spoil spoil = [](std::string_view path) -> std::optional<Answer> {
    if (path != "/sigstore/timestamp.json") return std::nullopt;
    return Answer{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"};
  };
  EXPECT_THAT(Update(spoil),
              StatusIs(absl::StatusCode::kUnavailable, StartsWith("timestamp.json: ")));
}

TEST_F(MirrorSocketTest, ARedirectIsNotFollowed) {
  const Spoil spoil = [](std::string_view path) -> std::optional<Answer> {
    if (path != "/sigstore/timestamp.json") return std::nullopt;
    return Answer{.bytes =
                      http::WriteResponse(302, {{"Location", "/sigstore/1.snapshot.json"}}, "")};
  };
  EXPECT_THAT(Update(spoil), StatusIs(absl::StatusCode::kUnavailable,
                                      "timestamp.json: the mirror answers with status 302"));
  EXPECT_THAT(server_->Requests(), SizeIs(2));
}

}  // namespace
}  // namespace countersign::tuf
