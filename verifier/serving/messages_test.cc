#include "verifier/serving/messages.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/held.h"
#include "policy/verdict_lists.h"
#include "proto/limits.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using policy::Decision;
using policy::Reason;
using testing::ElementsAre;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

v1::VerifyImagesRequest OneImage() {
  v1::VerifyImagesRequest message;
  message.add_images()->set_reference("nginx");
  return message;
}

TEST(CheckCaller, RefusesALongOne) {
  EXPECT_THAT(CheckCaller(std::string(v1::kMaxNameBytes, 'c')), IsOk());
  EXPECT_THAT(CheckCaller(std::string(v1::kMaxNameBytes + 1, 'c')),
              StatusIs(kInvalid, "caller: has 254 bytes; at most 253 are allowed"));
}

TEST(ReadQuestion, TakesWhatTheMessageSays) {
  v1::VerifyImagesRequest message;
  for (const char* name : {"a", "b"}) {
    v1::Image* image = message.add_images();
    image->set_container(name);
    image->set_reference(absl::StrCat("registry.example.org/", name));
  }
  message.set_namespace_("shop");
  message.set_service_account("runner");
  for (const char* name : {"b", "a"}) message.add_image_pull_secrets(name);
  message.mutable_subject()->set_kind("Deployment");
  message.mutable_subject()->set_name("web");
  message.set_require_digest(true);
  const absl::StatusOr<WorkloadQuestion> question = ReadQuestion(message);
  ASSERT_THAT(question, IsOk());
  ASSERT_EQ(question->images.size(), 2u);
  EXPECT_EQ(question->images[1].container, "b");
  EXPECT_EQ(question->images[1].reference, "registry.example.org/b");
  EXPECT_EQ(question->workload_namespace, "shop");
  EXPECT_EQ(question->service_account, "runner");
  EXPECT_THAT(question->image_pull_secrets, ElementsAre("b", "a"));
  EXPECT_EQ(question->subject.kind, "Deployment");
  EXPECT_EQ(question->subject.name, "web");
  EXPECT_TRUE(question->require_digest);
}

TEST(ReadQuestion, WhatIsNotSaidIsEmpty) {
  const absl::StatusOr<WorkloadQuestion> question = ReadQuestion(OneImage());
  ASSERT_THAT(question, IsOk());
  EXPECT_EQ(question->workload_namespace, "");
  EXPECT_EQ(question->service_account, "");
  EXPECT_EQ(question->subject.name, "");
  EXPECT_FALSE(question->require_digest);
}

TEST(ReadQuestion, TellsWhatTheObjectIs) {
  v1::VerifyImagesRequest message = OneImage();
  EXPECT_FALSE(ReadQuestion(message)->object.has_value());
  v1::ObjectDescription& object = *message.mutable_object();
  object.set_api_group("apps");
  object.set_api_version("v1");
  object.set_resource("deployments");
  (*object.mutable_labels())["app"] = "web";
  const absl::StatusOr<WorkloadQuestion> question = ReadQuestion(message);
  ASSERT_THAT(question, IsOk());
  ASSERT_TRUE(question->object.has_value());
  EXPECT_EQ(question->object->api_group, "apps");
  EXPECT_EQ(question->object->api_version, "v1");
  EXPECT_EQ(question->object->resource, "deployments");
  EXPECT_EQ(question->object->labels, (std::map<std::string, std::string>{{"app", "web"}}));
}

TEST(ReadQuestion, RefusesMoreLabelsThanItTakes) {
  v1::VerifyImagesRequest message = OneImage();
  auto& labels = *message.mutable_object()->mutable_labels();
  for (size_t i = 0; i < v1::kMaxLabels; ++i) labels[absl::StrCat(i)] = "";
  EXPECT_THAT(ReadQuestion(message), IsOk());
  labels["more"] = "";
  EXPECT_THAT(ReadQuestion(message),
              StatusIs(kInvalid, "object.labels: has 1001 elements; at most 1000 are allowed"));
  labels.clear();
  labels["a"] = std::string(v1::kMaxLabelBytes - 1, 'x');
  EXPECT_THAT(ReadQuestion(message), IsOk());
  labels["b"] = "";
  EXPECT_THAT(ReadQuestion(message),
              StatusIs(kInvalid, "object.labels: have 65537 bytes; at most 65536 are allowed"));
}

TEST(ReadQuestion, RefusesTooFewOrTooManyImages) {
  v1::VerifyImagesRequest message;
  EXPECT_THAT(ReadQuestion(message), StatusIs(kInvalid, "images: at least one is needed"));
  for (int i = 0; i < v1::kMaxImages; ++i) message.add_images()->set_reference("nginx");
  EXPECT_THAT(ReadQuestion(message), IsOk());
  message.add_images()->set_reference("nginx");
  EXPECT_THAT(ReadQuestion(message),
              StatusIs(kInvalid, "images: has 1001 elements; at most 1000 are allowed"));
}

TEST(ReadQuestion, RefusesLongTextsByField) {
  const std::string name(v1::kMaxNameBytes + 1, 'n');
  const std::string reference(v1::kMaxReferenceBytes + 1, 'r');
  using Change = void (*)(v1::VerifyImagesRequest&, const std::string&);
  const std::pair<Change, std::string> names[] = {
      {[](auto& m, auto& text) { m.mutable_images(0)->set_container(text); },
       "images[0].container"},
      {[](auto& m, auto& text) { m.set_namespace_(text); }, "namespace"},
      {[](auto& m, auto& text) { m.set_service_account(text); }, "service_account"},
      {[](auto& m, auto& text) { m.add_image_pull_secrets(text); }, "image_pull_secrets[0]"},
      {[](auto& m, auto& text) { m.mutable_object()->set_api_group(text); }, "object.api_group"},
      {[](auto& m, auto& text) { m.mutable_object()->set_api_version(text); },
       "object.api_version"},
      {[](auto& m, auto& text) { m.mutable_object()->set_resource(text); }, "object.resource"},
      {[](auto& m, auto& text) { m.mutable_subject()->set_kind(text); }, "subject.kind"},
      {[](auto& m, auto& text) { m.mutable_subject()->set_name(text); }, "subject.name"},
      {[](auto& m, auto& text) { m.mutable_subject()->set_operation(text); }, "subject.operation"},
  };
  for (const auto& [set, field] : names) {
    v1::VerifyImagesRequest message = OneImage();
    set(message, name);
    EXPECT_THAT(
        ReadQuestion(message),
        StatusIs(kInvalid, absl::StrCat(field, ": has 254 bytes; at most 253 are allowed")));
    message = OneImage();
    set(message, name.substr(1));
    EXPECT_THAT(ReadQuestion(message), IsOk()) << field;
  }
  v1::VerifyImagesRequest message = OneImage();
  message.mutable_images(0)->set_reference(reference);
  EXPECT_THAT(ReadQuestion(message),
              StatusIs(kInvalid, "images[0].reference: has 4097 bytes; at most 4096 are allowed"));
  message.mutable_images(0)->set_reference(reference.substr(1));
  EXPECT_THAT(ReadQuestion(message), IsOk());
}

TEST(ReadQuestion, CountsPullSecretsOfDifferentNames) {
  v1::VerifyImagesRequest message = OneImage();
  for (int i = 0; i <= 2 * v1::kMaxPullSecrets; ++i) message.add_image_pull_secrets("same");
  for (int i = 1; i < v1::kMaxPullSecrets; ++i) {
    message.add_image_pull_secrets(absl::StrCat("s", i));
  }
  EXPECT_THAT(ReadQuestion(message), IsOk());
  message.add_image_pull_secrets("one too many");
  EXPECT_THAT(ReadQuestion(message),
              StatusIs(kInvalid, "image_pull_secrets: has 101 elements; at most 100 are allowed"));
}

TEST(ReadQuestion, KeepsEachPullSecretOnceInTheOrderInWhichTheyComeFirst) {
  // Long enough to be moved as a whole, or too short for that.
  const std::string name(100, 'n');
  v1::VerifyImagesRequest message = OneImage();
  for (const std::string& secret : {name, std::string("b"), name, std::string("b"), name}) {
    message.add_image_pull_secrets(secret);
  }
  message.add_image_pull_secrets("a");
  const absl::StatusOr<WorkloadQuestion> question = ReadQuestion(message);
  ASSERT_THAT(question, IsOk());
  EXPECT_THAT(question->image_pull_secrets, ElementsAre(name, "b", "a"));
}

ImageVerdictPtr Share(ImageVerdict verdict) {
  return std::make_shared<const ImageVerdict>(std::move(verdict));
}

TEST(WriteAnswer, GivesEachUseOfAnImageItsVerdictByItsNames) {
  const WorkloadQuestion question = {.images = {{"a", "nginx"}, {"b", "busybox"}, {"c", "nginx"}}};
  const ImageVerdictPtr nginx =
      Share({.verdict = {.decision = Decision::kAllow,
                         .reason = Reason::kVerified,
                         .digest = "sha256:0",
                         .patterns = {"*"},
                         .keys = {"k1", "k2"},
                         .evidence = {{.authority = "k1"}, {.authority = "k2"}}},
             .pinned_reference = "nginx:latest@sha256:0"});
  const ImageVerdictPtr busybox = Share({.verdict = {.decision = Decision::kAllow,
                                                     .reason = Reason::kUnmatchedAllowed,
                                                     .message = "why",
                                                     .warning = "mind"}});
  const v1::VerifyImagesResponse response = WriteAnswer(
      question, {.verdicts = {nginx, busybox, nginx}, .warnings = {"mind", "and mind"}});
  ASSERT_EQ(response.verdicts_size(), 3);
  const v1::Verdict& last = response.verdicts(2);
  EXPECT_EQ(last.container(), "c");
  EXPECT_EQ(last.reference(), "nginx");
  EXPECT_EQ(last.decision(), v1::DECISION_ALLOW);
  EXPECT_EQ(last.reason(), v1::REASON_VERIFIED);
  EXPECT_EQ(last.digest(), "sha256:0");
  EXPECT_EQ(last.pinned_reference(), "nginx:latest@sha256:0");
  EXPECT_THAT(last.patterns(), ElementsAre("*"));
  EXPECT_THAT(last.keys(), ElementsAre("k1", "k2"));
  ASSERT_EQ(last.evidence_size(), 2);
  EXPECT_EQ(last.evidence(0).authority(), "k1");
  EXPECT_EQ(last.evidence(1).authority(), "k2");
  EXPECT_EQ(response.verdicts(0).container(), "a");
  EXPECT_EQ(response.verdicts(1).reference(), "busybox");
  EXPECT_EQ(response.verdicts(1).message(), "why");
  EXPECT_EQ(response.verdicts(1).warning(), "mind");
  EXPECT_EQ(response.verdicts(1).pinned_reference(), "");
  EXPECT_EQ(response.verdicts(1).evidence_size(), 0);
  EXPECT_THAT(response.warnings(), ElementsAre("mind", "and mind"));
}

TEST(WriteVerdict, TellsWhatPoliciesFoundWanting) {
  ImageVerdict image;
  image.verdict.policy_failures = {{"failed policy: release", "nginx no signatures found"},
                                   {"no matching policies", "nginx", /*is_warning=*/true}};
  image.verdict.pinning_required = true;
  v1::Verdict message;
  WriteVerdict(image, message);
  ASSERT_EQ(message.policy_failures_size(), 2);
  EXPECT_EQ(message.policy_failures(0).summary(), "failed policy: release");
  EXPECT_EQ(message.policy_failures(0).details(), "nginx no signatures found");
  EXPECT_FALSE(message.policy_failures(0).is_warning());
  EXPECT_TRUE(message.policy_failures(1).is_warning());
  EXPECT_TRUE(message.pinning_required());
}

// One with as much in its lists as there may be for one image, before each gets its part.
ImageVerdict Longest() {
  ImageVerdict image;
  policy::Verdict& verdict = image.verdict;
  verdict.decision = Decision::kAllow;
  verdict.reason = Reason::kVerified;
  for (int i = 0; i < 100; ++i) {
    verdict.keys.push_back(std::string(40, 'k'));
    verdict.patterns.push_back(std::string(40, 'p'));
    policy::Held held = {.authority = verdict.keys.back()};
    if (i % 2 == 0) {
      held.proof.identity.emplace();
      held.proof.identity->extensions = {{"issuer", ""}, {"buildTrigger", "push"}};
      held.proof.times.assign(5, absl::FromUnixNanos(1'800'000'000'999'999'999));
    } else {
      held.key_sha256 = std::string(64, '0');
      held.proof.log_indexes = {std::numeric_limits<uint64_t>::max()};
    }
    verdict.evidence.push_back(std::move(held));
  }
  return image;
}

TEST(WriteAnswer, ListsTakeNoMoreThanTheyAreCountedAs) {
  for (const size_t most : {size_t{0}, size_t{100}, size_t{1000}, size_t{4194}, size_t{40'000}}) {
    ImageVerdict image = Longest();
    policy::KeepListsWithin(most, image.verdict);
    const WorkloadQuestion question = {.images = std::vector<WorkloadQuestion::Image>(1)};
    const v1::VerifyImagesResponse response = WriteAnswer(question, {.verdicts = {Share(image)}});
    constexpr size_t kRest = 16;
    EXPECT_LE(response.ByteSizeLong(), most + kRest);
    EXPECT_EQ(response.verdicts(0).left_out(), image.verdict.left_out);
    EXPECT_EQ(response.verdicts(0).left_out() == 0, most == 40'000);
  }
}

// As docs/verify-api.md adds it up.
TEST(WriteAnswer, IsAsLongAsTheContractSaysAtTheMost) {
  for (const size_t images : {1u, 100u, 1000u}) {
    const size_t reference_bytes = std::min(v1::kMaxReferenceBytes, v1::kMaxQuestionBytes / images);
    const WorkloadQuestion::Image asked = {.reference = std::string(reference_bytes, 'r')};
    const WorkloadQuestion question = {.images =
                                           std::vector<WorkloadQuestion::Image>(images, asked)};
    ImageVerdict verified = Longest();
    policy::KeepListsWithin(v1::kMaxListedBytes / images, verified.verdict);
    verified.verdict.digest = std::string(71, 'd');
    verified.pinned_reference = std::string(reference_bytes + 80, 'r');
    const ImageVerdict denied = {.verdict = {.decision = Decision::kDeny,
                                             .message = std::string(4096, 'm'),
                                             .digest = std::string(71, 'd')}};
    for (const ImageVerdict& verdict : {verified, denied}) {
      const WorkloadAnswer answer = {.verdicts =
                                         std::vector<ImageVerdictPtr>(images, Share(verdict))};
      const v1::VerifyImagesResponse response = WriteAnswer(question, answer);
      EXPECT_EQ(response.verdicts_size(), static_cast<int>(images));
      EXPECT_LE(response.ByteSizeLong(), v1::kMaxAnswerBytes) << images;
      if (images <= 100) {
        EXPECT_LE(response.ByteSizeLong(), size_t{4 << 20}) << images;
      }
    }
  }
}

TEST(WriteAnswer, WhatDoesNotAllowDenies) {
  const WorkloadQuestion question = {.images = {{"a", "nginx"}}};
  const auto decision_of = [&](Decision decision) {
    return WriteAnswer(question, {.verdicts = {Share({.verdict = {.decision = decision}})}})
        .verdicts(0)
        .decision();
  };
  EXPECT_EQ(decision_of(Decision::kAllow), v1::DECISION_ALLOW);
  EXPECT_EQ(decision_of(Decision::kDeny), v1::DECISION_DENY);
  EXPECT_EQ(decision_of(Decision::kUnspecified), v1::DECISION_DENY);
}

TEST(WriteAnswer, SaysHowOldWhatIsNotOfNowIs) {
  const WorkloadQuestion question = {.images = {{"a", "nginx"}}};
  const auto seconds_of = [&](absl::Duration age) {
    return WriteAnswer(question, {.verdicts = {Share({.verdict = {.evidence_age = age}})}})
        .verdicts(0)
        .stale_evidence_seconds();
  };
  EXPECT_EQ(seconds_of(absl::ZeroDuration()), 0u);
  EXPECT_EQ(seconds_of(-absl::Seconds(1)), 0u);
  EXPECT_EQ(seconds_of(absl::Milliseconds(1)), 1u);
  EXPECT_EQ(seconds_of(absl::Minutes(23) + absl::Milliseconds(999)), 1380u);
  EXPECT_EQ(seconds_of(absl::InfiniteDuration()), 0xffffffffu);
}

TEST(ToProto, GivesEveryReasonTheContractsWord) {
  constexpr std::pair<Reason, v1::Reason> kReasons[] = {
      {Reason::kUnspecified, v1::REASON_UNSPECIFIED},
      {Reason::kVerified, v1::REASON_VERIFIED},
      {Reason::kNoPolicy, v1::REASON_NO_POLICY},
      {Reason::kExcludedNamespace, v1::REASON_EXCLUDED_NAMESPACE},
      {Reason::kUnmatchedAllowed, v1::REASON_UNMATCHED_ALLOWED},
      {Reason::kUnmatched, v1::REASON_UNMATCHED},
      {Reason::kNotSigned, v1::REASON_NOT_SIGNED},
      {Reason::kInvalidReference, v1::REASON_INVALID_REFERENCE},
      {Reason::kNotFound, v1::REASON_NOT_FOUND},
      {Reason::kPolicyBroken, v1::REASON_POLICY_BROKEN},
      {Reason::kUndecided, v1::REASON_UNDECIDED},
      {Reason::kNotPinned, v1::REASON_NOT_PINNED},
      {Reason::kShortName, v1::REASON_SHORT_NAME},
      {Reason::kAllowedByPolicy, v1::REASON_ALLOWED_BY_POLICY},
      {Reason::kDeniedByPolicy, v1::REASON_DENIED_BY_POLICY},
      {Reason::kRegistryAway, v1::REASON_REGISTRY_AWAY},
  };
  for (const auto& [reason, word] : kReasons) EXPECT_EQ(ToProto(reason), word);
}

}  // namespace
}  // namespace countersign::verifier
