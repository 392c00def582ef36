#ifndef COUNTERSIGN_POLICY_DEMAND_H_
#define COUNTERSIGN_POLICY_DEMAND_H_

#include <string>
#include <vector>

#include "policy/policy.h"

namespace countersign::policy {

// Where an image is to run, as far as it decides what is asked of it.
struct Workload {
  // Empty: not known, so it is not excluded.
  std::string workload_namespace;
  // The operator lets images run there that no pattern matches.
  bool allow_unmatched_images = false;
};

// How the policies of a language apply to an image, before anything is known about the image itself.
enum class Applicability {
  kImpossible = 0,     // nothing can satisfy it: what it takes is broken
  kNoPolicy,           // none of the language's is in force; nothing is asked
  kExcludedNamespace,  // nothing is asked
  kUnmatched,          // no pattern matches; denied
  kUnmatchedAllowed,   // no pattern matches; nothing is asked
  kAsked,              // every clause must hold
};

// Policies of one group that match an image, in their order: one of them is enough. They are those
// in force, and live as long.
struct Clause {
  std::vector<const Policy*> any_of;
};

// What the policies of one language ask of an image.
struct Demand {
  Language language = Language::kUnspecified;
  Applicability applicability = Applicability::kImpossible;
  // One for each group that matches, also where nothing can satisfy them.
  std::vector<Clause> clauses;

  // The policies of all clauses, in their order.
  std::vector<const Policy*> Matching() const;

  // Whose word is taken: the usable authorities of those, without duplicates, in the order of their
  // groups and of their indexes in them.
  std::vector<const Authority*> UsableAuthorities() const;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_DEMAND_H_
