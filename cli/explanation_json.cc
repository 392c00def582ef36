#include "cli/explanation_json.h"

#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "cli/explained_parts.h"
#include "policy/look_plan.h"
#include "policy/policy.h"

namespace countersign::cli {
namespace {

using ::countersign::base::Json;
using policy::Explanation;
using policy::Selector;

std::string_view WordOf(policy::Prospect prospect) {
  switch (prospect) {
    case policy::Prospect::kDenied:
      return "denied";
    case policy::Prospect::kEvidence:
      return "evidence";
    case policy::Prospect::kAllowed:
      return "allowed";
    case policy::Prospect::kUnasked:
      return "unasked";
  }
  return "";
}

std::string_view WordOf(policy::Standing standing) {
  switch (standing) {
    case policy::Standing::kImpossible:
      return "impossible";
    case policy::Standing::kOpen:
      return "open";
    case policy::Standing::kSatisfied:
      return "satisfied";
  }
  return "";
}

Json JsonOf(const std::vector<policy::Match>& matches) {
  Json list = Json::array();
  for (const policy::Match& match : matches) {
    list.push_back({{"text", match.text},
                    {"name", match.name},
                    {"covers", match.covers},
                    {"onlyByClaimedTag", match.only_by_claimed_tag}});
  }
  return list;
}

Json JsonOf(const Explanation& explanation, const policy::Policy& policy) {
  const Selector* const selector = FindSelector(explanation, &policy);
  Json authorities = Json::array();
  for (const policy::AuthorityPtr& authority : policy.authorities) {
    authorities.push_back({{"name", authority->name},
                           {"wants", WantsOf(*authority)},
                           {"broken", std::holds_alternative<policy::Broken>(authority->asks)}});
  }
  const bool is_broken = policy.terms != nullptr && policy.terms->broken.has_value();
  return {{"policy", policy.name},
          {"matches", selector == nullptr ? Json::array() : JsonOf(selector->matches)},
          {"covers", selector != nullptr && selector->covers},
          {"onlyByClaimedTag", selector != nullptr && selector->only_by_claimed_tag},
          {"awaitsDigest", selector != nullptr && selector->awaits_digest},
          {"threshold", policy.Threshold()},
          {"broken", is_broken ? Json(policy.terms->broken->why) : Json()},
          {"authorities", std::move(authorities)}};
}

Json ClausesOf(const Explanation& explanation) {
  Json clauses = Json::array();
  for (const policy::Demand& demand : explanation.requirement.demands) {
    for (const policy::Clause& clause : demand.clauses) {
      Json any_of = Json::array();
      for (const policy::Selected& selected : clause.any_of) {
        any_of.push_back(JsonOf(explanation, *selected.policy));
      }
      clauses.push_back({{"language", policy::ApiGroupOf(demand.language)},
                         {"mode", clause.mode == policy::Mode::kWarn ? "warn" : "enforce"},
                         {"standing", WordOf(clause.Stands())},
                         {"anyOf", std::move(any_of)}});
    }
  }
  return clauses;
}

Json PlacesOf(const policy::LookPlan& plan, const oci::ImageReference& image) {
  Json stages = Json::array();
  for (const policy::LookPlan::Stage& stage : plan.stages) {
    Json places = Json::array();
    for (const policy::Place& place : stage) {
      const ShownPlace shown = ShowPlace(place, image);
      places.push_back(
          {{"repository", shown.repository}, {"what", shown.what}, {"tag", shown.tag}});
    }
    stages.push_back(std::move(places));
  }
  return stages;
}

void AddOthers(const Explanation& explanation, Json& report) {
  report["silent"] = Json::array();
  for (const Selector& selector : explanation.selectors) {
    if (selector.silent.empty()) continue;
    report["silent"].push_back({{"language", policy::ApiGroupOf(selector.policy->language)},
                                {"policy", selector.policy->name},
                                {"matches", JsonOf(selector.matches)},
                                {"why", selector.silent}});
  }
  report["near"] = Json::array();
  for (const policy::NearlySelecting& near : explanation.near) {
    report["near"].push_back({{"language", policy::ApiGroupOf(near.policy->language)},
                              {"policy", near.policy->name},
                              {"text", near.text},
                              {"why", near.miss.why},
                              {"wouldMatch", near.miss.would_match}});
  }
  report["areMoreNear"] = explanation.are_more_near;
}

}  // namespace

std::string WriteJson(const Explanation& explanation, const policy::Workload& workload,
                      const oci::ImageReference& image) {
  Json report = {{"image", image.text()},
                 {"namespace", workload.workload_namespace},
                 {"prospect", WordOf(explanation.prospect)},
                 {"reasons", ReasonsOf(explanation, workload)},
                 {"notes", NotesOf(explanation, workload)},
                 {"requiresPinning", explanation.requirement.requires_pinning},
                 {"clauses", ClausesOf(explanation)},
                 {"noMatch", nullptr},
                 {"places", PlacesOf(explanation.requirement.plan, image)}};
  for (const policy::Demand& demand : explanation.requirement.demands) {
    if (demand.no_match.has_value()) report["noMatch"] = WordOf(*demand.no_match);
  }
  AddOthers(explanation, report);
  Json names = Json::array();
  for (const policy::ImageName& name : explanation.names) names.push_back(name.text);
  report["names"] = std::move(names);
  // In ASCII, since it may be read on a terminal, too.
  return report.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace countersign::cli
