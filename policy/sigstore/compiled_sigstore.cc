#include "policy/sigstore/compiled_sigstore.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/printable.h"
#include "cosign/identity.h"
#include "policy/image_glob.h"
#include "policy/rules/condition.h"
#include "policy/sigstore/authority_compiler.h"
#include "policy/sigstore/image_policy.h"
#include "policy/sigstore/policy_options.h"
#include "policy/sigstore/program_shares.h"
#include "policy/sigstore/settings.h"
#include "policy/sigstore/terms_compiler.h"

namespace countersign::policy {
namespace {

// On a policy that must not be without its options.
constexpr std::string_view kOptionsAnnotation = "policy.countersign.dev/options";

bool NeedsOptions(const base::Json& object) {
  const base::Json* const metadata = base::FindMember(object, "metadata");
  const base::Json* const annotations =
      metadata == nullptr ? nullptr : base::FindMember(*metadata, "annotations");
  return annotations != nullptr && base::FindString(*annotations, kOptionsAnnotation) == "required";
}

GlobImages ImagesOf(const ImagePolicy& policy, std::vector<Problem>& problems) {
  GlobImages images;
  for (size_t i = 0; i < policy.images.size(); ++i) {
    const GlobEntry& entry = policy.images[i];
    if (entry.broken.has_value()) {
      images.broken.push_back({entry.broken->reason});  // told with what cannot be read
      continue;
    }
    absl::StatusOr<ImageGlob> glob = ImageGlob::Parse(entry.glob);
    if (glob.ok()) {
      images.globs.push_back(*std::move(glob));
      continue;
    }
    images.broken.push_back({std::string(glob.status().message())});
    problems.push_back(
        {absl::StrCat("/spec/images/", i, "/glob"),
         absl::StrCat(glob.status().message(),
                      "; as nobody knows what it is for, the policy asks about every "
                      "image until it is corrected")});
  }
  return images;
}

// Names that several have: which of them is meant is not known, so none is.
std::set<std::string> NamesUsedTwice(const std::vector<AuthoritySpec>& authorities) {
  std::set<std::string> seen, twice;
  for (const AuthoritySpec& authority : authorities) {
    if (!seen.insert(authority.name).second) twice.insert(authority.name);
  }
  return twice;
}

const PolicyOptions& NoOptions() {
  static const PolicyOptions* const none = new PolicyOptions();
  return *none;
}

class Compiler {
 public:
  explicit Compiler(const SigstoreInputs& inputs) : inputs_(inputs) {}

  CompiledSigstore Compile() {
    ReadSettings();
    ReadOptions();
    for (const base::Json* const object : inputs_.image_policies) {
      policies_.push_back(ReadImagePolicy(*object));
      compiled_.image_policies.push_back({.problems = policies_.back().problems});
    }
    CompileAuthorities();
    for (const size_t i : InOrderOfNames()) AddPolicy(i);
    FindUnused();
    compiled_.policies =
        std::make_shared<const Policies>(std::move(groups_), std::move(made_), rules_);
    return std::move(compiled_);
  }

 private:
  void ReadSettings() {
    rules_.namespaces = inputs_.namespaces;
    if (inputs_.settings == nullptr) return;
    const absl::StatusOr<ControllerSettings> settings = ReadControllerSettings(*inputs_.settings);
    if (!settings.ok()) {
      compiled_.settings_problems.push_back({"", std::string(settings.status().message())});
      return;
    }
    rules_.no_match = settings->no_match;
    if (std::optional<Problem> odd = NoMatchProblem(*settings)) {
      compiled_.settings_problems.push_back(*std::move(odd));
    }
  }

  void ReadOptions() {
    options_.resize(inputs_.options.size());
    ProgramShares shares;
    for (const size_t i : InOrderOfCreation(inputs_.options)) {
      options_[i] = ReadPolicyOptions(*inputs_.options[i], absl::InfinitePast());
      const size_t size = absl::c_accumulate(
          options_[i].conditions, size_t{0},
          [](size_t sum, const auto& one) { return sum + ProgramSize(one.condition); });
      if (size <= shares.Allowance()) {
        shares.Take(size);
        continue;
      }
      options_[i].conditions.clear();
      options_[i].problems.push_back({"/spec/conditions", std::string(kNoRoomForExpressions)});
      options_[i].broken = Broken{absl::StrCat(
          "its PolicyOptions cannot be used: /spec/conditions: ", kNoRoomForExpressions)};
    }
    for (size_t i = 0; i < options_.size(); ++i) {
      const PolicyOptions& one = options_[i];
      if (!one.name.empty()) options_of_.emplace(one.name, i);
      compiled_.options.push_back({.problems = one.problems, .warnings = one.warnings});
    }
  }

  void CompileAuthorities() {
    authorities_.resize(policies_.size());
    ProgramShares shares;
    for (const size_t i : InOrderOfCreation(inputs_.image_policies)) {
      const std::optional<size_t> options = FindOptions(policies_[i].name);
      cosign::Regexps regexps(shares.Allowance());
      authorities_[i] = AuthoritiesOf(policies_[i], options ? options_[*options] : NoOptions(),
                                      regexps, compiled_.image_policies[i]);
      shares.Take(regexps.used());
    }
  }

  std::vector<size_t> InOrderOfNames() const {
    std::vector<size_t> order(policies_.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [this](size_t a, size_t b) { return policies_[a].name < policies_[b].name; });
    return order;
  }

  // The index of those of the policy's name.
  std::optional<size_t> FindOptions(const std::string& name) const {
    const auto found = options_of_.find(name);
    return found == options_of_.end() ? std::nullopt : std::optional<size_t>(found->second);
  }

  void AddPolicy(size_t i) {
    const ImagePolicy& read = policies_[i];
    CompiledSigstoreObject& object = compiled_.image_policies[i];
    const std::optional<size_t> found = FindOptions(read.name);
    const PolicyOptions& options = found ? options_[*found] : NoOptions();
    TermsProblems problems;
    Terms terms = CompileTerms(read, options, problems);
    if (!found && NeedsOptions(*inputs_.image_policies[i])) {
      constexpr std::string_view kWhy =
          "must have PolicyOptions (policy.countersign.dev) of its name, as its annotation "
          "policy.countersign.dev/options says";
      problems.policy.push_back({"", std::string(kWhy)});
      terms.broken = Broken{std::string(kWhy)};
      terms.id += kWhy;
    }
    Policy policy = {.language = Language::kSigstore,
                     .name = read.name,
                     .images = ImagesOf(read, problems.policy),
                     .authorities = std::move(authorities_[i]),
                     .group = GroupFor(options, terms, problems),
                     .terms = std::make_shared<const Terms>(std::move(terms))};
    absl::c_move(problems.policy, std::back_inserter(object.problems));
    if (found) {
      absl::c_move(problems.options, std::back_inserter(compiled_.options[*found].problems));
      is_used_.insert(*found);
    }
    groups_[policy.group].problems += object.problems.size();
    absl::c_copy(policy.authorities, std::back_inserter(groups_[policy.group].authorities));
    made_.push_back(std::move(policy));
  }

  std::vector<AuthorityPtr> AuthoritiesOf(const ImagePolicy& read, const PolicyOptions& options,
                                          cosign::Regexps& regexps,
                                          CompiledSigstoreObject& object) const {
    std::vector<AuthorityPtr> authorities;
    const std::set<std::string> twice = NamesUsedTwice(read.authorities);
    for (size_t i = 0; i < read.authorities.size(); ++i) {
      AuthorityProblems problems;
      Authority authority =
          CompileAuthority(read.authorities[i], i, inputs_, options, regexps, problems);
      if (twice.contains(authority.name)) {
        const std::string why =
            absl::StrCat("another authority is named ", base::Quoted(authority.name), " too");
        problems.problems.push_back({absl::StrCat("/spec/authorities/", i, "/name"), why});
        authority.asks = Broken{why};
      }
      absl::c_move(problems.problems, std::back_inserter(object.problems));
      absl::c_move(problems.unread_keys, std::back_inserter(object.unread_keys));
      authorities.push_back(std::make_shared<const Authority>(std::move(authority)));
    }
    return authorities;
  }

  size_t GroupFor(const PolicyOptions& options, const Terms& terms, TermsProblems& problems) {
    if (!options.group.empty() && terms.mode == Mode::kWarn) {
      problems.options.push_back(
          {"/spec/group", "a policy that only warns is in no group: it warns by itself"});
    } else if (!options.group.empty() && !options.broken.has_value()) {
      const auto [known, is_new] = group_of_.try_emplace(options.group, groups_.size());
      if (!is_new) return known->second;
    }
    groups_.push_back({.language = Language::kSigstore});
    return groups_.size() - 1;
  }

  void FindUnused() {
    for (size_t i = 0; i < options_.size(); ++i) {
      if (is_used_.contains(i)) continue;
      compiled_.options[i].warnings.push_back(
          {"/metadata/name", "there is no ClusterImagePolicy (policy.sigstore.dev) of this name"});
    }
  }

  const SigstoreInputs& inputs_;
  CompiledSigstore compiled_;
  SigstoreRules rules_;
  std::vector<PolicyOptions> options_;
  std::map<std::string, size_t> options_of_;  // by the name of their policy; the first
  std::vector<ImagePolicy> policies_;
  std::vector<std::vector<AuthorityPtr>> authorities_;  // of policies_
  std::vector<Group> groups_;
  std::vector<Policy> made_;
  std::map<std::string, size_t> group_of_;
  std::set<size_t> is_used_;
};

// A list of texts, each once.
class Distinct {
 public:
  void Add(const std::string& text) {
    if (!text.empty() && seen_.insert(text).second) list_.push_back(text);
  }
  std::vector<std::string> Take() { return std::move(list_); }

 private:
  std::set<std::string> seen_;
  std::vector<std::string> list_;
};

}  // namespace

CompiledSigstore CompileSigstore(const SigstoreInputs& inputs) {
  return Compiler(inputs).Compile();
}

SigstoreReferences FindReferences(absl::Span<const base::Json* const> image_policies) {
  Distinct secrets, kms_uris;
  for (const base::Json* const object : image_policies) {
    for (const AuthoritySpec& authority : ReadImagePolicy(*object).authorities) {
      if (!authority.key.has_value()) continue;
      if (authority.key->secret.has_value()) {
        secrets.Add(authority.key->secret->name);
      }
      kms_uris.Add(authority.key->kms);
    }
  }
  return {.secrets = secrets.Take(), .kms_uris = kms_uris.Take()};
}

}  // namespace countersign::policy
