#ifndef COUNTERSIGN_POLICY_JUDGE_H_
#define COUNTERSIGN_POLICY_JUDGE_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "policy/evidence.h"
#include "policy/examination.h"
#include "policy/policies.h"
#include "policy/prove.h"
#include "policy/requirement.h"
#include "policy/verdict.h"

namespace countersign::policy {

// The verdict about an image whose reference, as the workload has it, is `image_text`: every demand
// of the requirement must be satisfied, and one without any is not. `examination`, which is of this
// requirement or of one by equal policies for the same image, is looked at only if
// `requirement.NeedsEvidence()`; its error says why there is none:
//   NotFound: the registry knows no such image. Everything else, in words for a person: it could
//   not be found out, which denies with kUndecided, or with kRegistryAway if it is marked so
//   (policy/registry_away.h).
// So it is if nothing holds and not everything was looked at (Verification::stopped). What one demand
// denies for good is denied for good, whatever of another could not be found out.
// Pure. Its sentences (policy/sign_sentences.h) start with:
//   kNoPolicy           clusterimagepolicies.signing.apps.tanzu.vmware.com "image-policy" not
//                       found. Image policy enforcement was not applied.
//   kExcludedNamespace  <namespace> is excluded. The ImagePolicy will not be applied.
//   kUnmatchedAllowed   <image> did not match any image policies. Container will be created as
//                       AllowUnmatchedImages flag is true.
//   kUnmatched          Could not verify against any image policies for container image: <image>.
//   kNotSigned, kNotFound, kUndecided, kRegistryAway
//                       The image: <image> is not signed.
//   kPolicyBroken       as kNotSigned where patterns match, as kUnmatched where none does
// One that is verified by evidence beyond its time has a warning (Verdict::evidence_age).
// The first three have no more to them; kNoPolicy and kUnmatchedAllowed are warnings too. <image>
// is `image_text` made printable, of at most 512 bytes. Those of policies of policy.sigstore.dev are
// in policy/sigstore_sentences.h; where both languages deny, the Sign policy's come first.
Verdict Judge(const Requirement& requirement, std::string_view image_text,
              const absl::StatusOr<Examination>& examination);

// Both halves at once, for whoever has the evidence, or why there is none, at hand: Examine, if
// there is anything to be examined, and then as above (docs/decisions/0008 says why there are two).
Verdict Judge(const Requirement& requirement, std::string_view image_text,
              const absl::StatusOr<Evidence>& evidence, Prove prove);

// The verdict about a reference that does not parse, when there is a policy in force that would have to
// judge it: kInvalidReference, which starts as kUnmatched does, for no pattern can match it.
Verdict JudgeUnparsable(const Policies& in_force, std::string_view image_text,
                        const absl::Status& why);

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

#endif  // COUNTERSIGN_POLICY_JUDGE_H_
