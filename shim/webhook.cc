#include "shim/webhook.h"

#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "base/json_parts.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "base/trace_context.h"
#include "shim/image_marks.h"

namespace countersign::shim {
namespace {

using kube::AdmissionRequest;

constexpr std::string_view kLogger = "webhook";
// Longer ones are read one at a time, in turns by caller: however many reviews of a thousand containers
// come, a small one finds the processor.
constexpr size_t kLargestSmallReview = 64 << 10;
// Images that a verifier is asked about without a thread of one's own.
constexpr int kMostAtOnce = 32;

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

struct Webhook::Review {
  const Question* question() const { return std::get_if<Question>(&asked); }
  const Decision* decision() const { return std::get_if<Decision>(&asked); }

  const ReviewTerms terms;
  const absl::Time deadline;
  const absl::Time start;
  AdmissionRequest request;
  std::variant<Decision, Question> asked = Decision();
  // When it began to wait for room for the question, which it has then, and when that was sent.
  absl::Time came = absl::InfinitePast();
  std::optional<ImageShares::Claim> claim = std::nullopt;
  absl::Time sent = absl::InfinitePast();
  OnNext on_next = nullptr;
};

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

absl::StatusOr<std::shared_ptr<Webhook::Review>> Webhook::Read(std::string_view body,
                                                               ReviewTerms terms,
                                                               absl::Time deadline,
                                                               absl::Time start,
                                                               const OnRead& on_read) {
  absl::StatusOr<AdmissionRequest> request = reader_.Read(body);
  if (!request.ok()) {
    if (options_.metrics != nullptr) options_.metrics->CountMalformed();
    return request.status();
  }
  // The question and its answer are made of the same pieces.
  if (on_read != nullptr && !on_read(2 * request->memory_bytes)) {
    return absl::ResourceExhaustedError("there is no room for what was read of the review");
  }
  auto review = std::make_shared<Review>(Review{.terms = std::move(terms),
                                                .deadline = deadline,
                                                .start = start,
                                                .request = *std::move(request)});
  review->asked = Ask(review->request, review->terms, options_.rules);
  // An answer is written from nothing else.
  if (review->question() != nullptr) kube::KeepMetadata(review->request);
  return review;
}

Webhook::Answered Webhook::Handle(std::string_view body, const ReviewTerms& terms,
                                  absl::Time deadline, const OnRead& on_read) {
  const absl::Time start = absl::Now();
  absl::StatusOr<std::optional<base::Turnstile::Place>> turn =
      AwaitTurn(body.size(), terms, deadline);
  if (!turn.ok()) return absl::ResourceExhaustedError("the review was not read in time");
  CS_ASSIGN_OR_RETURN(const std::shared_ptr<Review> review,
                      Read(body, terms, deadline, start, on_read));
  // Nobody waits for a turn while others are asked.
  turn->reset();
  if (review->question() != nullptr) return AskAndAnswer(*review);
  return Finish(*review, *review->decision());
}

Webhook::Rest Webhook::AllOf(std::string&& body, ReviewTerms terms, absl::Time deadline,
                             OnRead on_read) {
  return [this, body = std::move(body), terms = std::move(terms), deadline,
          on_read = std::move(on_read)]() mutable {
    return Handle(body, terms, deadline, [&](size_t memory_bytes) {
      body = std::string();
      return on_read == nullptr || on_read(memory_bytes);
    });
  };
}

void Webhook::Start(std::string body, ReviewTerms terms, absl::Time deadline, OnRead on_read,
                    OnNext on_next) {
  if (body.size() > kLargestSmallReview) {
    return on_next(AllOf(std::move(body), std::move(terms), deadline, std::move(on_read)));
  }
  absl::StatusOr<std::shared_ptr<Review>> read =
      Read(body, std::move(terms), deadline, absl::Now(), on_read);
  if (!read.ok()) return on_next(Answered(read.status()));
  const std::shared_ptr<Review> review = *std::move(read);
  if (const Decision* decision = review->decision()) {
    return on_next(Answered(Finish(*review, *decision)));
  }
  body = std::string();
  review->on_next = std::move(on_next);
  if (TryAsk(review)) return;
  review->on_next(Rest([this, review] { return AskAndAnswer(*review); }));
}

bool Webhook::TryAsk(const std::shared_ptr<Review>& review) {
  const v1::VerifyImagesRequest& request = review->question()->request;
  // The answer about many may be long, and one thread takes all of them.
  if (request.images_size() > kMostAtOnce) return false;
  review->came = absl::Now();
  std::optional<ImageShares::Claim> claim =
      images_.TryTake(review->terms.caller, review->request.request_namespace,
                      static_cast<size_t>(request.images_size()));
  if (!claim.has_value()) return false;
  review->claim.emplace(*std::move(claim));
  review->sent = review->came;
  return verifier_->TryVerifyImages({review, &request}, review->deadline, review->terms.trace,
                                    [this, review](VerifierClient::FirstAnswer first) {
                                      TakeVerdicts(review, std::move(first));
                                    });
}

void Webhook::TakeVerdicts(const std::shared_ptr<Review>& review,
                           VerifierClient::FirstAnswer first) {
  // What it holds goes before the webhook may.
  OnNext on_next = std::move(review->on_next);
  if (first.IsLast()) return on_next(Answered(AnswerBy(*review, std::move(first.result))));
  if (first.is_unsent) {
    // What it has waited for was a verifier, and no place.
    review->came = absl::Now();
    return on_next(Rest([this, review] { return AskAndAnswer(*review); }));
  }
  on_next(Rest([this, review, first = std::move(first)]() mutable {
    return AnswerBy(*review,
                    verifier_->VerifyImagesElsewhere(review->question()->request, review->deadline,
                                                     review->terms.trace, std::move(first)));
  }));
}

std::string Webhook::AskAndAnswer(Review& review) {
  const Question& question = *review.question();
  if (review.came == absl::InfinitePast()) review.came = absl::Now();
  if (!review.claim.has_value()) {
    std::optional<ImageShares::Claim> claim =
        images_.Take(review.terms.caller, review.request.request_namespace,
                     static_cast<size_t>(question.request.images_size()), review.deadline);
    if (!claim.has_value()) return Finish(review, AnswerUnserved(question));
    review.claim.emplace(*std::move(claim));
  }
  review.sent = absl::Now();
  return AnswerBy(review,
                  verifier_->VerifyImages(question.request, review.deadline, review.terms.trace));
}

std::string Webhook::AnswerBy(Review& review, CallResult<v1::VerifyImagesResponse> verdicts) {
  verdicts.waited = review.sent - review.came;
  if (options_.metrics != nullptr) {
    options_.metrics->CountCall(verdicts.answer.status(), absl::Now() - review.sent);
  }
  const Decision decision =
      Answer(review.request, review.terms, options_.rules, *review.question(), verdicts);
  review.claim.reset();
  return Finish(review, decision);
}

std::string Webhook::Finish(const Review& review, const Decision& decision) {
  if (options_.logs_admissions || OutcomeOf(decision) != ReviewOutcome::kAllowed) {
    LogDecision(review.request, review.terms, decision);
  }
  std::string answer = kube::WriteAdmissionReview(review.request, decision.response);
  const absl::Duration took = absl::Now() - review.start;
  if (options_.metrics != nullptr) {
    options_.metrics->CountReview(review.request.operation, OutcomeOf(decision), took);
  }
  if (options_.recent != nullptr) {
    options_.recent->Add(review.request, review.terms.is_final, decision, OutcomeOf(decision),
                         took);
  }
  return answer;
}

}  // namespace countersign::shim
