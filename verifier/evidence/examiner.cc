#include "verifier/evidence/examiner.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/status_macros.h"
#include "oci/digest.h"
#include "policy/asked.h"
#include "policy/examination.h"
#include "policy/policy.h"
#include "verifier/evidence/children_look.h"
#include "verifier/evidence/image_check.h"
#include "verifier/evidence/look_phases.h"

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

absl::StatusOr<Examiner::ExaminationPtr> Look(EvidenceGatherer& gatherer, SignatureJudge& judge,
                                              const ImageQuestion& question, Freshness freshness,
                                              const Looking& looking) {
  CS_ASSIGN_OR_RETURN(policy::Examination examination,
                      GatherAndCheck(gatherer, judge, question, freshness, looking, nullptr));
  CS_RETURN_IF_ERROR(LookAtChildren(gatherer, judge, question, freshness, looking, examination));
  examination.transient = looking.phases->Explain(examination.transient);
  // Only what is admitted is remembered of a tag.
  const bool was_resolved = looking.resolved->digest == examination.digest;
  if (was_resolved && policy::Holds(*question.requirement, examination)) {
    gatherer.tags().Keep(question.image, *question.scope, *looking.resolved);
  }
  return std::make_shared<const policy::Examination>(std::move(examination));
}

// Where refusals of a look are told apart, that looks at several manifests.
std::shared_ptr<absl::flat_hash_set<std::string>> RefusedOf(
    const policy::Requirement& requirement) {
  if (requirement.platforms == policy::Platforms::kIndex) return nullptr;
  return std::make_shared<absl::flat_hash_set<std::string>>();
}

bool WantsAttestations(const policy::Requirement& requirement) {
  return absl::c_any_of(requirement.asked, [](const policy::Asked& asked) {
    return asked.predicate_type.has_value();
  });
}

// Whether something may hold that is not of the image's own digest.
bool MayHoldByChildrenAlone(const policy::Requirement& requirement) {
  return requirement.platforms != policy::Platforms::kIndex;
}

}  // namespace

Examiner::Examiner(EvidenceGatherer* gatherer, SignatureJudge* judge, base::WorkerPool* pool,
                   Options options)
    : gatherer_(gatherer), judge_(judge), pool_(pool), options_(options), flights_(pool) {}

std::optional<GatheredPtr> Examiner::Recall(const ImageQuestion& question) {
  const std::optional<oci::Digest> digest =
      gatherer_->tags().Recall(question.image, *question.scope);
  if (!digest.has_value()) return std::nullopt;
  std::optional<GatheredPtr> known = gatherer_->Recall(question.image.repository(), *digest,
                                                       question.requirement->plan, *question.scope);
  if (known.has_value() || !MayHoldByChildrenAlone(*question.requirement)) return known;
  if (gatherer_->platforms().Recall(*digest) == nullptr) return std::nullopt;
  return std::make_shared<const Gathered>(Gathered::Nothing(*digest));
}

std::optional<Examiner::ExaminationPtr> Examiner::ExamineRemembered(const ImageQuestion& question,
                                                                    const Gathered& remembered,
                                                                    absl::Time deadline) {
  absl::StatusOr<policy::Examination> examination = judge_->Examine(
      *question.requirement, remembered.evidence, *question.allowance, nullptr, deadline);
  if (!examination.ok()) return std::nullopt;
  RecallChildren(*gatherer_, *judge_, question, deadline, *examination);
  if (!policy::Holds(*question.requirement, *examination)) return std::nullopt;
  gatherer_->tags().RefreshIfDue(question.image, question.scope, examination->digest,
                                 *question.allowance);
  return std::make_shared<const policy::Examination>(*std::move(examination));
}

Examiner::Ticket Examiner::Examine(const ImageQuestion& question, Freshness freshness) {
  const auto phases = std::make_shared<LookPhases>(options_.clock);
  // A look may go on when the examiner has gone.
  return flights_.JoinWatchful(
      KeyOf(question), question.image.repository().registry, question.allowance->share(),
      [gatherer = gatherer_, judge = judge_, pool = pool_, timeout = options_.timeout, question,
       freshness,
       phases](const base::WorkerPool::Wanted& is_wanted) -> absl::StatusOr<ExaminationPtr> {
        phases->Begin();
        absl::StatusOr<ExaminationPtr> found =
            Look(*gatherer, *judge, question, freshness,
                 {.pool = pool,
                  .allowance = question.allowance,
                  .is_wanted = is_wanted,
                  .deadline = base::In(timeout),
                  .wants_attestations = WantsAttestations(*question.requirement),
                  .phases = phases,
                  .refused = RefusedOf(*question.requirement),
                  .resolved = std::make_shared<ResolvedTag>()});
        if (!found.ok()) return phases->Explain(found.status());
        return found;
      },
      [requirement = question.requirement](const absl::StatusOr<ExaminationPtr>& examination) {
        return examination.ok() && policy::Holds(*requirement, **examination);
      },
      phases);
}

}  // namespace countersign::verifier
