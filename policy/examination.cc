#include "policy/examination.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "base/transient.h"
#include "policy/asked.h"
#include "policy/verify_in_sources.h"

namespace countersign::policy {
namespace {

// Of the first item that could not be read at this time, but may be the next; OK if there is none.
absl::Status FirstTransient(const Items& items) {
  for (const absl::StatusOr<cosign::ItemPtr>& item : items) {
    if (base::IsTransient(item.status())) return item.status();
  }
  return absl::OkStatus();
}

// Who made an item of all that he is asked for.
using Proven = absl::flat_hash_set<const Authority*>;

// By the indexes of what there is an item of.
Proven ProvenOf(const Requirement& requirement, const absl::flat_hash_set<size_t>& verified) {
  Proven proven;
  for (const Asked& asked : requirement.asked) proven.insert(asked.authority);
  for (size_t i = 0; i < requirement.asked.size(); ++i) {
    if (!verified.contains(i)) proven.erase(requirement.asked[i].authority);
  }
  return proven;
}

Proven ProvenBy(const Requirement& requirement, const Examination& examination) {
  absl::flat_hash_set<size_t> verified;
  for (const VerifiedItem& one : examination.verification.verified) verified.insert(one.signer);
  return ProvenOf(requirement, verified);
}

Proven ProvenBy(const Requirement& requirement, const Child& child) {
  return ProvenOf(requirement, {child.holds.begin(), child.holds.end()});
}

// By what one manifest alone has.
bool IsSatisfied(const Selected& selected, const Proven& proven) {
  if (selected.awaits_digest) return false;
  if (const Standing standing = StandingOf(selected); standing != Standing::kOpen) {
    return standing == Standing::kSatisfied;
  }
  size_t passing = 0;
  for (const AuthorityPtr& authority : selected.policy->authorities) {
    const auto* const answer = std::get_if<StaticAnswer>(&authority->asks);
    const bool passes = answer != nullptr ? answer->passes && !selected.only_by_claimed_tag
                                          : proven.contains(authority.get());
    if (passes) ++passing;
  }
  return passing >= selected.policy->Threshold();
}

Platforms PlatformsOf(const Selected& selected) {
  const std::shared_ptr<const Terms>& terms = selected.policy->terms;
  return terms == nullptr ? Platforms::kIndex : terms->platforms;
}

bool DependsOnChildren(const Selected& selected) {
  // What stands whatever the evidence, stands of every manifest.
  return PlatformsOf(selected) != Platforms::kIndex && StandingOf(selected) == Standing::kOpen;
}

// What is taken for found of manifests that were not looked at.
enum class Rest { kNothing, kAll };

// What was found of an image, and of the manifests of its index.
class Found {
 public:
  Found(const Requirement& requirement, const Examination& examination, Rest rest = Rest::kNothing)
      : itself_(ProvenBy(requirement, examination)), children_(examination.children), rest_(rest) {
    if (!children_.has_value()) return;
    for (const Child& child : children_->looked_at)
      by_child_.push_back(ProvenBy(requirement, child));
  }

  bool Satisfies(const Selected& selected) const {
    const bool by_itself = IsSatisfied(selected, itself_);
    if (!DependsOnChildren(selected)) return by_itself;
    switch (PlatformsOf(selected)) {
      case Platforms::kIndex:
        return by_itself;
      case Platforms::kAnyLevel:
        return by_itself || (IsIndex() && AllChildrenSatisfy(selected));
      case Platforms::kAllChildren:
        return by_itself && (IsNoIndex() || AllChildrenSatisfy(selected));
    }
    return false;
  }

  bool Satisfies(const Clause& clause) const {
    return absl::c_any_of(clause.any_of,
                          [this](const Selected& selected) { return Satisfies(selected); });
  }

  bool Satisfies(const Demand& demand) const {
    if (demand.applicability != Applicability::kAsked || demand.clauses.empty()) return false;
    return absl::c_all_of(demand.clauses,
                          [this](const Clause& clause) { return Satisfies(clause); });
  }

  const Proven& itself() const { return itself_; }

 private:
  // What nobody knows is either, at its best.
  bool IsIndex() const { return children_.has_value() ? children_->is_index : rest_ == Rest::kAll; }
  bool IsNoIndex() const {
    return children_.has_value() && children_->unknown.ok() && !children_->is_index;
  }

  bool AllChildrenSatisfy(const Selected& selected) const {
    if (!children_.has_value()) return rest_ == Rest::kAll;
    if (!children_->unknown.ok() || !children_->is_index || children_->count == 0) return false;
    if (by_child_.size() < children_->count && rest_ == Rest::kNothing) return false;
    return absl::c_all_of(
        by_child_, [&selected](const Proven& proven) { return IsSatisfied(selected, proven); });
  }

  const Proven itself_;
  std::vector<Proven> by_child_;
  const std::optional<Children>& children_;
  const Rest rest_;
};

bool IsAsked(const Demand& demand) { return demand.applicability == Applicability::kAsked; }

// Whether it is so of every clause that is asked.
template <typename IsSo>
bool OfEveryClause(const Requirement& requirement, const IsSo& is_so) {
  return absl::c_all_of(requirement.demands, [&is_so](const Demand& demand) {
    return !IsAsked(demand) || absl::c_all_of(demand.clauses, is_so);
  });
}

// Whether every policy of a clause that depends on the manifests of an index is satisfied by this one.
bool IsAllSatisfied(const Clause& clause, const Proven& proven) {
  return absl::c_all_of(clause.any_of, [&proven](const Selected& selected) {
    return !DependsOnChildren(selected) || IsSatisfied(selected, proven);
  });
}

// Why it is not known whether the policy would hold by the manifests; OK: it is known.
absl::Status WhyUndecided(const Requirement& requirement, const Selected& selected,
                          const Examination& examination) {
  if (!DependsOnChildren(selected) || !examination.children.has_value()) return absl::OkStatus();
  const bool lacks_itself = PlatformsOf(selected) == Platforms::kAllChildren &&
                            !HoldsByItself(requirement, selected, examination);
  if (lacks_itself) return absl::OkStatus();
  const Children& children = *examination.children;
  if (absl::IsInvalidArgument(children.unknown)) return absl::OkStatus();
  absl::Status why = children.unknown;
  for (const Child& child : children.looked_at) {
    if (HoldsOfChild(requirement, selected, child)) continue;
    if (child.undecided.ok()) return absl::OkStatus();  // it lacks it
    why.Update(child.undecided);
  }
  return why;
}

}  // namespace

Examination Examine(const Requirement& requirement, const Evidence& evidence, Prove prove) {
  const Items items = evidence.AllItems();
  return {.digest = evidence.digest,
          .items = items.size(),
          .verification =
              requirement.sources.empty()
                  ? VerifyItems(items, evidence.digest, requirement.asked, prove, requirement.now)
                  : VerifyInSources(requirement, evidence, prove),
          .transient = FirstTransient(items),
          .how = evidence.how};
}

bool Holds(const Requirement& requirement, const Demand& demand, const Examination& examination) {
  return Found(requirement, examination).Satisfies(demand);
}

bool Holds(const Requirement& requirement, const Examination& examination) {
  if (!requirement.NeedsEvidence()) return false;
  const Found found(requirement, examination);
  return absl::c_all_of(requirement.demands, [&found](const Demand& demand) {
    return !IsAsked(demand) || found.Satisfies(demand);
  });
}

bool Holds(const Requirement& requirement, const Clause& clause, const Examination& examination) {
  return Found(requirement, examination).Satisfies(clause);
}

bool IsEnoughByItself(const Requirement& requirement, const Examination& examination) {
  if (requirement.platforms == Platforms::kIndex) return Holds(requirement, examination);
  if (!requirement.NeedsEvidence()) return false;
  const Found found(requirement, examination);
  return OfEveryClause(requirement, [&found](const Clause& clause) {
    return found.Satisfies(clause) || absl::c_all_of(clause.any_of, [&found](const Selected& one) {
             return IsSatisfied(one, found.itself());
           });
  });
}

bool IsEnoughOfChild(const Requirement& requirement, const Examination& child) {
  const Proven proven = ProvenBy(requirement, child);
  return OfEveryClause(requirement,
                       [&proven](const Clause& clause) { return IsAllSatisfied(clause, proven); });
}

bool ChildrenMatter(const Requirement& requirement, const Examination& examination) {
  if (requirement.platforms == Platforms::kIndex || !requirement.NeedsEvidence()) return false;
  const Found found(requirement, examination);
  const Found at_best(requirement, examination, Rest::kAll);
  const bool is_denied = !OfEveryClause(requirement, [&at_best](const Clause& clause) {
    return clause.mode != Mode::kEnforce || at_best.Satisfies(clause);
  });
  return !is_denied && !OfEveryClause(requirement, [&](const Clause& clause) {
    return found.Satisfies(clause) == at_best.Satisfies(clause);
  });
}

void AddChild(const Requirement& requirement, std::string platform, const Examination& child,
              absl::Status undecided, Children& children) {
  Child added = {.digest = child.digest, .platform = std::move(platform), .items = child.items};
  for (const VerifiedItem& one : child.verification.verified) added.holds.push_back(one.signer);
  if (children.looked_at.empty()) added.verified = child.verification.verified;
  if (!IsEnoughOfChild(requirement, child)) {
    const auto told = absl::c_count_if(
        children.looked_at, [](const Child& other) { return !other.told_apart.empty(); });
    if (static_cast<size_t>(told) < kMaxChildrenTold) {
      added.told_apart = child.verification.told_apart;
    }
    added.undecided = std::move(undecided);
  }
  children.looked_at.push_back(std::move(added));
}

absl::Status WhyChildrenUndecided(const Requirement& requirement, const Clause& clause,
                                  const Examination& examination) {
  absl::Status why;
  for (const Selected& selected : clause.any_of) {
    why.Update(WhyUndecided(requirement, selected, examination));
  }
  return why;
}

bool HoldsByItself(const Requirement& requirement, const Selected& selected,
                   const Examination& examination) {
  return IsSatisfied(selected, ProvenBy(requirement, examination));
}

bool HoldsOfChild(const Requirement& requirement, const Selected& selected, const Child& child) {
  return IsSatisfied(selected, ProvenBy(requirement, child));
}

bool Passes(const Requirement& requirement, const Authority& authority,
            const Examination& examination) {
  return ProvenBy(requirement, examination).contains(&authority);
}

bool Passes(const Requirement& requirement, const Authority& authority, const Child& child) {
  return ProvenBy(requirement, child).contains(&authority);
}

std::vector<const Policy*> Satisfied(const Requirement& requirement,
                                     const Examination& examination) {
  const Found found(requirement, examination);
  std::vector<const Policy*> satisfied;
  for (const Demand& demand : requirement.demands) {
    for (const Clause& clause : demand.clauses) {
      for (const Selected& selected : clause.any_of) {
        if (found.Satisfies(selected)) satisfied.push_back(selected.policy);
      }
    }
  }
  return satisfied;
}

}  // namespace countersign::policy
