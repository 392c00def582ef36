#include "verifier/evidence/examiner.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/status_macros.h"
#include "policy/examination.h"
#include "policy/look_plan.h"

namespace countersign::verifier {
namespace {

using Freshness = EvidenceGatherer::Freshness;

// The same exactly for who may share a result. What is asked of the image is the same by equal
// policies, wherever the workload goes: those that leave a namespace out ask for no evidence there.
std::string KeyOf(const ImageQuestion& question) {
  return absl::StrCat(question.image.FullName(), " ", question.requirement->in_force->id(), " ",
                      question.scope->key);
}

// One place is looked at, so there is one stage. That nothing was found in another is not known, and
// nothing is decided as if it were.
absl::Status CheckIsLookedAt(const policy::LookPlan& plan) {
  const std::vector<policy::LookPlan::Stage> looked_at = {{policy::Place::kSignatureTag}};
  if (plan.stages == looked_at) return absl::OkStatus();
  return absl::UnimplementedError("evidence is asked for that is kept where nothing is looked for");
}

absl::StatusOr<Examiner::ExaminationPtr> GatherAndCheck(EvidenceGatherer& gatherer,
                                                        SignatureJudge& judge,
                                                        const ImageQuestion& question,
                                                        Freshness freshness,
                                                        const Looking& looking) {
  const auto gather = [&](Freshness how_fresh) {
    return gatherer.Gather(question.image, question.scope, how_fresh, looking);
  };
  const auto check = [&](const GatheredPtr& gathered) {
    return judge.Examine(*question.requirement, gathered->evidence, *question.allowance,
                         looking.is_wanted, looking.deadline);
  };
  CS_RETURN_IF_ERROR(CheckIsLookedAt(question.requirement->plan));
  CS_ASSIGN_OR_RETURN(GatheredPtr gathered, gather(freshness));
  absl::StatusOr<policy::Examination> examination = check(gathered);
  if (gathered->may_only_allow &&
      !(examination.ok() && policy::Holds(*question.requirement, *examination))) {
    gathered.reset();  // and with it the bytes of whoever read it
    CS_ASSIGN_OR_RETURN(gathered, gather(Freshness::kFresh));
    examination = check(gathered);
  }
  CS_RETURN_IF_ERROR(examination.status());
  gatherer.Remember(question.image.repository(), *question.scope, *gathered,
                    examination->verification);
  return std::make_shared<const policy::Examination>(*std::move(examination));
}

}  // namespace

Examiner::Examiner(EvidenceGatherer* gatherer, SignatureJudge* judge, base::WorkerPool* pool,
                   Options options)
    : gatherer_(gatherer), judge_(judge), pool_(pool), options_(options), flights_(pool) {}

std::optional<GatheredPtr> Examiner::Recall(const ImageQuestion& question) {
  return gatherer_->Recall(question.image, *question.scope);
}

std::optional<Examiner::ExaminationPtr> Examiner::ExamineRemembered(const ImageQuestion& question,
                                                                    const Gathered& remembered,
                                                                    absl::Time deadline) {
  absl::StatusOr<policy::Examination> examination = judge_->Examine(
      *question.requirement, remembered.evidence, *question.allowance, nullptr, deadline);
  if (!examination.ok() || !policy::Holds(*question.requirement, *examination)) return std::nullopt;
  return std::make_shared<const policy::Examination>(*std::move(examination));
}

Examiner::Ticket Examiner::Examine(const ImageQuestion& question, Freshness freshness) {
  // A look may go on when the examiner has gone.
  return flights_.JoinWatchful(
      KeyOf(question), question.image.repository().registry, question.allowance->share(),
      [gatherer = gatherer_, judge = judge_, pool = pool_, timeout = options_.timeout, question,
       freshness](const base::WorkerPool::Wanted& is_wanted) {
        return GatherAndCheck(*gatherer, *judge, question, freshness,
                              {.pool = pool,
                               .allowance = question.allowance,
                               .is_wanted = is_wanted,
                               .deadline = base::In(timeout)});
      },
      [requirement = question.requirement](const absl::StatusOr<ExaminationPtr>& examination) {
        return examination.ok() && policy::Holds(*requirement, **examination);
      });
}

}  // namespace countersign::verifier
