#include "verifier/trust/trust_keeper.h"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/fake_client.h"
#include "tuf/test_repository.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

namespace fs = std::filesystem;

constexpr char kMirror[] = "https://tuf.example.org";
constexpr absl::Duration kDay = absl::Hours(24);

// A trusted root that is told from others by a member that is not known.
std::string Named(std::string_view name) {
  return absl::StrCat(R"({"mediaType": "application/vnd.dev.sigstore.trustedroot.v0.2+json", ")",
                      name, R"(": 1})");
}

// A file, and a mirror, both of which a test changes while nobody looks: the keeper looks when the
// clock says so.
class TrustKeeperTest : public testing::Test {
 protected:
  TrustKeeperTest() {
    fs::remove_all(place_);
    fs::create_directory(place_);
    Publish("first");
    std::ofstream(tuf_root_) << repository_.RootFile(1);
  }

  void Publish(std::string_view name) {
    repository_.target = Named(name);
    repository_.PublishAll();
  }

  void Write(std::string_view text) const {
    const std::string next = file_ + ".next";
    std::ofstream(next) << text;
    ASSERT_EQ(std::rename(next.c_str(), file_.c_str()), 0);
  }

  void FollowFile() { options_.file = file_; }
  void UpdateFromMirror() {
    options_.source.mirror = kMirror;
    options_.source.state = place_ + "/state";
    options_.source.root = tuf_root_;
  }

  absl::Status Refusal() { return TrustKeeper::Create(options_, &client_, &clock_).status(); }

  // Returns once the keeper waits for what comes `looks` looks after its start.
  void Start(uint64_t looks) {
    keeper_.reset();
    const uint64_t before = clock_.waits();
    auto keeper = TrustKeeper::Create(options_, &client_, &clock_);
    ASSERT_THAT(keeper, IsOk());
    keeper_ = *std::move(keeper);
    waits_ = before + looks + 1;
    ASSERT_TRUE(base::Eventually([&] { return clock_.waits() == waits_; }));
  }

  // Lets so much time pass, after which the keeper is to look once.
  void LookAfter(absl::Duration wait) {
    ++waits_;
    clock_.Advance(wait);
    ASSERT_TRUE(base::Eventually([&] { return clock_.waits() == waits_; }));
  }

  // What tells the root in force from others; "" if there is none.
  std::string InForce() const {
    const absl::StatusOr<TrustedRootPtr> root = keeper_->store().current();
    return root.ok() && !(*root)->warnings.empty() ? (*root)->warnings[0] : "";
  }
  TrustState State() const { return keeper_->store().state(); }

  int LinesWith(std::string_view text) const {
    int count = 0;
    for (size_t at = log_.find(text); at != std::string::npos; at = log_.find(text, at + 1)) {
      ++count;
    }
    return count;
  }

  const std::string place_ = absl::StrCat(
      testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name());
  const std::string file_ = place_ + "/trusted_root.json";
  const std::string tuf_root_ = place_ + "/root.json";
  tuf::TestRepository repository_;
  bool is_down_ = false;
  http::FakeClient client_{
      [this](const http::ClientRequest& request) -> absl::StatusOr<http::ClientResponse> {
        if (is_down_) return absl::UnavailableError("no route");
        const auto file = repository_.files.find(request.url.substr(sizeof(kMirror)));
        http::ClientResponse response;
        response.status = file == repository_.files.end() ? 404 : 200;
        if (file != repository_.files.end()) response.body = file->second;
        return response;
      }};
  base::FakeClock clock_{tuf::TestNow()};
  uint64_t waits_ = 0;
  TrustKeeper::Options options_;
  std::string log_;
  base::ScopedLogSink sink_{[this](std::string_view line) { log_.append(line); }};
  std::unique_ptr<TrustKeeper> keeper_;
};

TEST_F(TrustKeeperTest, WithoutFlagsTheShippedRootHoldsAndNobodyIsAsked) {
  auto keeper = TrustKeeper::Create(options_, &client_, &clock_);
  ASSERT_THAT(keeper, IsOk());
  const absl::StatusOr<TrustedRootPtr> root = (*keeper)->store().current();
  ASSERT_THAT(root, IsOk());
  EXPECT_THAT((*root)->logs, Not(IsEmpty()));
  EXPECT_EQ(clock_.waits(), 0u);
  EXPECT_THAT(client_.Requests(), IsEmpty());
}

TEST_F(TrustKeeperTest, ErrorsNameTheFlagAtFault) {
  const auto is_refused_for = [](const char* flag) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(flag));
  };
  options_.file = place_ + "/absent";
  EXPECT_THAT(Refusal(), StatusIs(absl::StatusCode::kNotFound, HasSubstr("--trusted-root: ")));
  Write("{}");
  options_.file = file_;
  EXPECT_THAT(Refusal(), is_refused_for("--trusted-root: "));
  Write(Named("good"));
  options_.source.state = place_ + "/state";
  EXPECT_THAT(Refusal(), is_refused_for("--trusted-root: a file is followed"));
  options_.source.state = "";
  options_.grace = kDay;
  EXPECT_THAT(Refusal(), is_refused_for("--trusted-root-grace-days: needs --trusted-root-state"));
  options_.grace.reset();
  options_.source.root = tuf_root_;
  EXPECT_THAT(Refusal(), is_refused_for("--trusted-root-tuf-root: needs --trusted-root-state"));
  options_.source.root = "";
  options_.source.mirror = kMirror;
  EXPECT_THAT(Refusal(), is_refused_for("--trusted-root-mirror: needs --trusted-root-state"));

  options_.file = "";
  options_.source.root = place_ + "/absent";
  options_.source.state = place_ + "/state";
  EXPECT_THAT(Refusal(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("--trusted-root-tuf-root: ")));
  options_.source.state = place_ + "/below/nothing";
  EXPECT_THAT(Refusal(),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("--trusted-root-state: ")));
}

TEST_F(TrustKeeperTest, AFileThatChangesIsTakenOver) {
  Write(Named("before"));
  FollowFile();
  Start(0);
  EXPECT_THAT(InForce(), HasSubstr("before"));
  Write(Named("after"));
  LookAfter(TrustKeeper::kFileInterval);
  EXPECT_THAT(InForce(), HasSubstr("after"));
  EXPECT_EQ(LinesWith("Another trusted root is in force."), 1);
  LookAfter(TrustKeeper::kFileInterval);
  EXPECT_EQ(LinesWith("Another trusted root is in force."), 1);
}

TEST_F(TrustKeeperTest, AFileThatCannotBeReadAnyMoreIsSaidOnceAndTheLastGoodRootStays) {
  Write(Named("good"));
  FollowFile();
  Start(0);
  Write("{");
  LookAfter(TrustKeeper::kFileInterval);
  LookAfter(TrustKeeper::kFileInterval);
  EXPECT_THAT(InForce(), HasSubstr("good"));
  EXPECT_THAT(State().problem, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(file_)));
  EXPECT_EQ(LinesWith("the last good one stays"), 1);
  Write(Named("better"));
  LookAfter(TrustKeeper::kFileInterval);
  EXPECT_THAT(InForce(), HasSubstr("better"));
  EXPECT_THAT(State().problem, IsOk());
}

TEST_F(TrustKeeperTest, IsUpdatedAtTheStartAndDaily) {
  UpdateFromMirror();
  Start(1);
  EXPECT_THAT(InForce(), HasSubstr("first"));
  EXPECT_EQ(State().expires, tuf::TestNow() + 7 * kDay);
  EXPECT_EQ(State().refreshed, tuf::TestNow());
  Publish("second");
  clock_.Advance(kDay - absl::Seconds(1));
  ASSERT_TRUE(clock_.AwaitLook());
  EXPECT_THAT(InForce(), HasSubstr("first"));
  LookAfter(absl::Seconds(1));
  EXPECT_THAT(InForce(), HasSubstr("second"));
  EXPECT_EQ(State().refreshed, tuf::TestNow() + kDay);
}

TEST_F(TrustKeeperTest, IsUpdatedSoonerWhereItExpiresSooner) {
  repository_.edit_timestamp = [](base::Json& contents) {
    contents["expires"] = "2026-03-01T02:00:00Z";
  };
  repository_.PublishTimestamp();
  UpdateFromMirror();
  Start(1);
  Publish("second");
  LookAfter(absl::Hours(1));
  EXPECT_THAT(InForce(), HasSubstr("second"));
}

TEST_F(TrustKeeperTest, OfAnInstanceOfOnesOwnThereIsNoneBeforeTheFirstUpdate) {
  is_down_ = true;
  UpdateFromMirror();
  Start(1);
  EXPECT_THAT(keeper_->store().current(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("fetched yet")));
  EXPECT_THAT(log_, AllOf(HasSubstr("and there is none yet"), HasSubstr("no route")));
  is_down_ = false;
  LookAfter(TrustKeeper::kFirstPause);
  EXPECT_THAT(InForce(), HasSubstr("first"));
}

TEST_F(TrustKeeperTest, OfThePublicInstanceTheShippedRootHoldsBeforeTheFirstUpdate) {
  is_down_ = true;
  UpdateFromMirror();
  options_.source.root = "";
  options_.source.mirror = kSigstoreMirror;
  Start(1);
  EXPECT_THAT(State().problem, Not(IsOk()));
  const absl::StatusOr<TrustedRootPtr> root = keeper_->store().current();
  ASSERT_THAT(root, IsOk());
  EXPECT_THAT((*root)->logs, Not(IsEmpty()));
}

TEST_F(TrustKeeperTest, OfAMirrorOfOnesOwnTheShippedRootDoesNotHoldBeforeTheFirstUpdate) {
  UpdateFromMirror();
  options_.source.root = "";
  Start(1);
  // The mirror has another instance than the one whose TUF root is shipped.
  EXPECT_THAT(State().problem, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(State().counts.refused, 1u);
  EXPECT_THAT(keeper_->store().current(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("fetched yet")));
  EXPECT_THAT(log_, HasSubstr("and there is none yet"));
}

TEST_F(TrustKeeperTest, FailuresAreFollowedByLongerPauses) {
  is_down_ = true;
  UpdateFromMirror();
  Start(1);
  LookAfter(TrustKeeper::kFirstPause);
  EXPECT_THAT(client_.Requests(), SizeIs(2));
  clock_.Advance(TrustKeeper::kFirstPause);
  ASSERT_TRUE(clock_.AwaitLook());
  EXPECT_THAT(client_.Requests(), SizeIs(2));
  LookAfter(TrustKeeper::kFirstPause);
  EXPECT_THAT(client_.Requests(), SizeIs(3));
  // But not without end.
  for (int i = 0; i < 10; ++i) LookAfter(TrustKeeper::kLongestPause);
  EXPECT_THAT(client_.Requests(), SizeIs(13));
  EXPECT_EQ(State().counts.failed, 13u);
}

TEST_F(TrustKeeperTest, WhatHasExpiredIsUsedOnAndThatIsSaidOnce) {
  UpdateFromMirror();
  Start(1);
  LookAfter(8 * kDay);
  LookAfter(TrustKeeper::kFirstPause);
  EXPECT_THAT(InForce(), HasSubstr("first"));
  EXPECT_EQ(State().counts.expired, 2u);
  EXPECT_EQ(LinesWith("What vouches for the trusted root has expired."), 1);
  EXPECT_EQ(LinesWith("it expired at 2026-03-08T00:00:00"), 1);
}

TEST_F(TrustKeeperTest, WhatHasExpiredIsNotUsedLongerThanTheOperatorSays) {
  UpdateFromMirror();
  options_.grace = kDay;
  Start(1);
  LookAfter(8 * kDay - absl::Minutes(1));
  EXPECT_THAT(InForce(), HasSubstr("first"));
  LookAfter(TrustKeeper::kFirstPause);
  EXPECT_THAT(keeper_->store().current(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("longer ago")));
  repository_.now = clock_.Now();
  Publish("second");
  LookAfter(2 * TrustKeeper::kFirstPause);
  EXPECT_THAT(InForce(), HasSubstr("second"));
}

TEST_F(TrustKeeperTest, WhatWasKeptHoldsAfterTheNextStart) {
  UpdateFromMirror();
  options_.grace = kDay;
  Start(1);
  is_down_ = true;
  Start(1);
  EXPECT_THAT(InForce(), HasSubstr("first"));
  EXPECT_EQ(State().expires, tuf::TestNow() + 7 * kDay);
  EXPECT_FALSE(State().refreshed.has_value());
}

TEST_F(TrustKeeperTest, WhatWasKeptAndSpoiledIsFetchedAgain) {
  UpdateFromMirror();
  Start(1);
  keeper_.reset();
  std::ofstream(options_.source.state + "/trusted_root.json") << "{}";
  Start(1);
  EXPECT_THAT(log_, HasSubstr("The trusted root that was kept cannot be used."));
  EXPECT_THAT(InForce(), HasSubstr("first"));
}

// Once its directory has a TUF root, nobody need give one any more.
TEST_F(TrustKeeperTest, WhatWasKeptOfAnotherInstanceAndSpoiledIsNotReplacedByTheShippedRoot) {
  UpdateFromMirror();
  Start(1);
  keeper_.reset();
  std::ofstream(options_.source.state + "/trusted_root.json") << "{}";
  options_.source.root = "";
  is_down_ = true;
  Start(1);
  EXPECT_THAT(log_, HasSubstr("The trusted root that was kept cannot be used."));
  EXPECT_THAT(keeper_->store().current(), StatusIs(absl::StatusCode::kUnavailable));
  is_down_ = false;
  LookAfter(TrustKeeper::kFirstPause);
  EXPECT_THAT(InForce(), HasSubstr("first"));
}

}  // namespace
}  // namespace countersign::verifier
