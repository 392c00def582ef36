#include "verifier/evidence/signature_judge.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"

namespace countersign::verifier {
namespace {

// One operation of the dearest kind: some 2 ms.
constexpr size_t kUnitsPerSlice = 24;

}  // namespace

// The checking of one image's signatures, as far as it is paid for.
class SignatureJudge::Work {
 public:
  Work(SignatureJudge* judge, Allowance* allowance, const Wanted& is_wanted, absl::Time deadline)
      : judge_(judge), allowance_(allowance), is_wanted_(is_wanted), deadline_(deadline) {}

  // Waits for the next slice.
  absl::Status Enter() {
    place_.reset();
    CS_ASSIGN_OR_RETURN(base::Turnstile::Place place,
                        judge_->turnstile_.Enter(allowance_->share(), is_wanted_, deadline_));
    place_.emplace(std::move(place));
    of_slice_ = 0;
    return absl::OkStatus();
  }

  absl::Status Spend(size_t units) {
    const size_t most = judge_->options_.units_per_image;
    if (units > most - of_image_) {
      is_image_at_its_end_ = true;
      return absl::ResourceExhaustedError(
          absl::StrCat("checking them takes more than the ", most,
                       " units of work that are done for one image"));
    }
    if (is_wanted_ != nullptr && !is_wanted_()) {
      return absl::CancelledError("nobody waits for it any more");
    }
    if (absl::Now() >= deadline_) return absl::DeadlineExceededError("they were too many");
    if (of_slice_ > 0 && of_slice_ + units > kUnitsPerSlice) CS_RETURN_IF_ERROR(Enter());
    if (!allowance_->TakeUnits(units)) {
      return absl::AbortedError(
          absl::StrCat("checking signatures takes more than the ", allowance_->limits().units,
                       " units of work that are done for all images of one request"));
    }
    of_slice_ += units;
    of_image_ += units;
    judge_->units_ += units;
    return absl::OkStatus();
  }

  bool is_image_at_its_end() const { return is_image_at_its_end_; }

 private:
  SignatureJudge* const judge_;
  Allowance* const allowance_;
  const Wanted& is_wanted_;
  const absl::Time deadline_;
  std::optional<base::Turnstile::Place> place_;
  size_t of_slice_ = 0;
  size_t of_image_ = 0;
  bool is_image_at_its_end_ = false;
};

absl::StatusOr<policy::Examination> SignatureJudge::Examine(const policy::Requirement& requirement,
                                                            const policy::Evidence& evidence,
                                                            Allowance& allowance,
                                                            const Wanted& is_wanted,
                                                            absl::Time deadline) {
  Work work(this, &allowance, is_wanted, deadline);
  // Nothing is to be checked where nothing was found.
  if (!evidence.signatures.empty()) CS_RETURN_IF_ERROR(work.Enter());
  policy::Examination examination =
      policy::Examine(requirement, evidence, [&work](size_t units) { return work.Spend(units); });
  const bool is_undecided =
      !policy::Holds(requirement, examination) && !examination.verification.stopped.ok();
  if (is_undecided && !work.is_image_at_its_end()) return examination.verification.stopped;
  return examination;
}

}  // namespace countersign::verifier
