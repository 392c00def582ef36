#include "policy/sigstore/terms_compiler.h"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "policy/label_selector.h"
#include "policy/sigstore/check_match.h"
#include "policy/sigstore/read_label_selector.h"

namespace countersign::policy {
namespace {

// Writes what decides of terms so that no two are written alike.
class Text {
 public:
  void Add(std::string_view text) { absl::StrAppend(&text_, text.size(), ":", text); }
  void Add(int64_t number) { absl::StrAppend(&text_, number, " "); }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string TextOf(const LabelSelectorSpec& selector) {
  Text text;
  for (const auto& [name, value] : selector.match_labels) {
    text.Add(name);
    text.Add(value);
  }
  for (const LabelRequirementSpec& requirement : selector.match_expressions) {
    text.Add(requirement.key);
    text.Add(requirement.op);
    for (const std::string& value : requirement.values) text.Add(value);
    text.Add(static_cast<int64_t>(requirement.values.size()));
  }
  return text.Take();
}

std::string TextOf(const Terms& terms, const ImagePolicy& policy, const PolicyOptions& options) {
  Text text;
  text.Add(static_cast<int64_t>(terms.mode));
  text.Add(static_cast<int64_t>(terms.threshold));
  text.Add(terms.broken.has_value() ? terms.broken->why : "");
  text.Add(static_cast<int64_t>(terms.broken.has_value()));
  text.Add(static_cast<int64_t>(terms.objects.size()));
  for (size_t i = 0; i < terms.objects.size(); ++i) {
    const ObjectMatch& match = terms.objects[i];
    text.Add(match.api_group);
    text.Add(match.api_version);
    text.Add(match.resource);
    text.Add(static_cast<int64_t>(match.is_any));
    text.Add(match.selector == nullptr ? "" : TextOf(*policy.match[i].selector));
    text.Add(static_cast<int64_t>(match.selector != nullptr));
  }
  text.Add(terms.namespaces == nullptr ? "" : options.namespace_selector->json.dump());
  text.Add(static_cast<int64_t>(terms.namespaces != nullptr));
  text.Add(absl::FormatTime(terms.effective_from, absl::UTCTimeZone()));
  text.Add(absl::FormatTime(terms.effective_until, absl::UTCTimeZone()));
  text.Add(static_cast<int64_t>(terms.platforms));
  text.Add(static_cast<int64_t>(terms.requires_pinning));
  for (const Remap& remap : terms.remaps) {
    text.Add(remap.from());
    text.Add(remap.to());
  }
  return text.Take();
}

class Compiler {
 public:
  Compiler(const ImagePolicy& policy, const PolicyOptions& options, TermsProblems& problems)
      : policy_(policy), options_(options), problems_(problems) {}

  Terms Compile() {
    // Exactly that word; whatever else there is, enforces.
    terms_.mode = policy_.mode == "warn" ? Mode::kWarn : Mode::kEnforce;
    if (policy_.broken.has_value()) Break(policy_.broken->reason);
    if (policy_.rule.has_value()) {
      BreakPolicy(
          "/spec/policy",
          "rules in CUE and Rego are not evaluated, so nothing satisfies this policy: say the "
          "same by threshold and conditions in PolicyOptions (policy.countersign.dev), and "
          "leave it out");
    }
    for (size_t i = 0; i < policy_.match.size(); ++i) AddMatch(policy_.match[i], i);
    AddOptions();
    terms_.id = TextOf(terms_, policy_, options_);
    return std::move(terms_);
  }

 private:
  void Break(std::string_view why) {
    if (!terms_.broken.has_value()) terms_.broken = Broken{std::string(why)};
  }
  void BreakPolicy(std::string pointer, std::string_view why) {
    problems_.policy.push_back({std::move(pointer), std::string(why)});
    Break(why);
  }
  void BreakOptions(std::string pointer, std::string_view why) {
    problems_.options.push_back({std::move(pointer), std::string(why)});
    Break(absl::StrCat("its PolicyOptions cannot be used: ", why));
  }

  // An entry that cannot be read may be for any object.
  void AddMatch(const MatchEntry& entry, size_t index) {
    ObjectMatch match = {
        .api_group = entry.group, .api_version = entry.version, .resource = entry.resource};
    if (entry.broken.has_value()) {
      Break(entry.broken->reason);
      match = {.is_any = true};
    }
    if (match.api_group.empty() && !match.resource.empty()) {
      match.api_group = std::string(GroupOf(match.resource));
    }
    if (match.api_group.empty() && match.resource.empty()) match.is_any = true;
    if (match.is_any && !match.api_version.empty() && match.api_version != "*") {
      match.is_any = false;
    }
    if (entry.selector.has_value() && !entry.broken.has_value()) {
      const std::string pointer = absl::StrCat("/spec/match/", index, "/selector");
      std::variant<Problem, LabelSelector> selector =
          LabelSelector::Compile(*entry.selector, pointer);
      if (auto* const problem = std::get_if<Problem>(&selector)) {
        BreakPolicy(problem->pointer, problem->reason);
        match = {.is_any = true};
      } else {
        match.selector =
            std::make_shared<const LabelSelector>(std::get<LabelSelector>(std::move(selector)));
      }
    }
    terms_.objects.push_back(std::move(match));
  }

  void AddOptions() {
    // Of what cannot be used nothing counts that would leave the policy silent somewhere.
    if (options_.broken.has_value()) return Break(options_.broken->why);
    terms_.threshold = options_.threshold;
    terms_.effective_from = options_.effective_from;
    terms_.effective_until = options_.effective_until;
    terms_.platforms = options_.platforms;
    terms_.requires_pinning = options_.requires_pinning;
    terms_.remaps = options_.remaps;
    if (options_.namespace_selector.has_value()) AddNamespaces(*options_.namespace_selector);
    CheckReferences();
  }

  void AddNamespaces(const PolicyOptions::NamespaceSelector& written) {
    std::vector<Problem> problems;
    const LabelSelectorSpec spec = ReadLabelSelector(base::JsonPlace(written.json), problems);
    std::variant<Problem, LabelSelector> selector = LabelSelector::Compile(spec, written.pointer);
    if (auto* const problem = std::get_if<Problem>(&selector)) {
      return BreakOptions(problem->pointer, problem->reason);
    }
    terms_.namespaces =
        std::make_shared<const LabelSelector>(std::get<LabelSelector>(std::move(selector)));
  }

  const AuthoritySpec* FindAuthority(std::string_view name) const {
    const auto found =
        absl::c_find_if(policy_.authorities, [name](const auto& one) { return one.name == name; });
    return found == policy_.authorities.end() ? nullptr : &*found;
  }

  // What options say of somebody who is not there would narrow down nothing.
  void CheckReferences() {
    if (options_.threshold > policy_.authorities.size() && !policy_.authorities.empty()) {
      BreakOptions("/spec/threshold", "is more than the policy has authorities");
    }
    for (size_t i = 0; i < options_.identities.size(); ++i) {
      CheckIdentity(options_.identities[i], absl::StrCat("/spec/identities/", i));
    }
    for (size_t i = 0; i < options_.conditions.size(); ++i) {
      CheckCondition(options_.conditions[i], absl::StrCat("/spec/conditions/", i));
    }
  }

  void CheckIdentity(const PolicyOptions::Identity& identity, const std::string& pointer) {
    const bool is_for_any = absl::c_any_of(policy_.authorities, [&](const AuthoritySpec& one) {
      return one.keyless.has_value() &&
             (identity.authority.empty() || identity.authority == one.name);
    });
    if (!is_for_any) {
      BreakOptions(pointer + "/authority",
                   identity.authority.empty()
                       ? "the policy has no keyless authority"
                       : absl::StrCat("the policy has no keyless authority named ",
                                      base::Quoted(identity.authority)));
    }
  }

  void CheckCondition(const PolicyOptions::AttestationCondition& condition,
                      const std::string& pointer) {
    if (!condition.authority.empty() && FindAuthority(condition.authority) == nullptr) {
      return BreakOptions(pointer + "/authority", absl::StrCat("the policy has no authority named ",
                                                               base::Quoted(condition.authority)));
    }
    const bool is_for_any = absl::c_any_of(policy_.authorities, [&](const AuthoritySpec& one) {
      if (!condition.authority.empty() && condition.authority != one.name) return false;
      return absl::c_any_of(one.attestations, [&](const AttestationSpec& attestation) {
        return condition.attestation.empty() || condition.attestation == attestation.name;
      });
    });
    if (!is_for_any) {
      BreakOptions(pointer + "/attestation",
                   condition.attestation.empty()
                       ? "the policy asks there for no attestation"
                       : absl::StrCat("the policy asks there for no attestation named ",
                                      base::Quoted(condition.attestation)));
    }
  }

  const ImagePolicy& policy_;
  const PolicyOptions& options_;
  TermsProblems& problems_;
  Terms terms_;
};

}  // namespace

Terms CompileTerms(const ImagePolicy& policy, const PolicyOptions& options,
                   TermsProblems& problems) {
  return Compiler(policy, options, problems).Compile();
}

}  // namespace countersign::policy
