#include "policy/verdict.h"

#include <cstddef>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "policy/sign_sentences.h"
#include "policy/verification.h"

namespace countersign::policy {
namespace {

constexpr size_t kMaxMessageBytes = 4096;
// Of the policy's patterns, and of its keys, in a verdict that allows. A pattern is at most as long.
constexpr size_t kMaxNamedBytes = 4096;
constexpr size_t kMaxNamed = 100;

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
Verdict Deny(Reason reason, std::string message) {
  constexpr std::string_view kCut = "...";
  if (message.size() > kMaxMessageBytes) {
    message.resize(kMaxMessageBytes - kCut.size());
    message += kCut;
  }
  Verdict verdict;
  verdict.decision = Decision::kDeny;
  verdict.reason = reason;
  verdict.message = std::move(message);
  return verdict;
}

Verdict JudgeWithoutEvidence(const absl::Status& why, std::string_view image_text) {
  return absl::IsNotFound(why) ? Deny(Reason::kNotFound, SayNotFound(image_text, why))
                               : Deny(Reason::kUndecided, SayNotRead(image_text, why));
}

// A list of the policy's words in a verdict: the first of them, without duplicates, as far as there
// is room.
class NamedInVerdict {
 public:
  explicit NamedInVerdict(std::vector<std::string>& list) : list_(list) {}
  void Add(const std::string& name) {
    is_full_ = is_full_ || list_.size() == kMaxNamed || bytes_ + name.size() > kMaxNamedBytes;
    if (is_full_ || absl::c_linear_search(list_, name)) return;
    bytes_ += name.size();
    list_.push_back(name);
  }

 private:
  std::vector<std::string>& list_;
  size_t bytes_ = 0;
  bool is_full_ = false;
};

Verdict AllowVerified(const Requirement& requirement, const Verification& verification) {
  Verdict verdict = Allow(Reason::kVerified, "");
  NamedInVerdict keys(verdict.keys);
  NamedInVerdict patterns(verdict.patterns);
  absl::flat_hash_set<const PolicyKey*> holding;
  for (const VerifiedItem& verified : verification.verified) {
    const PolicyKey* const key = requirement.keys[verified.signer];
    holding.insert(key);
    keys.Add(key->name);
  }
  for (const Rule* rule : requirement.rules) {
    const bool is_satisfied = absl::c_any_of(
        rule->keys, [&](size_t key) { return holding.contains(&requirement.policy->keys()[key]); });
    if (is_satisfied) patterns.Add(rule->pattern.text());
  }
  return verdict;
}

Verdict JudgeExamined(const Requirement& requirement, std::string_view image_text,
                      const Examination& evidence) {
  Verdict verdict;
  if (!evidence.verification.verified.empty()) {
    verdict = AllowVerified(requirement, evidence.verification);
  } else if (!evidence.verification.stopped.ok()) {
    verdict = Deny(Reason::kUndecided, SayUnfinished(requirement, image_text, evidence));
  } else if (!evidence.not_now.ok()) {
    verdict = JudgeWithoutEvidence(evidence.not_now, image_text);
  } else {
    verdict = Deny(Reason::kNotSigned, SayNotSigned(requirement, image_text, evidence));
  }
  verdict.digest = evidence.digest.ToString();
  return verdict;
}

}  // namespace

Verdict Judge(const Requirement& requirement, std::string_view image_text,
              const absl::StatusOr<Examination>& evidence) {
  switch (requirement.kind) {
    case Requirement::Kind::kNoPolicy:
      return AllowWithWarning(Reason::kNoPolicy, SayNoPolicy());
    case Requirement::Kind::kExcludedNamespace:
      return Allow(Reason::kExcludedNamespace, SayExcluded(requirement.workload_namespace));
    case Requirement::Kind::kUnmatchedAllowed:
      return AllowWithWarning(Reason::kUnmatchedAllowed, SayUnmatchedAllowed(image_text));
    case Requirement::Kind::kUnmatched:
      return Deny(Reason::kUnmatched, SayUnmatched(image_text));
    case Requirement::Kind::kSignature:
      return evidence.ok() ? JudgeExamined(requirement, image_text, *evidence)
                           : JudgeWithoutEvidence(evidence.status(), image_text);
    case Requirement::Kind::kImpossible:
      break;
  }
  // Also where a kind comes in that this function does not know.
  return Deny(Reason::kPolicyBroken, SayImpossible(requirement, image_text));
}

Verdict JudgeUnparsable(std::string_view image_text, const absl::Status& why) {
  return Deny(Reason::kInvalidReference, SayUnparsable(image_text, why));
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
