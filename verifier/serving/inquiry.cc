#include "verifier/serving/inquiry.h"

#include <optional>
#include <utility>

#include "oci/digest.h"
#include "policy/judge.h"
#include "policy/verdict_lists.h"

namespace countersign::verifier {

Inquiry::Inquiry(std::string_view image, std::variant<policy::Verdict, ImageQuestion> asked,
                 Examiner* examiner, size_t most_listed)
    : image_(image),
      examiner_(examiner),
      most_listed_(most_listed),
      state_(Begin(std::move(asked), *examiner, most_listed)) {}

Inquiry::State Inquiry::Begin(std::variant<policy::Verdict, ImageQuestion> asked,
                              Examiner& examiner, size_t most_listed) {
  if (auto* const verdict = std::get_if<policy::Verdict>(&asked)) {
    policy::KeepListsWithin(most_listed, *verdict);
    return Decided{{.verdict = std::move(*verdict)}};
  }
  ImageQuestion question = std::get<ImageQuestion>(std::move(asked));
  if (std::optional<GatheredPtr> gathered = examiner.Recall(question)) {
    return Remembered{std::move(question), *std::move(gathered)};
  }
  return Look(std::move(question), Examiner::Freshness::kRemembered, examiner);
}

Inquiry::Awaited Inquiry::Look(ImageQuestion question, Examiner::Freshness freshness,
                               Examiner& examiner) {
  Examiner::Ticket ticket = examiner.Examine(question, freshness);
  return Awaited{std::move(question), std::move(ticket)};
}

void Inquiry::UseMemory(absl::Time deadline) {
  auto* const remembered = std::get_if<Remembered>(&state_);
  if (remembered == nullptr) return;
  const std::optional<Examiner::ExaminationPtr> examination =
      examiner_->ExamineRemembered(remembered->question, *remembered->gathered, deadline);
  // Held no longer than until it is checked.
  remembered->gathered.reset();
  if (examination.has_value()) {
    state_ = Judge(remembered->question, *examination);
  } else {
    state_ = Look(std::move(remembered->question), Examiner::Freshness::kFresh, *examiner_);
  }
}

bool Inquiry::AwaitLook(absl::Time until) const {
  const auto* const awaited = std::get_if<Awaited>(&state_);
  return awaited == nullptr || awaited->ticket.AwaitEnd(until);
}

ImageVerdict Inquiry::Conclude(absl::Time deadline) {
  // Where nobody had what is remembered checked.
  UseMemory(deadline);
  if (auto* const awaited = std::get_if<Awaited>(&state_)) {
    const absl::StatusOr<Examiner::ExaminationPtr> examination = awaited->ticket.Wait(deadline);
    state_ = Judge(awaited->question, examination);
  }
  return std::move(std::get<Decided>(state_).verdict);
}

Inquiry::Decided Inquiry::Judge(const ImageQuestion& question,
                                const absl::StatusOr<Examiner::ExaminationPtr>& examination) const {
  ImageVerdict image;
  image.verdict = examination.ok()
                      ? policy::Judge(*question.requirement, image_, **examination)
                      : policy::Judge(*question.requirement, image_, examination.status());
  policy::KeepListsWithin(most_listed_, image.verdict);
  if (image.verdict.decision == policy::Decision::kAllow && !image.verdict.digest.empty()) {
    // A digest that was judged is well formed.
    image.pinned_reference = question.image.PinnedTo(*oci::Digest::Parse(image.verdict.digest));
  }
  return {std::move(image)};
}

}  // namespace countersign::verifier
