#include "policy/sigstore_sentences.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/printable.h"
#include "oci/image_reference.h"
#include "policy/evidence.h"
#include "policy/evidence_advice.h"
#include "policy/policy.h"
#include "policy/sigstore_children.h"
#include "policy/sigstore_phrases.h"

namespace countersign::policy {
namespace {

constexpr size_t kMaxImageBytes = 512;
// Of all reasons of one policy.
constexpr size_t kMaxReasonsBytes = 3000;
// Policies that are named in our words.
constexpr size_t kMaxNamed = 3;
constexpr size_t kMaxAuthorities = 10;

std::string Image(std::string_view image) { return base::Printable(image, kMaxImageBytes); }

std::string Name(std::string_view name) { return NamePhrase(name); }

std::string Said(std::string_view sentence) { return SaidPhrase(sentence); }

// The full name of what is judged, with its digest as far as that is known.
std::string CanonicalName(const Judged& judged) {
  const absl::StatusOr<oci::ImageReference> reference = oci::ImageReference::Parse(judged.image);
  if (!reference.ok()) return Image(judged.image);
  const std::string repository = reference->repository().ToString();
  if (judged.examination.ok()) {
    return absl::StrCat(repository, "@", judged.examination->digest.ToString());
  }
  if (reference->digest().has_value()) {
    return absl::StrCat(repository, "@", reference->digest()->ToString());
  }
  return reference->FullName();
}

// Why an authority does not pass; nullopt: it does.
std::optional<std::string> WhyNot(const Judged& judged, const Selected& selected,
                                  const Authority& authority) {
  if (const auto* const answer = std::get_if<StaticAnswer>(&authority.asks)) {
    if (answer->passes && !selected.only_by_claimed_tag) return std::nullopt;
    if (answer->passes) {
      return absl::StrCat("authority ", Name(authority.name),
                          " is static, and does not hold for an image that is selected only by a "
                          "tag beside its digest");
    }
    return absl::StrCat("disallowed by static policy: ", Said(answer->message));
  }
  const std::string name = CanonicalName(judged);
  const std::string failed = FailedPhrase(authority, name);
  if (const auto* const broken = std::get_if<Broken>(&authority.asks)) {
    return absl::StrCat(failed, Said(broken->why));
  }
  if (!judged.examination.ok()) {
    return absl::StrCat(failed, Said(judged.examination.status().message()));
  }
  const Examination& examination = *judged.examination;
  if (Passes(judged.requirement, authority, examination)) return std::nullopt;
  const Verification& verification = examination.verification;
  if (!verification.stopped.ok()) {
    return absl::StrCat(failed, Said(verification.stopped.message()));
  }
  return NothingHoldsPhrase(judged.requirement, authority, name,
                            {.items = examination.items,
                             .told_apart = verification.told_apart,
                             .transient = examination.transient});
}

// What it lacks of the manifests that the image's index lists.
void AddChildrenReasons(const Judged& judged, const Selected& selected, std::string& reasons) {
  if (!judged.examination.ok()) return;
  const absl::StatusOr<oci::ImageReference> reference = oci::ImageReference::Parse(judged.image);
  const std::string why =
      WhyNotByChildren(judged.requirement, selected, *judged.examination,
                       reference.ok() ? reference->repository().ToString() : Image(judged.image));
  if (!why.empty()) absl::StrAppend(&reasons, reasons.empty() ? "" : " ", why);
}

// Of a policy of which it is not known whether it is for the image.
std::string_view WhyUnsure(const Policy& policy) {
  const auto* const images = std::get_if<GlobImages>(&policy.images);
  if (images != nullptr && !images->broken.empty()) {
    return " (whether the policy is for the image is not known, as a glob of it cannot be read: "
           "correct that, its status says which)";
  }
  return " (whether the policy is for the image is not known, as it goes by labels of the "
         "namespace, and those are not known: the verifier's log says why)";
}

std::string ReasonsOf(const Judged& judged, const Selected& selected) {
  const Policy& policy = *selected.policy;
  if (selected.awaits_digest) {
    return absl::StrCat(
        "whether the policy is for the image depends on the digest that its tag means",
        judged.examination.ok()
            ? std::string()
            : absl::StrCat(", which is not known: ", Said(judged.examination.status().message())));
  }
  const std::string_view unsure = selected.is_unsure ? WhyUnsure(policy) : "";
  if (policy.terms->broken.has_value()) {
    return absl::StrCat(Said(policy.terms->broken->why), unsure);
  }
  std::string reasons;
  size_t passing = 0;
  for (const AuthorityPtr& authority : policy.authorities) {
    const std::optional<std::string> why = WhyNot(judged, selected, *authority);
    if (!why.has_value()) {
      ++passing;
    } else if (reasons.size() < kMaxReasonsBytes) {
      absl::StrAppend(&reasons, reasons.empty() ? "" : " ", *why);
    }
  }
  if (policy.authorities.empty()) return "no authorities";
  AddChildrenReasons(judged, selected, reasons);
  if (policy.Threshold() > 1) {
    absl::StrAppend(&reasons, " ", passing, " of the ", policy.Threshold(),
                    " authorities pass that the policy wants");
  }
  if (reasons.size() > kMaxReasonsBytes) {
    reasons.resize(kMaxReasonsBytes);
    reasons += "...";
  }
  return absl::StrCat(reasons, unsure);
}

// `"a" (a signature with its key)`.
std::string Wanted(const Authority& authority) {
  if (std::holds_alternative<StaticAnswer>(authority.asks)) {
    return absl::StrCat(base::Quoted(Name(authority.name)), " (static)");
  }
  if (std::holds_alternative<Broken>(authority.asks)) {
    return absl::StrCat(base::Quoted(Name(authority.name)), " (which cannot be used)");
  }
  const std::string_view with =
      IsKeyless(authority) ? " by one of its identities" : " with its key";
  if (!AsksForAttestation(&authority)) {
    return absl::StrCat(base::Quoted(Name(authority.name)), " (a signature", with, ")");
  }
  std::vector<std::string> types;
  for (const WantedAttestation& wanted : authority.attestations) {
    types.push_back(Name(wanted.predicate_type));
  }
  return absl::StrCat(base::Quoted(Name(authority.name)), " (attestations of the type ",
                      absl::StrJoin(types, " and "), with, ")");
}

// Of which manifests, where that is not the image's own.
std::string_view OfWhich(Platforms platforms) {
  switch (platforms) {
    case Platforms::kIndex:
      return "";
    case Platforms::kAnyLevel:
      return ", of the image or else of each manifest that its index lists";
    case Platforms::kAllChildren:
      return ", of the image and of each manifest that its index lists";
  }
  return "";
}

// `policy "release" wants one of the authorities "a" (…), "b" (…)`.
std::string WhatIsWanted(const Policy& policy) {
  const std::string name = absl::StrCat("policy ", base::Quoted(Name(policy.name)));
  if (policy.terms->broken.has_value()) return absl::StrCat(name, " cannot be satisfied");
  if (policy.authorities.empty()) return absl::StrCat(name, " has no authorities");
  std::vector<std::string> wanted;
  for (const AuthorityPtr& authority : policy.authorities) {
    if (wanted.size() == kMaxAuthorities) {
      wanted.push_back(absl::StrCat("and ", policy.authorities.size() - kMaxAuthorities, " more"));
      break;
    }
    wanted.push_back(Wanted(*authority));
  }
  const std::string how_many = policy.authorities.size() == 1
                                   ? "the authority"
                                   : absl::StrCat(policy.Threshold(), " of the authorities");
  return absl::StrCat(name, " wants ", how_many, " ", absl::StrJoin(wanted, ", "),
                      OfWhich(policy.terms->platforms));
}

std::string WhatToDo(const Judged& judged, Reason reason) {
  switch (reason) {
    case Reason::kUnmatched:
      return "Correct the image's name, or add a policy with a glob for it.";
    case Reason::kDeniedByPolicy:
      return "The policy denies whatever it selects: use another image, or have the policy "
             "changed.";
    case Reason::kPolicyBroken:
      return "Correct the policy: its status says what cannot be used.";
    case Reason::kNotFound:
      return "Check the image's name, tag and digest.";
    case Reason::kUndecided:
      return std::string(judged.examination.ok()
                             ? "Remove signatures that are of no use, or ask about fewer images at "
                               "once."
                             : AdviceAbout(judged.examination.status().code()));
    case Reason::kRegistryAway:
      return std::string(AdviceAbout(absl::StatusCode::kUnavailable));
    default:
      break;
  }
  return "Sign or attest the image so, or correct the policy.";
}

std::string_view WordFor(Reason reason) {
  switch (reason) {
    case Reason::kUnmatched:
      return "UNMATCHED";
    case Reason::kDeniedByPolicy:
      return "DENIED_BY_POLICY";
    case Reason::kPolicyBroken:
      return "POLICY_BROKEN";
    case Reason::kNotFound:
      return "NOT_FOUND";
    case Reason::kUndecided:
      return "UNDECIDED";
    case Reason::kRegistryAway:
      return "REGISTRY_AWAY";
    default:
      break;
  }
  return "NOT_SIGNED";
}

std::string WhatWasFound(const Judged& judged, const std::vector<const Policy*>& failing) {
  if (judged.demand.applicability != Applicability::kAsked) return "";
  if (!judged.examination.ok()) {
    return absl::StrCat(" It was not found out: ", Said(judged.examination.status().message()),
                        ".");
  }
  const size_t items = judged.examination->items;
  const std::string how =
      judged.examination->how.empty()
          ? ""
          : absl::StrCat(" (looked for with: ", Said(judged.examination->how), ")");
  return absl::StrCat(" ", items == 0 ? "No" : absl::StrCat(items),
                      items == 1 ? " piece of evidence was" : " pieces of evidence were", " found",
                      how, ".",
                      WhatWasFoundOfChildren(judged.requirement, *judged.examination, failing));
}

}  // namespace

PolicyFailure SayFailedPolicy(const Judged& judged, const Selected& selected, bool is_warning) {
  if (IsUnresolved(judged.examination.status())) {
    return {
        .summary = absl::StrCat("invalid value: ", Image(judged.image), " must be an image digest"),
        .details = selected.awaits_digest ? ReasonsOf(judged, selected)
                                          : Said(judged.examination.status().message()),
        .is_warning = is_warning};
  }
  return {.summary = absl::StrCat("failed policy: ", Name(selected.policy->name)),
          .details = absl::StrCat(Image(judged.image), " ", ReasonsOf(judged, selected)),
          .is_warning = is_warning};
}

PolicyFailure SayNoMatchingPolicies(std::string_view image, bool is_warning) {
  return {.summary = "no matching policies", .details = Image(image), .is_warning = is_warning};
}

PolicyFailure SayUnparsableReference(std::string_view image) {
  return {.summary = absl::StrCat("could not parse reference: ", Image(image))};
}

std::string SaySigstoreDenied(const Judged& judged, Reason reason,
                              const std::vector<const Policy*>& failing) {
  std::vector<std::string> wanted;
  for (const Policy* policy : failing) {
    if (wanted.size() == kMaxNamed) {
      wanted.push_back(absl::StrCat("and ", failing.size() - kMaxNamed, " policies more fail"));
      break;
    }
    wanted.push_back(WhatIsWanted(*policy));
  }
  if (failing.empty()) {
    wanted.push_back(judged.demand.AwaitsDigest()
                         ? "whether a policy covers it depends on the digest that its tag means"
                         : "no policy covers it, and the no-match-policy is deny");
  }
  return absl::StrCat(Image(judged.image), ": ", WordFor(reason), ": ", absl::StrJoin(wanted, "; "),
                      ".", WhatWasFound(judged, failing), " ", WhatToDo(judged, reason));
}

}  // namespace countersign::policy
