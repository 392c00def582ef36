#include "shim/webhook.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"
#include "shim/fake_verifier.h"

namespace countersign::shim {
namespace {

using base::Json;
using base::StatusIs;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

const absl::Time kDeadline = absl::FromUnixSeconds(1'700'000'000);
const char kDigest[] = "sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd";

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

Json Review(std::string_view operation, Json object, Json old_object = nullptr) {
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

// What a webhook answered.
struct Answer {
  Json response;

  bool allowed() const { return response.at("allowed").get<bool>(); }
  std::string message() const { return allowed() ? "" : response.at("status").at("message"); }
  Json warnings() const { return response.value("warnings", Json::array()); }
  Json audit() const { return response.value("auditAnnotations", Json::object()); }
  Json patch() const {
    std::string text;
    absl::Base64Unescape(response.value("patch", ""), &text);
    return text.empty() ? Json::array() : Json::parse(text);
  }
  // The annotations of `object` as patched.
  Json AnnotationsOn(const Json& object) const {
    return object.patch(patch()).at("metadata").value("annotations", Json::object());
  }
};

class WebhookTest : public testing::Test {
 protected:
  WebhookTest() : log_([this](std::string_view line) { logged_.emplace_back(line); }) {
    verifier_.Allow("signed");
    verifier_.Allow("signed-too");
  }

  absl::StatusOr<std::string> Handle(std::string_view body) {
    return Webhook(&verifier_, options_).Handle(body, {}, kDeadline, on_read_);
  }

  Answer Ask(const Json& review) {
    const absl::StatusOr<std::string> answer = Handle(review.dump());
    EXPECT_THAT(answer, base::IsOk());
    const Json read = Json::parse(*answer);
    EXPECT_EQ(read["apiVersion"], review["apiVersion"]);
    EXPECT_EQ(read["response"]["uid"], "u1");
    return {read["response"]};
  }

  FakeVerifier verifier_;
  Webhook::Options options_;
  Webhook::OnRead on_read_;
  std::vector<std::string> logged_;
  const base::ScopedLogSink log_;
};

// What is asked.

TEST_F(WebhookTest, WhatIsNoReviewIsNotAnswered) {
  for (const char* body : {"", "x", "{}", "[]", R"({"kind": "AdmissionReview"})"}) {
    EXPECT_THAT(Handle(body), StatusIs(absl::StatusCode::kInvalidArgument)) << body;
  }
  EXPECT_THAT(Handle(std::string(10'000, '[')), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(verifier_.requests(), IsEmpty());
}

TEST_F(WebhookTest, TheDeadlineIsPassedOn) {
  Ask(Review("CREATE", PodObject({"signed"})));
  EXPECT_THAT(verifier_.deadlines(), ElementsAre(kDeadline));
}

TEST_F(WebhookTest, DeletionAndConnectingPassUnasked) {
  for (const char* operation : {"DELETE", "CONNECT"}) {
    const Answer answer = Ask(Review(operation, nullptr, PodObject({"unsigned"})));
    EXPECT_TRUE(answer.allowed());
    EXPECT_THAT(answer.patch(), IsEmpty());
  }
  EXPECT_THAT(verifier_.requests(), IsEmpty());
}

TEST_F(WebhookTest, OtherSubresourcesPassUnasked) {
  for (const char* sub_resource : {"status", "scale", "binding", "resize", "eviction"}) {
    Json review = Review("UPDATE", PodObject({"unsigned"}));
    review["request"]["subResource"] = sub_resource;
    const Answer answer = Ask(review);
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
  const Answer answer = Ask(review);
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
  const Answer answer = Ask(review);
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

// Answers.

TEST_F(WebhookTest, ASignedPodIsAdmittedAndMarked) {
  const Json pod = PodObject({"signed", "signed-too", "signed"});
  const Answer answer = Ask(Review("CREATE", pod));
  EXPECT_TRUE(answer.allowed());
  EXPECT_THAT(answer.warnings(), IsEmpty());
  const Json annotations = answer.AnnotationsOn(pod);
  EXPECT_EQ(annotations["countersign/status"], "verified");
  const Json entry = {{"status", "verified"}, {"digest", kDigest}, {"keys", {"key-1"}}};
  EXPECT_EQ(
      Json::parse(annotations["countersign/images"].get<std::string>()),
      Json({{FakeVerifier::Pinned("signed"), entry}, {FakeVerifier::Pinned("signed-too"), entry}}));
  EXPECT_EQ(answer.audit(), Json({{"status", annotations["countersign/status"]},
                                  {"images", annotations["countersign/images"]}}));
}

TEST_F(WebhookTest, AnUnsignedPodIsDenied) {
  const Answer answer = Ask(Review("CREATE", PodObject({"signed", "unsigned", "another"})));
  EXPECT_EQ(answer.message(),
            "The image: unsigned is not signed. (container c1)\n"
            "The image: another is not signed. (container c2)");
  EXPECT_EQ(answer.response["status"]["code"], 403);
  EXPECT_EQ(answer.response["status"]["reason"], "Forbidden");
  EXPECT_THAT(answer.patch(), IsEmpty());
}

TEST_F(WebhookTest, ADenialIsLoggedWithItsObjectImagesAndReason) {
  Json pod = PodObject({"signed", "unsigned"});
  pod["metadata"] = {{"generateName", "web-"}};
  Json review = Review("CREATE", pod);
  review["request"].erase("name");
  Ask(review);
  ASSERT_THAT(logged_, SizeIs(1));
  const Json line = Json::parse(logged_[0]);
  EXPECT_EQ(line["object"], "shop/web-* (Pod)");
  EXPECT_EQ(line["image"], "unsigned");
  EXPECT_EQ(line["error"], "The image: unsigned is not signed. (container c1)");
  logged_.clear();
  Ask(Review("CREATE", PodObject({"signed"})));
  EXPECT_THAT(logged_, IsEmpty());
}

TEST_F(WebhookTest, TheWeakestImageIsTheStatus) {
  verifier_.Allow("unmatched", v1::REASON_UNMATCHED_ALLOWED);
  verifier_.Allow("excluded", v1::REASON_EXCLUDED_NAMESPACE);
  const Json pod = PodObject({"signed", "unmatched"});
  EXPECT_EQ(Ask(Review("CREATE", pod)).AnnotationsOn(pod)["countersign/status"],
            "allowed-unmatched");
  const Json excluded = PodObject({"excluded"});
  EXPECT_EQ(Ask(Review("CREATE", excluded)).AnnotationsOn(excluded)["countersign/status"],
            "not-enforced");
}

TEST_F(WebhookTest, WarningsOfTheVerifierArePassedOnOnce) {
  v1::Verdict verdict;
  verdict.set_decision(v1::DECISION_ALLOW);
  verdict.set_reason(v1::REASON_UNMATCHED_ALLOWED);
  verdict.set_warning("unmatched");
  verifier_.Set("unmatched", verdict);
  verifier_.Spoil([](v1::VerifyImagesResponse& response) {
    response.add_warnings("no policy");
    response.add_warnings("unmatched");
  });
  EXPECT_EQ(Ask(Review("CREATE", PodObject({"unmatched"}))).warnings(),
            Json({"no policy", "unmatched"}));
}

TEST_F(WebhookTest, AnObjectWithoutImagesIsAdmittedUnasked) {
  Json pod = PodObject({});
  pod["metadata"]["annotations"] = {{"countersign/status", "verified"}, {"team", "shop"}};
  const Answer answer = Ask(Review("CREATE", pod));
  EXPECT_TRUE(answer.allowed());
  EXPECT_EQ(answer.AnnotationsOn(pod), Json({{"team", "shop"}}));
  EXPECT_THAT(answer.audit(), IsEmpty());
  EXPECT_THAT(verifier_.requests(), IsEmpty());
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

TEST_F(WebhookTest, TheSameRequestGivesTheSameBytes) {
  const std::string review = Review("CREATE", PodObject({"signed", "signed-too"})).dump();
  EXPECT_EQ(*Handle(review), *Handle(review));
}

// Marks on updates.

Json Marked(Json object, Json images, std::string_view status = "verified") {
  object["metadata"]["annotations"] = {{"countersign/status", status},
                                       {"countersign/images", images.dump()}};
  return object;
}

TEST_F(WebhookTest, MarksOfUnchangedImagesAreThoseOfTheStoredObject) {
  const Json entry = {{"status", "verified"}, {"digest", kDigest}, {"keys", {"old-key"}}};
  const Json old_object = Marked(PodObject({"old"}), {{"old", entry}, {"gone", entry}});
  // Its author tries to tell more.
  const Json object = Marked(PodObject({"old", "signed"}), {{"old", {{"status", "forged"}}}}, "x");
  const Answer answer = Ask(Review("UPDATE", object, old_object));
  const Json annotations = answer.AnnotationsOn(object);
  EXPECT_EQ(annotations["countersign/status"], "verified");
  const Json images = Json::parse(annotations["countersign/images"].get<std::string>());
  EXPECT_EQ(images["old"], entry);
  EXPECT_EQ(images[FakeVerifier::Pinned("signed")]["keys"], Json({"key-1"}));
  EXPECT_THAT(images, SizeIs(2));
  // The audit log repeats nothing that the object says.
  EXPECT_EQ(answer.audit()["status"], "not-checked-again");
  EXPECT_EQ(Json::parse(answer.audit()["images"].get<std::string>())["old"],
            Json({{"status", "not-checked-again"}}));
}

TEST_F(WebhookTest, AnUnchangedImageWithoutAMarkIsUnchecked) {
  const Json object = Marked(PodObject({"old", "signed"}), {{"old", {{"status", "verified"}}}});
  const Json annotations = Ask(Review("UPDATE", object, PodObject({"old"}))).AnnotationsOn(object);
  EXPECT_EQ(annotations["countersign/status"], "unchecked");
  EXPECT_EQ(Json::parse(annotations["countersign/images"].get<std::string>())["old"],
            Json({{"status", "unchecked"}}));
}

TEST_F(WebhookTest, NothingIsPatchedWhereNothingChanges) {
  const Json entry = {{"status", "verified"}, {"digest", kDigest}, {"keys", {"key-1"}}};
  const std::string pinned = FakeVerifier::Pinned("signed");
  const Json object = Marked(PodObject({pinned}), {{pinned, entry}});
  EXPECT_THAT(Ask(Review("UPDATE", object, object)).patch(), IsEmpty());
  EXPECT_THAT(Ask(Review("CREATE", object)).patch(), IsEmpty());
}

// A verifier that does not answer, or not as it should.

TEST_F(WebhookTest, WithoutAVerifierObjectsAreDenied) {
  verifier_.GoAway();
  const Answer answer = Ask(Review("CREATE", PodObject({"signed"})));
  EXPECT_THAT(answer.message(), AllOf(StartsWith("No verifier could be asked about the images"),
                                      HasSubstr("See whether countersign-verifier runs")));
  EXPECT_THAT(logged_, ElementsAre(AllOf(HasSubstr("could be connected to"),
                                         HasSubstr(R"("image":"signed")"))));
}

// Where the verifiers are is for the log alone.
TEST_F(WebhookTest, TheTransportsWordsAreLoggedAndNotAnswered) {
  verifier_.FailWith(absl::UnavailableError("ipv4:192.0.2.1:8090: connection reset"));
  EXPECT_EQ(Ask(Review("CREATE", PodObject({"signed"}))).message(),
            "The verifier did not answer about the images, so they are refused: it was lost while "
            "it was being asked. Try again in a moment.");
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("192.0.2.1")));
}

TEST_F(WebhookTest, WithoutAVerifierObjectsAreAdmittedWhereThatIsWanted) {
  options_.rules.unsafe_allow_when_verifier_unavailable = true;
  verifier_.GoAway();
  const Json pod = PodObject({"unsigned"});
  const Answer answer = Ask(Review("CREATE", pod));
  EXPECT_TRUE(answer.allowed());
  EXPECT_THAT(answer.warnings(), ElementsAre(HasSubstr("which were not checked")));
  EXPECT_EQ(answer.AnnotationsOn(pod)["countersign/status"], "unchecked");
  EXPECT_EQ(answer.audit()["verifier-unavailable"], "none could be connected to");
  EXPECT_EQ(answer.audit()["status"], "unchecked");
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("Admitted unchecked")));
}

// Whoever asks may have brought these about, by what he asks or by how often.
TEST_F(WebhookTest, LateBusyOrDeadIsNotAway) {
  options_.rules.unsafe_allow_when_verifier_unavailable = true;
  const std::pair<absl::Status, std::string> cases[] = {
      {absl::DeadlineExceededError("why"), "it was not done in time"},
      {absl::ResourceExhaustedError("why"), "it has too much to do"},
      {absl::UnavailableError("why"), "it was lost while it was being asked"},
      {absl::CancelledError("why"), "it was lost while it was being asked"},
  };
  for (const auto& [failure, words] : cases) {
    verifier_.FailWith(failure);
    EXPECT_THAT(Ask(Review("CREATE", PodObject({"signed"}))).message(), HasSubstr(words));
  }
}

TEST_F(WebhookTest, OtherFailuresAlwaysDeny) {
  options_.rules.unsafe_allow_when_verifier_unavailable = true;
  for (const absl::Status& failure :
       {absl::InvalidArgumentError("why"), absl::InternalError("why"), absl::UnknownError("why"),
        absl::UnimplementedError("why"), absl::PermissionDeniedError("why"),
        absl::UnauthenticatedError("why"), absl::AbortedError("why"),
        absl::Status(static_cast<absl::StatusCode>(99), "why")}) {
    verifier_.FailWith(failure);
    EXPECT_THAT(Ask(Review("CREATE", PodObject({"signed"}))).message(),
                HasSubstr("refused to answer about the images, so they are refused: why"))
        << failure;
  }
}

TEST_F(WebhookTest, TooMuchToAskIsNoVerifierUnavailable) {
  options_.rules.unsafe_allow_when_verifier_unavailable = true;
  verifier_.FailWith(absl::ResourceExhaustedError("message too large"));
  std::vector<std::string> images;
  for (int i = 0; i < 500; ++i) images.push_back(absl::StrCat(i, std::string(4000, 'r')));
  EXPECT_THAT(Ask(Review("CREATE", PodObject(images))).message(), HasSubstr("at most 1048576"));
  EXPECT_THAT(verifier_.requests(), IsEmpty());
}

TEST_F(WebhookTest, AnAnswerThatCannotBeUsedDenies) {
  options_.rules.unsafe_allow_when_verifier_unavailable = true;
  const std::function<void(v1::VerifyImagesResponse&)> spoils[] = {
      [](auto& r) { r.Clear(); },
      [](auto& r) { r.mutable_verdicts()->RemoveLast(); },
      [](auto& r) { r.mutable_verdicts()->SwapElements(0, 1); },
      [](auto& r) { r.mutable_verdicts(1)->clear_decision(); },
      [](auto& r) { r.mutable_verdicts(1)->set_decision(static_cast<v1::Decision>(7)); },
      [](auto& r) { r.mutable_verdicts(1)->set_reason(v1::REASON_NOT_SIGNED); },
      [](auto& r) { r.mutable_verdicts(1)->clear_digest(); },
      [](auto& r) {
        r.mutable_verdicts(1)->set_pinned_reference(r.verdicts(0).pinned_reference());
      },
  };
  for (const auto& spoil : spoils) {
    verifier_.Spoil(spoil);
    EXPECT_THAT(Ask(Review("CREATE", PodObject({"signed", "signed-too"}))).message(),
                StartsWith("The verifier's answer about the images cannot be used"));
  }
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

TEST_F(WebhookTest, CountsWhatItAnswersAndWhatItWasAnswered) {
  base::Metrics metrics;
  ReviewMetrics reviews(&metrics);
  options_.metrics = &reviews;
  Ask(Review("CREATE", PodObject({"signed"})));
  Ask(Review("CREATE", PodObject({"unsigned"})));
  EXPECT_THAT(Handle("x"), StatusIs(absl::StatusCode::kInvalidArgument));
  verifier_.GoAway();
  Ask(Review("CREATE", PodObject({"signed"})));
  options_.rules.unsafe_allow_when_verifier_unavailable = true;
  Ask(Review("CREATE", PodObject({"signed"})));
  const std::string text = metrics.WriteText();
  for (const char* line : {"reviews_total{operation=\"CREATE\",outcome=\"allowed\"} 1\n",
                           "reviews_total{operation=\"CREATE\",outcome=\"denied\"} 1\n",
                           "reviews_total{operation=\"CREATE\",outcome=\"denied_unasked\"} 1\n",
                           "reviews_total{operation=\"CREATE\",outcome=\"allowed_unasked\"} 1\n",
                           "malformed_reviews_total 1\n", "verifier_calls_total{code=\"ok\"} 2\n",
                           "verifier_calls_total{code=\"unavailable\"} 2\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
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
  const Answer answer = Ask(Review("CREATE", object));
  EXPECT_TRUE(answer.allowed());
  EXPECT_THAT(answer.AnnotationsOn(object), SizeIs(100'002));
}

TEST_F(WebhookTest, MoreThanIsLookedAtIsDenied) {
  const Json object = PodObject(std::vector<std::string>(30'000, "signed"));
  const Answer answer = Ask(Review("CREATE", object));
  EXPECT_THAT(answer.message(), HasSubstr("than Countersign looks at"));
  EXPECT_THAT(verifier_.requests(), IsEmpty());
  EXPECT_TRUE(Ask(Review("DELETE", nullptr, object)).allowed());
}

TEST_F(WebhookTest, TheReadersOfAReviewAreToldWhatIsKept) {
  size_t kept = 0;
  on_read_ = [&](size_t memory_bytes) {
    kept = memory_bytes;
    EXPECT_THAT(verifier_.requests(), IsEmpty());
    return true;
  };
  Json object = PodObject({"signed"});
  object["metadata"]["labels"]["large"] = std::string(100'000, 'x');
  Ask(Review("CREATE", object));
  EXPECT_GT(kept, 100u);
  EXPECT_LT(kept, 20'000u);
  EXPECT_THAT(verifier_.requests(), SizeIs(1));
}

TEST_F(WebhookTest, AReviewThatThereIsNoRoomForIsNotAnswered) {
  on_read_ = [](size_t) { return false; };
  EXPECT_THAT(Handle(Review("CREATE", PodObject({"signed"})).dump()),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(verifier_.requests(), IsEmpty());
}

// Who is asked about images while other reviews are under way: those it starts itself.
class BusyVerifier final : public VerifierClient {
 public:
  CallResult<v1::VerifyImagesResponse> VerifyImages(const v1::VerifyImagesRequest& request,
                                                    absl::Time deadline) override {
    if (meanwhile != nullptr) std::exchange(meanwhile, nullptr)();
    return verifier.VerifyImages(request, deadline);
  }

  FakeVerifier verifier;
  std::function<void()> meanwhile;
};

class WebhookSharesTest : public testing::Test {
 protected:
  WebhookSharesTest() {
    for (const char* image : {"a", "b", "c", "d"}) busy_.verifier.Allow(image);
  }

  Json Ask(Webhook& webhook, std::vector<std::string> images, std::string_view caller,
           std::string_view request_namespace) {
    Json review = Review("CREATE", PodObject(images));
    review["request"]["namespace"] = request_namespace;
    const absl::StatusOr<std::string> answer =
        webhook.Handle(review.dump(), {.caller = std::string(caller)}, kDeadline);
    return answer.ok() ? Json::parse(*answer)["response"] : Json();
  }

  BusyVerifier busy_;
};

TEST_F(WebhookSharesTest, ACallerHasAPartOfTheImagesThatAreAskedAboutAndTheNextIsServed) {
  Webhook webhook(&busy_, {.max_images = 8});
  Json same, other;
  busy_.meanwhile = [&] {
    same = Ask(webhook, {"a", "b"}, "192.0.2.1", "garden");
    other = Ask(webhook, {"a", "b"}, "192.0.2.2", "shop");
  };
  EXPECT_EQ(Ask(webhook, {"a", "b"}, "192.0.2.1", "shop")["allowed"], true);
  EXPECT_EQ(same["allowed"], false);
  EXPECT_THAT(same["status"]["message"], HasSubstr("Too many images of other objects"));
  EXPECT_EQ(other["allowed"], true);
  EXPECT_EQ(Ask(webhook, {"a", "b"}, "192.0.2.1", "garden")["allowed"], true)
      << "what was held is given back";
}

// As all tenants of a cluster ask through one API server.
TEST_F(WebhookSharesTest, ANamespaceHasAPartOfItsCallersAndTheNextIsServed) {
  Webhook webhook(&busy_, {.max_images = 15});
  Json same, other;
  busy_.meanwhile = [&] {
    same = Ask(webhook, {"a", "b"}, "192.0.2.1", "mallory");
    other = Ask(webhook, {"a", "b"}, "192.0.2.1", "garden");
  };
  EXPECT_EQ(Ask(webhook, {"a", "b", "c", "d"}, "192.0.2.1", "mallory")["allowed"], true);
  EXPECT_EQ(same["allowed"], false);
  EXPECT_THAT(same["status"]["message"], HasSubstr("of this namespace"));
  EXPECT_EQ(other["allowed"], true);
}

}  // namespace
}  // namespace countersign::shim
