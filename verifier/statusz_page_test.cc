#include "verifier/statusz_page.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/server/html_page.h"
#include "http/server/statusz_server.h"
#include "policy/test_policy.h"

namespace countersign::verifier {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr char kAttack[] = "</td><script>alert(1)</script>";

StatuszFacts Facts() {
  return {.now = kNow,
          .started = kNow - absl::Hours(2),
          .is_ready = true,
          .details = {"policy: it is"}};
}

TEST(VerifierStatusz, SaysThatNothingWasReadYet) {
  StatuszFacts facts = Facts();
  facts.in_force = absl::UnavailableError("the policy has not been read yet");
  EXPECT_THAT(WriteStatusz(facts),
              AllOf(HasSubstr("<h1>countersign-verifier</h1>"), HasSubstr("(2h)"),
                    HasSubstr("<li>policy: it is</li>"),
                    HasSubstr("None, and everything is denied: the policy has not been read yet"),
                    HasSubstr("None since the program started."),
                    HasSubstr("None has been asked since the program started.")));
}

TEST(VerifierStatusz, HasTheHashByWhichReplicasAreCompared) {
  StatuszFacts facts = Facts();
  facts.in_force = policy::TestPolicy().Rule("r.example/*", {}).Build();
  const std::string& id = (*facts.in_force)->id();
  EXPECT_THAT(WriteStatusz(facts),
              HasSubstr(absl::StrCat("<td class=\"code\">", absl::BytesToHexString(id), "</td>")));
  EXPECT_EQ(id.size(), 32);
}

TEST(VerifierStatusz, SaysThatNothingIsEnforced) {
  StatuszFacts facts = Facts();
  facts.in_force = policy::Policies::None();
  EXPECT_THAT(WriteStatusz(facts),
              HasSubstr("<p class=\"bad\">There is no policy: nothing is asked of any image.</p>"));
}

TEST(VerifierStatusz, SaysWhatWasDecided) {
  StatuszFacts facts = Facts();
  facts.verdicts = {
      {.at = kNow,
       .took = absl::Milliseconds(1540),
       .object = "shop/web (Deployment)",
       .image = "r.example/app:1",
       .decision = policy::Decision::kDeny,
       .reason = policy::Reason::kNotSigned,
       .policy = "r.example/*",
       .message = "It is not signed."},
      {.at = kNow, .image = "b", .decision = policy::Decision::kAllow, .is_warned = true}};
  EXPECT_THAT(WriteStatusz(facts),
              AllOf(HasSubstr("The last decisions (2 of 100 that are kept)"),
                    HasSubstr("<tr><td>2023-11-14T22:13:20Z</td><td>shop/web (Deployment)</td>"
                              "<td class=\"code\">r.example/app:1</td><td class=\"bad\">denied</td>"
                              "<td>not signed</td><td class=\"code\">r.example/*</td><td>1.5 s</td>"
                              "<td class=\"text\">It is not signed.</td></tr>"),
                    HasSubstr("<td class=\"good\">allowed, with a warning</td>")));
}

TEST(VerifierStatusz, SaysHowRegistriesAnswered) {
  StatuszFacts facts = Facts();
  facts.registries = {{.host = "a.example",
                       .requests = 3,
                       .failures = 1,
                       .in_progress = 2,
                       .last = kNow,
                       .last_code = absl::StatusCode::kUnavailable,
                       .last_took = absl::Milliseconds(7),
                       .last_failure = kNow},
                      {.host = "other", .requests = 1, .in_progress = 1}};
  EXPECT_THAT(WriteStatusz(facts),
              AllOf(HasSubstr("<td class=\"code\">a.example</td><td>3</td><td>1</td><td>2</td>"
                              "<td class=\"bad\">unavailable</td><td>7 ms</td><td>never</td>"
                              "<td>2023-11-14T22:13:20Z</td>"),
                    HasSubstr("<td class=\"code\">other</td><td>1</td><td>0</td><td>1</td>"
                              "<td class=\"good\"></td><td></td><td>never</td><td>never</td>")));
}

TEST(VerifierStatusz, SaysWhatMemoriesHold) {
  StatuszFacts facts = Facts();
  facts.memories = {{.what = "signatures", .entries = 3, .bytes = 4096, .max_bytes = 8192},
                    {.what = "threads", .entries = 0}};
  EXPECT_THAT(WriteStatusz(facts),
              AllOf(HasSubstr("<tr><td>signatures</td><td>3</td><td>4096</td><td>8192</td></tr>"),
                    HasSubstr("<tr><td>threads</td><td>0</td><td></td><td></td></tr>")));
}

TEST(VerifierStatusz, WhateverOthersWroteIsText) {
  StatuszFacts facts = Facts();
  facts.details = {kAttack};
  facts.in_force =
      policy::TestPolicy().Key(kAttack, kAttack).Rule("r.example/*", {kAttack}).Build();
  facts.verdicts = {{.object = kAttack, .image = kAttack, .policy = kAttack, .message = kAttack}};
  facts.registries = {{.host = kAttack}};
  facts.memories = {{.what = kAttack}};
  EXPECT_THAT(WriteStatusz(facts), Not(HasSubstr("<script")));
}

TEST(VerifierStatusz, IsNoLongerThanAPageMayBe) {
  StatuszFacts facts = Facts();
  policy::TestPolicy policy;
  for (int i = 0; i < 2000; ++i) {
    policy.Key(absl::StrCat("k", i), "no key")
        .Rule(absl::StrCat("r.example/", std::string(1000, 'a'), i, "/*"), {absl::StrCat("k", i)});
  }
  facts.in_force = policy.Build();
  facts.verdicts.assign(100, {.object = std::string(160, '<'),
                              .image = std::string(224, '&'),
                              .policy = std::string(112, '"'),
                              .message = std::string(320, '\'')});
  const std::string page = WriteStatusz(facts);
  EXPECT_THAT(page, SizeIs(Le(http::StatuszServer::kMaxPageBytes)));
  // What one looks at first is never what is left out.
  EXPECT_THAT(page, AllOf(HasSubstr("The last decisions (100"), HasSubstr("<h2>Memories</h2>")));
}

}  // namespace
}  // namespace countersign::verifier
