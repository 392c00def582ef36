#include "policy/explanation.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/printable.h"
#include "oci/digest.h"
#include "policy/image_glob.h"
#include "policy/name_pattern.h"
#include "policy/object_match.h"
#include "policy/sigstore_demand.h"

namespace countersign::policy {
namespace {

Prospect ProspectOf(const Requirement& requirement) {
  Prospect prospect = requirement.demands.empty() ? Prospect::kDenied : Prospect::kUnasked;
  for (const Demand& demand : requirement.demands) {
    switch (demand.applicability) {
      case Applicability::kImpossible:
      case Applicability::kUnmatched:
        return Prospect::kDenied;
      case Applicability::kAsked:
        prospect = Prospect::kEvidence;
        break;
      case Applicability::kSatisfied:
        if (prospect == Prospect::kUnasked) prospect = Prospect::kAllowed;
        break;
      case Applicability::kNoPolicy:
      case Applicability::kExcludedNamespace:
      case Applicability::kUnmatchedAllowed:
        break;
    }
  }
  return prospect;
}

// "deployments.apps", and what else an entry of `match` wants.
std::string TextOf(const ObjectMatch& match) {
  std::string text = match.is_any
                         ? "every object"
                         : absl::StrCat(match.resource.empty() ? "*" : match.resource,
                                        match.api_group.empty() ? "" : ".", match.api_group);
  if (!match.api_version.empty() && match.api_version != "*") {
    absl::StrAppend(&text, "/", match.api_version);
  }
  if (match.selector != nullptr) text += " with labels that its selector wants";
  return base::Printable(text);
}

std::string WhyNotForObject(const Terms& terms, const ObjectDescription& object) {
  const bool is_for_kind = absl::c_any_of(terms.objects, [&object](ObjectMatch match) {
    match.selector = nullptr;
    return match.Matches(object);
  });
  if (is_for_kind) return "it is for objects with other labels (spec.match)";
  const std::string kinds = absl::StrJoin(
      terms.objects, ", ",
      [](std::string* text, const ObjectMatch& match) { absl::StrAppend(text, TextOf(match)); });
  return absl::StrCat("it is for ", kinds, " (spec.match), and not for ",
                      base::Printable(object.resource), object.api_group.empty() ? "" : ".",
                      base::Printable(object.api_group), "/", base::Printable(object.api_version));
}

std::string WhyNamespaceIsLeftOut(const Policies& in_force, const Workload& workload) {
  const NamespaceRule& rule = in_force.sigstore_rules()->namespaces;
  const std::string label =
      absl::StrCat(rule.is_opt_out ? rule.exclude_label : rule.include_label, "=", rule.value);
  return absl::StrCat("the namespace ", base::Quoted(workload.workload_namespace), " is ",
                      rule.is_opt_out ? "" : "not ", "labelled ", base::Printable(label));
}

// Why the policy, which selects the image and is in no clause, is in none.
std::string WhySilent(const Policy& policy, const Explanation& explanation,
                      const Workload& workload) {
  for (const Demand& demand : explanation.requirement.demands) {
    if (demand.language != policy.language ||
        demand.applicability != Applicability::kExcludedNamespace) {
      continue;
    }
    return policy.language == Language::kSigstore
               ? WhyNamespaceIsLeftOut(*explanation.in_force, workload)
               : absl::StrCat("the namespace ", base::Quoted(workload.workload_namespace),
                              " is among its excluded namespaces");
  }
  if (policy.terms == nullptr) return "";
  switch (SilenceOf(*policy.terms, workload)) {
    case Silence::kEnded:
      return absl::StrCat(
          "it has ended (effectiveUntil ",
          absl::FormatTime(absl::RFC3339_sec, policy.terms->effective_until, absl::UTCTimeZone()),
          ")");
    case Silence::kNamespace:
      return absl::StrCat(
          "the namespace ", base::Quoted(workload.workload_namespace),
          " has other labels than the namespaceSelector of its PolicyOptions wants");
    case Silence::kObject:
      return WhyNotForObject(*policy.terms, *workload.object);
    case Silence::kNone:
      break;
  }
  return "";
}

// By one of its names, one that is covered before others, and one that nobody only claims before those.
std::optional<Match> MatchOf(const ImageGlob& glob, const std::vector<ImageName>& names) {
  std::optional<Match> best;
  const auto rank = [](const Match& match) {
    return (match.covers ? 2 : 0) + (match.only_by_claimed_tag ? 0 : 1);
  };
  for (const ImageName& name : names) {
    if (!glob.Matches(name.text)) continue;
    Match match = {.text = glob.text(),
                   .name = name.text,
                   .covers = glob.Covers(name.text),
                   .only_by_claimed_tag = name.has_tag_beside_digest};
    if (!best.has_value() || rank(match) > rank(*best)) best = std::move(match);
  }
  return best;
}

// Likewise, by the names that an image by tag will have when its digest is known, whichever that is.
std::optional<Match> ResolvedMatchOf(const ImageGlob& glob, const std::vector<ImageName>& names) {
  std::optional<Match> match = MatchOf(glob, names);
  if (!match.has_value()) return match;
  const size_t digest = match->name.find(kUnknownDigest);
  if (digest != std::string::npos) match->name.replace(digest, std::string::npos, "<digest>");
  return match;
}

class Explainer {
 public:
  Explainer(const PoliciesPtr& in_force, const Workload& workload, const oci::ImageReference& image)
      : in_force_(*in_force), workload_(workload), image_(image) {
    found_.in_force = in_force;
    found_.names = NamesOf(image);
    if (!image.digest().has_value()) resolved_names_ = NamesWithDigest(image, std::nullopt);
    found_.requirement = RequirementFor(in_force, workload, image);
    found_.prospect = ProspectOf(found_.requirement);
    for (const Demand& demand : found_.requirement.demands) {
      for (const Clause& clause : demand.clauses) {
        for (const Selected& selected : clause.any_of) asks_.emplace(selected.policy, clause.mode);
      }
    }
  }

  Explanation Run() {
    absl::flat_hash_map<const Policy*, Selection> selecting;
    for (const Selection& selection : in_force_.Selecting(image_)) {
      selecting.emplace(selection.policy, selection);
    }
    for (const Policy* const policy : in_force_.Matching(image_)) {
      selecting.emplace(policy,
                        Selection{.policy = policy, .covers = true, .only_by_claimed_tag = false});
    }
    for (const Policy& policy : in_force_.all()) {
      const auto selection = selecting.find(&policy);
      if (selection == selecting.end()) {
        LookForNearMiss(policy);
      } else {
        Add(selection->second);
      }
    }
    return std::move(found_);
  }

 private:
  // Of a glob that depends on which digest the image's tag means.
  std::optional<Match> AwaitingMatchOf(const ImageGlob& glob) const {
    const std::optional<ImageGlob> wide = glob.ForEveryDigest();
    if (!wide.has_value()) return std::nullopt;
    std::optional<Match> match = ResolvedMatchOf(*wide, resolved_names_);
    if (match.has_value()) match->text = glob.text();
    return match;
  }

  void Add(const Selection& selection) {
    const Policy& policy = *selection.policy;
    Selector selector = {.policy = &policy,
                         .covers = selection.covers,
                         .only_by_claimed_tag = selection.only_by_claimed_tag,
                         .awaits_digest = selection.awaits_digest};
    if (const auto* const pattern = std::get_if<NamePattern>(&policy.images)) {
      selector.matches.push_back({.text = pattern->text()});
    } else {
      for (const ImageGlob& glob : std::get<GlobImages>(policy.images).globs) {
        std::optional<Match> match = MatchOf(glob, found_.names);
        if (!match.has_value()) match = ResolvedMatchOf(glob, resolved_names_);
        if (!match.has_value() && selection.awaits_digest) match = AwaitingMatchOf(glob);
        if (match.has_value()) selector.matches.push_back(*std::move(match));
      }
    }
    const auto asked = asks_.find(&policy);
    if (asked == asks_.end()) {
      selector.silent = WhySilent(policy, found_, workload_);
      if (selector.silent.empty()) selector.silent = "nothing is asked of this image";
    } else {
      selector.mode = asked->second;
    }
    found_.selectors.push_back(std::move(selector));
  }

  void LookForNearMiss(const Policy& policy) {
    if (found_.are_more_near) return;
    if (const auto* const pattern = std::get_if<NamePattern>(&policy.images)) {
      TryNear(policy, pattern->text(), "/*", [this](const std::string& text) {
        const absl::StatusOr<NamePattern> other = NamePattern::Parse(text);
        return other.ok() && other->Matches(image_);
      });
      return;
    }
    for (const ImageGlob& glob : std::get<GlobImages>(policy.images).globs) {
      const bool is_near = TryNear(policy, glob.text(), "/**", [this](const std::string& text) {
        const absl::StatusOr<ImageGlob> other = ImageGlob::Parse(text);
        return other.ok() && MatchOf(*other, found_.names).has_value();
      });
      if (is_near) return;
    }
  }

  bool TryNear(const Policy& policy, const std::string& text, std::string_view below,
               absl::FunctionRef<bool(const std::string& text)> matches) {
    std::optional<NearMiss> miss = FindNearMiss(text, image_, below, matches);
    if (!miss.has_value()) return false;
    if (found_.near.size() == kMaxNearlySelecting) {
      found_.are_more_near = true;
    } else {
      found_.near.push_back({.policy = &policy, .text = text, .miss = *std::move(miss)});
    }
    return true;
  }

  const Policies& in_force_;
  const Workload& workload_;
  const oci::ImageReference& image_;
  absl::flat_hash_map<const Policy*, Mode> asks_;
  std::vector<ImageName> resolved_names_;
  Explanation found_;
};

}  // namespace

Explanation Explain(const PoliciesPtr& in_force, const Workload& workload,
                    const oci::ImageReference& image) {
  return Explainer(in_force, workload, image).Run();
}

}  // namespace countersign::policy
