#include "policy/verdict.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "base/not_now.h"
#include "base/printable.h"
#include "cosign/verify.h"
#include "crypto/public_key.h"

namespace countersign::policy {
namespace {

constexpr size_t kMaxMessageBytes = 4096;
constexpr size_t kMaxImageBytes = 512;
// Of another's sentence inside one of ours.
constexpr size_t kMaxQuotedBytes = 1024;
constexpr size_t kMaxListed = 10;
// Of the policy's patterns, and of its keys, in a verdict that allows. A pattern is at most as long.
constexpr size_t kMaxNamedBytes = 4096;
constexpr size_t kMaxNamed = 100;

std::string NotSigned(std::string_view image_text) {
  return absl::StrCat("The image: ", base::Printable(image_text, kMaxImageBytes),
                      " is not signed.");
}

std::string CouldNotVerify(std::string_view image_text) {
  return absl::StrCat("Could not verify against any image policies for container image: ",
                      base::Printable(image_text, kMaxImageBytes), ".");
}

// Another's sentence, without the full stop that ours puts after it.
std::string Clause(std::string_view sentence) {
  return base::Printable(absl::StripSuffix(sentence, "."), kMaxQuotedBytes);
}

// "a; b; and 3 more", of printable phrases.
std::string Listed(absl::Span<const std::string> phrases, std::string_view separator) {
  const size_t shown = std::min(phrases.size(), kMaxListed);
  std::string list = absl::StrJoin(phrases.subspan(0, shown), separator);
  if (shown < phrases.size()) {
    absl::StrAppend(&list, separator, "and ", phrases.size() - shown, " more");
  }
  return list;
}

// `"a", "b", and 3 more`, of what `text_of` says of each.
template <typename T, typename TextOf>
std::string QuotedList(const std::vector<const T*>& things, const TextOf& text_of) {
  std::vector<std::string> quoted;
  quoted.reserve(things.size());
  for (const T* thing : things) quoted.push_back(base::Quoted(text_of(*thing)));
  return Listed(quoted, ", ");
}

// `the key "a"`, `one of the keys "a", "b"`.
std::string OneOfTheKeys(const Requirement& requirement) {
  return absl::StrCat(requirement.keys.size() == 1 ? "the key " : "one of the keys ",
                      QuotedList(requirement.keys, [](const PolicyKey& key) { return key.name; }));
}

std::string MatchedPatterns(const Requirement& requirement) {
  return absl::StrCat(
      requirement.rules.size() == 1 ? "pattern " : "patterns ",
      QuotedList(requirement.rules, [](const Rule& rule) { return rule.pattern.text(); }));
}

// What else may be wrong if the usable keys hold nothing.
std::string BrokenBesides(const Requirement& requirement) {
  const std::vector<std::string> broken = requirement.Broken();
  if (broken.empty()) return "";
  return absl::StrCat(
      " Some of what the policy names for this image cannot be used: ", Listed(broken, "; "), ".");
}

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

Verdict JudgeImpossible(const Requirement& requirement, std::string_view image_text) {
  const std::string broken = Listed(requirement.Broken(), "; ");
  if (requirement.rules.empty()) {
    return Deny(Reason::kPolicyBroken,
                absl::StrCat(CouldNotVerify(image_text),
                             " No pattern of the policy matches it, but some cannot be read, and "
                             "may have been meant for it: ",
                             broken, ". Correct the policy."));
  }
  return Deny(
      Reason::kPolicyBroken,
      absl::StrCat(NotSigned(image_text), " It is matched by the ", MatchedPatterns(requirement),
                   ", none of whose keys can be used: ", broken, ". Correct the policy."));
}

// What a person can do about evidence that could not be had.
std::string_view Advice(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return "The registry refused every credential that was tried: give the workload an "
             "imagePullSecret, or the pattern a secretRef, that may read this repository.";
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return "The registry could not be asked in time: try again, and if that does not help, see "
             "whether the verifier can reach the registry.";
    case absl::StatusCode::kResourceExhausted:
      return "The registry limits how often it is asked, or sent more than is read: try again "
             "later.";
    case absl::StatusCode::kAborted:
      return "Ask about fewer images at once, and remove signatures that are of no use.";
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kOutOfRange:
      return "What the registry answered cannot be trusted or understood: have it looked at before "
             "this image is used.";
    default:
      return "This is a fault of the verifier: its log has more.";
  }
}

Verdict JudgeWithoutEvidence(const absl::Status& why, std::string_view image_text) {
  if (absl::IsNotFound(why)) {
    return Deny(Reason::kNotFound,
                absl::StrCat(NotSigned(image_text), " The registry has no such image: ",
                             Clause(why.message()), ". Check its name, tag and digest."));
  }
  return Deny(Reason::kUndecided,
              absl::StrCat(NotSigned(image_text), " Its signatures could not be read: ",
                           Clause(why.message()), ". ", Advice(why.code())));
}

// The cause first, then what to do, then how it was looked for.
std::string WhyNotSigned(const Requirement& requirement, const Examination& evidence) {
  const size_t count = evidence.signatures;
  if (count > 0) {
    return absl::StrCat(" ", count, count == 1 ? " signature was found" : " signatures were found",
                        ", none that holds for it by ", OneOfTheKeys(requirement), ": ",
                        absl::StrJoin(evidence.verification.failures, "; "),
                        ". Sign the image with such a key, or correct the policy.");
  }
  std::string why = absl::StrCat(" No signature was found in its repository under the tag ",
                                 cosign::SignatureTag(evidence.digest), ". Sign it with ",
                                 OneOfTheKeys(requirement), ".");
  if (!evidence.how.empty()) {
    absl::StrAppend(&why, " It was looked for with: ", Clause(evidence.how), ".");
  }
  return why;
}

// The first signature that could not be read at this time, but may be the next; OK if there is
// none.
absl::Status FirstNotNow(const Evidence& evidence) {
  for (const absl::StatusOr<cosign::Signature>& signature : evidence.signatures) {
    if (base::IsNotNow(signature.status())) return signature.status();
  }
  return absl::OkStatus();
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

Verdict AllowVerified(const Requirement& requirement, const cosign::Verification& verification) {
  Verdict verdict = Allow(Reason::kVerified, "");
  NamedInVerdict keys(verdict.keys);
  NamedInVerdict patterns(verdict.patterns);
  absl::flat_hash_set<const PolicyKey*> holding;
  for (const cosign::VerifiedSignature& verified : verification.verified) {
    const PolicyKey* const key = requirement.keys[verified.key_index()];
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

// Nothing holds, but not everything was looked at.
Verdict JudgeUnfinished(const Requirement& requirement, std::string_view image_text,
                        const Examination& evidence) {
  return Deny(Reason::kUndecided,
              absl::StrCat(NotSigned(image_text), " Whether one of its ", evidence.signatures,
                           " signatures holds by ", OneOfTheKeys(requirement),
                           " was not found out: ", Clause(evidence.verification.stopped.message()),
                           ". Remove signatures that are of no use, or ask about fewer images at "
                           "once."));
}

Verdict JudgeExamined(const Requirement& requirement, std::string_view image_text,
                      const Examination& evidence) {
  Verdict verdict;
  if (!evidence.verification.verified.empty()) {
    verdict = AllowVerified(requirement, evidence.verification);
  } else if (!evidence.verification.stopped.ok()) {
    verdict = JudgeUnfinished(requirement, image_text, evidence);
  } else if (!evidence.not_now.ok()) {
    verdict = JudgeWithoutEvidence(evidence.not_now, image_text);
  } else {
    verdict = Deny(Reason::kNotSigned,
                   absl::StrCat(NotSigned(image_text), WhyNotSigned(requirement, evidence),
                                BrokenBesides(requirement)));
  }
  verdict.digest = evidence.digest.ToString();
  return verdict;
}

}  // namespace

Examination Examine(const Requirement& requirement, const Evidence& evidence,
                    const cosign::Spend& spend) {
  std::vector<crypto::PublicKey> keys;
  keys.reserve(requirement.keys.size());
  for (const PolicyKey* key : requirement.keys) keys.push_back(*key->key);
  return {.digest = evidence.digest,
          .signatures = evidence.signatures.size(),
          .verification = cosign::Verify(evidence.signatures, evidence.digest, keys, spend),
          .not_now = FirstNotNow(evidence),
          .how = evidence.how};
}

Verdict Judge(const Requirement& requirement, std::string_view image_text,
              const absl::StatusOr<Examination>& evidence) {
  switch (requirement.kind) {
    case Requirement::Kind::kNoPolicy:
      return AllowWithWarning(
          Reason::kNoPolicy,
          absl::StrCat("clusterimagepolicies.", kPolicyGroup, " \"", kPolicyName,
                       "\" not found. Image policy enforcement was not applied."));
    case Requirement::Kind::kExcludedNamespace:
      return Allow(Reason::kExcludedNamespace,
                   absl::StrCat(base::Printable(requirement.workload_namespace),
                                " is excluded. The ImagePolicy will not be applied."));
    case Requirement::Kind::kUnmatchedAllowed:
      return AllowWithWarning(Reason::kUnmatchedAllowed,
                              absl::StrCat(base::Printable(image_text, kMaxImageBytes),
                                           " did not match any image policies. Container will be "
                                           "created as AllowUnmatchedImages flag is true."));
    case Requirement::Kind::kUnmatched:
      return Deny(Reason::kUnmatched,
                  absl::StrCat(CouldNotVerify(image_text),
                               " No pattern of the policy matches it: correct its name, or add a "
                               "pattern for it to the policy."));
    case Requirement::Kind::kSignature:
      return evidence.ok() ? JudgeExamined(requirement, image_text, *evidence)
                           : JudgeWithoutEvidence(evidence.status(), image_text);
    case Requirement::Kind::kImpossible:
      break;
  }
  // Also where a kind comes in that this function does not know.
  return JudgeImpossible(requirement, image_text);
}

Verdict JudgeUnparsable(std::string_view image_text, const absl::Status& why) {
  return Deny(Reason::kInvalidReference,
              absl::StrCat(CouldNotVerify(image_text),
                           " It is not a valid image reference: ", Clause(why.message()), "."));
}

Verdict JudgeWithoutPolicyRead(std::string_view image_text, const absl::Status& why) {
  return Deny(Reason::kUndecided,
              absl::StrCat(CouldNotVerify(image_text),
                           " No policy could be read yet: ", Clause(why.message()),
                           ". Try again, and if that does not help, see the verifier's log."));
}

Verdict JudgeNotPinned(std::string_view image_text) {
  return Deny(Reason::kNotPinned,
              absl::StrCat(CouldNotVerify(image_text),
                           " It has no digest, although Countersign has put one into every image "
                           "that the policy asks about: another webhook set it after Countersign. "
                           "Order the two (webhook configurations are called by name, in "
                           "alphabetical order), or let the other one rewrite images with the "
                           "digest kept."));
}

Verdict JudgeShortName(std::string_view image_text) {
  return Deny(Reason::kShortName,
              absl::StrCat(CouldNotVerify(image_text),
                           " It names no registry, so that a node may look for it in another one "
                           "than Countersign (--deny-short-names): write the registry, such as "
                           "docker.io/library/nginx for nginx."));
}

}  // namespace countersign::policy
