#include "policy/sigstore/policy_overlap.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/printable.h"
#include "policy/sigstore/glob_containment.h"
#include "policy/sigstore/image_policy.h"
#include "policy/sigstore/policy_options.h"
#include "policy/sigstore/terms_compiler.h"

namespace countersign::policy {
namespace {

using ::countersign::base::Quoted;

bool IsPass(const AuthoritySpec& authority) {
  return !authority.broken.has_value() && authority.fixed.has_value() &&
         !authority.fixed->broken.has_value() && authority.fixed->action == "pass";
}

struct Read {
  ImagePolicy policy;
  const base::Json* json = nullptr;
  const PolicyOptions* options = nullptr;  // null: none
  std::vector<ImageGlob> globs;
  std::vector<size_t> places = {};  // of each of those in spec.images
  GlobContainment containment{{}};
  bool is_whole = true;    // every glob could be read, and nothing else is broken
  bool passes = false;     // every image that it is for
  std::string group = {};  // "": none

  // Whatever the object is, wherever, at any time.
  bool AlwaysAsks() const {
    return policy.match.empty() &&
           (options == nullptr || (!options->namespace_selector.has_value() &&
                                   options->effective_from == absl::InfinitePast() &&
                                   options->effective_until == absl::InfiniteFuture()));
  }
};

// The authorities without their names.
std::vector<base::Json> AuthoritiesOf(const base::Json& object) {
  std::vector<base::Json> authorities;
  const base::Json* const spec = base::FindMember(object, "spec");
  const base::Json* const list = spec == nullptr ? nullptr : base::FindMember(*spec, "authorities");
  if (list == nullptr || !list->is_array()) return authorities;
  for (base::Json authority : *list) {
    if (authority.is_object()) authority.erase("name");
    authorities.push_back(std::move(authority));
  }
  return authorities;
}

bool AllContained(const Read& a, const Read& b) {
  return absl::c_all_of(
      b.globs, [&a](const ImageGlob& glob) { return a.containment.Find(glob).has_value(); });
}

std::string PointerOfGlob(const Read& read, size_t glob) {
  return absl::StrCat("/spec/images/", read.places[glob], "/glob");
}

class Search {
 public:
  Search(absl::Span<const base::Json* const> image_policies,
         absl::Span<const base::Json* const> options) {
    for (const base::Json* const object : options) {
      options_.push_back(ReadPolicyOptions(*object, absl::InfinitePast()));
    }
    for (const base::Json* const object : image_policies) {
      read_.push_back(ReadOne(*object));
    }
  }

  std::vector<OverlapFinding> Run() {
    for (size_t i = 0; i < read_.size(); ++i) {
      FindWorthless(i);
      FindWithin(i);
      FindEqual(i);
      FindIdlePass(i);
      FindShadow(i);
    }
    for (size_t i = 0; i < options_.size(); ++i) FindOfOptions(i);
    return std::move(found_);
  }

 private:
  Read ReadOne(const base::Json& object) const {
    Read read = {.policy = ReadImagePolicy(object), .json = &object};
    const auto found = absl::c_find_if(options_, [&read](const PolicyOptions& one) {
      return !one.name.empty() && one.name == read.policy.name;
    });
    if (found != options_.end()) read.options = &*found;
    read.is_whole = read.policy.problems.empty() &&
                    (read.options == nullptr || !read.options->broken.has_value());
    for (size_t i = 0; i < read.policy.images.size(); ++i) {
      absl::StatusOr<ImageGlob> glob = ImageGlob::Parse(read.policy.images[i].glob);
      if (glob.ok()) {
        read.globs.push_back(*std::move(glob));
        read.places.push_back(i);
      } else {
        read.is_whole = false;
      }
    }
    read.containment = GlobContainment(read.globs);
    const size_t needed = read.options == nullptr ? 1 : read.options->threshold;
    const size_t passing = absl::c_count_if(read.policy.authorities, IsPass);
    read.passes =
        read.is_whole && !read.policy.rule.has_value() && passing > 0 && passing >= needed;
    if (read.options != nullptr && read.policy.mode != "warn") read.group = read.options->group;
    return read;
  }

  void Add(size_t index, std::string pointer, std::string reason) {
    found_.push_back(
        {.index = index, .finding = {std::move(pointer), std::move(reason), /*refuses=*/false}});
  }

  bool AreOneGroup(const Read& a, const Read& b) const {
    return !a.group.empty() && a.group == b.group;
  }

  void FindWorthless(size_t i) {
    const Read& read = read_[i];
    if (!read.passes) return;
    const auto pass = absl::c_find_if(read.policy.authorities, IsPass);
    if (!absl::c_all_of(read.policy.authorities, IsPass)) {
      Add(i, absl::StrCat("/spec/authorities/", pass - read.policy.authorities.begin(), "/static"),
          "lets every image pass, so that what the other authorities ask for is worth nothing: "
          "remove it");
    }
    if (!read.AlwaysAsks()) return;
    for (const Read& other : read_) {
      if (&other == &read || other.passes || !AreOneGroup(read, other)) continue;
      for (const ImageGlob& glob : other.globs) {
        if (!read.containment.Find(glob).has_value()) continue;
        Add(i, "/spec/authorities",
            absl::StrCat("lets every image pass, and one policy of the group ", Quoted(read.group),
                         " is enough: what the policy ", Quoted(other.policy.name), " asks of ",
                         Quoted(glob.text()),
                         " is worth nothing: take this policy out of the group"));
        break;
      }
    }
  }

  void FindWithin(size_t i) {
    const Read& read = read_[i];
    for (size_t b = 0; b < read.globs.size(); ++b) {
      const std::optional<size_t> a = read.containment.FindOther(b);
      if (!a.has_value()) continue;
      Add(i, PointerOfGlob(read, b),
          absl::StrCat("is within ", Quoted(read.globs[*a].text()),
                       " of the same policy, so that it decides nothing: leave it out"));
    }
  }

  // Of a policy that does not always ask, or only warns, it is not certain that both must hold.
  void FindEqual(size_t i) {
    const Read& read = read_[i];
    if (!read.AlwaysAsks() || read.policy.mode == "warn") return;
    for (size_t k = 0; k < read.globs.size(); ++k) {
      const auto [first, is_new] = first_of_.emplace(read.globs[k].text(), i);
      if (is_new || first->second == i || AreOneGroup(read_[first->second], read)) continue;
      Add(i, PointerOfGlob(read, k),
          absl::StrCat("the policy ", Quoted(read_[first->second].policy.name),
                       " has this glob too, and what each of the two asks must hold: if one is "
                       "enough, give both a group in PolicyOptions"));
    }
  }

  void FindIdlePass(size_t i) {
    const Read& read = read_[i];
    if (!read.passes || !absl::c_all_of(read.policy.authorities, IsPass)) return;
    const bool is_for_all =
        absl::c_any_of(read.globs, [](const ImageGlob& glob) { return glob.text() == "**"; });
    if (is_for_all && read.AlwaysAsks()) {
      Add(i, "/spec/images",
          "every image that no other policy is for passes, so that the no-match rule never "
          "applies: "
          "name the images that are meant");
    }
    for (const Read& other : read_) {
      if (&other == &read || other.passes || AreOneGroup(read, other) || !other.AlwaysAsks() ||
          other.policy.mode == "warn" || read.globs.empty() || !AllContained(other, read)) {
        continue;
      }
      Add(i, "/spec/authorities",
          absl::StrCat(
              "lets pass what the policy ", Quoted(other.policy.name),
              " is for too, and as every policy must hold this exempts nothing: give both a "
              "group in PolicyOptions, or narrow the other's globs"));
      return;
    }
  }

  // A policy that another makes idle: it is for no other images, and whoever passes that one passes this.
  void FindShadow(size_t i) {
    const Read& b = read_[i];
    if (!b.is_whole || b.options != nullptr || b.policy.rule.has_value() || b.globs.empty()) return;
    const std::vector<base::Json> theirs = AuthoritiesOf(*b.json);
    for (size_t j = 0; j < read_.size(); ++j) {
      const Read& a = read_[j];
      if (i == j || !a.is_whole || a.options != nullptr || a.policy.rule.has_value() ||
          !a.AlwaysAsks() || a.policy.authorities.empty() ||
          (a.policy.mode == "warn" && b.policy.mode != "warn") || !AllContained(a, b)) {
        continue;
      }
      const std::vector<base::Json> ours = AuthoritiesOf(*a.json);
      const bool is_implied = absl::c_all_of(
          ours, [&theirs](const base::Json& one) { return absl::c_linear_search(theirs, one); });
      if (!is_implied || (j > i && AllContained(b, a) && ours.size() == theirs.size())) continue;
      Add(i, "/spec/images",
          absl::StrCat("the policy ", Quoted(a.policy.name),
                       " is for all of these images and asks no less of them, so that this one "
                       "decides nothing: leave it out"));
      return;
    }
  }

  void AddOfOptions(size_t index, Finding finding) {
    found_.push_back({.is_of_options = true, .index = index, .finding = std::move(finding)});
  }

  // Two authorities that ask the same are satisfied by one signature, and count as two.
  void FindAlike(size_t i, const Read& owner) {
    if (options_[i].threshold < 2) return;
    const std::vector<base::Json> authorities = AuthoritiesOf(*owner.json);
    for (size_t b = 0; b < authorities.size(); ++b) {
      const auto a = std::find(authorities.begin(), authorities.begin() + b, authorities[b]);
      if (a == authorities.begin() + b) continue;
      AddOfOptions(i, {"/spec/threshold",
                       absl::StrCat("the authorities ", a - authorities.begin(), " and ", b,
                                    " of the policy ask for the same, so that one signature "
                                    "counts twice: leave one of them out"),
                       /*refuses=*/false});
      return;
    }
  }

  void FindOfOptions(size_t i) {
    const PolicyOptions& options = options_[i];
    const auto owner =
        absl::c_find_if(read_, [&options](const Read& read) { return read.options == &options; });
    if (owner == read_.end()) {
      return AddOfOptions(i,
                          {"/metadata/name",
                           "there is no ClusterImagePolicy (policy.sigstore.dev) of this name, so "
                           "that these options say something of none: correct the name",
                           /*refuses=*/false});
    }
    TermsProblems problems;
    CompileTerms(owner->policy, options, problems);
    for (Problem& problem : problems.options) {
      AddOfOptions(i, {std::move(problem.pointer), std::move(problem.reason)});
    }
    FindAlike(i, *owner);
    const auto members = absl::c_count_if(read_, [&options](const Read& other) {
      return other.options != nullptr && other.options->group == options.group;
    });
    if (!options.group.empty() && members == 1) {
      AddOfOptions(i, {"/spec/group",
                       absl::StrCat("no other policy is in the group ", Quoted(options.group),
                                    ", so that it means nothing"),
                       /*refuses=*/false});
    }
  }

  std::vector<PolicyOptions> options_;
  std::vector<Read> read_;
  std::map<std::string, size_t, std::less<>> first_of_;  // by glob: the policy that has it first
  std::vector<OverlapFinding> found_;
};

}  // namespace

std::vector<OverlapFinding> FindOverlaps(absl::Span<const base::Json* const> image_policies,
                                         absl::Span<const base::Json* const> options) {
  return Search(image_policies, options).Run();
}

}  // namespace countersign::policy
