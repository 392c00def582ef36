// Every AdmissionReview that a real kube-apiserver sent is answered as
// testdata/reviews/expected.json says.

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"
#include "shim/fake_verifier.h"
#include "shim/webhook.h"

namespace countersign::shim {
namespace {

using base::Json;
using testing::HasSubstr;

constexpr char kReviews[] = "testdata/reviews";

Json LoadJson(const std::string& path) {
  const absl::StatusOr<std::string> text = base::LoadFile(path);
  EXPECT_THAT(text, base::IsOk());
  return Json::parse(*text);
}

// What is asked and answered, with a verifier that denies the failing images of the row.
struct Outcome {
  std::set<std::string> asked;
  Json request;
  Json response;
};

Outcome Ask(const std::string& file, const Json& row) {
  const std::string body = *base::LoadFile(absl::StrCat(kReviews, "/", file));
  FakeVerifier verifier;
  for (const Json& image : row["checked"]) verifier.Allow(image.get<std::string>());
  for (const Json& image : row["failing"]) {
    verifier.Deny(image.get<std::string>(), absl::StrCat("No: ", image.get<std::string>()));
  }
  Webhook::Options options;
  if (row.contains("with")) {
    EXPECT_THAT(options.kinds.Add("Rollout.example.org=/spec/template"), base::IsOk());
  }
  const auto answer = Webhook(&verifier, options).Handle(body, absl::InfiniteFuture());
  EXPECT_THAT(answer, base::IsOk()) << file;
  Outcome outcome = {.request = Json::parse(body)["request"],
                     .response = Json::parse(*answer)["response"]};
  for (const v1::VerifyImagesRequest& request : verifier.requests()) {
    for (const v1::Image& image : request.images()) outcome.asked.insert(image.reference());
  }
  return outcome;
}

class CapturedReviews : public testing::Test {
 protected:
  const Json expected_ = LoadJson(absl::StrCat(kReviews, "/expected.json"));
  const base::ScopedLogSink silence_{[](std::string_view) {}};
};

TEST_F(CapturedReviews, AreAllInTheTable) {
  std::set<std::string> files, rows;
  for (const char* version : {"v1", "v1beta1"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(absl::StrCat(kReviews, "/", version))) {
      files.insert(absl::StrCat(version, "/", entry.path().filename().string()));
    }
  }
  for (const auto& [file, row] : expected_.items()) rows.insert(file);
  EXPECT_EQ(files, rows);
  EXPECT_GE(files.size(), 50u);
}

TEST_F(CapturedReviews, AreAnsweredAsExpected) {
  for (const auto& [file, row] : expected_.items()) {
    SCOPED_TRACE(file);
    const Outcome outcome = Ask(file, row);
    // An excluded namespace is for the verifier to know.
    const bool is_excluded = row["why"] == "excluded namespace";
    if (!is_excluded) {
      EXPECT_EQ(outcome.asked, row["checked"].get<std::set<std::string>>());
      EXPECT_EQ(outcome.response["allowed"], row["allowed"]) << outcome.response;
    }
    EXPECT_EQ(outcome.response["uid"], outcome.request["uid"]);
    for (const Json& image : row["failing"]) {
      EXPECT_THAT(outcome.response["status"]["message"].get<std::string>(),
                  HasSubstr(absl::StrCat("No: ", image.get<std::string>())));
    }
  }
}

TEST_F(CapturedReviews, ArePatchedInTheirAnnotationsOnly) {
  int patched = 0;
  for (const auto& [file, row] : expected_.items()) {
    SCOPED_TRACE(file);
    const Outcome outcome = Ask(file, row);
    if (!outcome.response.contains("patch")) continue;
    ++patched;
    std::string text;
    ASSERT_TRUE(absl::Base64Unescape(outcome.response["patch"].get<std::string>(), &text));
    Json before = outcome.request["object"];
    Json after = before.patch(Json::parse(text));
    EXPECT_EQ(outcome.request.value("subResource", ""), "");
    EXPECT_NE(before["metadata"].value("annotations", Json()), after["metadata"]["annotations"]);
    for (const auto& [key, value] : after["metadata"]["annotations"].items()) {
      if (key.starts_with("countersign/")) continue;
      EXPECT_EQ(before["metadata"]["annotations"][key], value);
    }
    before["metadata"].erase("annotations");
    after["metadata"].erase("annotations");
    EXPECT_EQ(before, after);
  }
  EXPECT_GE(patched, 20);
}

}  // namespace
}  // namespace countersign::shim
