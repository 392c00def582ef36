#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_EXAMINER_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_EXAMINER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/single_flight.h"
#include "base/worker_pool.h"
#include "policy/evidence.h"
#include "policy/examination.h"
#include "policy/requirement.h"
#include "policy/verdict.h"
#include "verifier/evidence/children_look.h"
#include "verifier/evidence/evidence_gatherer.h"
#include "verifier/evidence/gathered.h"
#include "verifier/evidence/image_question.h"
#include "verifier/evidence/signature_judge.h"

namespace countersign::verifier {

// Looks at images and checks what is found, once for all who ask the same at the same time: the
// same image, by the same policy, with the same scope of credentials, so that nobody gets what
// another policy or another's credentials gave. (What different scopes have in common is for the
// gatherer to find out.) Evidence is held no longer than until it is checked; what is left is small.
//
// Each registry has a lane of its own in the pool, and who asks has only his share of it; checking
// has its turns (signature_judge.h). What nobody waits for any more ends soon.
//
// Thread-safe.
class Examiner {
 public:
  struct Options {
    // For one image, whoever still waits for it.
    absl::Duration timeout = absl::Seconds(15);
    // By which it is told how long each phase of a look took. Must outlive the examiner.
    const base::Clock* clock = &base::Clock::Real();
    // Since when a registry cannot be reached, as repositories have it; nullopt: it can be, or that is not
    // known. Thread-safe; null: of none that is known.
    std::function<std::optional<absl::Time>(std::string_view registry)> away_since = nullptr;
  };
  using Freshness = EvidenceGatherer::Freshness;
  using ExaminationPtr = std::shared_ptr<const policy::Examination>;
  using Ticket = base::SingleFlight<ExaminationPtr>::Ticket;

  // All pointers must outlive the examiner, and `pool` must be stopped before the others go.
  Examiner(EvidenceGatherer* gatherer, SignatureJudge* judge, base::WorkerPool* pool,
           Options options);

  // What is remembered of the image, if it is named by digest or its tag is remembered, too; nothing of its
  // own, where it may hold by the manifests of its index alone, which are remembered. No I/O.
  std::optional<GatheredPtr> Recall(const ImageQuestion& question);

  // Checks that, without any I/O: only something that holds is a result. Then a tag that is remembered is
  // asked for again in the background, if that is due (remembered_tags.h).
  std::optional<ExaminationPtr> ExamineRemembered(const ImageQuestion& question,
                                                  const Gathered& remembered, absl::Time deadline);

  // The same by what is remembered of checking it, too: nothing is waited for, and no public-key work done. Never
  // where attestations are asked for, whose statements may be long, or manifests of the image's index matter,
  // which may be many. `room`: as SignatureJudge::ExamineAtOnce has it.
  std::optional<ExaminationPtr> ExamineAtOnce(const ImageQuestion& question,
                                              const Gathered& remembered, size_t& room);

  // Starts to look at the image, or joins somebody who does; does not block. What may only allow is
  // enough where it holds, unless `freshness` says that it was found not to; what does not hold was
  // read for this: a look that had begun before it was joined may only allow, too, and is followed by
  // another where it does not.
  // The ticket's Wait answers as EvidenceGatherer::Gather and SignatureJudge::Examine do; what a deadline
  // ended, the look's or that of who waits, says what took the time (look_phases.h).
  Ticket Examine(const ImageQuestion& question, Freshness freshness = Freshness::kRemembered);

  // What came of a look, as it counts where a registry that was asked cannot be reached (decision 15): of an
  // image that is named by digest, what was verified before, if it still is by the policy of the question
  // (Examination::age); otherwise the error says that the registry is away (policy/registry_away.h). What
  // holds, and what failed for another reason, is as it was. No I/O; a few milliseconds even where the
  // deadline has passed.
  absl::StatusOr<ExaminationPtr> WhereAway(const ImageQuestion& question,
                                           absl::StatusOr<ExaminationPtr> found,
                                           absl::Time deadline);

  // How often something was verified so beyond its time.
  uint64_t aged_uses() const { return aged_uses_; }

 private:
  // What is remembered, as `examine` checks it.
  std::optional<ExaminationPtr> Check(const ImageQuestion& question, const Gathered& remembered,
                                      ExamineRecalled examine);
  // As SignatureJudge::Examine, of nobody's in particular.
  absl::StatusOr<policy::Examination> Judge(const ImageQuestion& question,
                                            const policy::Evidence& evidence, absl::Time deadline,
                                            ChildrenWork* children);
  // Since when one of the registries that such a look asks is away.
  std::optional<absl::Time> AwaySince(const ImageQuestion& question) const;
  // What holds by what is remembered, beyond its time too.
  std::optional<ExaminationPtr> ExamineAged(const ImageQuestion& question, absl::Time deadline);

  EvidenceGatherer* const gatherer_;
  SignatureJudge* const judge_;
  base::WorkerPool* const pool_;
  const Options options_;
  std::atomic<uint64_t> aged_uses_ = 0;
  base::SingleFlight<ExaminationPtr> flights_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_EXAMINER_H_
