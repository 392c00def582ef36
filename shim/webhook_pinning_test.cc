// What was judged is what runs: what is unchanged, what is pinned, and the last word.

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
#include "shim/webhook.h"

namespace countersign::shim {
namespace {

using base::Json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::string Pinned(std::string_view reference) { return FakeVerifier::Pinned(reference); }

// A container of a Pod, by name and image.
using Named = std::pair<std::string, std::string>;

Json Containers(const std::vector<Named>& containers) {
  Json list = Json::array();
  for (const auto& [name, image] : containers) list.push_back({{"name", name}, {"image", image}});
  return list;
}

Json Volume(std::string_view name, std::string_view image) {
  return Json::array({{{"name", name}, {"image", {{"reference", image}}}}});
}

Json Pod(const std::vector<Named>& containers) {
  return {{"metadata", {{"name", "web"}}}, {"spec", {{"containers", Containers(containers)}}}};
}

Json Deployment(const std::vector<Named>& containers) {
  Json object = {{"metadata", {{"name", "web"}}}};
  object["spec"]["template"]["spec"]["containers"] = Containers(containers);
  return object;
}

class WebhookPinningTest : public testing::Test {
 protected:
  WebhookPinningTest() {
    for (const char* image : {"a:1", "b:1", "c"}) verifier_.Allow(image);
  }

  // The answer to a review about a Pod, or with a template about a Deployment.
  Json Ask(Json object, Json old_object = nullptr, std::string_view sub_resource = "") {
    const bool is_pod = base::FindMember(object["spec"], "template") == nullptr;
    const Json review = {
        {"apiVersion", "admission.k8s.io/v1"},
        {"kind", "AdmissionReview"},
        {"request",
         {{"uid", "u1"},
          {"kind", is_pod ? Json({{"group", ""}, {"version", "v1"}, {"kind", "Pod"}})
                          : Json({{"group", "apps"}, {"version", "v1"}, {"kind", "Deployment"}})},
          {"subResource", sub_resource},
          {"operation", old_object.is_null() ? "CREATE" : "UPDATE"},
          {"object", std::move(object)},
          {"oldObject", std::move(old_object)}}}};
    asked_before_ = verifier_.requests().size();
    const absl::StatusOr<std::string> answer =
        Webhook(&verifier_, options_).Handle(review.dump(), terms_, absl::InfiniteFuture());
    EXPECT_THAT(answer, base::IsOk());
    return Json::parse(*answer)["response"];
  }

  // What the last review asked about.
  std::vector<std::string> Asked() const {
    std::vector<std::string> references;
    const std::vector<v1::VerifyImagesRequest> requests = verifier_.requests();
    for (size_t i = asked_before_; i < requests.size(); ++i) {
      for (const v1::Image& image : requests[i].images()) references.push_back(image.reference());
    }
    return references;
  }

  static Json Patched(const Json& object, const Json& response) {
    EXPECT_TRUE(response["allowed"].get<bool>()) << response;
    std::string text;
    absl::Base64Unescape(response.value("patch", ""), &text);
    return text.empty() ? object : object.patch(Json::parse(text));
  }

  Json Stored(const Json& object, const Json& old_object = nullptr) {
    return Patched(object, Ask(object, old_object));
  }

  static std::string Image(const Json& pod, size_t index = 0) {
    return pod["spec"]["containers"][index]["image"];
  }

  static std::string Denial(const Json& response) {
    EXPECT_FALSE(response["allowed"].get<bool>());
    return response.value("/status/message"_json_pointer, "");
  }

  FakeVerifier verifier_;
  Webhook::Options options_;
  ReviewTerms terms_;
  size_t asked_before_ = 0;
  const base::ScopedLogSink silence_{[](std::string_view) {}};
};

// What is unchanged.

TEST_F(WebhookPinningTest, SwappedContainersAreAsked) {
  const Json old_object = Pod({{"x", "unsigned"}, {"y", "a:1"}});
  EXPECT_EQ(Ask(old_object, old_object)["allowed"], true);
  EXPECT_THAT(Asked(), IsEmpty());
  EXPECT_EQ(Ask(Pod({{"x", "a:1"}, {"y", "unsigned"}}), old_object)["allowed"], false);
  EXPECT_THAT(Asked(), ElementsAre("a:1", "unsigned"));
}

TEST_F(WebhookPinningTest, TheSameContainersInAnotherOrderAreUnchanged) {
  EXPECT_EQ(Ask(Pod({{"y", "b"}, {"x", "a"}}), Pod({{"x", "a"}, {"y", "b"}}))["allowed"], true);
  EXPECT_THAT(Asked(), IsEmpty());
}

TEST_F(WebhookPinningTest, ANewEphemeralContainerWithAKnownTextIsAsked) {
  Json object = Pod({{"x", "unsigned"}});
  object["spec"]["ephemeralContainers"] = Containers({{"debug", "unsigned"}});
  EXPECT_EQ(Ask(object, Pod({{"x", "unsigned"}}), "ephemeralcontainers")["allowed"], false);
  EXPECT_THAT(Asked(), ElementsAre("unsigned"));
  // By the name of another list's container, too.
  object["spec"]["ephemeralContainers"] = Containers({{"x", "unsigned"}});
  EXPECT_EQ(Ask(object, Pod({{"x", "unsigned"}}), "ephemeralcontainers")["allowed"], false);
}

TEST_F(WebhookPinningTest, AVolumesTextInAContainerIsAsked) {
  Json old_object = Pod({{"x", "a:1"}});
  old_object["spec"]["volumes"] = Volume("x", "unsigned");
  Json object = Pod({{"x", "unsigned"}});
  object["spec"]["volumes"] = Volume("x", "unsigned");
  EXPECT_EQ(Ask(object, old_object)["allowed"], false);
  EXPECT_THAT(Asked(), ElementsAre("unsigned"));
}

TEST_F(WebhookPinningTest, SwappedContainersOfATemplateAreAsked) {
  EXPECT_EQ(Ask(Deployment({{"x", "a:1"}, {"y", "unsigned"}}),
                Deployment({{"x", "unsigned"}, {"y", "a:1"}}))["allowed"],
            false);
}

// Pinning.

TEST_F(WebhookPinningTest, EveryVerifiedImageOfANewPodIsPinned) {
  Json pod = Pod({{"x", "a:1"}, {"y", "c"}});
  pod["spec"]["initContainers"] = Containers({{"i", "b:1"}});
  pod["spec"]["volumes"] = Volume("v", "a:1");
  const Json stored = Stored(pod);
  EXPECT_EQ(Image(stored, 0), Pinned("a:1"));
  EXPECT_EQ(Image(stored, 1), absl::StrCat("c:latest@", FakeVerifier::Digest()));
  EXPECT_EQ(stored["spec"]["initContainers"][0]["image"], Pinned("b:1"));
  EXPECT_EQ(stored["spec"]["volumes"][0]["image"]["reference"], Pinned("a:1"));
  const Json marks =
      Json::parse(stored["metadata"]["annotations"]["countersign/images"].get<std::string>());
  EXPECT_TRUE(marks.contains(Pinned("a:1")));
  EXPECT_FALSE(marks.contains("a:1"));
  // Nothing is left to do about it.
  EXPECT_EQ(Stored(stored), stored);
}

TEST_F(WebhookPinningTest, WhatNoPolicyAsksAboutStaysAsItIs) {
  verifier_.Allow("other", v1::REASON_UNMATCHED_ALLOWED);
  verifier_.Allow("excluded", v1::REASON_EXCLUDED_NAMESPACE);
  const Json stored = Stored(Pod({{"x", "other"}, {"y", "excluded"}}));
  EXPECT_EQ(Image(stored, 0), "other");
  EXPECT_EQ(Image(stored, 1), "excluded");
}

TEST_F(WebhookPinningTest, TemplatesArePinnedOnlyOnWish) {
  const Json deployment = Deployment({{"x", "a:1"}});
  EXPECT_EQ(Stored(deployment)["spec"], deployment["spec"]);
  options_.rules.pin_images = PinImages::kAll;
  const Json stored = Stored(deployment);
  EXPECT_EQ(stored["spec"]["template"]["spec"]["containers"][0]["image"], Pinned("a:1"));
  // What is stored is left alone where the request does not change it.
  EXPECT_EQ(Stored(deployment, deployment)["spec"], deployment["spec"]);
  // And what its manifest says without the digest is the same as it was.
  EXPECT_EQ(Stored(deployment, stored)["spec"], stored["spec"]);
}

TEST_F(WebhookPinningTest, NothingIsPinnedWhereThatIsOff) {
  options_.rules.pin_images = PinImages::kOff;
  EXPECT_EQ(Image(Stored(Pod({{"x", "a:1"}}))), "a:1");
  options_.rules.pin_images = PinImages::kPods;
  terms_.leaves_unpinned = true;
  EXPECT_EQ(Image(Stored(Pod({{"x", "a:1"}}))), "a:1");
}

TEST_F(WebhookPinningTest, OnAnUpdateOnlyWhatTheRequestChangesIsPinned) {
  const Json old_object = Pod({{"x", "a:1"}, {"y", "b:1"}});
  const Json stored = Stored(Pod({{"x", "c"}, {"y", "b:1"}}), old_object);
  EXPECT_EQ(Image(stored, 0), Pinned("c"));
  EXPECT_EQ(Image(stored, 1), "b:1");
  // Asked about or not.
  options_.rules.verify_unchanged_images = true;
  EXPECT_EQ(Image(Stored(Pod({{"x", "c"}, {"y", "b:1"}}), old_object), 1), "b:1");
}

TEST_F(WebhookPinningTest, WhatThePodCannotChangeAnyMoreIsNeverPinned) {
  Json old_object = Pod({{"x", "a:1"}});
  old_object["spec"]["volumes"] = Volume("v", "a:1");
  old_object["spec"]["ephemeralContainers"] = Containers({{"e", "a:1"}});
  options_.rules.verify_unchanged_images = true;
  EXPECT_EQ(Stored(old_object, old_object)["spec"], old_object["spec"]);
  // Also where the request pretends otherwise; the API server refuses it.
  Json object = old_object;
  object["spec"]["volumes"] = Volume("v", "b:1");
  object["spec"]["ephemeralContainers"] = Containers({{"e", "b:1"}});
  EXPECT_EQ(Stored(object, old_object)["spec"], object["spec"]);
  EXPECT_EQ(Patched(object, Ask(object, old_object, "ephemeralcontainers")), object);
}

// kubectl apply of the manifest that the Pod was made from.
TEST_F(WebhookPinningTest, TheStoredDigestIsKeptWhileItHolds) {
  Json pod = Pod({{"x", "a:1"}, {"y", "c"}});
  pod["spec"]["volumes"] = Volume("v", "b:1");
  const Json stored = Stored(pod);
  EXPECT_EQ(Stored(pod, stored), stored);
  EXPECT_THAT(Asked(),
              UnorderedElementsAre("a:1", Pinned("a:1"), "c", Pinned("c"), "b:1", Pinned("b:1")));
  // What the tag is by now does not matter.
  verifier_.Deny("a:1", "moved to something else");
  EXPECT_EQ(Stored(pod, stored), stored);
}

TEST_F(WebhookPinningTest, AStoredDigestThatHoldsNoLongerIsReplacedByTheTags) {
  const std::string old_pin = absl::StrCat("a:1@sha256:", std::string(64, '0'));
  EXPECT_EQ(Image(Stored(Pod({{"x", "a:1"}}), Pod({{"x", old_pin}}))), Pinned("a:1"));
  verifier_.Deny("a:1", "The tag is not signed.");
  EXPECT_THAT(Denial(Ask(Pod({{"x", "a:1"}}), Pod({{"x", old_pin}}))),
              testing::StartsWith("The tag is not signed. (container x)"));
}

TEST_F(WebhookPinningTest, AVerifierOfAnEarlierVersionPinsNothingAndThatIsSaid) {
  verifier_.Spoil([](v1::VerifyImagesResponse& response) {
    for (v1::Verdict& verdict : *response.mutable_verdicts()) verdict.clear_pinned_reference();
  });
  const Json response = Ask(Pod({{"x", "a:1"}}));
  EXPECT_EQ(Image(Patched(Pod({{"x", "a:1"}}), response)), "a:1");
  EXPECT_THAT(response["warnings"].dump(), HasSubstr("not pinned to their digests"));
}

TEST_F(WebhookPinningTest, WhatAPolicyLetsPassIsPinnedAndNotCalledVerified) {
  verifier_.Allow("p:1", v1::REASON_ALLOWED_BY_POLICY);
  const Json stored = Stored(Pod({{"x", "p:1"}}));
  EXPECT_EQ(Image(stored), Pinned("p:1"));
  EXPECT_EQ(stored["metadata"]["annotations"]["countersign/status"], "allowed-by-policy");
  EXPECT_EQ(Stored(Pod({{"x", "p:1"}}), stored), stored);
}

// Where a policy says `pinning: required`.
class WebhookRequiredPinTest : public WebhookPinningTest {
 protected:
  WebhookRequiredPinTest() {
    verifier_.Spoil([](v1::VerifyImagesResponse& response) {
      for (v1::Verdict& verdict : *response.mutable_verdicts()) verdict.set_pinning_required(true);
    });
  }
};

TEST_F(WebhookRequiredPinTest, WhatIsPinnedPasses) {
  EXPECT_EQ(Image(Stored(Pod({{"x", "a:1"}}))), Pinned("a:1"));
  options_.rules.pin_images = PinImages::kOff;
  EXPECT_EQ(Image(Stored(Pod({{"x", Pinned("a:1")}}))), Pinned("a:1"));
  EXPECT_EQ(Ask(Deployment({{"x", "a:1"}}))["allowed"], true);
}

TEST_F(WebhookRequiredPinTest, WhereImagesAreNotPinnedThePodIsDenied) {
  const std::string denial = absl::StrCat(
      "The image: a:1 may run, but a policy wants Pods to name it by its digest (pinning: "
      "required, or it is for one digest), and images are not pinned here. Name it as ",
      Pinned("a:1"), ", or have Countersign pin it: ");
  options_.rules.pin_images = PinImages::kOff;
  EXPECT_THAT(Denial(Ask(Pod({{"x", "a:1"}}))), testing::StartsWith(denial));
  EXPECT_THAT(Denial(Ask(Pod({{"x", "a:1"}}), Pod({{"x", "b:1"}}))), testing::StartsWith(denial));
  terms_.is_final = true;
  EXPECT_THAT(Denial(Ask(Pod({{"x", "a:1"}}))), testing::StartsWith(denial));
  options_.rules.pin_images = PinImages::kPods;
  terms_ = {.leaves_unpinned = true};
  EXPECT_THAT(Denial(Ask(Pod({{"x", "a:1"}}))), testing::StartsWith(denial));
}

TEST_F(WebhookRequiredPinTest, WhatCannotBePinnedIsDeniedAndWhatIsStoredIsNot) {
  options_.rules.verify_unchanged_images = true;
  Json old_object = Pod({{"x", "a:1"}});
  old_object["spec"]["volumes"] = Volume("v", "a:1");
  EXPECT_EQ(Ask(old_object, old_object)["allowed"], true);
  Json object = old_object;
  object["spec"]["volumes"] = Volume("v", "b:1");
  EXPECT_THAT(Denial(Ask(object, old_object)),
              HasSubstr(absl::StrCat("here Countersign cannot write it. Name it as ", Pinned("b:1"),
                                     ". (volume v)")));
}

// The last word.

TEST_F(WebhookPinningTest, TheLastWordPatchesNothing) {
  const Json stored = Stored(Pod({{"x", "a:1"}}));
  terms_.is_final = true;
  const Json response = Ask(stored);
  EXPECT_TRUE(response["allowed"].get<bool>());
  EXPECT_FALSE(response.contains("patch"));
  EXPECT_THAT(Asked(), ElementsAre(Pinned("a:1")));
}

TEST_F(WebhookPinningTest, AnImageThatWasSetAfterwardsWithoutADigestIsRefused) {
  terms_.is_final = true;
  EXPECT_THAT(Denial(Ask(Pod({{"x", "a:1"}, {"sidecar", "unsigned"}}))),
              AllOf(HasSubstr("The image: a:1 is not pinned to the digest that was judged: another "
                              "webhook set it after Countersign."),
                    HasSubstr("image-policy-mutating-webhook-configuration"),
                    HasSubstr("(container sidecar)")));
}

TEST_F(WebhookPinningTest, AnImageThatWasSetAfterwardsWithADigestIsJudged) {
  terms_.is_final = true;
  EXPECT_EQ(Ask(Pod({{"x", Pinned("a:1")}}))["allowed"], true);
  EXPECT_THAT(Denial(Ask(Pod({{"x", Pinned("unsigned")}}))), HasSubstr("is not signed"));
}

TEST_F(WebhookPinningTest, TheLastWordLeavesAloneWhatNoPolicyAsksAbout) {
  verifier_.Allow("other", v1::REASON_UNMATCHED_ALLOWED);
  terms_.is_final = true;
  EXPECT_EQ(Ask(Pod({{"x", "other"}}))["allowed"], true);
}

TEST_F(WebhookPinningTest, TheLastWordDemandsDigestsWhereImagesArePinnedOnly) {
  terms_.is_final = true;
  EXPECT_EQ(Ask(Deployment({{"x", "a:1"}}))["allowed"], true);
  options_.rules.pin_images = PinImages::kAll;
  EXPECT_EQ(Ask(Deployment({{"x", "a:1"}}))["allowed"], false);
  options_.rules.pin_images = PinImages::kOff;
  EXPECT_EQ(Ask(Pod({{"x", "a:1"}}))["allowed"], true);
  EXPECT_THAT(Denial(Ask(Pod({{"x", "unsigned"}}))), HasSubstr("is not signed"));
  options_.rules.pin_images = PinImages::kPods;
  terms_.leaves_unpinned = true;
  EXPECT_EQ(Ask(Pod({{"x", "a:1"}}))["allowed"], true);
}

// A Pod that is older than pinning can still be labelled.
TEST_F(WebhookPinningTest, TheLastWordLeavesAloneWhatIsStored) {
  options_.rules.verify_unchanged_images = true;
  terms_.is_final = true;
  EXPECT_EQ(Ask(Pod({{"x", "a:1"}}), Pod({{"x", "a:1"}}))["allowed"], true);
  EXPECT_THAT(Asked(), IsEmpty());
}

TEST_F(WebhookPinningTest, OnlyAnOutagePassesTheLastWordToo) {
  options_.rules.unsafe_allow_when_verifier_unavailable = true;
  terms_.is_final = true;
  verifier_.FailWith(absl::DeadlineExceededError("late"));
  EXPECT_EQ(Ask(Pod({{"x", Pinned("a:1")}}))["allowed"], false);
  verifier_.GoAway();
  const Json response = Ask(Pod({{"x", "a:1"}}));
  EXPECT_EQ(response["allowed"], true);
  EXPECT_FALSE(response.contains("patch"));
}

TEST_F(WebhookPinningTest, TheCallersAddressIsPassedOn) {
  terms_.caller = "192.0.2.1";
  Ask(Pod({{"x", "a:1"}}));
  EXPECT_EQ(verifier_.requests()[0].caller(), "192.0.2.1");
}

}  // namespace
}  // namespace countersign::shim
