#include "verifier/serving/answer_writer.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/verdict.h"
#include "verifier/serving/messages.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using policy::Decision;
using policy::Reason;
using testing::ElementsAre;

const WorkloadQuestion kQuestion = {.images = {{"a", "nginx"}, {"b", "busybox"}, {"c", "nginx"}}};

ImageVerdict Nginx() {
  return {.verdict = {.decision = Decision::kAllow,
                      .reason = Reason::kVerified,
                      .digest = "sha256:0",
                      .patterns = {"*"},
                      .keys = {"k1", "k2"},
                      .evidence = {{.authority = "k1"}, {.authority = "k2"}}},
          .pinned_reference = "nginx:latest@sha256:0"};
}
ImageVerdict Busybox() {
  return {.verdict = {.decision = Decision::kAllow,
                      .reason = Reason::kUnmatchedAllowed,
                      .message = "why",
                      .warning = "mind"}};
}

// As much room as is wanted, and how much that was.
class Ample {
 public:
  AnswerWriter::Room Room() {
    return [this](size_t bytes) {
      taken_ += bytes;
      return absl::OkStatus();
    };
  }
  size_t taken() const { return taken_; }

 private:
  size_t taken_ = 0;
};

TEST(AnswerWriter, WritesTheBytesOfTheWholeAnswerInWhateverOrderTheVerdictsCome) {
  const auto nginx = std::make_shared<const ImageVerdict>(Nginx());
  const auto busybox = std::make_shared<const ImageVerdict>(Busybox());
  const std::string whole =
      WriteAnswer(kQuestion, {.verdicts = {nginx, busybox, nginx}, .warnings = {"mind"}})
          .SerializeAsString();
  for (const bool is_nginx_first : {true, false}) {
    Ample ample;
    AnswerWriter answer(&kQuestion, ample.Room());
    if (is_nginx_first) {
      ASSERT_THAT(answer.Add(*nginx, {0, 2}), IsOk());
    }
    ASSERT_THAT(answer.Add(*busybox, {1}), IsOk());
    if (!is_nginx_first) {
      ASSERT_THAT(answer.Add(*nginx, {0, 2}), IsOk());
    }
    EXPECT_EQ(absl::StrJoin(std::move(answer).Take(), ""), whole);
    // Beside that, the warning that is known.
    EXPECT_EQ(ample.taken(), whole.size() + 4);
  }
}

TEST(AnswerWriter, SaysEachWarningOnceAndEachReasonAsOftenAsItIsSaid) {
  const WorkloadQuestion question = {.images = {{"a", "x"}, {"b", "y"}, {"c", "x"}}};
  Ample ample;
  AnswerWriter answer(&question, ample.Room());
  ASSERT_THAT(answer.Add(Busybox(), {0, 2}), IsOk());
  ASSERT_THAT(answer.Add(Busybox(), {1}), IsOk());
  EXPECT_THAT(answer.reasons(),
              ElementsAre(v1::REASON_UNMATCHED_ALLOWED, v1::REASON_UNMATCHED_ALLOWED,
                          v1::REASON_UNMATCHED_ALLOWED));
  v1::VerifyImagesResponse response;
  ASSERT_TRUE(response.ParseFromString(absl::StrJoin(std::move(answer).Take(), "")));
  EXPECT_THAT(response.warnings(), ElementsAre("mind"));
  ASSERT_EQ(response.verdicts_size(), 3);
  EXPECT_EQ(response.verdicts(1).container(), "b");
  EXPECT_EQ(response.verdicts(2).container(), "c");
  EXPECT_EQ(response.verdicts(2).reference(), "x");
}

TEST(AnswerWriter, WhatThereIsNoRoomForEndsItBeforeItIsThere) {
  std::vector<size_t> asked_for;
  AnswerWriter answer(&kQuestion, [&asked_for](size_t bytes) {
    asked_for.push_back(bytes);
    return asked_for.size() < 2 ? absl::OkStatus() : absl::ResourceExhaustedError("full");
  });
  EXPECT_THAT(answer.Add(Nginx(), {0, 2}), StatusIs(absl::StatusCode::kResourceExhausted, "full"));
  ASSERT_EQ(asked_for.size(), 2u);
  // Each use by itself.
  EXPECT_EQ(asked_for[0], asked_for[1]);
  EXPECT_THAT(answer.reasons(), ElementsAre(v1::REASON_VERIFIED));
}

}  // namespace
}  // namespace countersign::verifier
