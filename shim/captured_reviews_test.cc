// Every AdmissionReview that a real kube-apiserver sent is answered as
// testdata/reviews/expected.json says.

#include <filesystem>
#include <iterator>
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

Outcome Ask(const std::string& file, const Json& row, const Json& object = nullptr,
            PinImages pin_images = PinImages::kPods) {
  Json review = LoadJson(absl::StrCat(kReviews, "/", file));
  if (!object.is_null()) review["request"]["object"] = object;
  const std::string body = review.dump();
  FakeVerifier verifier;
  for (const Json& image : row["checked"]) verifier.Allow(image.get<std::string>());
  for (const Json& image : row["failing"]) {
    verifier.Deny(image.get<std::string>(), absl::StrCat("No: ", image.get<std::string>()));
  }
  Webhook::Options options;
  options.rules.pin_images = pin_images;
  if (row.contains("with")) {
    EXPECT_THAT(options.rules.kinds.Add("Rollout.example.org=/spec/template"), base::IsOk());
  }
  const auto answer = Webhook(&verifier, options).Handle(body, {}, absl::InfiniteFuture());
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

// The object after the patch of the answer; null if there is none.
Json Patched(const Outcome& outcome) {
  if (!outcome.response.contains("patch")) return nullptr;
  std::string text;
  EXPECT_TRUE(absl::Base64Unescape(outcome.response["patch"].get<std::string>(), &text));
  return outcome.request["object"].patch(Json::parse(text));
}

// Leaves out what a patch may change: marks, and the digests of images.
Json WithoutPatches(Json object) {
  if (object.contains("metadata") && object["metadata"].contains("annotations")) {
    Json& annotations = object["metadata"]["annotations"];
    annotations.erase("countersign/status");
    annotations.erase("countersign/images");
    if (annotations.empty()) object["metadata"].erase("annotations");
  }
  Json flat = object.flatten();
  for (Json& value : flat) {
    if (!value.is_string()) continue;
    const std::string text = value.get<std::string>();
    const size_t at = text.find(absl::StrCat("@", FakeVerifier::Digest()));
    if (at != std::string::npos) value = text.substr(0, at);
  }
  return flat;
}

TEST_F(CapturedReviews, ArePatchedInTheirMarksAndDigestsOnly) {
  int patched = 0;
  for (const PinImages pin_images : {PinImages::kPods, PinImages::kAll, PinImages::kOff}) {
    for (const auto& [file, row] : expected_.items()) {
      SCOPED_TRACE(file);
      const Outcome outcome = Ask(file, row, nullptr, pin_images);
      const Json after = Patched(outcome);
      if (after.is_null()) continue;
      ++patched;
      EXPECT_NE(outcome.request["object"], after);
      Json before = outcome.request["object"];
      if (before["metadata"].contains("annotations")) {
        Json& annotations = before["metadata"]["annotations"];
        for (auto it = annotations.begin(); it != annotations.end();) {
          it = it.key().starts_with("countersign/") ? annotations.erase(it) : std::next(it);
        }
      }
      EXPECT_EQ(WithoutPatches(before), WithoutPatches(after));
      if (pin_images == PinImages::kOff) {
        EXPECT_EQ(before["spec"], after["spec"]);
      }
    }
  }
  EXPECT_GE(patched, 60);
}

TEST_F(CapturedReviews, AreLeftAsTheyAreWhenTheyComeAgain) {
  int pinned = 0;
  for (const PinImages pin_images : {PinImages::kPods, PinImages::kAll}) {
    for (const auto& [file, row] : expected_.items()) {
      SCOPED_TRACE(file);
      const Outcome first = Ask(file, row, nullptr, pin_images);
      const Json after = Patched(first);
      if (after.is_null()) continue;
      if (after["spec"] != first.request["object"]["spec"]) ++pinned;
      const Outcome second = Ask(file, row, after, pin_images);
      EXPECT_EQ(second.response["allowed"], true) << second.response;
      EXPECT_TRUE(Patched(second).is_null()) << Patched(second);
    }
  }
  EXPECT_GE(pinned, 30);
}

}  // namespace
}  // namespace countersign::shim
