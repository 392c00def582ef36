#include "shim/statusz_page.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/server/statusz_server.h"

namespace countersign::shim {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr char kAttack[] = "</td><script>alert(1)</script>";

StatuszFacts Facts() {
  return {.now = kNow,
          .started = kNow - absl::Hours(2),
          .target = "dns:///v:8090",
          .connection = "ready"};
}

VerifierPeer Peer(const std::string& hash, absl::Duration ago = absl::ZeroDuration()) {
  return {.address = "ipv4:192.0.2.1:8090",
          .calls = 2,
          .last = kNow,
          .policy_hash = hash,
          .hash_told = kNow - ago};
}

TEST(ShimStatusz, SaysWhoTheVerifiersAre) {
  StatuszFacts facts = Facts();
  facts.verifiers = {Peer(std::string(64, 'a')), Peer("")};
  facts.verifiers[1].failures = 1;
  facts.verifiers[1].last_code = absl::StatusCode::kUnavailable;
  EXPECT_THAT(
      WriteStatusz(facts),
      AllOf(HasSubstr("<h1>countersign-shim</h1>"),
            HasSubstr("Found by dns:///v:8090; connection: ready."),
            HasSubstr("<td class=\"code\">ipv4:192.0.2.1:8090</td><td>2</td><td>0</td>"
                      "<td>2023-11-14T22:13:20Z</td><td class=\"good\">answered</td>"),
            HasSubstr("<td class=\"bad\">unavailable</td><td class=\"code\">not told yet</td>"),
            HasSubstr("<p class=\"good\">All 1 that answered")));
}

TEST(FindAgreement, IsOfThoseThatAnsweredOfLate) {
  const std::string a(64, 'a');
  const std::string b(64, 'b');
  EXPECT_TRUE(FindAgreement({Peer(a), Peer(a), Peer("")}, kNow).is_well);
  EXPECT_TRUE(FindAgreement({Peer(a), Peer(b, absl::Minutes(6))}, kNow).is_well);
  EXPECT_FALSE(FindAgreement({Peer(a), Peer(b)}, kNow).is_well);
  EXPECT_THAT(FindAgreement({Peer(a), Peer(b)}, kNow).sentence, StartsWith("They do not agree"));
  EXPECT_FALSE(FindAgreement({Peer(a, absl::Minutes(6)), Peer("")}, kNow).is_well);
  EXPECT_FALSE(FindAgreement({}, kNow).is_well);
}

TEST(ShimStatusz, SaysWhatWasDecided) {
  StatuszFacts facts = Facts();
  facts.reviews = {{.at = kNow,
                    .took = absl::Milliseconds(12),
                    .uid = "0a1b",
                    .object = "shop/web (Deployment)",
                    .operation = "CREATE",
                    .is_final = true,
                    .message = "It is not signed."},
                   {.at = kNow, .outcome = ReviewOutcome::kAllowed, .warnings = 2},
                   {.at = kNow, .outcome = ReviewOutcome::kAllowedUnasked}};
  EXPECT_THAT(
      WriteStatusz(facts),
      AllOf(
          HasSubstr("The last decisions (3 of 100 that are kept)"),
          HasSubstr(
              "<td>shop/web (Deployment)</td><td>CREATE, last word</td>"
              "<td class=\"bad\">denied</td><td>12 ms</td><td class=\"text\">It is not signed.</td>"
              "<td class=\"code\">0a1b</td>"),
          HasSubstr("<td class=\"good\">allowed, warnings 2</td>"),
          HasSubstr("<td class=\"bad\">allowed unchecked: no verifier answered</td>")));
}

TEST(ShimStatusz, SaysWhatIsInUse) {
  StatuszFacts facts = Facts();
  facts.places = {{"images", 3, 16384}};
  EXPECT_THAT(WriteStatusz(facts), HasSubstr("<tr><td>images</td><td>3</td><td>16384</td></tr>"));
}

TEST(ShimStatusz, WhateverOthersWroteIsText) {
  StatuszFacts facts = Facts();
  facts.details = {kAttack};
  facts.target = facts.connection = kAttack;
  facts.verifiers = {{.address = kAttack, .policy_hash = kAttack}};
  facts.places = {{kAttack, 0, 0}};
  facts.reviews = {{.uid = kAttack, .object = kAttack, .operation = kAttack, .message = kAttack}};
  EXPECT_THAT(WriteStatusz(facts), Not(HasSubstr("<script")));
}

TEST(ShimStatusz, IsNoLongerThanAPageMayBeWithAllThatIsKept) {
  StatuszFacts facts = Facts();
  facts.verifiers.assign(VerifierPeers::kMaxPeers, Peer(std::string(64, 'a')));
  facts.reviews.assign(RecentReviews::kMaxReviews, {.uid = std::string(64, '<'),
                                                    .object = std::string(224, '\''),
                                                    .operation = std::string(16, '"'),
                                                    .message = std::string(480, '&')});
  const std::string page = WriteStatusz(facts);
  EXPECT_THAT(page, SizeIs(Le(http::StatuszServer::kMaxPageBytes)));
  EXPECT_THAT(page, Not(HasSubstr("The page is full")));
}

}  // namespace
}  // namespace countersign::shim
