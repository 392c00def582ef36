// Answers are written by hand. Here the same is made of them as nlohmann's values, and must be the same
// bytes, whatever texts are in it.

#include <iterator>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "gtest/gtest.h"
#include "kube/admission/admission_review.h"

namespace countersign::kube {
namespace {

using base::Json;

// Some text, often short, with all that has to be escaped or replaced.
std::string RandomText(std::mt19937& random) {
  constexpr std::string_view kPieces[] = {
      "a",    "image", "/spec", " ", "\"",   "\\",       "\n",           "\t", "\x01",
      "\x1b", "é",     "€",     "😀", "\xff", "\xe2\x82", "\xed\xa0\x80", "{}", "~1"};
  std::string text;
  for (unsigned left = random() % 7; left > 0; --left) {
    text += kPieces[random() % std::size(kPieces)];
  }
  return text;
}

AdmissionRequest RandomRequest(std::mt19937& random) {
  AdmissionRequest request;
  request.api_version = random() % 2 == 0 ? "admission.k8s.io/v1" : "admission.k8s.io/v1beta1";
  request.uid = RandomText(random);
  request.kind = {RandomText(random), "v1", RandomText(random)};
  request.name = RandomText(random);
  return request;
}

AdmissionResponse RandomResponse(std::mt19937& random) {
  AdmissionResponse response;
  response.allowed = random() % 2 == 0;
  constexpr int kCodes[] = {400, 403, 422, 500};
  response.code = kCodes[random() % 4];
  response.message = RandomText(random);
  for (unsigned left = random() % 3; left > 0; --left) {
    response.causes.push_back({RandomText(random), RandomText(random)});
    response.warnings.push_back(RandomText(random));
    response.audit_annotations.emplace_back(RandomText(random), RandomText(random));
  }
  if (random() % 2 == 0) response.patch = R"([{"op":"remove","path":"/a"}])";
  return response;
}

// What is cut and made plain is taken over: tests beside the unit say how.
Json Expected(const AdmissionRequest& request, const AdmissionResponse& response,
              const Json& written) {
  Json expected = {{"uid", request.uid}, {"allowed", response.allowed}};
  if (!response.allowed) {
    const Json& status = written["response"]["status"];
    expected["status"] = {{"code", response.code}, {"message", status["message"]}};
    const std::map<int, std::string> reasons = {
        {400, "BadRequest"}, {403, "Forbidden"}, {422, "Invalid"}};
    const auto reason = reasons.find(response.code);
    if (reason != reasons.end()) expected["status"]["reason"] = reason->second;
    if (response.code == 422) {
      expected["status"]["details"] = {{"group", request.kind.group},
                                       {"kind", request.kind.kind},
                                       {"name", request.name},
                                       {"causes", status["details"]["causes"]}};
    }
  } else if (!response.patch.empty()) {
    expected["patchType"] = "JSONPatch";
    expected["patch"] = absl::Base64Escape(response.patch);
  }
  if (written["response"].contains("warnings")) {
    expected["warnings"] = written["response"]["warnings"];
  }
  for (const auto& [key, value] : response.audit_annotations) {
    expected["auditAnnotations"][key] = value;
  }
  return {{"apiVersion", request.api_version},
          {"kind", "AdmissionReview"},
          {"response", std::move(expected)}};
}

TEST(AdmissionAnswer, IsByteForByteWhatADumpHas) {
  std::mt19937 random(20261130);
  size_t whole = 0;
  for (int i = 0; i < 2000; ++i) {
    const AdmissionRequest request = RandomRequest(random);
    const AdmissionResponse response = RandomResponse(random);
    const std::string answer = WriteAdmissionReview(request, response);
    const absl::StatusOr<Json> written = base::ParseJson(answer);
    ASSERT_TRUE(written.ok()) << written.status() << "\n" << answer;
    const Json expected = Expected(request, response, *written);
    ASSERT_EQ(answer, expected.dump(-1, ' ', false, Json::error_handler_t::replace));
    whole += expected["response"].contains("warnings") && expected["response"].contains("patch");
  }
  EXPECT_GT(whole, 100u);
}

TEST(AdmissionAnswer, CausesSayWhatAndWhere) {
  AdmissionResponse response;
  response.code = 422;
  response.causes = {{"spec.keys[0]", "is \"no\" key"}, {"", "is\nempty"}};
  const Json written = Json::parse(WriteAdmissionReview({}, response));
  EXPECT_EQ(written["response"]["status"]["details"]["causes"],
            Json::parse(R"([{"field": "spec.keys[0]", "message": "is \"no\" key",
                             "reason": "FieldValueInvalid"},
                            {"message": "is empty", "reason": "FieldValueInvalid"}])"));
}

TEST(AdmissionAnswer, CausesAreBounded) {
  AdmissionResponse response;
  response.code = 422;
  for (int i = 0; i < 200; ++i) response.causes.push_back({absl::StrCat("f", i), "m"});
  Json written = Json::parse(WriteAdmissionReview({}, response));
  EXPECT_EQ(written["response"]["status"]["details"]["causes"].size(), 128u);
  for (AdmissionResponse::Cause& cause : response.causes) cause.message.assign(1 << 10, 'm');
  written = Json::parse(WriteAdmissionReview({}, response));
  EXPECT_LT(written["response"]["status"]["details"]["causes"].size(), 17u);
}

}  // namespace
}  // namespace countersign::kube
