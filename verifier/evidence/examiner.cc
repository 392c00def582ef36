#include "verifier/evidence/examiner.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "policy/examination.h"

namespace countersign::verifier {
namespace {

using GatheredPtr = EvidenceGatherer::GatheredPtr;
using Freshness = EvidenceGatherer::Freshness;

// The same exactly for who may share a result.
std::string KeyOf(const ImageQuestion& question) {
  return absl::StrCat(question.image.FullName(), " ", question.requirement->in_force->id(), " ",
                      question.scope->key);
}

}  // namespace

Examiner::Examiner(EvidenceGatherer* gatherer, SignatureJudge* judge, base::WorkerPool* pool,
                   const base::Clock* clock, Options options)
    : parts_{gatherer, judge, pool, clock, options.timeout}, flights_(pool) {}

std::optional<GatheredPtr> Examiner::Recall(const ImageQuestion& question) {
  return parts_.gatherer->Recall(question.image, *question.scope);
}

std::optional<Examiner::ExaminationPtr> Examiner::ExamineRemembered(
    const ImageQuestion& question, const EvidenceGatherer::Gathered& remembered,
    absl::Time deadline) {
  absl::StatusOr<policy::Examination> examination = parts_.judge->Examine(
      *question.requirement, remembered.evidence, *question.allowance, nullptr, deadline);
  if (!examination.ok() || !policy::Holds(*question.requirement, *examination)) return std::nullopt;
  return std::make_shared<const policy::Examination>(*std::move(examination));
}

Examiner::Ticket Examiner::Examine(const ImageQuestion& question) {
  return flights_.JoinWatchful(KeyOf(question), question.image.repository().registry,
                               question.allowance->share(),
                               [parts = parts_, question](const Wanted& is_wanted) {
                                 return Run(parts, question, is_wanted);
                               });
}

absl::StatusOr<Examiner::ExaminationPtr> Examiner::Run(const Parts& parts,
                                                       const ImageQuestion& question,
                                                       const Wanted& is_wanted) {
  const Looking looking = {.pool = parts.pool,
                           .allowance = question.allowance,
                           .is_wanted = is_wanted,
                           .deadline = parts.clock->Now() + parts.timeout};
  const auto look = [&](Freshness freshness) {
    return parts.gatherer->Gather(question.image, question.scope, freshness, looking);
  };
  const auto check = [&](const GatheredPtr& gathered) {
    return parts.judge->Examine(*question.requirement, gathered->evidence, *question.allowance,
                                is_wanted, looking.deadline);
  };
  CS_ASSIGN_OR_RETURN(GatheredPtr gathered, look(Freshness::kRemembered));
  absl::StatusOr<policy::Examination> examination = check(gathered);
  if (gathered->from_memory &&
      !(examination.ok() && policy::Holds(*question.requirement, *examination))) {
    // What was remembered may only allow.
    CS_ASSIGN_OR_RETURN(gathered, look(Freshness::kFresh));
    examination = check(gathered);
  }
  CS_RETURN_IF_ERROR(examination.status());
  if (!gathered->from_memory) {
    parts.gatherer->Remember(question.image.repository(), *question.scope, *gathered,
                             examination->verification);
  }
  return std::make_shared<const policy::Examination>(*std::move(examination));
}

}  // namespace countersign::verifier
