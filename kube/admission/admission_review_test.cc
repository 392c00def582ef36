#include "kube/admission/admission_review.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using base::Json;
using base::StatusIs;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Json Review() {
  return Json::parse(R"({
    "apiVersion": "admission.k8s.io/v1",
    "kind": "AdmissionReview",
    "request": {
      "uid": "e6984cf3-24d1-400a-9e39-02e782c55709",
      "kind": {"group": "apps", "version": "v1", "kind": "Deployment"},
      "resource": {"group": "apps", "version": "v1", "resource": "deployments"},
      "subResource": "scale",
      "name": "web",
      "namespace": "shop",
      "operation": "UPDATE",
      "object": {"metadata": {"name": "web"}},
      "oldObject": {"metadata": {"name": "old"}},
      "dryRun": true,
      "options": null
    }
  })");
}

absl::StatusOr<AdmissionRequest> Parse(const Json& review) {
  return ParseAdmissionReview(review.dump());
}

TEST(AdmissionReview, IsRead) {
  const absl::StatusOr<AdmissionRequest> request = Parse(Review());
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->api_version, "admission.k8s.io/v1");
  EXPECT_EQ(request->uid, "e6984cf3-24d1-400a-9e39-02e782c55709");
  EXPECT_EQ(request->kind, (GroupVersionKind{"apps", "v1", "Deployment"}));
  EXPECT_EQ(request->resource, (GroupVersionResource{"apps", "v1", "deployments"}));
  EXPECT_EQ(request->sub_resource, "scale");
  EXPECT_EQ(request->name, "web");
  EXPECT_EQ(request->request_namespace, "shop");
  EXPECT_EQ(request->operation, "UPDATE");
  EXPECT_TRUE(request->dry_run);
  EXPECT_EQ(request->object, Json::parse(R"({"metadata": {"name": "web"}})"));
  EXPECT_EQ(request->old_object, Json::parse(R"({"metadata": {"name": "old"}})"));
}

TEST(AdmissionReview, AResourceThatIsNotStatedIsGuessedOfTheKind) {
  Json review = Review();
  review["request"].erase("resource");
  EXPECT_EQ(Parse(review)->resource, (GroupVersionResource{"apps", "v1", "deployments"}));
  // Of a Pod's ephemeral containers it is the Pod's; no group is the core group.
  review["request"]["resource"] = {{"version", "v1"}, {"resource", "pods"}};
  EXPECT_EQ(Parse(review)->resource, (GroupVersionResource{"", "v1", "pods"}));
}

TEST(AdmissionReview, TheObjectIsDescribedAlsoWhileItHasNoName) {
  AdmissionRequest request;
  request.request_namespace = "shop";
  request.kind.kind = "Pod";
  request.object = Json::parse(R"({"metadata": {"generateName": "web-"}})");
  EXPECT_EQ(Describe(request), "shop/web-* (Pod)");
  request.object = Json::parse(R"({"metadata": {"name": "web-1"}})");
  EXPECT_EQ(Describe(request), "shop/web-1 (Pod)");
  request.name = "web";
  EXPECT_EQ(Describe(request), "shop/web (Pod)");
}

TEST(AdmissionReview, OnlyItsMetadataIsKept) {
  Json review = Review();
  review["request"]["object"]["spec"] = {{"containers", Json::array({"web"})}};
  review["request"]["oldObject"] = nullptr;
  absl::StatusOr<AdmissionRequest> request = Parse(review);
  ASSERT_THAT(request, base::IsOk());
  KeepMetadata(*request);
  EXPECT_EQ(request->object, Json::parse(R"({"metadata": {"name": "web"}})"));
  EXPECT_TRUE(request->old_object.is_null());
}

TEST(AdmissionReview, OptionalMembersMayBeAbsentOrNull) {
  Json review = Review();
  Json& request = review["request"];
  for (const char* name : {"subResource", "name", "namespace", "oldObject"}) request.erase(name);
  request["dryRun"] = nullptr;
  request["kind"].erase("group");
  const absl::StatusOr<AdmissionRequest> read = Parse(review);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->kind.ToString(), "v1 Deployment");
  EXPECT_EQ(read->sub_resource, "");
  EXPECT_FALSE(read->dry_run);
  EXPECT_TRUE(read->old_object.is_null());
}

TEST(AdmissionReview, NeedsNoObjectToDelete) {
  Json review = Review();
  review["request"]["object"] = nullptr;
  for (const char* operation : {"DELETE", "CONNECT"}) {
    review["request"]["operation"] = operation;
    EXPECT_THAT(Parse(review), base::IsOk());
  }
}

TEST(AdmissionReview, BothVersionsAreReadAndNoOther) {
  Json review = Review();
  review["apiVersion"] = "admission.k8s.io/v1beta1";
  EXPECT_THAT(Parse(review), base::IsOk());
  for (const char* version : {"admission.k8s.io/v2", "admission.k8s.io/v1beta2", "v1", ""}) {
    review["apiVersion"] = version;
    EXPECT_THAT(Parse(review), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr("/apiVersion: must be admission.k8s.io/v1 or")));
  }
}

TEST(AdmissionReview, SaysWhatIsWrong) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"kind": "Pod"})", "/kind: must be \"AdmissionReview\", is \"Pod\""},
      {R"({"kind": null})", "/kind: must be \"AdmissionReview\", is \"\""},
      {R"({"request": null})", "/request: must be given"},
      {R"({"request": []})", "/request: must be an object, is an array"},
      {R"({"request": {"uid": null}})", "/request/uid: must be given"},
      {R"({"request": {"uid": ""}})", "/request/uid: must be given"},
      {R"({"request": {"uid": 7}})", "/request/uid: must be a string, is a number"},
      {R"({"request": {"kind": null}})", "/request/kind: must be given"},
      {R"({"request": {"kind": {"kind": null}}})", "/request/kind/kind: must be given"},
      {R"({"request": {"kind": {"version": ""}}})", "/request/kind/version: must be given"},
      {R"({"request": {"operation": null}})", "/request/operation: must be given"},
      {R"({"request": {"object": null}})",
       "/request/object: must be given, the operation is UPDATE"},
      {R"({"request": {"object": null, "operation": "SOMETHING"}})",
       "/request/object: must be given, the operation is SOMETHING"},
      {R"({"request": {"object": "x"}})", "/request/object: must be an object, is a string"},
      {R"({"request": {"oldObject": 1}})", "/request/oldObject: must be an object, is a number"},
      {R"({"request": {"resource": "pods"}})", "/request/resource: must be an object, is a string"},
      {R"({"request": {"resource": {"resource": 7}}})",
       "/request/resource/resource: must be a string, is a number"},
      {R"({"request": {"dryRun": "yes"}})", "/request/dryRun: must be a boolean, is a string"},
      {R"({"request": {"namespace": {}}})", "/request/namespace: must be a string, is an object"},
  };
  for (const auto& [change, reason] : cases) {
    Json review = Review();
    review.merge_patch(Json::parse(change));
    EXPECT_THAT(Parse(review),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(StartsWith("no usable AdmissionReview: "), HasSubstr(reason))))
        << change;
  }
}

TEST(AdmissionReview, OverlongUidIsRefused) {
  Json review = Review();
  review["request"]["uid"] = std::string(129, 'u');
  EXPECT_THAT(Parse(review), StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr("/request/uid: is longer than 128 bytes")));
}

TEST(AdmissionReview, WhatIsNotJsonIsRefused) {
  const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
  const std::pair<std::string, std::string_view> cases[] = {
      {"", "byte 0"},
      {"not JSON", "byte "},
      {"[]", "is not a JSON object"},
      {"null", "is not a JSON object"},
      {deep, "nested more than 256 deep"},
      {R"({"kind": "AdmissionReview", "kind": "AdmissionReview"})", "a second member"},
      {std::string(kMaxReviewBytes + 1, ' '), "larger than"},
      {"\xff", "byte 1"},
  };
  for (const auto& [body, reason] : cases) {
    EXPECT_THAT(ParseAdmissionReview(body),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(reason)))
        << body.substr(0, 40);
  }
}

AdmissionRequest Request() {
  AdmissionRequest request;
  request.api_version = "admission.k8s.io/v1";
  request.uid = "u1";
  return request;
}

TEST(AdmissionResponse, DeniesUnlessToldOtherwise) {
  EXPECT_EQ(
      WriteAdmissionReview(Request(), {}),
      R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{)"
      R"("allowed":false,"status":{"code":403,"message":"","reason":"Forbidden"},"uid":"u1"}})");
}

TEST(AdmissionResponse, ADenialsReasonIsWhatTheApiServerCallsItsCode) {
  const std::pair<int, std::string> cases[] = {
      {400, "BadRequest"}, {403, "Forbidden"}, {422, "Invalid"}};
  for (const auto& [code, reason] : cases) {
    const Json review = Json::parse(WriteAdmissionReview(Request(), {.code = code}));
    EXPECT_EQ(review["response"]["status"]["reason"], reason);
    EXPECT_EQ(review["response"]["status"].contains("details"), code == 422);
  }
}

TEST(AdmissionResponse, IsWrittenWhole) {
  AdmissionRequest request = Request();
  request.api_version = "admission.k8s.io/v1beta1";
  AdmissionResponse response;
  response.allowed = true;
  response.message = "not sent";
  response.warnings = {"careful"};
  response.patch = R"([{"op":"remove","path":"/a"}])";
  response.audit_annotations = {{"status", "verified"}, {"images", "{}"}};
  EXPECT_EQ(WriteAdmissionReview(request, response),
            absl::StrCat(R"({"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview",)",
                         R"("response":{"allowed":true,)",
                         R"("auditAnnotations":{"images":"{}","status":"verified"},)",
                         R"("patch":")", absl::Base64Escape(R"([{"op":"remove","path":"/a"}])"),
                         R"(","patchType":"JSONPatch","uid":"u1","warnings":["careful"]}})"));
}

TEST(AdmissionResponse, DenialCarriesNoPatch) {
  AdmissionResponse response;
  response.patch = R"([{"op":"remove","path":"/a"}])";
  EXPECT_THAT(WriteAdmissionReview(Request(), response), Not(HasSubstr("patch")));
}

TEST(AdmissionResponse, EmptyPatchIsLeftOut) {
  AdmissionResponse response;
  response.allowed = true;
  response.patch = "";
  EXPECT_THAT(WriteAdmissionReview(Request(), response), Not(HasSubstr("patch")));
}

std::string Message(std::string message) {
  AdmissionResponse response;
  response.message = std::move(message);
  return Json::parse(WriteAdmissionReview(Request(), response))["response"]["status"]["message"];
}

TEST(AdmissionResponse, MessageKeepsItsLinesAndNothingElseUnprintable) {
  EXPECT_EQ(Message("one\ntwo\x1b[31m\tthree\xff größer"), "one\ntwo [31m three\uFFFD größer");
}

TEST(AdmissionResponse, MessageIsBounded) {
  EXPECT_LE(Message(std::string(1 << 20, 'm')).size(), kMaxMessageBytes);
  EXPECT_THAT(Message(std::string(1 << 20, 'm')), testing::EndsWith("…"));
  std::string lines;
  for (int i = 0; i < 100'000; ++i) lines += "ä\n";
  EXPECT_LE(Message(lines).size(), kMaxMessageBytes);
}

Json Warnings(std::vector<std::string> warnings) {
  AdmissionResponse response;
  response.warnings = std::move(warnings);
  return Json::parse(WriteAdmissionReview(Request(), response))["response"]["warnings"];
}

TEST(AdmissionResponse, WarningsAreWhatTheApiServerTakes) {
  EXPECT_EQ(Warnings({"", "same", "same", "line\nbreak"}), Json({"same", "line break"}));
  EXPECT_EQ(Warnings({}), Json());
}

TEST(AdmissionResponse, LongWarningIsCut) {
  std::string longest;
  for (size_t i = 0; i < kMaxWarningCharacters; ++i) longest += "ü";
  EXPECT_EQ(Warnings({longest})[0], longest);
  const std::string cut = Warnings({longest + "ü"})[0];
  EXPECT_EQ(cut, longest.substr(0, longest.size() - 2) + "…");
}

TEST(AdmissionResponse, WarningsAreBoundedTogether) {
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back(absl::StrCat(i, std::string(100, 'w')));
  const Json warnings = Warnings(many);
  size_t characters = 0;
  for (const Json& warning : warnings) characters += warning.get<std::string>().size();
  EXPECT_LE(characters, kMaxAllWarningsCharacters + 2);  // the last one ends in "…"
  EXPECT_GT(characters, kMaxAllWarningsCharacters - 200);
  EXPECT_EQ(warnings[0], many[0]);
}

}  // namespace
}  // namespace countersign::kube
