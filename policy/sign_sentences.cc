#include "policy/sign_sentences.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "base/printable.h"
#include "cosign/signature_layer.h"
#include "policy/asked.h"
#include "policy/evidence_advice.h"
#include "policy/policies.h"
#include "policy/policy.h"
#include "policy/policy_identity.h"

namespace countersign::policy {
namespace {

constexpr size_t kMaxImageBytes = 512;
// Of another's sentence inside one of ours.
constexpr size_t kMaxQuotedBytes = 1024;
constexpr size_t kMaxListed = 10;

std::string NotSigned(std::string_view image) {
  return absl::StrCat("The image: ", base::Printable(image, kMaxImageBytes), " is not signed.");
}

std::string CouldNotVerify(std::string_view image) {
  return absl::StrCat("Could not verify against any image policies for container image: ",
                      base::Printable(image, kMaxImageBytes), ".");
}

// Another's sentence, without the full stop that ours puts after it.
std::string WithoutStop(std::string_view sentence) {
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

// `"a", "b", and 3 more`, of the names of things.
template <typename T>
std::string QuotedNames(const std::vector<const T*>& things) {
  std::vector<std::string> quoted;
  quoted.reserve(things.size());
  for (const T* thing : things) quoted.push_back(base::Quoted(thing->name));
  return Listed(quoted, ", ");
}

AskedWords WordsOf(const Demand& demand) { return WordsFor(AskedBy(demand.UsableAuthorities())); }

// `the key "a"`, `one of the keys "a", "b"`.
std::string OneOfTheSigners(const Demand& demand) {
  const std::vector<const Authority*> signers = demand.UsableAuthorities();
  const AskedWords words = WordsOf(demand);
  return signers.size() == 1
             ? absl::StrCat("the ", words.signer, " ", QuotedNames(signers))
             : absl::StrCat("one of the ", words.signers, " ", QuotedNames(signers));
}

bool AsksForSignaturesOnly(const Demand& demand) {
  return absl::c_none_of(demand.UsableAuthorities(), AsksForAttestation);
}

// Whether all keep it beside the image, without a prefix.
bool AsksBesideTheImage(const Demand& demand) {
  return absl::c_none_of(demand.UsableAuthorities(),
                         [](const Authority* authority) { return authority->source != nullptr; });
}

std::string MatchedPatterns(const Demand& demand) {
  const std::vector<const Policy*> matching = demand.Matching();
  return absl::StrCat(matching.size() == 1 ? "pattern " : "patterns ", QuotedNames(matching));
}

// What of the policy cannot be used.
std::vector<std::string> BrokenOf(const Policy& policy) {
  if (policy.authorities.empty()) {
    return {absl::StrCat("pattern ", base::Quoted(policy.name), ": it names no key")};
  }
  std::vector<std::string> broken;
  for (const AuthorityPtr& key : policy.authorities) {
    if (const auto* const why = std::get_if<Broken>(&key->asks)) {
      broken.push_back(absl::StrCat("key ", base::Quoted(key->name), ": ", why->why));
    }
  }
  return broken;
}

// What else may be wrong if the usable keys hold nothing.
std::string BrokenBesides(const Requirement& requirement, const Demand& demand) {
  const std::vector<std::string> broken = NameBroken(requirement, demand);
  if (broken.empty()) return "";
  return absl::StrCat(
      " Some of what the policy names for this image cannot be used: ", Listed(broken, "; "), ".");
}

// How many of the items may be what is asked for, as far as is known.
size_t CountAsked(const Examination& examination) {
  return examination.items - examination.verification.others;
}

// " 2 signatures were found, none that holds for it by the key \"a\""; of such as are none: " 1 piece
// of evidence was found, but no such signature by the key \"a\"", or " At least 1000 pieces of …".
std::string WhatWasFound(const Demand& demand, const Examination& examination) {
  const AskedWords words = WordsOf(demand);
  if (const size_t count = CountAsked(examination); count > 0) {
    return absl::StrCat(" ", count, " ", words.item, count == 1 ? " was found" : "s were found",
                        ", none that holds for it by ", OneOfTheSigners(demand));
  }
  return absl::StrCat(
      examination.verification.may_be_more_others ? " At least " : " ", examination.items,
      examination.items == 1 ? " piece of evidence was found" : " pieces of evidence were found",
      ", but no such ", words.item, " by ", OneOfTheSigners(demand));
}

// The cause first, then what to do, then how it was looked for.
std::string WhyNoneHolds(const Demand& demand, const Examination& examination) {
  const AskedWords words = WordsOf(demand);
  return absl::StrCat(WhatWasFound(demand, examination), ": ",
                      absl::StrJoin(examination.verification.failures, "; "), ". ", words.make,
                      " the image ", words.with, " ", words.such, ", or correct the policy.");
}

std::string WhyThereIsNone(const Demand& demand, const Examination& examination) {
  const AskedWords words = WordsOf(demand);
  const bool is_beside = AsksBesideTheImage(demand);
  std::string why = absl::StrCat(" No ", words.item, " was found ",
                                 is_beside ? "in its repository" : "where it was to be looked for");
  if (is_beside && AsksForSignaturesOnly(demand)) {
    absl::StrAppend(&why, " under the tag ", cosign::SignatureTag(examination.digest));
  }
  absl::StrAppend(&why, ". ", words.make, " it ", words.with, " ", OneOfTheSigners(demand), ".");
  if (!examination.how.empty()) {
    absl::StrAppend(&why, " It was looked for with: ", WithoutStop(examination.how), ".");
  }
  return why;
}

}  // namespace

std::string SayNoPolicy() {
  return absl::StrCat(kPolicyPlural, ".", kPolicyGroup, " \"", kPolicyName,
                      "\" not found. Image policy enforcement was not applied.");
}

std::string SayExcluded(std::string_view workload_namespace) {
  return absl::StrCat(base::Printable(workload_namespace),
                      " is excluded. The ImagePolicy will not be applied.");
}

std::string SayUnmatchedAllowed(std::string_view image) {
  return absl::StrCat(base::Printable(image, kMaxImageBytes),
                      " did not match any image policies. Container will be created as "
                      "AllowUnmatchedImages flag is true.");
}

std::string SayUnmatched(std::string_view image) {
  return absl::StrCat(CouldNotVerify(image),
                      " No pattern of the policy matches it: correct its name, or add a pattern "
                      "for it to the policy.");
}

std::string SayImpossible(const Requirement& requirement, const Demand& demand,
                          std::string_view image) {
  const std::string broken = Listed(NameBroken(requirement, demand), "; ");
  if (demand.clauses.empty()) {
    return absl::StrCat(CouldNotVerify(image),
                        " No pattern of the policy matches it, but some cannot be read, and may "
                        "have been meant for it: ",
                        broken, ". Correct the policy.");
  }
  return absl::StrCat(NotSigned(image), " It is matched by the ", MatchedPatterns(demand),
                      ", none of whose keys can be used: ", broken, ". Correct the policy.");
}

std::string SayNotFound(std::string_view image, const absl::Status& why) {
  return absl::StrCat(NotSigned(image),
                      " The registry has no such image: ", WithoutStop(why.message()),
                      ". Check its name, tag and digest.");
}

std::string SayNotRead(const Demand& demand, std::string_view image, const absl::Status& why) {
  return absl::StrCat(NotSigned(image), " Its ", WordsOf(demand).item,
                      "s could not be read: ", WithoutStop(why.message()), ". ",
                      AdviceAbout(why.code()));
}

std::string SayNotSigned(const Requirement& requirement, const Demand& demand,
                         std::string_view image, const Examination& examination) {
  return absl::StrCat(NotSigned(image),
                      examination.items > 0 ? WhyNoneHolds(demand, examination)
                                            : WhyThereIsNone(demand, examination),
                      BrokenBesides(requirement, demand));
}

std::string SayUnfinished(const Demand& demand, std::string_view image,
                          const Examination& examination) {
  const AskedWords words = WordsOf(demand);
  return absl::StrCat(NotSigned(image), " Whether one of its ", CountAsked(examination), " ",
                      words.item, "s holds by ", OneOfTheSigners(demand), " was not found out: ",
                      WithoutStop(examination.verification.stopped.message()), ". Remove ",
                      words.item, "s that are of no use, or ask about fewer images at once.");
}

std::string SayUnparsable(std::string_view image, const absl::Status& why) {
  return absl::StrCat(CouldNotVerify(image),
                      " It is not a valid image reference: ", WithoutStop(why.message()), ".");
}

std::string SayNoPolicyRead(std::string_view image, const absl::Status& why) {
  return absl::StrCat(CouldNotVerify(image),
                      " No policy could be read yet: ", WithoutStop(why.message()),
                      ". Try again, and if that does not help, see the verifier's log.");
}

std::string SayNotPinned(std::string_view image) {
  return absl::StrCat(CouldNotVerify(image),
                      " It has no digest, although Countersign has put one into every image that "
                      "the policy asks about: another webhook set it after Countersign. Order the "
                      "two (webhook configurations are called by name, in alphabetical order), or "
                      "let the other one rewrite images with the digest kept.");
}

std::string SayShortName(std::string_view image) {
  return absl::StrCat(CouldNotVerify(image),
                      " It names no registry, so that a node may look for it in another one than "
                      "Countersign (--deny-short-names): write the registry, such as "
                      "docker.io/library/nginx for nginx.");
}

std::vector<std::string> NameBroken(const Requirement& requirement, const Demand& demand) {
  std::vector<std::string> broken;
  absl::flat_hash_set<std::string> seen;
  const auto add = [&](std::string phrase) {
    if (seen.insert(phrase).second) broken.push_back(std::move(phrase));
  };
  for (const Policy* policy : demand.Matching()) {
    for (std::string& phrase : BrokenOf(*policy)) add(std::move(phrase));
  }
  if (!demand.clauses.empty() || requirement.in_force == nullptr) return broken;
  for (const Group& group : requirement.in_force->groups()) {
    if (group.language != demand.language) continue;
    for (const std::string& pattern : group.broken_patterns) add(absl::StrCat("pattern ", pattern));
  }
  return broken;
}

}  // namespace countersign::policy
