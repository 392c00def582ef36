#ifndef COUNTERSIGN_VERIFIER_SERVING_IMAGE_VERIFIER_H_
#define COUNTERSIGN_VERIFIER_SERVING_IMAGE_VERIFIER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/byte_budget.h"
#include "base/clock.h"
#include "verifier/evidence/allowance.h"
#include "verifier/evidence/examiner.h"
#include "verifier/policies/namespace_labels.h"
#include "verifier/policies/policy_store.h"
#include "verifier/serving/asked_workload.h"
#include "verifier/serving/requirement_memory.h"
#include "verifier/serving/workload_question.h"

namespace countersign::verifier {

// Answers the verify API's question, from a client of the server or the `countersign` command:
// takes one policy snapshot, and for each distinct image asks what must hold, looks at what there
// is, and judges. Images are looked at in parallel; one that needs no look never waits for one that
// does.
//
// Thread-safe.
class ImageVerifier {
 public:
  struct Options {
    ImageRules rules;
    // What one request may take.
    Allowance::Limits allowance;
    // The labels of a namespace, null where they are not known; without it, of none.
    std::function<LabelsPtr(std::string_view name)> namespace_labels = nullptr;
    // The moment of a request, for policies that hold for a time. Must outlive the verifier.
    const base::Clock* clock = &base::Clock::Real();
  };

  // The pointers must outlive the verifier. What registries send is counted in `bytes`.
  ImageVerifier(const PolicyStore* policies, Examiner* examiner, base::ByteBudget* bytes,
                Options options);

  // Is told of the verdict about one distinct image, and by their indexes of which of the question's
  // images it is one, in their order. Its error ends the asking.
  using Tell = absl::FunctionRef<absl::Status(ImageVerdict image, absl::Span<const size_t> uses)>;

  // Tells of each distinct image: first of those that need no look, in the order of the question, each as
  // soon as what is remembered of it has been checked; then of the others, soon after they are found. What
  // is found while the first are checked, or while one has to be looked at once more
  // (base/single_flight.h), is held until after that. What is not decided by `deadline` is undecided. So
  // nothing is held here of a verdict that was told, and else not much of one that is to be. Returns the
  // error of `tell`. How much may be asked is checked where the question is read (ReadQuestion).
  absl::Status VerifyEach(const WorkloadQuestion& question, const Inquirer& inquirer,
                          absl::Time deadline, Tell tell);

  // What is judged on a thread that others wait for, a fraction of a millisecond: so many images, with so many
  // outcomes that are looked up.
  static constexpr size_t kMostAtOnce = 32;
  static constexpr size_t kMostOutcomesAtOnce = 512;

  // The same where no image has to be looked at, and nothing proved anew: nothing is waited for, and nobody
  // else's work done. Nullopt: one has, or there are more than kMostAtOnce, or more outcomes than there is room
  // for; nothing was told, and VerifyEach begins anew, maybe by other policies. (A tag that is remembered may
  // have begun to be asked for again.) What was looked up is taken off the room either way.
  std::optional<absl::Status> VerifyAtOnce(const WorkloadQuestion& question,
                                           const Inquirer& inquirer, size_t& room, Tell tell);

  // All of those verdicts together.
  WorkloadAnswer Verify(const WorkloadQuestion& question, const Inquirer& inquirer,
                        absl::Time deadline);

  const RequirementMemory& requirements() const { return requirements_; }

 private:
  // What is asked of the question's images, by the policies that are in force now. `question` must outlive it.
  AskedWorkload Begin(const WorkloadQuestion& question, const Inquirer& inquirer);

  const PolicyStore* const policies_;
  Examiner* const examiner_;
  base::ByteBudget* const bytes_;
  const Options options_;
  std::atomic<uint64_t> requests_ = 0;
  RequirementMemory requirements_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_IMAGE_VERIFIER_H_
