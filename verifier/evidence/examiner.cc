#include "verifier/evidence/examiner.h"

#include <algorithm>
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
#include "policy/children.h"
#include "policy/evidence.h"
#include "policy/examination.h"
#include "policy/policy.h"
#include "policy/registry_away.h"
#include "verifier/evidence/children_look.h"
#include "verifier/evidence/evidence_memory.h"
#include "verifier/evidence/image_check.h"
#include "verifier/evidence/look_phases.h"
#include "verifier/evidence/plan_parts.h"

namespace countersign::verifier {
namespace {

using Freshness = EvidenceGatherer::Freshness;

// Of what is remembered nearly all is known to hold, so that it takes next to nothing to see it.
constexpr absl::Duration kTimeToExamineAged = absl::Milliseconds(50);

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

bool IsOpen(const absl::Status& failure) {
  return absl::IsUnavailable(failure) || absl::IsDeadlineExceeded(failure);
}

// What leaves it open whether something holds, as a registry could not be asked; null: nothing does.
absl::Status* FindOpen(policy::Examination& examination) {
  if (IsOpen(examination.transient)) return &examination.transient;
  if (!examination.children.has_value()) return nullptr;
  if (IsOpen(examination.children->unknown)) return &examination.children->unknown;
  for (policy::Child& child : examination.children->looked_at) {
    if (IsOpen(child.undecided)) return &child.undecided;
  }
  return nullptr;
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
  return Check(question, remembered, [&](const policy::Evidence& evidence, ChildrenWork* children) {
    return Judge(question, evidence, deadline, children);
  });
}

std::optional<Examiner::ExaminationPtr> Examiner::ExamineAtOnce(const ImageQuestion& question,
                                                                const Gathered& remembered,
                                                                size_t& room) {
  // What a long statement says is judged when no other is (base/large_text_turn.h).
  if (WantsAttestations(*question.requirement)) return std::nullopt;
  if (MayHoldByChildrenAlone(*question.requirement)) return std::nullopt;
  return Check(
      question, remembered,
      [&](const policy::Evidence& evidence, ChildrenWork*) -> absl::StatusOr<policy::Examination> {
        std::optional<policy::Examination> known =
            judge_->ExamineAtOnce(*question.requirement, evidence, room);
        if (!known.has_value()) return absl::UnavailableError("it is not remembered");
        return *std::move(known);
      });
}

absl::StatusOr<policy::Examination> Examiner::Judge(const ImageQuestion& question,
                                                    const policy::Evidence& evidence,
                                                    absl::Time deadline, ChildrenWork* children) {
  return judge_->Examine(*question.requirement, evidence, *question.allowance, nullptr, deadline,
                         children);
}

std::optional<Examiner::ExaminationPtr> Examiner::Check(const ImageQuestion& question,
                                                        const Gathered& remembered,
                                                        ExamineRecalled examine) {
  absl::StatusOr<policy::Examination> examination = examine(remembered.evidence, nullptr);
  if (!examination.ok()) return std::nullopt;
  const auto recall = [&](const oci::Digest& child) {
    return gatherer_->Recall(question.image.repository(), child, question.requirement->plan,
                             *question.scope);
  };
  RecallChildren(*gatherer_, *question.requirement, recall, examine, *examination);
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

std::optional<absl::Time> Examiner::AwaySince(const ImageQuestion& question) const {
  if (options_.away_since == nullptr) return std::nullopt;
  const oci::Repository& image = question.image.repository();
  std::optional<absl::Time> first;
  const auto ask = [&](const oci::Repository& repository) {
    const std::optional<absl::Time> since = options_.away_since(repository.registry);
    if (since.has_value()) first = std::min(*since, first.value_or(absl::InfiniteFuture()));
  };
  // It is asked for its tag.
  if (!question.image.digest().has_value()) ask(image);
  for (const PlanPart& part : PartsOf(question.requirement->plan, image)) ask(part.repository);
  return first;
}

std::optional<Examiner::ExaminationPtr> Examiner::ExamineAged(const ImageQuestion& question,
                                                              absl::Time deadline) {
  const oci::Digest& digest = *question.image.digest();
  absl::Duration age;
  const auto is_away = [this](const std::string& registry) {
    return options_.away_since(registry).has_value();
  };
  const auto recall = [&](const oci::Digest& asked) -> std::optional<GatheredPtr> {
    std::optional<EvidenceMemory::Aged> aged = gatherer_->RecallAged(
        question.image.repository(), asked, question.requirement->plan, *question.scope, is_away);
    if (!aged.has_value()) return std::nullopt;
    age = std::max(age, aged->age);
    return std::move(aged->gathered);
  };
  const std::optional<GatheredPtr> known = recall(digest);
  const bool may_hold = known.has_value() || (MayHoldByChildrenAlone(*question.requirement) &&
                                              gatherer_->platforms().Recall(digest) != nullptr);
  if (!may_hold) return std::nullopt;
  const policy::Evidence evidence =
      known.has_value() ? (*known)->evidence : policy::Evidence{.digest = digest};
  const auto judge = [&](const policy::Evidence& of, ChildrenWork* children) {
    return Judge(question, of, deadline, children);
  };
  absl::StatusOr<policy::Examination> examination = judge(evidence, nullptr);
  if (!examination.ok()) return std::nullopt;
  RecallChildren(*gatherer_, *question.requirement, recall, judge, *examination);
  if (!policy::Holds(*question.requirement, *examination)) return std::nullopt;
  examination->age = age;
  return std::make_shared<const policy::Examination>(*std::move(examination));
}

absl::StatusOr<Examiner::ExaminationPtr> Examiner::WhereAway(const ImageQuestion& question,
                                                             absl::StatusOr<ExaminationPtr> found,
                                                             absl::Time deadline) {
  if (found.ok() && policy::Holds(*question.requirement, **found)) return found;
  std::optional<policy::Examination> open;
  absl::Status failure = found.status();
  if (found.ok()) open = **found;
  absl::Status* const why =
      open.has_value() ? FindOpen(*open) : (IsOpen(failure) ? &failure : nullptr);
  const std::optional<absl::Time> since = why == nullptr ? std::nullopt : AwaySince(question);
  if (!since.has_value()) return found;
  // A tag is never taken for what it meant.
  if (question.image.digest().has_value()) {
    const absl::Time by = std::max(deadline, base::In(kTimeToExamineAged));
    if (std::optional<ExaminationPtr> aged = ExamineAged(question, by)) {
      ++aged_uses_;
      return *std::move(aged);
    }
  }
  *why = policy::RegistryAway(*why, *since);
  if (!open.has_value()) return failure;
  return std::make_shared<const policy::Examination>(*std::move(open));
}

}  // namespace countersign::verifier
