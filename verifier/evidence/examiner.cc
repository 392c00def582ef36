#include "verifier/evidence/examiner.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/status_macros.h"
#include "policy/asked.h"
#include "policy/evidence.h"
#include "policy/examination.h"

namespace countersign::verifier {
namespace {

using Freshness = EvidenceGatherer::Freshness;

// The same exactly for who may share a result. What is asked of the image is the same by equal
// policies, of which the same ask: those that leave a namespace out ask for no evidence there. Whoever
// joins has his conditions judged at the moment of whoever began, which is no longer ago than a look
// takes.
std::string KeyOf(const ImageQuestion& question) {
  return absl::StrCat(question.image.FullName(), " ", question.requirement->in_force->id(), " ",
                      question.requirement->selection, " ", question.scope->key);
}

// Checks what is found of one image, stage by stage.
class Check {
 public:
  Check(SignatureJudge& judge, const ImageQuestion& question, const Looking& looking)
      : judge_(judge), question_(question), looking_(looking) {}

  // Whether it holds. Then that is not checked again.
  bool IsEnough(const policy::Evidence& evidence) {
    absl::StatusOr<policy::Examination> examination = Examine(evidence);
    if (!Holds(examination)) return false;
    enough_ = *std::move(examination);
    return true;
  }

  // What comes of it in the end.
  absl::StatusOr<policy::Examination> Conclude(const policy::Evidence& evidence) {
    std::optional<policy::Examination> enough = std::exchange(enough_, std::nullopt);
    if (!enough.has_value()) return Examine(evidence);
    enough->how = evidence.how;
    return *std::move(enough);
  }

  bool Holds(const absl::StatusOr<policy::Examination>& examination) const {
    return examination.ok() && policy::Holds(*question_.requirement, *examination);
  }

 private:
  absl::StatusOr<policy::Examination> Examine(const policy::Evidence& evidence) const {
    return judge_.Examine(*question_.requirement, evidence, *question_.allowance,
                          looking_.is_wanted, looking_.deadline);
  }

  SignatureJudge& judge_;
  const ImageQuestion& question_;
  const Looking& looking_;
  std::optional<policy::Examination> enough_;  // what ended the look before its last stage
};

absl::StatusOr<Examiner::ExaminationPtr> GatherAndCheck(EvidenceGatherer& gatherer,
                                                        SignatureJudge& judge,
                                                        const ImageQuestion& question,
                                                        Freshness freshness,
                                                        const Looking& looking) {
  Check check(judge, question, looking);
  const auto is_enough = [&](const policy::Evidence& evidence) { return check.IsEnough(evidence); };
  const EvidenceGatherer::Search search = {.image = question.image,
                                           .scope = question.scope,
                                           .plan = question.requirement->plan,
                                           .is_enough = is_enough};
  CS_ASSIGN_OR_RETURN(GatheredPtr gathered, gatherer.Gather(search, freshness, looking));
  absl::StatusOr<policy::Examination> examination = check.Conclude(gathered->evidence);
  if (gathered->may_only_allow && !check.Holds(examination)) {
    gathered.reset();  // and with it the bytes of whoever read it
    CS_ASSIGN_OR_RETURN(gathered, gatherer.Gather(search, Freshness::kFresh, looking));
    examination = check.Conclude(gathered->evidence);
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
  return gatherer_->Recall(question.image, question.requirement->plan, *question.scope);
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
                               .deadline = base::In(timeout),
                               .wants_attestations = absl::c_any_of(
                                   question.requirement->asked, [](const policy::Asked& asked) {
                                     return asked.predicate_type.has_value();
                                   })});
      },
      [requirement = question.requirement](const absl::StatusOr<ExaminationPtr>& examination) {
        return examination.ok() && policy::Holds(*requirement, **examination);
      });
}

}  // namespace countersign::verifier
