#include "verifier/serving/verdict_log.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/json.h"
#include "base/log.h"
#include "base/trace_context.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::Json;
using policy::Decision;
using policy::Reason;
using testing::IsEmpty;
using testing::SizeIs;

// What is logged of verdicts about images of their own, "a" and so on, or the given ones.
std::vector<Json> Logged(const std::vector<policy::Verdict>& verdicts,
                         std::vector<std::string> images = {"a", "b", "c"},
                         const WorkloadQuestion::Subject& subject = {"Deployment", "web"},
                         const base::TraceContext& trace = {}) {
  WorkloadQuestion question = {.workload_namespace = "shop", .subject = subject, .trace = trace};
  WorkloadAnswer answer;
  for (size_t i = 0; i < verdicts.size(); ++i) {
    question.images.push_back({.reference = images[i]});
    answer.verdicts.push_back(
        std::make_shared<const ImageVerdict>(ImageVerdict{.verdict = verdicts[i]}));
  }
  std::vector<Json> lines;
  const base::ScopedLogSink sink(
      [&](std::string_view line) { lines.push_back(Json::parse(line)); });
  LogVerdicts(question, answer);
  return lines;
}

policy::Verdict Denied() {
  return {.decision = Decision::kDeny, .reason = Reason::kNotSigned, .message = "no"};
}

TEST(LogVerdicts, ARefusalIsAWarningThatSaysOfWhat) {
  const std::vector<Json> lines = Logged({Denied()});
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0]["level"], "warn");
  EXPECT_EQ(lines[0]["logger"], "verifier");
  EXPECT_EQ(lines[0]["msg"], "no");
  EXPECT_EQ(lines[0]["object"], "shop/web (Deployment)");
  EXPECT_EQ(lines[0]["image"], "a");
  EXPECT_EQ(lines[0]["reason"], "REASON_NOT_SIGNED");
}

TEST(LogVerdicts, WhatIsAllowedIsToldOfIfThereIsSomethingToSay) {
  const std::vector<Json> lines = Logged(
      {{.decision = Decision::kAllow, .reason = Reason::kVerified},
       {.decision = Decision::kAllow,
        .reason = Reason::kNoPolicy,
        .message = "said",
        .warning = "w"},
       {.decision = Decision::kAllow, .reason = Reason::kUnmatchedAllowed, .warning = "mind"}});
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0]["level"], "info");
  EXPECT_EQ(lines[0]["msg"], "said");
  EXPECT_EQ(lines[1]["msg"], "mind");
}

TEST(LogVerdicts, WhatIsVerifiedByOldEvidenceIsAWarning) {
  const std::vector<Json> lines = Logged({{.decision = Decision::kAllow,
                                           .reason = Reason::kVerified,
                                           .warning = "its registry is away",
                                           .evidence_age = absl::Minutes(23)}});
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0]["level"], "warn");
  EXPECT_EQ(lines[0]["msg"], "its registry is away");
}

TEST(LogVerdicts, EachImageIsToldOfOnce) {
  EXPECT_THAT(Logged({Denied(), Denied(), Denied()}, {"a", "b", "a"}), SizeIs(2));
  EXPECT_THAT(Logged({}), IsEmpty());
}

TEST(LogVerdicts, WhatIsNotKnownOfTheObjectIsLeftOut) {
  EXPECT_EQ(Logged({Denied()}, {"a"}, {})[0]["object"], "shop/");
}

TEST(LogVerdicts, ALineSaysOfWhichSpanTheQuestionIs) {
  const base::TraceContext trace = {.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
                                    .span_id = "00f067aa0ba902b7"};
  const Json line = Logged({Denied()}, {"a"}, {}, trace)[0];
  EXPECT_EQ(line["traceId"], trace.trace_id);
  EXPECT_EQ(line["spanId"], trace.span_id);
  const Json untraced = Logged({Denied()}, {"a"})[0];
  EXPECT_FALSE(untraced.contains("traceId"));
  EXPECT_FALSE(untraced.contains("spanId"));
}

}  // namespace
}  // namespace countersign::verifier
