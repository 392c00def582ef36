#ifndef COUNTERSIGN_POLICY_VERDICT_H_
#define COUNTERSIGN_POLICY_VERDICT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "policy/held.h"

namespace countersign::policy {

enum class Decision { kUnspecified = 0, kAllow, kDeny };

// As Reason in proto/countersign/v1/verifier.proto, which documents each.
enum class Reason {
  kUnspecified = 0,
  kVerified,
  kNoPolicy,
  kExcludedNamespace,
  kUnmatchedAllowed,
  kUnmatched,
  kNotSigned,
  kInvalidReference,
  kNotFound,
  kPolicyBroken,
  kUndecided,
  kNotPinned,
  kShortName,
  kDeniedByPolicy,
  kAllowedByPolicy,
  kRegistryAway,
};

// Whether a denial for that reason says that it was not found out what holds.
constexpr bool IsUndecided(Reason reason) {
  return reason == Reason::kUndecided || reason == Reason::kRegistryAway;
}

// How the languages that are in force differ about an image (policy/difference.h).
enum class Difference {
  kNone = 0,
  kSignDenies,         // and policies of policy.sigstore.dev would not
  kSigstoreDenies,     // and the Sign policy would not
  kSigstoreWouldDeny,  // the same, of those that only warn
};

// What a policy of policy.sigstore.dev found wanting, as PolicyFailure in the contract says. Printable.
struct PolicyFailure {
  std::string summary;
  std::string details;
  bool is_warning = false;
};

// The answer about one image. Only kAllow allows; a default Verdict does not.
struct Verdict {
  Decision decision = Decision::kUnspecified;
  Reason reason = Reason::kUnspecified;
  // For people, printable, at most 4 KiB, and as much again where both languages deny: first the exact sentence of the product, which callers
  // may look for, then what was found and what to do. Empty with kVerified.
  std::string message;
  // For whoever sent an allowed workload; empty if there is nothing to say.
  std::string warning;
  // "sha256:…" if the image's digest is known.
  std::string digest;
  // Patterns that hold and keys that made it so, as the policy has them; only with kVerified. The
  // first of each, at most 100 and 4 KiB, so that a thousand verdicts do not repeat a whole policy.
  std::vector<std::string> patterns;
  std::vector<std::string> keys;
  // By what those hold: one for each of `keys`, in their order. Of what others have written in them no
  // more than 4 KiB altogether (policy/held.h).
  std::vector<Held> evidence;
  // How much there was no room for in `patterns`, `keys` and `evidence`: elements of them, and texts, moments, log indexes and
  // extensions in `evidence`.
  size_t left_out = 0;
  // In the order of the policies (policy/sigstore_verdict.h); KeepListsWithin (policy/verdict_lists.h)
  // bounds them.
  std::vector<PolicyFailure> policy_failures;
  // What of `message`, at its end, is about policies of policy.sigstore.dev that deny; "": nothing.
  std::string policy_message;
  // What policies that only warn would deny the image with; kUnspecified: none would.
  Reason warned_reason = Reason::kUnspecified;
  Difference difference = Difference::kNone;
  // How old what it is verified by is, where its registry could not be reached; zero: it was read now, or is
  // remembered and holds. Only with kVerified.
  absl::Duration evidence_age = absl::ZeroDuration();
  // A policy wants Pods to name the image by digest.
  bool pinning_required = false;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_VERDICT_H_
