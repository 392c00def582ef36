#include "policy/judge.h"

#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "policy/children.h"
#include "policy/demand.h"
#include "policy/difference.h"
#include "policy/held.h"
#include "policy/policy.h"
#include "policy/registry_away.h"
#include "policy/sign_sentences.h"
#include "policy/sigstore_sentences.h"
#include "policy/sigstore_verdict.h"
#include "policy/verification.h"

namespace countersign::policy {
namespace {

constexpr size_t kMaxMessageBytes = 4096;
// Of the policy's patterns, and of its keys, in a verdict that allows. A pattern is at most as long.
constexpr size_t kMaxNamedBytes = 4096;
constexpr size_t kMaxNamed = 100;
// Of what the evidence says of who signed and when.
constexpr size_t kMaxEvidenceBytes = 4096;

Verdict Allow(Reason reason, std::string message) {
  Verdict verdict;
  verdict.decision = Decision::kAllow;
  verdict.reason = reason;
  verdict.message = std::move(message);
  return verdict;
}

Verdict AllowWithWarning(Reason reason, std::string message) {
  Verdict verdict = Allow(reason, std::move(message));
  verdict.warning = verdict.message;
  return verdict;
}

// `message` is printable, so it may be cut anywhere.
std::string Cut(std::string message) {
  constexpr std::string_view kCut = "...";
  if (message.size() > kMaxMessageBytes) {
    message.resize(kMaxMessageBytes - kCut.size());
    message += kCut;
  }
  return message;
}

Verdict Deny(Reason reason, std::string message) {
  Verdict verdict;
  verdict.decision = Decision::kDeny;
  verdict.reason = reason;
  verdict.message = Cut(std::move(message));
  return verdict;
}

Verdict JudgeWithoutEvidence(const Demand& demand, std::string_view image_text,
                             const absl::Status& why) {
  if (absl::IsNotFound(why)) return Deny(Reason::kNotFound, SayNotFound(image_text, why));
  return Deny(IsRegistryAway(why) ? Reason::kRegistryAway : Reason::kUndecided,
              SayNotRead(demand, image_text, why));
}

// A list of the policy's words in a verdict: the first of them, without duplicates, as far as there
// is room. What is added must outlive it.
class NamedInVerdict {
 public:
  explicit NamedInVerdict(std::vector<std::string>& list) : list_(list) {}
  // Whether the name has been added.
  bool Add(const std::string& name) {
    is_full_ = is_full_ || list_.size() == kMaxNamed || bytes_ + name.size() > kMaxNamedBytes;
    if (!seen_.insert(name).second) return false;
    if (is_full_) {
      ++left_out_;
      return false;
    }
    bytes_ += name.size();
    list_.push_back(name);
    return true;
  }
  size_t left_out() const { return left_out_; }

 private:
  std::vector<std::string>& list_;
  absl::flat_hash_set<std::string_view> seen_;
  size_t left_out_ = 0;
  size_t bytes_ = 0;
  bool is_full_ = false;
};

// By what it is verified: what is of its digest, or where nothing is, what each manifest of its index has,
// as the first of them has it.
std::vector<VerifiedItem> WhatHolds(const Requirement& requirement,
                                    const Examination& examination) {
  const bool is_by_children = examination.verification.verified.empty() &&
                              examination.children.has_value() &&
                              !examination.children->looked_at.empty();
  if (!is_by_children) return examination.verification.verified;
  const std::vector<Child>& children = examination.children->looked_at;
  std::vector<VerifiedItem> of_all;
  for (const VerifiedItem& verified : children.front().verified) {
    const Authority& authority = *requirement.asked[verified.signer].authority;
    const bool is_of_all = absl::c_all_of(
        children, [&](const Child& child) { return Passes(requirement, authority, child); });
    if (is_of_all) of_all.push_back(verified);
  }
  return of_all;
}

Verdict AllowVerified(const Requirement& requirement, const Examination& examination) {
  Verdict verdict = Allow(Reason::kVerified, "");
  NamedInVerdict keys(verdict.keys);
  NamedInVerdict patterns(verdict.patterns);
  for (const VerifiedItem& verified : WhatHolds(requirement, examination)) {
    const Authority& authority = *requirement.asked[verified.signer].authority;
    if (keys.Add(authority.name)) verdict.evidence.push_back(HeldBy(authority, verified));
  }
  for (const Policy* policy : Satisfied(requirement, examination)) patterns.Add(policy->name);
  // With each key its evidence.
  verdict.left_out =
      KeepWithin(kMaxEvidenceBytes, verdict.evidence) + 2 * keys.left_out() + patterns.left_out();
  return verdict;
}

Verdict JudgeExamined(const Requirement& requirement, const Demand& demand,
                      std::string_view image_text, const Examination& examination) {
  Verdict verdict;
  if (Holds(requirement, demand, examination)) {
    verdict = AllowVerified(requirement, examination);
  } else if (!examination.verification.stopped.ok()) {
    verdict = Deny(Reason::kUndecided, SayUnfinished(demand, image_text, examination));
  } else if (!examination.transient.ok()) {
    verdict = JudgeWithoutEvidence(demand, image_text, examination.transient);
  } else {
    verdict = Deny(Reason::kNotSigned, SayNotSigned(requirement, demand, image_text, examination));
  }
  verdict.digest = examination.digest.ToString();
  return verdict;
}

// What becomes of what policies of policy.sigstore.dev ask, and of what holds of it.
Verdict JudgeSigstoreDemand(const Requirement& requirement, const Demand& demand,
                            std::string_view image_text,
                            const absl::StatusOr<Examination>& examination) {
  Verdict verdict = JudgeSigstore(requirement, demand, image_text, examination);
  verdict.message = Cut(std::move(verdict.message));
  verdict.policy_message = verdict.message;
  if (verdict.reason != Reason::kVerified) return verdict;
  Verdict verified = AllowVerified(requirement, *examination);
  verified.digest = std::move(verdict.digest);
  verified.policy_failures = std::move(verdict.policy_failures);
  verified.warned_reason = verdict.warned_reason;
  return verified;
}

// What becomes of what one language asks. Its sentences are the Sign policy's, where it is not another.
Verdict JudgeDemand(const Requirement& requirement, const Demand& demand,
                    std::string_view image_text, const absl::StatusOr<Examination>& examination) {
  if (demand.language == Language::kSigstore) {
    return JudgeSigstoreDemand(requirement, demand, image_text, examination);
  }
  switch (demand.applicability) {
    case Applicability::kNoPolicy:
      return AllowWithWarning(Reason::kNoPolicy, SayNoPolicy());
    case Applicability::kExcludedNamespace:
      return Allow(Reason::kExcludedNamespace, SayExcluded(requirement.workload_namespace));
    case Applicability::kUnmatchedAllowed:
      return AllowWithWarning(Reason::kUnmatchedAllowed, SayUnmatchedAllowed(image_text));
    case Applicability::kUnmatched:
      return Deny(Reason::kUnmatched, SayUnmatched(image_text));
    case Applicability::kAsked:
      // What another language asks denies the image anyhow, so nothing was looked at: there is nothing to say.
      if (!requirement.NeedsEvidence()) return Deny(Reason::kUndecided, "");
      return examination.ok() ? JudgeExamined(requirement, demand, image_text, *examination)
                              : JudgeWithoutEvidence(demand, image_text, examination.status());
    case Applicability::kSatisfied:
    case Applicability::kImpossible:
      break;
  }
  // Also where one comes in that this function does not know.
  return Deny(Reason::kPolicyBroken, SayImpossible(requirement, demand, image_text));
}

// Which of the verdicts about what each language asks is the one about the image: the first of the
// highest rank.
enum class Rank { kNothingAsked, kAllowed, kVerified, kUndecided, kDenied };

Rank RankOf(const Verdict& verdict) {
  if (verdict.decision == Decision::kAllow) {
    if (verdict.reason == Reason::kVerified) return Rank::kVerified;
    return verdict.reason == Reason::kAllowedByPolicy ? Rank::kAllowed : Rank::kNothingAsked;
  }
  // A denial is final, whatever would come of what is undecided.
  return IsUndecided(verdict.reason) ? Rank::kUndecided : Rank::kDenied;
}

// The one that is about the image (Sign's comes first); what policies found wanting, and what to say of it where both deny, is
// of both.
Verdict Together(Verdict first, Verdict second) {
  std::vector<PolicyFailure> failures = std::move(first.policy_failures);
  absl::c_move(second.policy_failures, std::back_inserter(failures));
  const Difference difference = DifferenceOf(first, second);
  const Reason warned_reason = second.warned_reason;
  const bool do_both_deny = first.decision == Decision::kDeny && second.decision == Decision::kDeny;
  if (do_both_deny) {
    // Sign's comes first, and there is room for it.
    const bool are_both_there = !first.message.empty() && !second.message.empty();
    first.message = absl::StrCat(first.message, are_both_there ? "\n" : "", second.message);
    first.policy_message = second.policy_message;
  }
  const bool is_second = RankOf(second) > RankOf(first);
  if (do_both_deny && is_second) second.message = first.message;
  Verdict verdict = is_second ? std::move(second) : std::move(first);
  verdict.policy_failures = std::move(failures);
  verdict.warned_reason = warned_reason;
  verdict.difference = difference;
  return verdict;
}

}  // namespace

Verdict Judge(const Requirement& requirement, std::string_view image_text,
              const absl::StatusOr<Examination>& examination) {
  std::optional<Verdict> overall;
  for (const Demand& demand : requirement.demands) {
    Verdict verdict = JudgeDemand(requirement, demand, image_text, examination);
    overall = overall.has_value() ? Together(*std::move(overall), std::move(verdict))
                                  : std::move(verdict);
  }
  if (overall.has_value()) {
    overall->pinning_required = requirement.requires_pinning;
    if (overall->reason == Reason::kVerified && examination.ok() && examination->age.has_value()) {
      overall->evidence_age = *examination->age;
      overall->warning = SayAged(image_text, *examination->age);
    }
    return *std::move(overall);
  }
  return Deny(Reason::kPolicyBroken, SayImpossible(requirement, Demand(), image_text));
}

Verdict Judge(const Requirement& requirement, std::string_view image_text,
              const absl::StatusOr<Evidence>& evidence, Prove prove) {
  if (!evidence.ok()) return Judge(requirement, image_text, evidence.status());
  if (!requirement.NeedsEvidence()) {
    return Judge(requirement, image_text, absl::InternalError("no evidence was asked for"));
  }
  return Judge(requirement, image_text, Examine(requirement, *evidence, prove));
}

Verdict JudgeUnparsable(const Policies& in_force, std::string_view image_text,
                        const absl::Status& why) {
  Verdict verdict = Deny(Reason::kInvalidReference, SayUnparsable(image_text, why));
  if (in_force.sigstore_rules().has_value()) {
    verdict.policy_failures.push_back(SayUnparsableReference(image_text));
  }
  return verdict;
}

Verdict JudgeWithoutPolicyRead(std::string_view image_text, const absl::Status& why) {
  return Deny(Reason::kUndecided, SayNoPolicyRead(image_text, why));
}

Verdict JudgeNotPinned(std::string_view image_text) {
  return Deny(Reason::kNotPinned, SayNotPinned(image_text));
}

Verdict JudgeShortName(std::string_view image_text) {
  return Deny(Reason::kShortName, SayShortName(image_text));
}

}  // namespace countersign::policy
