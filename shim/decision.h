#ifndef COUNTERSIGN_SHIM_DECISION_H_
#define COUNTERSIGN_SHIM_DECISION_H_

#include <string>
#include <variant>
#include <vector>

#include "base/trace_context.h"
#include "kube/admission/admission_review.h"
#include "kube/admission/workload.h"
#include "proto/countersign/v1/verifier.pb.h"
#include "shim/call_result.h"
#include "shim/pinning.h"
#include "shim/question.h"

// How a review is answered, in two halves with the verifier between them. Both are pure: what asks
// the verifier, by whatever means, calls the second when the verdicts are there.
namespace countersign::shim {

// How a review is to be answered, which it does not say itself.
struct ReviewTerms {
  // The address that the review came from, without a port; "" if it came by no network.
  std::string caller = "";
  // The last word, when no webhook can change the object any more: nothing is patched, what is
  // pinned must be so by now, and only what differs from the stored object is asked about.
  bool is_final = false;
  // The namespace wants its images left as they are written.
  bool leaves_unpinned = false;
  // The span that it is answered in, for the log; none: nobody is to join the lines.
  base::TraceContext trace = {};
};

// What the operator wants of objects, whatever the policy says.
struct AdmissionRules {
  // Kinds whose pod template nobody named: denied with advice, or admitted with a warning.
  bool allow_unknown_kinds = false;
  // On UPDATE, check the images that the old object already had, too.
  bool verify_unchanged_images = false;
  // What happens when no verifier is there, so that the question was never sent: denied, or
  // admitted unchecked with a warning and an audit annotation. A verifier that is late, busy, or
  // dies over the question, always means denied: whoever asks may have made it so.
  bool unsafe_allow_when_verifier_unavailable = false;
  // Where images are given the digest that was judged.
  PinImages pin_images = PinImages::kPods;
  kube::WorkloadKinds kinds;
  // What stands in pod templates for an image that is filled in later, such as "auto".
  std::vector<std::string> template_placeholders;
};

// The answer to a review, and what only the log says of it. A default one denies.
struct Decision {
  kube::AdmissionResponse response;
  // The references that are the reason of a denial; "" if images are not.
  std::string refused_images = {};
  // Of a question that no verifier answered: nothing was found out about the images.
  bool nobody_answered = false;
  // Why there are no verdicts, with what is not for whoever sent the object; "" if there are.
  std::string cause = {};
};

// The first half: the answer, if it can be given without asking anybody; otherwise what a verifier is
// to be asked.
std::variant<Decision, Question> Ask(const kube::AdmissionRequest& review, const ReviewTerms& terms,
                                     const AdmissionRules& rules);

// The second half: the answer, by what came of the question. Of the review's objects it wants the
// metadata alone (kube::KeepMetadata).
Decision Answer(const kube::AdmissionRequest& review, const ReviewTerms& terms,
                const AdmissionRules& rules, const Question& question,
                const CallResult<v1::VerifyImagesResponse>& verdicts);

// The answer if the question was not even sent: as many images of the namespace, or of the caller,
// were being looked at as may be at a time, and there was no room by the deadline.
Decision AnswerUnserved(const Question& question);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_DECISION_H_
