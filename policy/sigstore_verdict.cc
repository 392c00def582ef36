#include "policy/sigstore_verdict.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/algorithm/container.h"
#include "policy/evidence.h"
#include "policy/policy.h"
#include "policy/registry_away.h"
#include "policy/sigstore_sentences.h"

namespace countersign::policy {
namespace {

bool IsStaticFailure(const AuthorityPtr& authority) {
  const auto* const answer = std::get_if<StaticAnswer>(&authority->asks);
  return answer != nullptr && !answer->passes;
}

// Why a clause that nothing can satisfy is as it is.
Reason WhyImpossible(const Clause& clause) {
  const bool is_denied = absl::c_any_of(clause.any_of, [](const Selected& selected) {
    return absl::c_any_of(selected.policy->authorities, IsStaticFailure);
  });
  return is_denied ? Reason::kDeniedByPolicy : Reason::kPolicyBroken;
}

// Why a clause does not hold that evidence decides about.
Reason WhyNotHeld(const Requirement& requirement, const Clause& clause,
                  const absl::StatusOr<Examination>& examination) {
  if (absl::IsNotFound(examination.status())) return Reason::kNotFound;
  absl::Status why_not = examination.status();
  if (examination.ok()) {
    why_not.Update(examination->verification.stopped);
    why_not.Update(examination->transient);
    why_not.Update(WhyChildrenUndecided(requirement, clause, *examination));
  }
  if (why_not.ok()) return Reason::kNotSigned;
  return IsRegistryAway(why_not) ? Reason::kRegistryAway : Reason::kUndecided;
}

// Looks at what is asked of one image, clause by clause.
class Judgement {
 public:
  Judgement(const Requirement& requirement, const Demand& demand, std::string_view image,
            const absl::StatusOr<Examination>& examination)
      : requirement_(requirement), demand_(demand), image_(image), examination_(examination) {}

  Verdict Make() {
    for (const Clause& clause : demand_.clauses) Look(clause);
    if (demand_.no_match.has_value() && *demand_.no_match != NoMatchRule::kAllow)
      ApplyNoMatchRule();
    if (is_unlooked_ && denial_ == Reason::kUnspecified) denial_ = Reason::kUndecided;
    Verdict verdict;
    verdict.decision = denial_ == Reason::kUnspecified ? Decision::kAllow : Decision::kDeny;
    verdict.reason = denial_ == Reason::kUnspecified ? WhyAllowed() : denial_;
    if (verdict.decision == Decision::kDeny && (!failing_.empty() || !failures_.empty())) {
      verdict.message = SaySigstoreDenied({requirement_, demand_, image_, examination_},
                                          verdict.reason, failing_);
    }
    verdict.warned_reason = warned_;
    verdict.policy_failures = std::move(failures_);
    if (examination_.ok() && demand_.applicability == Applicability::kAsked) {
      verdict.digest = examination_->digest.ToString();
    }
    return verdict;
  }

 private:
  void ApplyNoMatchRule() {
    const bool warns = *demand_.no_match == NoMatchRule::kWarn;
    if (demand_.AwaitsDigest()) {
      // Whether a policy covers the image is not known, as those that may have it said.
      if (!warns) is_unlooked_ = true;
      return;
    }
    failures_.push_back(SayNoMatchingPolicies(image_, warns));
    Note(Reason::kUnmatched, warns ? warned_ : denial_);
  }

  void Look(const Clause& clause) {
    const Standing standing = clause.Stands();
    if (standing == Standing::kSatisfied) return;
    if (standing == Standing::kImpossible) return Fail(clause, WhyImpossible(clause));
    // It is denied anyhow, here or by what another language asks, and so it is not looked at.
    if (demand_.applicability != Applicability::kAsked || !requirement_.NeedsEvidence()) {
      is_unlooked_ = is_unlooked_ || clause.mode == Mode::kEnforce;
      return;
    }
    if (examination_.ok() && Holds(requirement_, clause, *examination_)) {
      is_verified_ = true;
      return;
    }
    // What has no digest cannot be let in by a policy that only warns, either.
    Fail(clause, WhyNotHeld(requirement_, clause, examination_),
         IsUnresolved(examination_.status()));
  }

  void Fail(const Clause& clause, Reason reason, bool denies_in_any_mode = false) {
    const bool warns = clause.mode == Mode::kWarn && !denies_in_any_mode;
    for (const Selected& selected : clause.any_of) {
      failures_.push_back(
          SayFailedPolicy({requirement_, demand_, image_, examination_}, selected, warns));
    }
    Note(reason, warns ? warned_ : denial_);
    if (warns) return;
    for (const Selected& selected : clause.any_of) failing_.push_back(selected.policy);
  }

  // The first that is final, or else the first.
  static void Note(Reason reason, Reason& noted) {
    const bool is_more = IsUndecided(noted) && !IsUndecided(reason);
    if (noted == Reason::kUnspecified || is_more) noted = reason;
  }

  Reason WhyAllowed() const {
    switch (demand_.applicability) {
      case Applicability::kNoPolicy:
        return Reason::kNoPolicy;
      case Applicability::kExcludedNamespace:
        return Reason::kExcludedNamespace;
      case Applicability::kUnmatchedAllowed:
        return Reason::kUnmatchedAllowed;
      default:
        return is_verified_ ? Reason::kVerified : Reason::kAllowedByPolicy;
    }
  }

  const Requirement& requirement_;
  const Demand& demand_;
  const std::string_view image_;
  const absl::StatusOr<Examination>& examination_;
  std::vector<PolicyFailure> failures_;
  std::vector<const Policy*> failing_;  // that deny
  Reason denial_ = Reason::kUnspecified;
  Reason warned_ = Reason::kUnspecified;
  bool is_verified_ = false;
  bool is_unlooked_ = false;  // something that is enforced
};

}  // namespace

Verdict JudgeSigstore(const Requirement& requirement, const Demand& demand,
                      std::string_view image_text, const absl::StatusOr<Examination>& examination) {
  return Judgement(requirement, demand, image_text, examination).Make();
}

}  // namespace countersign::policy
