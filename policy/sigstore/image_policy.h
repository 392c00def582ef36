#ifndef COUNTERSIGN_POLICY_SIGSTORE_IMAGE_POLICY_H_
#define COUNTERSIGN_POLICY_SIGSTORE_IMAGE_POLICY_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "policy/problem.h"
#include "policy/sigstore/authority_spec.h"
#include "policy/sigstore/match_entry.h"
#include "policy/sigstore/rule_spec.h"

namespace countersign::policy {

// What is read of an object, so that what is made of it is not many times what it takes itself.
inline constexpr size_t kMaxAuthorities = 256;
inline constexpr size_t kMaxPolicyValues = 50'000;  // members and elements in `spec`, at any depth

// One of `images`. What one that is broken was meant to select is not known.
struct GlobEntry {
  std::string glob;
  std::optional<Problem> broken;
};

// A ClusterImagePolicy of policy.sigstore.dev, v1alpha1 and v1beta1 alike, as it is written, read to the
// last part: whether it is valid is for Validate and Check (policy/sigstore/validate.h, check.h), and
// objects that never went through either are in force.
//
// What cannot be read stays where it is and is broken: a glob, an authority, a rule, an entry of
// `match`, or, for what is in none of these, the whole. So nothing unreadable takes away from what the
// policy asks, or from where it asks it. A list that is none is one broken part, and so are more than
// kMaxAuthorities authorities; `spec` that is none, or has more than kMaxPolicyValues, a broken glob.
struct ImagePolicy {
  std::string name;  // metadata.name; "": absent
  std::vector<GlobEntry> images;
  std::vector<AuthoritySpec> authorities;
  std::optional<RuleSpec> rule;  // spec.policy
  std::string mode;
  bool has_default_mode = false;
  std::vector<MatchEntry> match;
  // What else cannot be read: nothing that the policy selects can pass.
  std::optional<Problem> broken;

  // All that cannot be read, whichever part it is in.
  std::vector<Problem> problems;
};

// Reads one, and sets what the Policy Controller's defaulting does: mode `enforce`, an authority's name
// `authority-<index>`, and Fulcio's public instance as the URL of a keyless authority that has neither
// URL nor ca-cert, nor is another kind of authority besides. Pure, never throws.
ImagePolicy ReadImagePolicy(const base::Json& object);

// The same without defaults.
ImagePolicy DecodeImagePolicy(const base::Json& object);

// What the webhook refuses an object with that cannot be read; "": it can.
std::string DecodingRefusal(const ImagePolicy& policy);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_IMAGE_POLICY_H_
