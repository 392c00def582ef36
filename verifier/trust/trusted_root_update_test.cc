#include "verifier/trust/trusted_root_update.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/fake_client.h"
#include "trust/shipped_roots.h"
#include "tuf/metadata.h"
#include "tuf/test_repository.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

constexpr absl::Duration kWeek = absl::Hours(24 * 7);
constexpr char kMirror[] = "https://tuf.example.org";
constexpr char kTrustedRoot[] =
    R"({"mediaType": "application/vnd.dev.sigstore.trustedroot.v0.2+json", "MORE": 1})";

std::string Content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A mirror, and a place of the test's own to update.
class TrustedRootUpdateTest : public testing::Test {
 protected:
  TrustedRootUpdateTest() {
    fs::remove_all(place_);
    fs::create_directory(place_);
    repository_.target = kTrustedRoot;
    repository_.PublishAll();
    std::ofstream(source_.root) << repository_.RootFile(1);
  }

  absl::StatusOr<DatedRoot> Update(absl::Time now = tuf::TestNow()) {
    http::FakeClient client(
        [&](const http::ClientRequest& request) -> absl::StatusOr<http::ClientResponse> {
          asked_.push_back(request.url.substr(sizeof(kMirror)));
          const auto file = repository_.files.find(asked_.back());
          http::ClientResponse response;
          response.status = file == repository_.files.end() ? 404 : 200;
          if (file != repository_.files.end()) response.body = file->second;
          return response;
        });
    return UpdateTrustedRoot(source_, client, now, base::In(absl::Minutes(1)));
  }

  std::string Kept() const { return Content(source_.state + "/trusted_root.json"); }

  tuf::TestRepository repository_;
  const std::string place_ = absl::StrCat(
      testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name());
  std::vector<std::string> asked_;
  TrustedRootSource source_ = {
      .mirror = kMirror, .state = place_ + "/state", .root = place_ + "/root.json"};
};

TEST_F(TrustedRootUpdateTest, GivesAndKeepsTheNewest) {
  const auto root = Update();
  ASSERT_THAT(root, IsOk());
  EXPECT_EQ(root->root->warnings.size(), 1u);
  EXPECT_EQ(root->expires, tuf::TestNow() + kWeek);
  EXPECT_EQ(Kept(), kTrustedRoot);

  repository_.target = absl::StrCat(kTrustedRoot, " ");
  repository_.PublishAll();
  source_.root = "";
  EXPECT_THAT(Update(), IsOk());
  EXPECT_EQ(Kept(), repository_.target);
}

TEST_F(TrustedRootUpdateTest, BeginsWithTheShippedRootOfTheInstanceWhereNoneIsGiven) {
  source_.root = "";
  for (const bool is_staging : {false, true}) {
    source_.is_staging = is_staging;
    asked_.clear();
    // Of which this mirror is no repository.
    EXPECT_THAT(Update(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                   HasSubstr("timestamp.json: it is signed by 0 of the keys")));
    const auto shipped =
        tuf::ParseRoot(is_staging ? trust::SigstoreStagingTufRoot() : trust::SigstoreTufRoot());
    ASSERT_THAT(shipped, IsOk());
    EXPECT_THAT(asked_,
                ElementsAre(absl::StrCat(shipped->version + 1, ".root.json"), "timestamp.json"));
    EXPECT_TRUE(fs::is_empty(source_.state));
  }
}

TEST_F(TrustedRootUpdateTest, NamesTheRootThatCannotBeRead) {
  source_.root = place_ + "/absent";
  EXPECT_THAT(Update(), StatusIs(absl::StatusCode::kNotFound, HasSubstr("--root: ")));
  source_.root_flag = "--another";
  EXPECT_THAT(Update(), StatusIs(absl::StatusCode::kNotFound, HasSubstr("--another: ")));
}

TEST_F(TrustedRootUpdateTest, SaysWhyAnUpdateIsNotAcceptedAndKeepsTheLastGoodOne) {
  EXPECT_THAT(Update(), IsOk());
  repository_.target = absl::StrCat(kTrustedRoot, " ");
  repository_.PublishTargets();
  EXPECT_THAT(Update(tuf::TestNow() + kWeek),
              StatusIs(absl::StatusCode::kOutOfRange,
                       HasSubstr("the update was not accepted: timestamp.json: it expired at ")));
  EXPECT_EQ(Kept(), kTrustedRoot);
}

TEST_F(TrustedRootUpdateTest, DoesNotKeepWhatIsNoTrustedRoot) {
  EXPECT_THAT(Update(), IsOk());
  repository_.target = "{}";
  repository_.PublishAll();
  EXPECT_THAT(Update(), StatusIs(absl::StatusCode::kInvalidArgument,
                                 HasSubstr("the new trusted root: /mediaType: must be given")));
  EXPECT_EQ(Kept(), kTrustedRoot);
}

TEST_F(TrustedRootUpdateTest, WhatIsKeptIsGivenAgainWithWhenItExpires) {
  const auto none = LoadKeptRoot(source_.state);
  ASSERT_THAT(none, IsOk());
  EXPECT_FALSE(none->has_value());

  EXPECT_THAT(Update(), IsOk());
  const auto kept = LoadKeptRoot(source_.state);
  ASSERT_THAT(kept, IsOk());
  ASSERT_TRUE(kept->has_value());
  EXPECT_EQ((*kept)->root->warnings.size(), 1u);
  EXPECT_EQ((*kept)->expires, tuf::TestNow() + kWeek);
}

// Somebody who serves new timestamps and holds back what they are about makes it no fresher.
TEST_F(TrustedRootUpdateTest, WhenItExpiresIsNotKnownAfterAnUpdateThatEndedHalfWay) {
  EXPECT_THAT(Update(), IsOk());
  repository_.PublishSnapshot();
  repository_.PublishTimestamp();
  repository_.files.erase("3.snapshot.json");
  EXPECT_THAT(Update(), StatusIs(absl::StatusCode::kFailedPrecondition));
  const auto kept = LoadKeptRoot(source_.state);
  ASSERT_THAT(kept, IsOk());
  ASSERT_TRUE(kept->has_value());
  EXPECT_FALSE((*kept)->expires.has_value());
}

TEST_F(TrustedRootUpdateTest, WhatIsKeptAndIsNoTrustedRootIsSaidWithItsName) {
  EXPECT_THAT(Update(), IsOk());
  std::ofstream(source_.state + "/trusted_root.json") << "{}";
  EXPECT_THAT(LoadKeptRoot(source_.state),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/trusted_root.json: ")));
}

}  // namespace
}  // namespace countersign::verifier
