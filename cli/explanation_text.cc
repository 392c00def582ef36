#include "cli/explanation_text.h"

#include <cstddef>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "cli/explained_parts.h"
#include "policy/look_plan.h"
#include "policy/policy.h"

namespace countersign::cli {
namespace {

using ::countersign::base::Printable;
using ::countersign::base::Quoted;
using policy::Explanation;
using policy::Selector;

std::string_view SpokenProspect(policy::Prospect prospect) {
  switch (prospect) {
    case policy::Prospect::kDenied:
      return "DENIED, whatever its evidence";
    case policy::Prospect::kEvidence:
      return "its evidence decides";
    case policy::Prospect::kAllowed:
      return "allowed, whatever its evidence";
    case policy::Prospect::kUnasked:
      return "nothing is asked of it";
  }
  return "";
}

std::string NameOf(const policy::Policy& policy) {
  return absl::StrCat(Quoted(policy.name), " (", policy::ApiGroupOf(policy.language), ")");
}

std::string MatchText(const policy::Match& match) {
  return absl::StrCat(
      Printable(match.text), match.name.empty() ? "" : "  matches ", Printable(match.name),
      match.covers ? ""
                   : "  (by a host that somebody else may choose: it asks, and covers nothing)",
      match.only_by_claimed_tag ? "  (by a tag beside the digest, which nobody checked)" : "");
}

std::string HowMany(const policy::Policy& policy) {
  const size_t count = policy.authorities.size();
  const size_t needed = policy.Threshold();
  if (count == 1 && needed == 1) return "its authority";
  if (needed == 1) return absl::StrCat("one of its ", count, " authorities");
  return absl::StrCat(needed, " of its ", count, " authorities");
}

void AppendPolicy(const Explanation& explanation, const policy::Policy& policy, std::string& text) {
  absl::StrAppend(&text, "  policy ", NameOf(policy), "\n");
  const Selector* const selector = FindSelector(explanation, &policy);
  if (selector != nullptr && selector->awaits_digest) {
    text += "    if that is the digest that the image's tag means\n";
  } else if (selector != nullptr && selector->matches.empty()) {
    text += "    by  a glob that cannot be read, so that it asks about every image\n";
  }
  if (selector != nullptr) {
    for (const policy::Match& match : selector->matches) {
      absl::StrAppend(&text, "    by  ", MatchText(match), "\n");
    }
  }
  if (policy.terms != nullptr && policy.terms->broken.has_value()) {
    absl::StrAppend(&text, "    nothing satisfies it: ", Printable(policy.terms->broken->why),
                    "\n");
  }
  absl::StrAppend(&text, "    wants ", HowMany(policy), "\n");
  for (const policy::AuthorityPtr& authority : policy.authorities) {
    absl::StrAppend(&text, "      ", Quoted(authority->name), ": ", WantsOf(*authority), "\n");
  }
}

void AppendClauses(const Explanation& explanation, std::string& text) {
  for (const policy::Demand& demand : explanation.requirement.demands) {
    for (const policy::Clause& clause : demand.clauses) {
      text += clause.mode == policy::Mode::kWarn ? "\nonly warns" : "\nmust hold";
      if (clause.any_of.size() > 1) {
        absl::StrAppend(&text, ": one of these ", clause.any_of.size(), " is enough");
      }
      if (clause.Stands() == policy::Standing::kImpossible) text += " - and cannot";
      if (clause.Stands() == policy::Standing::kSatisfied) text += " - and does";
      text += "\n";
      for (const policy::Selected& selected : clause.any_of) {
        AppendPolicy(explanation, *selected.policy, text);
      }
    }
    if (demand.no_match.has_value()) {
      absl::StrAppend(&text, "\nno-match rule of ", policy::ApiGroupOf(demand.language), ": ",
                      WordOf(*demand.no_match), ", as no policy covers the image\n");
    }
  }
}

void AppendPlaces(const Explanation& explanation, const oci::ImageReference& image,
                  std::string& text) {
  const policy::LookPlan& plan = explanation.requirement.plan;
  if (plan.stages.empty()) return;
  if (explanation.requirement.awaits_digest) {
    text += "\nlooked for first\n  1  which digest the tag means; the rest depends on it\n";
    return;
  }
  text += "\nlooked for, in this order\n";
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    for (const policy::Place& place : plan.stages[i]) {
      const ShownPlace shown = ShowPlace(place, image);
      absl::StrAppend(&text, "  ", i + 1, "  ", shown.what, "  ", Printable(shown.repository),
                      shown.tag.empty() ? "" : "  tag ", Printable(shown.tag), "\n");
    }
  }
  if (plan.is_cut_short) text += "  there are more repositories than are looked at\n";
}

void AppendOthers(const Explanation& explanation, std::string& text) {
  bool is_first = true;
  for (const Selector& selector : explanation.selectors) {
    if (selector.silent.empty()) continue;
    if (is_first) text += "\nselects it and asks nothing\n";
    is_first = false;
    absl::StrAppend(&text, "  policy ", NameOf(*selector.policy), ": ", selector.silent, "\n");
  }
  if (!explanation.near.empty()) text += "\nnearly selects it\n";
  for (const policy::NearlySelecting& near : explanation.near) {
    absl::StrAppend(&text, "  policy ", NameOf(*near.policy), ": ", Printable(near.text), "\n    ",
                    near.miss.why, "; ", Printable(near.miss.would_match), " would match\n");
  }
  if (explanation.are_more_near) text += "  and more\n";
}

}  // namespace

std::string WriteText(const Explanation& explanation, const policy::Workload& workload,
                      const oci::ImageReference& image) {
  std::string text = absl::StrCat(Printable(image.text()), "  in namespace ",
                                  Printable(workload.workload_namespace), "\n",
                                  SpokenProspect(explanation.prospect), "\n");
  for (const std::string& reason : ReasonsOf(explanation, workload)) {
    absl::StrAppend(&text, "  ", reason, "\n");
  }
  for (const std::string& note : NotesOf(explanation, workload)) {
    absl::StrAppend(&text, "  ", note, "\n");
  }
  if (explanation.requirement.requires_pinning && !image.digest().has_value()) {
    text += "  A policy requires pinning: a Pod must name the image by digest.\n";
  }
  AppendClauses(explanation, text);
  AppendPlaces(explanation, image, text);
  AppendOthers(explanation, text);
  text += "\nnames that globs are compared with\n";
  for (const policy::ImageName& name : explanation.names) {
    absl::StrAppend(&text, "  ", Printable(name.text),
                    name.has_tag_beside_digest ? "  (its tag is only claimed)" : "", "\n");
  }
  return text;
}

}  // namespace countersign::cli
