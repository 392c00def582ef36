#include "shim/webhook.h"

#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "base/json_parts.h"
#include "base/log.h"
#include "base/trace_context.h"
#include "shim/image_marks.h"

namespace countersign::shim {
namespace {

using kube::AdmissionRequest;

constexpr std::string_view kLogger = "webhook";
// Longer ones are read one at a time, in turns by caller: however many reviews of a thousand containers
// come, a small one finds the processor.
constexpr size_t kLargestSmallReview = 64 << 10;

// What is read of an object: all that is looked at anywhere here.
base::JsonParts WantedParts(const kube::WorkloadKinds& kinds) {
  base::JsonParts parts = kinds.Parts();
  for (const char* pointer : {"/apiVersion", "/kind", "/metadata/name", "/metadata/generateName",
                              "/metadata/deletionTimestamp"}) {
    parts.At(pointer);
  }
  parts.At("/metadata/annotations").prefix = std::string(kAnnotationPrefix);
  parts.At("/metadata/labels").all = true;
  parts.At("/metadata/ownerReferences").Elements().At("/controller");
  return parts;
}

ReviewOutcome OutcomeOf(const Decision& decision) {
  if (decision.response.allowed) {
    return decision.nobody_answered ? ReviewOutcome::kAllowedUnasked : ReviewOutcome::kAllowed;
  }
  return decision.nobody_answered ? ReviewOutcome::kDeniedUnasked : ReviewOutcome::kDenied;
}

void LogDecision(const AdmissionRequest& review, const ReviewTerms& terms,
                 const Decision& decision) {
  const std::string object = kube::Describe(review);
  if (OutcomeOf(decision) == ReviewOutcome::kAllowedUnasked) {
    base::LogFields fields = {{"object", object}, {"error", decision.cause}};
    base::AddTrace(terms.trace, fields);
    base::LogWarning(kLogger, "Admitted unchecked: no verifier could be asked.", fields);
  }
  base::LogFields fields = {
      {"object", object}, {"operation", review.operation}, {"uid", review.uid}};
  base::AddTrace(terms.trace, fields);
  if (decision.response.allowed) {
    return base::Log(base::LogLevel::kDebug, kLogger, "Admitted.", fields);
  }
  fields.emplace_back("error", decision.response.message);
  if (!decision.refused_images.empty()) fields.emplace_back("image", decision.refused_images);
  if (!decision.cause.empty()) fields.emplace_back("cause", decision.cause);
  base::LogWarning(kLogger, "Denied.", fields);
}

}  // namespace

Webhook::Webhook(VerifierClient* verifier, Options options)
    : verifier_(verifier),
      options_(std::move(options)),
      reader_(WantedParts(options_.rules.kinds)),
      images_(options_.max_images) {}

absl::StatusOr<std::optional<base::Turnstile::Place>> Webhook::AwaitTurn(size_t bytes,
                                                                         const ReviewTerms& terms,
                                                                         absl::Time deadline) {
  if (bytes <= kLargestSmallReview) return std::nullopt;
  return reading_.Enter({.caller = terms.caller}, nullptr, deadline);
}

Decision Webhook::AskVerifier(const AdmissionRequest& review, const ReviewTerms& terms,
                              const Question& question, absl::Time deadline) {
  const absl::Time came = absl::Now();
  const std::optional<ImageShares::Claim> claim =
      images_.Take(terms.caller, review.request_namespace,
                   static_cast<size_t>(question.request.images_size()), deadline);
  if (!claim.has_value()) return AnswerUnserved(question);
  const absl::Time start = absl::Now();
  CallResult<v1::VerifyImagesResponse> verdicts =
      verifier_->VerifyImages(question.request, deadline, terms.trace);
  verdicts.waited = start - came;
  if (options_.metrics != nullptr) {
    options_.metrics->CountCall(verdicts.answer.status(), absl::Now() - start);
  }
  return Answer(review, terms, options_.rules, question, verdicts);
}

absl::StatusOr<std::string> Webhook::Handle(std::string_view body, const ReviewTerms& terms,
                                            absl::Time deadline, const OnRead& on_read) {
  const absl::Time start = absl::Now();
  absl::StatusOr<std::optional<base::Turnstile::Place>> turn =
      AwaitTurn(body.size(), terms, deadline);
  if (!turn.ok()) return absl::ResourceExhaustedError("the review was not read in time");
  absl::StatusOr<AdmissionRequest> review = reader_.Read(body);
  if (!review.ok()) {
    if (options_.metrics != nullptr) options_.metrics->CountMalformed();
    return review.status();
  }
  // The question and its answer are made of the same pieces.
  if (on_read != nullptr && !on_read(2 * review->memory_bytes)) {
    return absl::ResourceExhaustedError("there is no room for what was read of the review");
  }
  std::variant<Decision, Question> asked = Ask(*review, terms, options_.rules);
  const auto* const question = std::get_if<Question>(&asked);
  // An answer is written from nothing else.
  if (question != nullptr) kube::KeepMetadata(*review);
  // Nobody waits for a turn while others are asked.
  turn->reset();
  const Decision decision = question == nullptr ? std::get<Decision>(std::move(asked))
                                                : AskVerifier(*review, terms, *question, deadline);
  LogDecision(*review, terms, decision);
  std::string answer = kube::WriteAdmissionReview(*review, decision.response);
  const absl::Duration took = absl::Now() - start;
  if (options_.metrics != nullptr) {
    options_.metrics->CountReview(review->operation, OutcomeOf(decision), took);
  }
  if (options_.recent != nullptr) {
    options_.recent->Add(*review, terms.is_final, decision, OutcomeOf(decision), took);
  }
  return answer;
}

}  // namespace countersign::shim
