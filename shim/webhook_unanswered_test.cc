// A verifier that does not answer, or not as it should.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/test_webhook.h"

namespace countersign::shim {
namespace {

using base::Json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST_F(WebhookTest, WithoutAVerifierObjectsAreDenied) {
  verifier_.GoAway();
  const WebhookAnswer answer = Ask(Review("CREATE", PodObject({"signed"})));
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
  const WebhookAnswer answer = Ask(Review("CREATE", pod));
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

}  // namespace
}  // namespace countersign::shim
