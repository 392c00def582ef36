#include "verifier/trust/remote_root.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "base/turnstile.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/fake_client.h"
#include "tuf/test_repository.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kUrl = "https://tuf.example.org";
constexpr std::string_view kTarget =
    R"({"mediaType": "application/vnd.dev.sigstore.trustedroot.v0.2+json"})";
constexpr size_t kMaxBytes = 512 << 10;

class RemoteRootTest : public testing::Test {
 protected:
  RemoteRootTest() { Publish(std::string(kTarget)); }

  void Publish(std::string target) {
    repository_.target = std::move(target);
    repository_.PublishAll();
  }

  absl::StatusOr<DatedRoot> Update(absl::Time deadline = base::In(absl::Minutes(1))) {
    return UpdateRemoteRoot(
        {.mirror = std::string(kUrl)},
        {.name = "one", .max_bytes = kMaxBytes, .now = tuf::TestNow(), .deadline = deadline},
        client_, turnstile_, state_);
  }

  absl::StatusOr<http::ClientResponse> Answer(const http::ClientRequest& request) {
    most_kept_ = std::max(most_kept_, RemoteRootBytes(state_));
    on_request_();
    http::ClientResponse response;
    const auto file = repository_.files.find(request.url.substr(kUrl.size() + 1));
    response.status = file == repository_.files.end() ? 404 : 200;
    if (file != repository_.files.end()) response.body = file->second;
    return response;
  }

  tuf::TestRepository repository_;
  tuf::TrustedState state_ = repository_.StateWithRoot();
  base::Turnstile turnstile_{1};
  size_t most_kept_ = 0;
  std::function<void()> on_request_ = [] {};
  http::FakeClient client_{[this](const http::ClientRequest& request) { return Answer(request); }};
};

TEST_F(RemoteRootTest, GivesTheRootAndKeepsWhatVouchesForIt) {
  const absl::StatusOr<DatedRoot> root = Update();
  ASSERT_THAT(root, IsOk());
  EXPECT_EQ(root->expires, tuf::TestNow() + absl::Hours(7 * 24));
  const tuf::TrustedState known = repository_.UpToDate();
  EXPECT_EQ(state_.root, known.root);
  EXPECT_EQ(state_.timestamp, known.timestamp);
  EXPECT_EQ(state_.snapshot, known.snapshot);
  EXPECT_EQ(state_.targets, known.targets);
  EXPECT_EQ(state_.target, known.target);
  EXPECT_EQ(RemoteRootBytes(state_), known.root.size() + known.timestamp.size() +
                                         known.snapshot.size() + known.targets.size() +
                                         known.target.size());
}

// Each of its files may be as large, but not all of them together.
TEST_F(RemoteRootTest, NeverKeepsMoreThanItMay) {
  const std::string padding(kMaxBytes / 2, 'x');
  const auto pad = [&padding](base::Json& contents) { contents["padding"] = padding; };
  repository_.edit_snapshot = pad;
  repository_.edit_targets = pad;
  repository_.PublishAll();
  EXPECT_THAT(Update(), StatusIs(absl::StatusCode::kResourceExhausted,
                                 HasSubstr("have more than 524288 bytes")));
  EXPECT_GT(RemoteRootBytes(state_), kMaxBytes / 2);
  EXPECT_LE(RemoteRootBytes(state_), kMaxBytes);
  EXPECT_LE(most_kept_, kMaxBytes);
  EXPECT_THAT(state_.targets, IsEmpty());
}

TEST_F(RemoteRootTest, WhoseTargetFindsNoRoomIsNotGiven) {
  Publish(absl::StrCat(kTarget, std::string(kMaxBytes - 1000, ' ')));
  EXPECT_THAT(Update(), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(state_.target, IsEmpty());
  EXPECT_LE(RemoteRootBytes(state_), kMaxBytes);
}

TEST_F(RemoteRootTest, VerifiesNothingBeforeItsTurn) {
  std::optional<base::Turnstile::Place> others =
      *turnstile_.Enter({.caller = "another"}, nullptr, absl::InfiniteFuture());
  absl::StatusOr<DatedRoot> root = absl::UnknownError("");
  std::thread updating([&] { root = Update(); });
  EXPECT_TRUE(base::Eventually([this] { return turnstile_.waiting() == 1; }));
  EXPECT_THAT(client_.Requests(), IsEmpty());
  others.reset();
  updating.join();
  EXPECT_THAT(root, IsOk());
}

// Whoever waits for a mirror lets others verify theirs.
TEST_F(RemoteRootTest, HoldsNoTurnWhileItAsks) {
  on_request_ = [this] {
    EXPECT_THAT(turnstile_.Enter({.caller = "another"}, nullptr, base::In(absl::Seconds(20))),
                IsOk());
  };
  EXPECT_THAT(Update(), IsOk());
}

TEST_F(RemoteRootTest, EndsAtItsDeadlineBetweenTwoFiles) {
  EXPECT_THAT(Update(absl::InfinitePast()), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(client_.Requests(), IsEmpty());

  const base::Turnstile::Place others =
      *turnstile_.Enter({.caller = "another"}, nullptr, absl::InfiniteFuture());
  EXPECT_THAT(Update(base::In(absl::Milliseconds(10))),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(client_.Requests(), SizeIs(0));
}

}  // namespace
}  // namespace countersign::verifier
