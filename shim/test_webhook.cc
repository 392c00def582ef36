#include "shim/test_webhook.h"

#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"

namespace countersign::shim {

using base::Json;

Json Containers(const std::vector<std::string>& images) {
  Json containers = Json::array();
  for (size_t i = 0; i < images.size(); ++i) {
    containers.push_back({{"name", absl::StrCat("c", i)}, {"image", images[i]}});
  }
  return containers;
}

Json PodObject(const std::vector<std::string>& images) {
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"name", "web"}, {"namespace", "shop"}}},
          {"spec", {{"containers", Containers(images)}}}};
}

Json Review(std::string_view operation, Json object, Json old_object) {
  return {{"apiVersion", "admission.k8s.io/v1"},
          {"kind", "AdmissionReview"},
          {"request",
           {{"uid", "u1"},
            {"kind", {{"group", ""}, {"version", "v1"}, {"kind", "Pod"}}},
            {"name", "web"},
            {"namespace", "shop"},
            {"operation", operation},
            {"object", std::move(object)},
            {"oldObject", std::move(old_object)}}}};
}

Json WebhookAnswer::patch() const {
  std::string text;
  absl::Base64Unescape(response.value("patch", ""), &text);
  return text.empty() ? Json::array() : Json::parse(text);
}

Json WebhookAnswer::AnnotationsOn(const Json& object) const {
  return object.patch(patch()).at("metadata").value("annotations", Json::object());
}

WebhookTest::WebhookTest() : log_([this](std::string_view line) { logged_.emplace_back(line); }) {
  verifier_.Allow("signed");
  verifier_.Allow("signed-too");
}

absl::StatusOr<std::string> WebhookTest::Handle(std::string_view body) {
  Webhook webhook(&verifier_, options_);
  std::optional<Webhook::Answered> answered;
  webhook.Start(std::string(body), {}, deadline_, on_read_, [&](Webhook::Next next) {
    EXPECT_FALSE(answered.has_value());
    auto* const rest = std::get_if<Webhook::Rest>(&next);
    answered = rest != nullptr ? (*rest)() : std::get<Webhook::Answered>(std::move(next));
  });
  return *std::move(answered);
}

WebhookAnswer WebhookTest::Ask(const Json& review) {
  const absl::StatusOr<std::string> answer = Handle(review.dump());
  EXPECT_THAT(answer, base::IsOk());
  const Json read = Json::parse(*answer);
  EXPECT_EQ(read["apiVersion"], review["apiVersion"]);
  EXPECT_EQ(read["response"]["uid"], "u1");
  return {read["response"]};
}

}  // namespace countersign::shim
