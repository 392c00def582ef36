#include "verifier/serving/inquiry.h"

#include <optional>
#include <utility>

#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/evidence.h"
#include "policy/judge.h"
#include "policy/verdict_lists.h"

namespace countersign::verifier {
namespace {

ImageVerdict JudgeImage(std::string_view name, const ImageQuestion& question,
                        const absl::StatusOr<Examiner::ExaminationPtr>& examination,
                        size_t most_listed) {
  ImageVerdict image;
  image.verdict = examination.ok()
                      ? policy::Judge(*question.requirement, name, **examination)
                      : policy::Judge(*question.requirement, name, examination.status());
  policy::KeepListsWithin(most_listed, image.verdict);
  if (image.verdict.decision == policy::Decision::kAllow && !image.verdict.digest.empty()) {
    // A digest that was judged is well formed.
    image.pinned_reference = question.image.PinnedTo(*oci::Digest::Parse(image.verdict.digest));
  }
  return image;
}

}  // namespace

std::optional<ImageVerdict> Inquiry::DecideAtOnce(std::string_view image, const Ask& ask,
                                                  Examiner& examiner, size_t& room,
                                                  size_t most_listed) {
  Asked asked = ask(std::nullopt);
  if (auto* const verdict = std::get_if<policy::Verdict>(&asked)) {
    policy::KeepListsWithin(most_listed, *verdict);
    return ImageVerdict{.verdict = std::move(*verdict)};
  }
  const ImageQuestion& question = std::get<ImageQuestion>(asked);
  const std::optional<GatheredPtr> gathered = examiner.Recall(question);
  if (!gathered.has_value()) return std::nullopt;
  std::optional<Examiner::ExaminationPtr> examination =
      examiner.ExamineAtOnce(question, **gathered, room);
  if (!examination.has_value()) return std::nullopt;
  return JudgeImage(image, question, *std::move(examination), most_listed);
}

Inquiry::Inquiry(std::string_view image, Ask ask, Examiner* examiner, size_t most_listed)
    : image_(image),
      ask_(std::move(ask)),
      examiner_(examiner),
      most_listed_(most_listed),
      state_(Begin(ask_(std::nullopt), *examiner, most_listed)) {}

Inquiry::State Inquiry::Begin(Asked asked, Examiner& examiner, size_t most_listed) {
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

absl::StatusOr<Examiner::ExaminationPtr> Inquiry::Await(Awaited& awaited,
                                                        absl::Time deadline) const {
  const bool is_there = awaited.ticket.AwaitEnd(deadline);
  absl::StatusOr<Examiner::ExaminationPtr> found = awaited.ticket.Wait(deadline);
  const bool is_unresolved =
      !is_there && !found.ok() && !awaited.question.image.digest().has_value();
  if (is_unresolved) found = policy::Unresolved(found.status());
  return examiner_->WhereAway(awaited.question, std::move(found), deadline);
}

void Inquiry::AskOfDigest(absl::Time deadline) {
  auto* const awaited = std::get_if<Awaited>(&state_);
  if (awaited == nullptr || !awaited->question.requirement->awaits_digest) return;
  const absl::StatusOr<Examiner::ExaminationPtr> found = Await(*awaited, deadline);
  if (!found.ok()) {
    state_ = Judge(awaited->question, found.status());
    return;
  }
  const oci::Digest& digest = (*found)->digest;
  const oci::ImageReference image = awaited->question.image;
  state_ = Begin(ask_(digest), *examiner_, most_listed_);
  auto* const decided = std::get_if<Decided>(&state_);
  if (decided == nullptr) return UseMemory(deadline);
  // Without a look; but it is of this digest alone.
  policy::Verdict& verdict = decided->verdict.verdict;
  verdict.digest = digest.ToString();
  if (verdict.decision == policy::Decision::kAllow) {
    decided->verdict.pinned_reference = image.PinnedTo(digest);
  }
}

bool Inquiry::AwaitLook(absl::Time until, absl::Time deadline) {
  const auto is_there = [this, until] {
    auto* const awaited = std::get_if<Awaited>(&state_);
    return awaited == nullptr || awaited->ticket.AwaitEnd(until);
  };
  if (!is_there()) return false;
  AskOfDigest(deadline);
  return is_there();
}

ImageVerdict Inquiry::Conclude(absl::Time deadline) {
  AskOfDigest(deadline);
  // Where nobody had what is remembered checked.
  UseMemory(deadline);
  if (auto* const awaited = std::get_if<Awaited>(&state_)) {
    const absl::StatusOr<Examiner::ExaminationPtr> examination = Await(*awaited, deadline);
    state_ = Judge(awaited->question, examination);
  }
  return std::move(std::get<Decided>(state_).verdict);
}

Inquiry::Decided Inquiry::Judge(const ImageQuestion& question,
                                const absl::StatusOr<Examiner::ExaminationPtr>& examination) const {
  return {JudgeImage(image_, question, examination, most_listed_)};
}

}  // namespace countersign::verifier
