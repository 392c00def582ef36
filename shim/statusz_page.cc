#include "shim/statusz_page.h"

#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/utc_seconds.h"
#include "http/server/html_page.h"
#include "http/server/statusz_frame.h"
#include "http/server/statusz_server.h"

namespace countersign::shim {
namespace {

using http::HtmlPage;
using http::HtmlTable;
using http::HtmlTone;

// So long a hash is taken for what a verifier has in force.
constexpr absl::Duration kRecent = absl::Minutes(5);

void AddVerifiers(const StatuszFacts& facts, HtmlPage& page) {
  page.Heading("Verifiers");
  page.Paragraph(absl::StrCat("Found by ", facts.target, "; connection: ", facts.connection,
                              ". The same images are asked about at the same verifier; here is "
                              "each that was asked of late, also where it is gone."));
  HtmlTable table = {.columns = {"address", "calls", "failed", "last call", "last outcome",
                                 "policy hash", "told at"},
                     .if_empty = "None has been asked since the program started."};
  for (const VerifierPeer& peer : facts.verifiers) {
    const bool is_well = peer.last_code == absl::StatusCode::kOk;
    const std::string outcome = absl::AsciiStrToLower(absl::StatusCodeToString(peer.last_code));
    const bool is_told = !peer.policy_hash.empty();
    table.rows.push_back(
        {{peer.address, HtmlTone::kCode},
         absl::StrCat(peer.calls),
         absl::StrCat(peer.failures),
         base::WriteUtcSeconds(peer.last),
         {is_well ? "answered" : outcome, is_well ? HtmlTone::kGood : HtmlTone::kBad},
         {is_told ? peer.policy_hash : "not told yet", HtmlTone::kCode},
         is_told ? base::WriteUtcSeconds(peer.hash_told) : ""});
  }
  page.Table(table);
  const Agreement agreement = FindAgreement(facts.verifiers, facts.now);
  page.Paragraph(agreement.sentence, agreement.is_well ? HtmlTone::kGood : HtmlTone::kBad);
}

std::string DecisionOf(const RecentReview& review) {
  std::string text;
  switch (review.outcome) {
    case ReviewOutcome::kAllowed:
      text = "allowed";
      break;
    case ReviewOutcome::kAllowedUnasked:
      text = "allowed unchecked: no verifier answered";
      break;
    case ReviewOutcome::kDenied:
      text = "denied";
      break;
    case ReviewOutcome::kDeniedUnasked:
      text = "denied: no verifier answered";
      break;
  }
  if (review.warnings > 0) absl::StrAppend(&text, ", warnings ", review.warnings);
  return text;
}

void AddReviews(const StatuszFacts& facts, HtmlPage& page) {
  page.Heading(absl::StrCat("The last decisions (", facts.reviews.size(), " of ",
                            RecentReviews::kMaxReviews, " that are kept)"));
  HtmlTable table = {
      .columns = {"time", "object", "operation", "decision", "took", "message", "uid"},
      .if_empty = "None since the program started."};
  for (const RecentReview& review : facts.reviews) {
    table.rows.push_back(
        {base::WriteUtcSeconds(review.at),
         review.object,
         absl::StrCat(review.operation, review.is_final ? ", last word" : ""),
         {DecisionOf(review),
          review.outcome == ReviewOutcome::kAllowed ? HtmlTone::kGood : HtmlTone::kBad},
         http::Milliseconds(review.took),
         {review.message, HtmlTone::kText},
         {review.uid, HtmlTone::kCode}});
  }
  page.Table(table);
}

void AddPlaces(const StatuszFacts& facts, HtmlPage& page) {
  page.Heading("Places in use");
  HtmlTable table = {.columns = {"of what", "in use", "limit"}, .if_empty = "None."};
  for (const PlacesInUse& places : facts.places) {
    table.rows.push_back({places.what, absl::StrCat(places.used), absl::StrCat(places.limit)});
  }
  page.Table(table);
}

}  // namespace

Agreement FindAgreement(const std::vector<VerifierPeer>& verifiers, absl::Time now) {
  std::set<std::string> hashes;
  size_t told = 0;
  for (const VerifierPeer& peer : verifiers) {
    if (peer.policy_hash.empty() || peer.hash_told < now - kRecent) continue;
    hashes.insert(peer.policy_hash);
    ++told;
  }
  if (told == 0) {
    return {.sentence =
                "Which policies they have in force is not known: none has answered a question "
                "within five minutes. Each verifier's own /statusz has its hash."};
  }
  if (hashes.size() > 1) {
    return {.sentence = absl::StrCat("They do not agree: of ", told,
                                     " that answered within five minutes "
                                     "there are ",
                                     hashes.size(),
                                     " different policies. For some moments "
                                     "after a change that is so.")};
  }
  return {.is_well = true,
          .sentence = absl::StrCat("All ", told,
                                   " that answered within five minutes have the same "
                                   "policies in force. Of verifiers that this shim has not asked "
                                   "nothing is known here.")};
}

std::string WriteStatusz(const StatuszFacts& facts) {
  HtmlPage page("countersign-shim", http::StatuszServer::kMaxPageBytes);
  http::AddStatuszHead({.now = facts.now,
                        .started = facts.started,
                        .is_ready = facts.is_ready,
                        .details = facts.details},
                       page);
  AddVerifiers(facts, page);
  AddPlaces(facts, page);
  AddReviews(facts, page);
  return std::move(page).Take();
}

}  // namespace countersign::shim
