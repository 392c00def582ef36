#ifndef COUNTERSIGN_POLICY_VERDICT_H_
#define COUNTERSIGN_POLICY_VERDICT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "policy/evidence.h"
#include "policy/examination.h"
#include "policy/held.h"
#include "policy/prove.h"
#include "policy/requirement.h"

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
  kAllowedByPolicy,
  kDeniedByPolicy,
};

// What policies of policy.sigstore.dev found wanting; see PolicyFailure in the contract.
struct PolicyFailure {
  std::string summary;
  std::string details;
  bool is_warning = false;
};

// The answer about one image. Only kAllow allows; a default Verdict does not.
struct Verdict {
  Decision decision = Decision::kUnspecified;
  Reason reason = Reason::kUnspecified;
  // For people, printable, at most 4 KiB: first the exact sentence of the product, which callers
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
  // In the order of the policies; see the contract. KeepListsWithin (policy/verdict_lists.h) bounds them.
  std::vector<PolicyFailure> policy_failures;
  bool pinning_required = false;
  // How much there was no room for in `patterns`, `keys` and `evidence`: elements of them, and texts, moments, log indexes and
  // extensions in `evidence`.
  size_t left_out = 0;
};

// The verdict about an image whose reference, as the workload has it, is `image_text`: every demand
// of the requirement must be satisfied, and one without any is not. `examination`, which is of this
// requirement or of one by equal policies for the same image, is looked at only if
// `requirement.NeedsEvidence()`; its error says why there is none:
//   NotFound: the registry knows no such image. Everything else, in words for a person: it could
//   not be found out, which denies with kUndecided.
// So it is if nothing holds and not everything was looked at (Verification::stopped). What one demand
// denies for good is denied for good, whatever of another could not be found out.
// Pure. Its sentences (policy/sign_sentences.h) start with:
//   kNoPolicy           clusterimagepolicies.signing.apps.tanzu.vmware.com "image-policy" not
//                       found. Image policy enforcement was not applied.
//   kExcludedNamespace  <namespace> is excluded. The ImagePolicy will not be applied.
//   kUnmatchedAllowed   <image> did not match any image policies. Container will be created as
//                       AllowUnmatchedImages flag is true.
//   kUnmatched          Could not verify against any image policies for container image: <image>.
//   kNotSigned, kNotFound, kUndecided
//                       The image: <image> is not signed.
//   kPolicyBroken       as kNotSigned where patterns match, as kUnmatched where none does
// The first three have no more to them; kNoPolicy and kUnmatchedAllowed are warnings too. <image>
// is `image_text` made printable, of at most 512 bytes.
Verdict Judge(const Requirement& requirement, std::string_view image_text,
              const absl::StatusOr<Examination>& examination);

// Both halves at once, for whoever has the evidence, or why there is none, at hand: Examine, if
// there is anything to be examined, and then as above (docs/decisions/0008 says why there are two).
Verdict Judge(const Requirement& requirement, std::string_view image_text,
              const absl::StatusOr<Evidence>& evidence, Prove prove);

// The verdict about a reference that does not parse, when there is a policy that would have to
// judge it: kInvalidReference, which starts as kUnmatched does, for no pattern can match it.
Verdict JudgeUnparsable(std::string_view image_text, const absl::Status& why);

// The verdict while no policy, nor the absence of one, could be read yet: kUndecided, which here
// starts as kUnmatched does.
Verdict JudgeWithoutPolicyRead(std::string_view image_text, const absl::Status& why);

// The verdict about an image that a policy asks about, has no digest, and was asked about where
// every such image has been given one before: kNotPinned, which starts as kUnmatched does.
Verdict JudgeNotPinned(std::string_view image_text);

// The verdict about an image that a policy asks about and whose reference names no registry, where
// the operator wants one: kShortName, which starts as kUnmatched does.
Verdict JudgeShortName(std::string_view image_text);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_VERDICT_H_
