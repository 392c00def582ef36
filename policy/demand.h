#ifndef COUNTERSIGN_POLICY_DEMAND_H_
#define COUNTERSIGN_POLICY_DEMAND_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "policy/namespace_rule.h"
#include "policy/no_match_rule.h"
#include "policy/object_match.h"
#include "policy/policy.h"

namespace countersign::policy {

// Where an image is to run, and when that is asked, as far as it decides what is asked of it.
struct Workload {
  // Empty: not known, so it is not excluded.
  std::string workload_namespace;
  // The operator lets images run there that no pattern of the Sign policy matches.
  bool allow_unmatched_images = false;
  // The namespace's; null: they are not known.
  std::shared_ptr<const Labels> namespace_labels;
  // nullopt: it is not known, and policies ask whatever it is.
  std::optional<ObjectDescription> object;
  // The moment of the request.
  absl::Time now = absl::InfinitePast();
};

// How the policies of a language apply to an image, before anything is known about the image itself.
enum class Applicability {
  kImpossible = 0,     // nothing can satisfy it: what it takes is broken, or denies every image
  kNoPolicy,           // none of the language's is in force; nothing is asked
  kExcludedNamespace,  // nothing is asked
  kUnmatched,          // no pattern matches; denied
  kUnmatchedAllowed,   // no pattern matches; nothing is asked
  kAsked,              // every clause must hold
  kSatisfied,          // every clause holds, whatever the evidence
};

// A policy that selects an image. It is one of those in force, and lives as long.
struct Selected {
  Selected(const Policy* selected)  // NOLINT: meant to be implicit
      : policy(selected) {}

  const Policy* policy;
  // It is for the image only by a tag that stands beside a digest, which is its author's claim: what the
  // policy says of every image, it does not say of this one.
  bool only_by_claimed_tag = false;
  // Whether it is for the image is not known (Selection).
  bool is_unsure = false;
  // It is for a digest that the image's tag may mean: until that is known it holds by nothing, and
  // nothing is denied for good.
  bool awaits_digest = false;

  friend bool operator==(const Selected&, const Selected&) = default;
};

// What is known of a clause before there is any evidence.
enum class Standing {
  kImpossible = 0,  // nothing satisfies it
  kOpen,            // evidence decides
  kSatisfied,       // it holds, whatever the evidence
};

// Policies of one group that are for an image, in their order: one of them is enough.
struct Clause {
  std::vector<Selected> any_of;
  // With kWarn it is told if it does not hold, and denies nothing.
  Mode mode = Mode::kEnforce;

  Standing Stands() const;
};

// What the policies of one language ask of an image.
struct Demand {
  Language language = Language::kUnspecified;
  Applicability applicability = Applicability::kImpossible;
  // One for each group that matches, also where nothing can satisfy them.
  std::vector<Clause> clauses;
  // Of policy.sigstore.dev, where no policy covers the image, what is said of that beside all clauses.
  std::optional<NoMatchRule> no_match = std::nullopt;

  // The policies of all clauses, in their order.
  std::vector<const Policy*> Matching() const;

  // Whether what is asked depends on which digest the image's tag means.
  bool AwaitsDigest() const;

  // Whose word is taken: the usable authorities of those, without duplicates, in the order of their
  // groups and of their indexes in them.
  std::vector<const Authority*> UsableAuthorities() const;
};

// How a policy stands with an image before there is any evidence: by what it says of every image, and by
// how many there are whose word may still come. Pure.
Standing StandingOf(const Selected& selected);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_DEMAND_H_
