#include "tuf/client/mirror.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/fake_client.h"
#include "tuf/test_repository.h"

namespace countersign::tuf {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::ElementsAre;

constexpr char kUrl[] = "https://tuf.example.org/sigstore";

StateDirectory NewDirectory() {
  const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
  const std::string path = absl::StrCat(testing::TempDir(), "/", test->name());
  std::filesystem::remove_all(path);
  return StateDirectory::Open(path).value();
}

// A mirror that answers what is not there with `status`.
http::FakeClient Serving(const TestRepository& repository, int status = 404) {
  return http::FakeClient(
      [&repository,
       status](const http::ClientRequest& request) -> absl::StatusOr<http::ClientResponse> {
        const std::string path = request.url.substr(std::string(kUrl).size() + 1);
        const auto file = repository.files.find(path);
        http::ClientResponse response;
        response.status = file == repository.files.end() ? status : 200;
        if (file != repository.files.end()) response.body = file->second;
        if (response.body.size() > request.max_response_bytes) {
          return absl::ResourceExhaustedError("too large");
        }
        return response;
      });
}

auto UpdateOnce(http::Client& client, const StateDirectory& directory, const std::string& root,
                const std::string& url = kUrl) {
  TrustedState state = directory.Load().value();
  if (state.root.empty()) state.root = root;
  return UpdateFrom({url, {}}, client, directory, state, TestNow(), base::In(absl::Minutes(1)));
}

std::vector<std::string> Urls(const http::FakeClient& client) {
  std::vector<std::string> urls;
  for (const http::ClientRequest& request : client.Requests()) urls.push_back(request.url);
  return urls;
}

TEST(Mirror, IsAskedForEachFileAndAllIsKeptButTheTarget) {
  const TestRepository repository;
  const StateDirectory directory = NewDirectory();
  http::FakeClient client = Serving(repository);
  const auto end = UpdateOnce(client, directory, repository.RootFile(1));
  ASSERT_THAT(end, IsOk());
  ASSERT_TRUE(std::holds_alternative<Done>(*end));
  EXPECT_EQ(std::get<Done>(*end).target, repository.target);
  EXPECT_EQ(Urls(client)[1], "https://tuf.example.org/sigstore/timestamp.json");
  EXPECT_EQ(client.Requests()[1].max_response_bytes, kMaxTimestampBytes);

  const auto state = directory.Load();
  ASSERT_THAT(state, IsOk());
  EXPECT_EQ(state->root, repository.RootFile(1));
  EXPECT_EQ(state->timestamp, repository.UpToDate().timestamp);
  EXPECT_EQ(state->snapshot, repository.UpToDate().snapshot);
  EXPECT_EQ(state->targets, repository.UpToDate().targets);
  EXPECT_EQ(state->target, "");
}

TEST(Mirror, IsAskedForWhatIsNewSinceTheLastTime) {
  TestRepository repository;
  repository.PublishRoot();
  const StateDirectory directory = NewDirectory();
  {
    http::FakeClient client = Serving(repository);
    const auto end = UpdateOnce(client, directory, repository.RootFile(1));
    ASSERT_THAT(end, IsOk());
    EXPECT_THAT(directory.KeepTarget(std::get<Done>(*end).target), IsOk());
  }
  EXPECT_EQ(directory.Load()->root, repository.RootFile(2));
  http::FakeClient client = Serving(repository);
  const auto end = UpdateOnce(client, directory, "no root", absl::StrCat(kUrl, "/"));
  ASSERT_THAT(end, IsOk());
  EXPECT_TRUE(std::holds_alternative<Done>(*end));
  EXPECT_THAT(Urls(client), ElementsAre("https://tuf.example.org/sigstore/3.root.json",
                                        "https://tuf.example.org/sigstore/timestamp.json"));
}

TEST(Mirror, ThatServesWhatIsWrongChangesNothing) {
  TestRepository repository;
  const StateDirectory directory = NewDirectory();
  repository.timestamp.signers = {TestSigner()};
  repository.PublishTimestamp();
  http::FakeClient client = Serving(repository);
  const auto end = UpdateOnce(client, directory, repository.RootFile(1));
  ASSERT_THAT(end, IsOk());
  ASSERT_TRUE(std::holds_alternative<Failure>(*end));
  EXPECT_EQ(std::get<Failure>(*end).reason, Reason::kTooFewSignatures);
  EXPECT_TRUE(
      std::filesystem::is_empty(std::filesystem::path(directory.TargetPath()).parent_path()));
}

// As object stores do whose files nobody may list.
TEST(Mirror, ThatForbidsTheNextRootHasNone) {
  const TestRepository repository;
  const StateDirectory directory = NewDirectory();
  http::FakeClient client = Serving(repository, 403);
  const auto end = UpdateOnce(client, directory, repository.RootFile(1));
  ASSERT_THAT(end, IsOk());
  ASSERT_TRUE(std::holds_alternative<Done>(*end));
  EXPECT_EQ(std::get<Done>(*end).target, repository.target);
}

TEST(Mirror, ThatForbidsAnotherFileIsAFailureToLook) {
  TestRepository repository;
  for (const char* path : {"1.targets.json", "1.snapshot.json", "timestamp.json"}) {
    repository.files.erase(path);
    http::FakeClient client = Serving(repository, 403);
    EXPECT_THAT(UpdateOnce(client, NewDirectory(), repository.RootFile(1)),
                StatusIs(absl::StatusCode::kUnavailable,
                         absl::StrCat(path, ": the mirror answers with status 403")));
  }
}

// Nothing but 404 and 403 says that there is no newer root.
TEST(Mirror, ThatAnswersOtherwiseIsAFailureToLook) {
  const TestRepository repository;
  const StateDirectory directory = NewDirectory();
  for (const int status : {204, 302, 401, 500, 503}) {
    http::FakeClient client = Serving(repository, status);
    EXPECT_THAT(UpdateOnce(client, directory, repository.RootFile(1)),
                StatusIs(absl::StatusCode::kUnavailable,
                         absl::StrCat("2.root.json: the mirror answers with status ", status)));
  }
}

TEST(Mirror, ThatCannotBeReachedIsSaidWithTheFile) {
  const StateDirectory directory = NewDirectory();
  http::FakeClient client([](const http::ClientRequest&) { return absl::UnavailableError("no"); });
  EXPECT_THAT(UpdateOnce(client, directory, TestRepository().RootFile(1)),
              StatusIs(absl::StatusCode::kUnavailable, "2.root.json: no"));
}

TEST(Mirror, IsNotAskedWithoutARootToBeginWith) {
  const TestRepository repository;
  const StateDirectory directory = NewDirectory();
  http::FakeClient client = Serving(repository);
  const auto end = UpdateOnce(client, directory, "");
  ASSERT_THAT(end, IsOk());
  EXPECT_EQ(std::get<Failure>(*end).reason, Reason::kMalformed);
  EXPECT_TRUE(client.Requests().empty());
}

}  // namespace
}  // namespace countersign::tuf
