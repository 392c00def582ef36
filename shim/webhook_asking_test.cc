// Which reviews a verifier is asked about, and what of them.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/fake_verifier.h"
#include "shim/test_webhook.h"

namespace countersign::shim {
namespace {

using base::Json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

TEST_F(WebhookTest, DeletionAndConnectingPassUnasked) {
  for (const char* operation : {"DELETE", "CONNECT"}) {
    const WebhookAnswer answer = Ask(Review(operation, nullptr, PodObject({"unsigned"})));
    EXPECT_TRUE(answer.allowed());
    EXPECT_THAT(answer.patch(), IsEmpty());
  }
  EXPECT_THAT(verifier_.requests(), IsEmpty());
}

TEST_F(WebhookTest, OtherSubresourcesPassUnasked) {
  for (const char* sub_resource : {"status", "scale", "binding", "resize", "eviction"}) {
    Json review = Review("UPDATE", PodObject({"unsigned"}));
    review["request"]["subResource"] = sub_resource;
    const WebhookAnswer answer = Ask(review);
    EXPECT_TRUE(answer.allowed()) << sub_resource;
    EXPECT_THAT(answer.patch(), IsEmpty());
  }
  EXPECT_THAT(verifier_.requests(), IsEmpty());
}

TEST_F(WebhookTest, AnOperationThatNobodyKnowsIsNoWayAround) {
  EXPECT_FALSE(
      Ask(Review("SOMETHING", PodObject({"unsigned"}), PodObject({"unsigned"}))).allowed());
}

TEST_F(WebhookTest, WhatTheApiServerIsDeletingPasses) {
  Json old_object = PodObject({"signed"});
  old_object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  EXPECT_TRUE(Ask(Review("UPDATE", PodObject({"unsigned"}), old_object)).allowed());
  EXPECT_THAT(verifier_.requests(), IsEmpty());
}

TEST_F(WebhookTest, ANewObjectCannotClaimThatItIsBeingDeleted) {
  Json object = PodObject({"unsigned"});
  object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  EXPECT_FALSE(Ask(Review("CREATE", object)).allowed());
  EXPECT_FALSE(Ask(Review("CREATE", object, object)).allowed());
  EXPECT_FALSE(Ask(Review("UPDATE", object, PodObject({"signed"}))).allowed());
}

TEST_F(WebhookTest, EphemeralContainersAreChecked) {
  Json object = PodObject({"old"});
  object["spec"]["ephemeralContainers"] = Containers({"unsigned"});
  Json review = Review("UPDATE", object, PodObject({"old"}));
  review["request"]["subResource"] = "ephemeralcontainers";
  EXPECT_THAT(Ask(review).message(),
              StartsWith("The image: unsigned is not signed. (container c0)"));

  review["request"]["object"]["spec"]["ephemeralContainers"] = Containers({"signed"});
  const WebhookAnswer answer = Ask(review);
  EXPECT_TRUE(answer.allowed());
  // The API server would keep no annotation.
  EXPECT_EQ(answer.patch(), Json::array({{{"op", "replace"},
                                          {"path", "/spec/ephemeralContainers/0/image"},
                                          {"value", FakeVerifier::Pinned("signed")}}}));
  EXPECT_EQ(answer.audit()["status"], "not-checked-again");
  const Json images = Json::parse(answer.audit()["images"].get<std::string>());
  EXPECT_EQ(images["old"], Json({{"status", "not-checked-again"}}));
  EXPECT_EQ(images[FakeVerifier::Pinned("signed")]["status"], "verified");
}

TEST_F(WebhookTest, AnUpdateIsAskedAboutWhereItIsNew) {
  const Json old_object = PodObject({"unsigned"});
  EXPECT_TRUE(Ask(Review("UPDATE", PodObject({"unsigned"}), old_object)).allowed());
  EXPECT_THAT(verifier_.requests(), IsEmpty());
  EXPECT_FALSE(
      Ask(Review("UPDATE", PodObject({"unsigned", "unsigned-too"}), old_object)).allowed());
  ASSERT_THAT(verifier_.requests(), SizeIs(1));
  EXPECT_EQ(verifier_.requests()[0].images_size(), 1);
}

TEST_F(WebhookTest, AnUpdateIsAskedAboutInFullWhereThatIsWanted) {
  options_.rules.verify_unchanged_images = true;
  EXPECT_FALSE(Ask(Review("UPDATE", PodObject({"unsigned"}), PodObject({"unsigned"}))).allowed());
}

TEST_F(WebhookTest, ACreationIsAskedAboutInFullWhateverItBringsAlong) {
  EXPECT_FALSE(Ask(Review("CREATE", PodObject({"unsigned"}), PodObject({"unsigned"}))).allowed());
}

// Kinds.

Json Rollout(const std::vector<std::string>& images) {
  Json object = {{"apiVersion", "argoproj.io/v1alpha1"}, {"kind", "Rollout"}};
  object["spec"]["template"]["spec"]["containers"] = Containers(images);
  object["metadata"]["annotations"] = {{"countersign/status", "verified"}};
  Json review = Review("CREATE", object);
  review["request"]["kind"] = {
      {"group", "argoproj.io"}, {"version", "v1alpha1"}, {"kind", "Rollout"}};
  return review;
}

TEST_F(WebhookTest, AnUnknownKindIsDeniedWithAdvice) {
  EXPECT_THAT(
      Ask(Rollout({"signed"})).message(),
      AllOf(HasSubstr("argoproj.io/v1alpha1 Rollout"),
            HasSubstr("--pod-template=Rollout.argoproj.io="), HasSubstr("--unknown-kinds=allow")));
}

TEST_F(WebhookTest, AnUnknownKindIsAdmittedUnmarkedWhereThatIsWanted) {
  options_.rules.allow_unknown_kinds = true;
  const Json review = Rollout({"unsigned"});
  const WebhookAnswer answer = Ask(review);
  EXPECT_TRUE(answer.allowed());
  EXPECT_THAT(answer.warnings(), ElementsAre(HasSubstr("argoproj.io/v1alpha1 Rollout")));
  EXPECT_EQ(answer.AnnotationsOn(review["request"]["object"]), Json::object());
  EXPECT_EQ(answer.audit()["status"], "unchecked");
}

TEST_F(WebhookTest, AKindThatTheOperatorNamesIsChecked) {
  ASSERT_THAT(options_.rules.kinds.Add("Rollout.argoproj.io=/spec/template"), base::IsOk());
  EXPECT_TRUE(Ask(Rollout({"signed"})).allowed());
  EXPECT_FALSE(Ask(Rollout({"unsigned"})).allowed());
}

TEST_F(WebhookTest, AKnownKindInAnUnknownVersionIsUnknown) {
  Json review = Review("CREATE", PodObject({"signed"}));
  review["request"]["kind"]["version"] = "v2";
  EXPECT_THAT(Ask(review).message(), HasSubstr("v2 Pod"));
}

TEST_F(WebhookTest, AnObjectCannotHideBehindAnotherKind) {
  Json object = PodObject({});
  object["kind"] = "Deployment";
  object["apiVersion"] = "apps/v1";
  EXPECT_THAT(Ask(Review("CREATE", object)).message(),
              HasSubstr("it is a apps/v1 Deployment, but the review is about a v1 Pod"));
}

TEST_F(WebhookTest, ATemplatesPlaceholderIsNotAskedAbout) {
  options_.rules.template_placeholders = {"auto"};
  const Json deployment = {{"apiVersion", "apps/v1"},
                           {"kind", "Deployment"},
                           {"spec", {{"template", PodObject({"auto", " ", "signed"})}}}};
  Json review = Review("CREATE", deployment);
  review["request"]["kind"] = {{"group", "apps"}, {"version", "v1"}, {"kind", "Deployment"}};
  EXPECT_TRUE(Ask(review).allowed());
  ASSERT_THAT(verifier_.requests(), SizeIs(1));
  EXPECT_EQ(verifier_.requests()[0].images_size(), 1);
  // In a Pod it is the name of an image.
  EXPECT_FALSE(Ask(Review("CREATE", PodObject({"auto"}))).allowed());
}

TEST_F(WebhookTest, WhatCannotBeReadIsDenied) {
  Json pod = PodObject({"signed"});
  pod["spec"]["containers"][0]["image"] = 7;
  EXPECT_EQ(Ask(Review("CREATE", pod)).message(),
            "The images of this object cannot be checked: "
            "/spec/containers/0/image: must be a string, is a number.");
}

TEST_F(WebhookTest, TwoThousandContainersAreDeniedUnasked) {
  std::vector<std::string> images(2000, "signed");
  EXPECT_THAT(Ask(Review("CREATE", PodObject(images))).message(),
              HasSubstr("2000 images to check; at most 1000"));
  for (size_t i = 0; i < images.size(); ++i) images[i] = absl::StrCat(i);
  EXPECT_THAT(Ask(Review("CREATE", PodObject(images))).message(),
              HasSubstr("2000 images to check; at most 1000"));
  EXPECT_THAT(verifier_.requests(), IsEmpty());
}

// What an author can write any number of.

TEST_F(WebhookTest, ManyAnnotationsInOurPlaceAreDenied) {
  Json object = PodObject({"signed"});
  for (int i = 0; i < 64; ++i)
    object["metadata"]["annotations"][absl::StrCat("countersign/", i)] = "";
  EXPECT_THAT(Ask(Review("CREATE", object)).AnnotationsOn(object), SizeIs(2));
  object["metadata"]["annotations"]["countersign/64"] = "";
  EXPECT_THAT(Ask(Review("CREATE", object)).message(),
              HasSubstr("more than 64 annotations under countersign/"));
}

TEST_F(WebhookTest, OtherAnnotationsAreNotEvenRead) {
  Json object = PodObject({"signed"});
  Json& annotations = object["metadata"]["annotations"];
  for (int i = 0; i < 100'000; ++i) annotations[absl::StrCat("other/", i)] = "";
  const WebhookAnswer answer = Ask(Review("CREATE", object));
  EXPECT_TRUE(answer.allowed());
  EXPECT_THAT(answer.AnnotationsOn(object), SizeIs(100'002));
}

TEST_F(WebhookTest, MoreThanIsLookedAtIsDenied) {
  const Json object = PodObject(std::vector<std::string>(30'000, "signed"));
  const WebhookAnswer answer = Ask(Review("CREATE", object));
  EXPECT_THAT(answer.message(), HasSubstr("than Countersign looks at"));
  EXPECT_THAT(verifier_.requests(), IsEmpty());
  EXPECT_TRUE(Ask(Review("DELETE", nullptr, object)).allowed());
}

TEST_F(WebhookTest, TheVerifierIsToldWhatTheObjectIsAndItsOwnLabels) {
  Json object = PodObject({"signed"});
  object["metadata"]["labels"] = {{"app", "web"}, {"empty", ""}};
  Json review = Review("CREATE", object);
  review["request"]["resource"] = {{"group", "g"}, {"version", "v"}, {"resource", "pods"}};
  EXPECT_TRUE(Ask(review).allowed());
  EXPECT_TRUE(Ask(Review("CREATE", PodObject({"signed"}))).allowed());
  const std::vector<v1::VerifyImagesRequest> requests = verifier_.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].object().api_group(), "g");
  EXPECT_EQ(requests[0].object().api_version(), "v");
  EXPECT_EQ(requests[0].object().resource(), "pods");
  ASSERT_EQ(requests[0].object().labels().size(), 2u);
  EXPECT_EQ(requests[0].object().labels().at("app"), "web");
  // Where the review does not say.
  EXPECT_TRUE(requests[1].has_object());
  EXPECT_EQ(requests[1].object().api_version(), "v1");
  EXPECT_EQ(requests[1].object().resource(), "pods");
  EXPECT_EQ(requests[1].object().labels().size(), 0u);
}

TEST_F(WebhookTest, MoreLabelsThanAVerifierTakesAreDeniedWhereAnImageIsAskedAbout) {
  Json object = PodObject({"signed"});
  for (int i = 0; i < 1000; ++i) object["metadata"]["labels"][absl::StrCat("l", i)] = "";
  EXPECT_TRUE(Ask(Review("CREATE", object)).allowed());
  object["metadata"]["labels"]["one-more"] = "";
  EXPECT_EQ(Ask(Review("CREATE", object)).message(),
            "The images of this object cannot be checked: it has 1001 labels; at most 1000 are "
            "looked at.");
  EXPECT_TRUE(Ask(Review("UPDATE", object, object)).allowed());
  object["metadata"]["labels"] = {{"a", std::string(64 << 10, 'x')}};
  EXPECT_EQ(Ask(Review("CREATE", object)).message(),
            "The images of this object cannot be checked: its labels are 65537 bytes together; at "
            "most 65536 are looked at.");
  object["metadata"]["labels"] = {{"a", 7}};
  EXPECT_THAT(Ask(Review("CREATE", object)).message(),
              testing::HasSubstr("/metadata/labels/a: must be a string, is a number"));
}

// Whose images are as they were is not asked about; a new one is, whatever else the update does.
TEST_F(WebhookTest, ScalingDownIsNoWayAroundForANewImage) {
  const auto deployment = [](int replicas, const char* image) {
    Json object = {{"metadata", {{"name", "web"}}}, {"spec", {{"replicas", replicas}}}};
    object["spec"]["template"]["spec"]["containers"] = Containers({image});
    return object;
  };
  const auto update = [](Json object, Json old_object) {
    Json review = Review("UPDATE", std::move(object), std::move(old_object));
    review["request"]["kind"] = {{"group", "apps"}, {"version", "v1"}, {"kind", "Deployment"}};
    return review;
  };
  EXPECT_TRUE(Ask(update(deployment(1, "unsigned"), deployment(3, "unsigned"))).allowed());
  EXPECT_FALSE(Ask(update(deployment(1, "unsigned"), deployment(3, "signed"))).allowed());
}

TEST_F(WebhookTest, WhatPoliciesOnlyWarnOfIsAWarningALine) {
  v1::Verdict verdict;
  verdict.set_decision(v1::DECISION_ALLOW);
  verdict.set_reason(v1::REASON_ALLOWED_BY_POLICY);
  v1::PolicyFailure* const failure = verdict.add_policy_failures();
  failure->set_summary("failed policy: warns");
  failure->set_details("app x");
  failure->set_is_warning(true);
  verifier_.Set("app", verdict);
  const WebhookAnswer answer = Ask(Review("CREATE", PodObject({"app"})));
  EXPECT_TRUE(answer.allowed());
  EXPECT_EQ(answer.warnings(), Json({"failed policy: warns: spec.containers[0].image", "app x"}));
}

}  // namespace
}  // namespace countersign::shim
