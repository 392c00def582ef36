#include "cli/explained_parts.h"

#include <algorithm>
#include <cstddef>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/printable.h"
#include "cosign/identity.h"
#include "cosign/signature_layer.h"
#include "cosign/signer.h"
#include "crypto/public_key.h"
#include "policy/stipulations.h"

namespace countersign::cli {
namespace {

using ::countersign::base::Printable;
using ::countersign::base::Quoted;
using policy::Applicability;

// Of each only so many are named.
constexpr size_t kMaxNamed = 5;

std::string TextOr(std::string_view text, std::string_view regexp) {
  return text.empty() ? absl::StrCat("that matches ", Quoted(regexp)) : Quoted(text);
}

std::string IdentityOf(const cosign::IdentityRule& rule) {
  std::string text = absl::StrCat(TextOr(rule.subject, rule.subject_regexp), " of the issuer ",
                                  TextOr(rule.issuer, rule.issuer_regexp));
  for (const auto& [name, value] : rule.extensions) {
    absl::StrAppend(&text, ", with ", Printable(name), " ", Quoted(value));
  }
  return text;
}

std::string AndMore(size_t count) {
  return count <= kMaxNamed ? "" : absl::StrCat(", and ", count - kMaxNamed, " more");
}

std::string WhoOf(const cosign::Signer& signer) {
  if (const crypto::PublicKey* const key = signer.key()) {
    return absl::StrCat("the key ", key->Description(), " ", key->Fingerprint());
  }
  const std::vector<cosign::IdentityRule>& rules = std::get<cosign::Identities>(signer.who).rules();
  std::vector<std::string> named;
  for (const cosign::IdentityRule& rule : rules) {
    if (named.size() < kMaxNamed) named.push_back(IdentityOf(rule));
  }
  return absl::StrCat(rules.size() > 1 ? "one of the identities " : "the identity ",
                      absl::StrJoin(named, "; or "), AndMore(rules.size()));
}

std::string WitnessesOf(const cosign::Signer& signer) {
  const cosign::Witnesses& wanted = signer.witnesses;
  std::string text;
  const auto add = [&text](size_t count, std::string_view one) {
    if (count == 0) return;
    absl::StrAppend(&text, ", with ", one, count > 1 ? absl::StrCat(" (", count, ")") : "");
  };
  add(wanted.log_entries, "an entry in a transparency log");
  add(wanted.timestamps, "a signed timestamp");
  add(wanted.certificate_timestamps, "the certificate seen by a log of certificates");
  if (signer.key() == nullptr && wanted.log_entries == 0 && wanted.timestamps == 0) {
    text += ", with something that says when it was signed";
  }
  return text;
}

std::string StipulationsOf(const policy::Stipulations* stipulations) {
  if (stipulations == nullptr || stipulations->IsEmpty()) return "";
  std::vector<std::string> parts;
  for (const auto& [name, value] : stipulations->annotations) {
    parts.push_back(absl::StrCat("annotation ", Quoted(name), " is ", Quoted(value)));
  }
  for (const policy::Condition& condition : stipulations->conditions) {
    parts.push_back(Printable(condition.text, 200));
  }
  const size_t count = parts.size();
  if (count > kMaxNamed) parts.resize(kMaxNamed);
  return absl::StrCat(", where ", absl::StrJoin(parts, " and "), AndMore(count));
}

std::string SourceOf(const policy::Authority& authority) {
  if (authority.source == nullptr || !authority.source->repository.has_value()) return "";
  return absl::StrCat(", kept in ", Printable(authority.source->repository->ToString()));
}

std::string WhatOf(const policy::Authority& authority) {
  if (authority.attestations.empty()) {
    return absl::StrCat("a signature", StipulationsOf(authority.accepts.get()));
  }
  std::vector<std::string> types;
  for (const policy::WantedAttestation& wanted : authority.attestations) {
    types.push_back(absl::StrCat("an attestation of the type ", Printable(wanted.predicate_type),
                                 StipulationsOf(wanted.accepts.get())));
  }
  return absl::StrJoin(types, " and ");
}

// Why nothing satisfies the clause.
std::string WhyImpossible(const policy::Clause& clause) {
  std::vector<std::string> whys;
  for (const policy::Selected& selected : clause.any_of) {
    const policy::Policy& policy = *selected.policy;
    std::string why = "too few of its authorities can pass";
    if (policy.terms != nullptr && policy.terms->broken.has_value()) {
      why = Printable(policy.terms->broken->why);
    } else if (policy.authorities.empty()) {
      why = "it has no authority";
    }
    whys.push_back(absl::StrCat("nothing satisfies the policy ", Quoted(policy.name), ": ", why));
  }
  return absl::StrJoin(whys, "; ");
}

std::vector<std::string> WhyImpossible(const policy::Demand& demand) {
  std::vector<std::string> reasons;
  for (const policy::Clause& clause : demand.clauses) {
    if (clause.mode == policy::Mode::kEnforce && clause.Stands() == policy::Standing::kImpossible) {
      reasons.push_back(WhyImpossible(clause));
    }
  }
  if (reasons.empty()) {
    reasons.push_back(
        "no pattern matches it, and there are patterns that cannot be read, which may have been "
        "meant");
  }
  return reasons;
}

std::string NoMatchReason(const policy::Demand& demand) {
  if (demand.language == policy::Language::kSign) {
    return demand.applicability == Applicability::kUnmatched
               ? "no pattern matches it, and images that no pattern matches are denied"
               : "no pattern matches it, which is allowed (--allow-unmatched-images)";
  }
  const bool are_some = !demand.clauses.empty();
  return absl::StrCat(are_some ? "no policy covers it for certain" : "no policy is for it",
                      ", and the no-match rule is ",
                      WordOf(demand.no_match.value_or(policy::NoMatchRule::kDeny)));
}

std::vector<std::string> ReasonsOf(const policy::Demand& demand, const policy::Workload& workload) {
  switch (demand.applicability) {
    case Applicability::kImpossible:
      return WhyImpossible(demand);
    case Applicability::kNoPolicy:
      return {"there is no policy"};
    case Applicability::kExcludedNamespace:
      return {absl::StrCat("the namespace ", Quoted(workload.workload_namespace),
                           " is not one whose images are asked about")};
    case Applicability::kUnmatched:
    case Applicability::kUnmatchedAllowed:
      return {NoMatchReason(demand)};
    case Applicability::kAsked:
      return {demand.clauses.size() > 1
                  ? absl::StrCat("each of ", demand.clauses.size(), " clauses must hold")
                  : "one clause must hold"};
    case Applicability::kSatisfied:
      return {"its policies let every image pass"};
  }
  return {};
}

}  // namespace

std::string_view WordOf(policy::NoMatchRule rule) {
  switch (rule) {
    case policy::NoMatchRule::kDeny:
      return "deny";
    case policy::NoMatchRule::kWarn:
      return "warn";
    case policy::NoMatchRule::kAllow:
      return "allow";
  }
  return "";
}

const policy::Selector* FindSelector(const policy::Explanation& explanation,
                                     const policy::Policy* policy) {
  const auto found = std::find_if(
      explanation.selectors.begin(), explanation.selectors.end(),
      [policy](const policy::Selector& selector) { return selector.policy == policy; });
  return found == explanation.selectors.end() ? nullptr : &*found;
}

std::string WantsOf(const policy::Authority& authority) {
  if (const auto* const broken = std::get_if<policy::Broken>(&authority.asks)) {
    return absl::StrCat("nothing can satisfy it: ", Printable(broken->why));
  }
  if (const auto* const answer = std::get_if<policy::StaticAnswer>(&authority.asks)) {
    return absl::StrCat("static: every image ", answer->passes ? "passes" : "fails",
                        answer->message.empty() ? "" : ": ", Printable(answer->message));
  }
  const cosign::Signer& signer = *std::get<cosign::SignerPtr>(authority.asks);
  return absl::StrCat(WhatOf(authority), " by ", WhoOf(signer), WitnessesOf(signer),
                      SourceOf(authority));
}

std::vector<std::string> ReasonsOf(const policy::Explanation& explanation,
                                   const policy::Workload& workload) {
  std::vector<std::string> reasons;
  for (const policy::Demand& demand : explanation.requirement.demands) {
    const bool is_denied = demand.applicability == Applicability::kImpossible ||
                           demand.applicability == Applicability::kUnmatched;
    // Beside what denies it, nothing matters.
    if (explanation.prospect == policy::Prospect::kDenied && !is_denied) continue;
    // Nor does a language without policies beside one that has some.
    const bool is_idle = demand.applicability == Applicability::kNoPolicy;
    if (is_idle && explanation.prospect != policy::Prospect::kUnasked) continue;
    for (const std::string& reason : ReasonsOf(demand, workload)) {
      reasons.push_back(absl::StrCat(policy::ApiGroupOf(demand.language), ": ", reason));
    }
  }
  return reasons;
}

std::vector<std::string> NotesOf(const policy::Explanation& explanation,
                                 const policy::Workload& workload) {
  std::vector<std::string> notes;
  if (explanation.in_force->sigstore_rules().has_value() && workload.namespace_labels == nullptr) {
    notes.push_back(absl::StrCat("The labels of the namespace ",
                                 Quoted(workload.workload_namespace),
                                 " are not known here: policies are taken to ask there."));
  }
  const bool are_for_kinds = std::any_of(explanation.selectors.begin(), explanation.selectors.end(),
                                         [](const policy::Selector& selector) {
                                           return selector.policy->terms != nullptr &&
                                                  !selector.policy->terms->objects.empty();
                                         });
  if (are_for_kinds && !workload.object.has_value()) {
    notes.push_back(
        "Some policies are for objects of some kinds alone (spec.match): they are taken to ask; "
        "say "
        "--kind.");
  }
  if (explanation.requirement.awaits_digest) {
    notes.push_back(
        "Policies are for one digest of the image, and no registry is asked here which its tag "
        "means: ask about the image by its digest for what would be asked of that.");
  }
  return notes;
}

ShownPlace ShowPlace(const policy::Place& place, const oci::ImageReference& image) {
  ShownPlace shown = {.repository = image.repository().ToString()};
  if (place.source != nullptr && place.source->repository.has_value()) {
    shown.repository = place.source->repository->ToString();
  }
  const bool is_signature = place.kind == policy::Place::kSignatureTag;
  if (!is_signature && place.kind != policy::Place::kAttestationTag) {
    shown.what = "referrers";
    return shown;
  }
  shown.what = is_signature ? "signatures" : "attestations";
  if (!image.digest().has_value()) {
    shown.tag = absl::StrCat(place.tag_prefix(), "sha256-<digest>", is_signature ? ".sig" : ".att");
  } else {
    shown.tag =
        absl::StrCat(place.tag_prefix(), is_signature ? cosign::SignatureTag(*image.digest())
                                                      : cosign::AttestationTag(*image.digest()));
  }
  return shown;
}

}  // namespace countersign::cli
