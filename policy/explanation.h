#ifndef COUNTERSIGN_POLICY_EXPLANATION_H_
#define COUNTERSIGN_POLICY_EXPLANATION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "oci/image_reference.h"
#include "policy/demand.h"
#include "policy/image_names.h"
#include "policy/near_miss.h"
#include "policy/policies.h"
#include "policy/policy.h"
#include "policy/requirement.h"

namespace countersign::policy {

// What is known of an image's fate before anything is looked at.
enum class Prospect {
  kDenied = 0,  // whatever its evidence
  kEvidence,    // evidence decides
  kAllowed,     // whatever its evidence: something asks for it, and is satisfied
  kUnasked,     // nothing is asked of it
};

// A glob or pattern that selects the image, and one of the names that it matches.
struct Match {
  std::string text;  // as it was written
  // One that it covers, if there is one, with `<digest>` where the digest is not known yet; "": of a
  // pattern, which has parts of its own.
  std::string name;
  // Of a glob: it is not only by a host that somebody else chooses (ImageGlob::Covers).
  bool covers = true;
  bool only_by_claimed_tag = false;  // as in Selected
};

// A policy that selects the image by its name, and what it does there.
struct Selector {
  // Null: never.
  const Policy* policy = nullptr;
  // Empty if it is for every image as a glob of it cannot be read.
  std::vector<Match> matches;
  // It covers the image, so that the no-match rule does not apply on its account.
  bool covers = false;
  bool only_by_claimed_tag = false;
  // It is for a digest that the image's tag may mean: whether it asks depends on that.
  bool awaits_digest = false;
  // Why it asks nothing here, a printable phrase; "": it asks.
  std::string silent;
  // How it asks, at that moment.
  Mode mode = Mode::kEnforce;
};

// One that does not, but nearly.
struct NearlySelecting {
  const Policy* policy = nullptr;  // never null
  std::string text;                // the glob or pattern
  NearMiss miss;
};

// What is said of at the most.
inline constexpr size_t kMaxNearlySelecting = 20;

// Why an image is asked what it is asked.
struct Explanation {
  // What the pointers in all of this lead to.
  PoliciesPtr in_force;
  std::vector<ImageName> names;
  Prospect prospect = Prospect::kDenied;
  Requirement requirement;
  // In the order of the policies. Those that ask nothing come with the others.
  std::vector<Selector> selectors;
  // Likewise, each policy that selects nothing once; the first kMaxNearlySelecting.
  std::vector<NearlySelecting> near;
  // That there are more of them.
  bool are_more_near = false;
};

// Of an image in a workload, by what is in force, which is not null: as RequirementFor has it, which decides.
// Costs what there is of policies, unlike that. Pure.
Explanation Explain(const PoliciesPtr& in_force, const Workload& workload,
                    const oci::ImageReference& image);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_EXPLANATION_H_
