#ifndef COUNTERSIGN_PROTO_LIMITS_H_
#define COUNTERSIGN_PROTO_LIMITS_H_

#include <cstddef>

// What the comments of countersign/v1/verifier.proto promise to take and to say, as numbers:
// clients keep to them, and verifiers hold everybody to them.
namespace countersign::v1 {

// Of a VerifyImages call: the longest message, the most images in it, the longest reference of one,
// the longest of all other texts, and the most pull secrets of different names.
inline constexpr size_t kMaxQuestionBytes = 1 << 20;
inline constexpr int kMaxImages = 1000;
inline constexpr size_t kMaxReferenceBytes = 4096;
inline constexpr size_t kMaxNameBytes = 253;
inline constexpr int kMaxPullSecrets = 100;

// Of the object's labels in it: how many, and how long they are together.
inline constexpr size_t kMaxLabels = 1000;
inline constexpr size_t kMaxLabelBytes = 64 << 10;

// Of its answer: what the lists of all verdicts take together, of which each has an equal part; and
// the whole, of which the question's own texts and the sentences are the rest.
inline constexpr size_t kMaxListedBytes = 4 << 20;
inline constexpr size_t kMaxAnswerBytes = 8 << 20;

// Of a RecallVerdicts call: the longest message, the most questions in it, and as many images of all questions
// that are answered.
inline constexpr size_t kMaxRecallBytes = 64 << 10;
inline constexpr int kMaxRecalledImages = 32;

// Of a verdict: how many findings of policies of policy.sigstore.dev are told, and how long they are
// together.
inline constexpr size_t kMaxPolicyFailures = 20;
inline constexpr size_t kMaxPolicyFailureBytes = 8 << 10;

// Of a ValidatePolicy call: the longest policy, and the longest message, which has something around
// the policy.
inline constexpr size_t kMaxPolicyBytes = 2 << 20;
inline constexpr size_t kMaxPolicyMessageBytes = kMaxPolicyBytes + (64 << 10);

// Of its answer: what is listed, the longest sentence about a problem, and the longest of what the
// Policy Controller would say.
inline constexpr int kMaxProblems = 100;
inline constexpr int kMaxWarnings = 20;
inline constexpr size_t kMaxProblemBytes = 1024;
inline constexpr size_t kMaxPolicyControllerMessageBytes = 8 << 10;

}  // namespace countersign::v1

#endif  // COUNTERSIGN_PROTO_LIMITS_H_
