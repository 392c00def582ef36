#include "shim/webhook.h"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "base/metrics.h"
#include "base/status_matchers.h"
#include "base/trace_context.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/fake_verifier.h"
#include "shim/review_metrics.h"
#include "shim/test_webhook.h"
#include "shim/verifier_client.h"

namespace countersign::shim {
namespace {

using base::Json;
using base::StatusIs;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(WebhookTest, WhatIsNoReviewIsNotAnswered) {
  for (const char* body : {"", "x", "{}", "[]", R"({"kind": "AdmissionReview"})"}) {
    EXPECT_THAT(Handle(body), StatusIs(absl::StatusCode::kInvalidArgument)) << body;
  }
  EXPECT_THAT(Handle(std::string(10'000, '[')), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(verifier_.requests(), IsEmpty());
}

TEST_F(WebhookTest, TheDeadlineIsPassedOn) {
  Ask(Review("CREATE", PodObject({"signed"})));
  EXPECT_THAT(verifier_.deadlines(), ElementsAre(deadline_));
}

TEST_F(WebhookTest, TheSameRequestGivesTheSameBytes) {
  const std::string review = Review("CREATE", PodObject({"signed", "signed-too"})).dump();
  EXPECT_EQ(*Handle(review), *Handle(review));
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

TEST_F(WebhookTest, TheReadersOfAReviewAreToldWhatIsKept) {
  size_t kept = 0;
  on_read_ = [&](size_t memory_bytes) {
    kept = memory_bytes;
    EXPECT_THAT(verifier_.requests(), IsEmpty());
    return true;
  };
  Json object = PodObject({"signed"});
  object["metadata"]["annotations"]["large"] = std::string(100'000, 'x');
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

// Answers.

TEST_F(WebhookTest, ASignedPodIsAdmittedAndMarked) {
  const Json pod = PodObject({"signed", "signed-too", "signed"});
  const WebhookAnswer answer = Ask(Review("CREATE", pod));
  EXPECT_TRUE(answer.allowed());
  EXPECT_THAT(answer.warnings(), IsEmpty());
  const Json annotations = answer.AnnotationsOn(pod);
  EXPECT_EQ(annotations["countersign/status"], "verified");
  const Json entry = {
      {"status", "verified"}, {"digest", FakeVerifier::Digest()}, {"keys", {"key-1"}}};
  EXPECT_EQ(
      Json::parse(annotations["countersign/images"].get<std::string>()),
      Json({{FakeVerifier::Pinned("signed"), entry}, {FakeVerifier::Pinned("signed-too"), entry}}));
  EXPECT_EQ(answer.audit(), Json({{"status", annotations["countersign/status"]},
                                  {"images", annotations["countersign/images"]}}));
}

TEST_F(WebhookTest, AnUnsignedPodIsDenied) {
  const WebhookAnswer answer = Ask(Review("CREATE", PodObject({"signed", "unsigned", "another"})));
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
  EXPECT_FALSE(line.contains("traceId")) << "nobody said one";
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
  const WebhookAnswer answer = Ask(Review("CREATE", pod));
  EXPECT_TRUE(answer.allowed());
  EXPECT_EQ(answer.AnnotationsOn(pod), Json({{"team", "shop"}}));
  EXPECT_THAT(answer.audit(), IsEmpty());
  EXPECT_THAT(verifier_.requests(), IsEmpty());
}

// Marks on updates.

Json Marked(Json object, Json images, std::string_view status = "verified") {
  object["metadata"]["annotations"] = {{"countersign/status", status},
                                       {"countersign/images", images.dump()}};
  return object;
}

TEST_F(WebhookTest, MarksOfUnchangedImagesAreThoseOfTheStoredObject) {
  const Json entry = {
      {"status", "verified"}, {"digest", FakeVerifier::Digest()}, {"keys", {"old-key"}}};
  const Json old_object = Marked(PodObject({"old"}), {{"old", entry}, {"gone", entry}});
  // Its author tries to tell more.
  const Json object = Marked(PodObject({"old", "signed"}), {{"old", {{"status", "forged"}}}}, "x");
  const WebhookAnswer answer = Ask(Review("UPDATE", object, old_object));
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
  const Json entry = {
      {"status", "verified"}, {"digest", FakeVerifier::Digest()}, {"keys", {"key-1"}}};
  const std::string pinned = FakeVerifier::Pinned("signed");
  const Json object = Marked(PodObject({pinned}), {{pinned, entry}});
  EXPECT_THAT(Ask(Review("UPDATE", object, object)).patch(), IsEmpty());
  EXPECT_THAT(Ask(Review("CREATE", object)).patch(), IsEmpty());
}

// Shares.

// Who is asked about images while other reviews are under way: those it starts itself.
class BusyVerifier final : public VerifierClient {
 public:
  CallResult<v1::VerifyImagesResponse> VerifyImages(const v1::VerifyImagesRequest& request,
                                                    absl::Time deadline,
                                                    const base::TraceContext& trace) override {
    if (meanwhile != nullptr) std::exchange(meanwhile, nullptr)();
    return verifier.VerifyImages(request, deadline, trace);
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
    // Nobody has time to wait for the others.
    const absl::StatusOr<std::string> answer =
        webhook.Handle(review.dump(), {.caller = std::string(caller)}, absl::InfinitePast());
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

TEST_F(WebhookTest, TheLineOfADenialSaysTheSpanItWasAnsweredIn) {
  const base::TraceContext trace = {.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
                                    .span_id = "00f067aa0ba902b7"};
  Webhook webhook(&verifier_, options_);
  const Json review = Review("CREATE", PodObject({"unsigned"}));
  EXPECT_THAT(webhook.Handle(review.dump(), {.trace = trace}, deadline_), base::IsOk());
  ASSERT_THAT(logged_, SizeIs(1));
  const Json line = Json::parse(logged_[0]);
  EXPECT_EQ(line["traceId"], trace.trace_id);
  EXPECT_EQ(line["spanId"], trace.span_id);
  EXPECT_THAT(verifier_.traces(), testing::ElementsAre(trace));
}

}  // namespace
}  // namespace countersign::shim
