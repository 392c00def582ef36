#include "verifier/statusz_page.h"

#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/utc_seconds.h"
#include "http/server/html_page.h"
#include "http/server/statusz_frame.h"
#include "http/server/statusz_server.h"
#include "verifier/serving/messages.h"
#include "verifier/statusz_policies.h"

namespace countersign::verifier {
namespace {

using http::HtmlPage;
using http::HtmlRow;
using http::HtmlTable;
using http::HtmlTone;

// What one can look through; `countersign` and kubectl tell of all.
constexpr size_t kShownPolicies = 300;
constexpr size_t kShownProblems = 100;

void AddPolicies(const StatuszFacts& facts, HtmlPage& page) {
  page.Heading("Policies in force");
  if (!facts.in_force.ok()) {
    return page.Paragraph(
        absl::StrCat("None, and everything is denied: ", facts.in_force.status().message()),
        HtmlTone::kBad);
  }
  const policy::Policies& policies = **facts.in_force;
  if (policies.IsNone()) {
    return page.Paragraph("There is no policy: nothing is asked of any image.", HtmlTone::kBad);
  }
  page.Table(PolicyTable(policies, kShownPolicies));
  if (policies.all().size() > kShownPolicies) {
    page.Paragraph(absl::StrCat(policies.all().size() - kShownPolicies, " more are not shown."));
  }
  page.Heading("What is wrong in them");
  const std::vector<std::string> problems = PolicyProblems(policies, kShownProblems);
  page.List(problems);
  const size_t count = CountProblems(policies);
  if (count == 0 && problems.empty()) return page.Paragraph("Nothing.", HtmlTone::kGood);
  page.Paragraph(absl::StrCat("Parts of policies that cannot be used: ", count,
                              ". The status of each object says all of it."),
                 HtmlTone::kBad);
}

void AddAgreement(const StatuszFacts& facts, HtmlPage& page) {
  page.Heading("Agreement of the replicas");
  if (facts.in_force.ok()) {
    page.Table({.columns = {"hash of the policies in force, of this verifier"},
                .rows = {{{absl::BytesToHexString((*facts.in_force)->id()), HtmlTone::kCode}}}});
  }
  page.Paragraph(
      "Verifiers with the same hash ask the same of every image. This one knows of no other: each "
      "shim's "
      "/statusz has the hash that each verifier told it last, and this page of another pod has its "
      "own. "
      "For some moments after a change, and where one cannot read what another can, they differ.");
}

std::string_view DecisionOf(const RecentVerdict& verdict) {
  switch (verdict.decision) {
    case policy::Decision::kAllow:
      return verdict.is_warned ? "allowed, with a warning" : "allowed";
    case policy::Decision::kDeny:
      return "denied";
    case policy::Decision::kUnspecified:
      break;
  }
  return "denied, without a decision";
}

// "REASON_NOT_SIGNED" is "not signed".
std::string ReasonOf(policy::Reason reason) {
  std::string name = absl::AsciiStrToLower(v1::Reason_Name(ToProto(reason)));
  for (char& c : name) {
    if (c == '_') c = ' ';
  }
  return std::string(absl::StripPrefix(name, "reason "));
}

void AddVerdicts(const StatuszFacts& facts, HtmlPage& page) {
  page.Heading(absl::StrCat("The last decisions (", facts.verdicts.size(), " of ",
                            RecentVerdicts::kMaxVerdicts, " that are kept)"));
  HtmlTable table = {
      .columns = {"time", "object", "image", "decision", "reason", "policy", "took", "message"},
      .if_empty = "None since the program started."};
  for (const RecentVerdict& verdict : facts.verdicts) {
    const bool is_allowed = verdict.decision == policy::Decision::kAllow;
    table.rows.push_back(
        {base::WriteUtcSeconds(verdict.at),
         verdict.object,
         {verdict.image, HtmlTone::kCode},
         {std::string(DecisionOf(verdict)), is_allowed ? HtmlTone::kGood : HtmlTone::kBad},
         ReasonOf(verdict.reason),
         {verdict.policy, HtmlTone::kCode},
         http::Milliseconds(verdict.took),
         {verdict.message, HtmlTone::kText}});
  }
  page.Table(table);
}

std::string TimeOrNever(absl::Time time) {
  return time == absl::InfinitePast() ? "never" : base::WriteUtcSeconds(time);
}

void AddRegistries(const StatuszFacts& facts, HtmlPage& page) {
  page.Heading("Registries");
  page.Paragraph("By the registries that policies name; all others together.");
  HtmlTable table = {.columns = {"host", "requests", "failed", "now", "last outcome", "took",
                                 "last answer", "last failure"},
                     .if_empty = "None has been asked since the program started."};
  for (const registry::RegistryState& state : facts.registries) {
    const bool is_unknown = state.last == absl::InfinitePast();
    const bool is_well = state.last_code == absl::StatusCode::kOk;
    const std::string outcome = absl::AsciiStrToLower(absl::StatusCodeToString(state.last_code));
    table.rows.push_back({{state.host, HtmlTone::kCode},
                          absl::StrCat(state.requests),
                          absl::StrCat(state.failures),
                          absl::StrCat(state.in_progress),
                          {is_unknown ? ""
                           : is_well  ? "answered"
                                      : outcome,
                           is_well ? HtmlTone::kGood : HtmlTone::kBad},
                          is_unknown ? "" : http::Milliseconds(state.last_took),
                          TimeOrNever(state.last_success),
                          TimeOrNever(state.last_failure)});
  }
  page.Table(table);
}

void AddMemories(const StatuszFacts& facts, HtmlPage& page) {
  page.Heading("Memories");
  const auto number = [](std::optional<size_t> value) {
    return value.has_value() ? absl::StrCat(*value) : std::string();
  };
  HtmlTable table = {.columns = {"what", "entries", "bytes", "bytes at most"}, .if_empty = "None."};
  for (const MemoryUse& use : facts.memories) {
    table.rows.push_back({use.what, number(use.entries), number(use.bytes), number(use.max_bytes)});
  }
  page.Table(table);
}

}  // namespace

std::string WriteStatusz(const StatuszFacts& facts) {
  HtmlPage page("countersign-verifier", http::StatuszServer::kMaxPageBytes);
  http::AddStatuszHead({.now = facts.now,
                        .started = facts.started,
                        .is_ready = facts.is_ready,
                        .details = facts.details},
                       page);
  AddAgreement(facts, page);
  AddVerdicts(facts, page);
  AddRegistries(facts, page);
  AddMemories(facts, page);
  AddPolicies(facts, page);
  return std::move(page).Take();
}

}  // namespace countersign::verifier
