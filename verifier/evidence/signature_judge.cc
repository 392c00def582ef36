#include "verifier/evidence/signature_judge.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/phase_duration.h"
#include "base/status_macros.h"
#include "base/wanted.h"
#include "cosign/item.h"
#include "cosign/outcome.h"
#include "cosign/refusal.h"
#include "cosign/signer.h"
#include "cosign/verify.h"
#include "policy/prove.h"

namespace countersign::verifier {
namespace {

// One operation of the dearest kind: some 2 ms.
constexpr size_t kUnitsPerSlice = 24;
// So many outcomes cost a unit that are remembered, or need no public-key operation.
constexpr size_t kCheapPerUnit = 64;

}  // namespace

// The checking of one image's signatures, as far as it is paid for.
class SignatureJudge::Work {
 public:
  Work(SignatureJudge* judge, Allowance* allowance, const Wanted& is_wanted, absl::Time deadline,
       size_t of_image)
      : judge_(judge),
        allowance_(allowance),
        is_wanted_(is_wanted),
        deadline_(deadline),
        of_image_(of_image) {}

  // As policy::Prove. What is not remembered waits for a turn and is paid for.
  absl::StatusOr<policy::OutcomePtr> Prove(const cosign::Item& item, const cosign::Claim& claim,
                                           const cosign::Signer& signer) {
    if (policy::OutcomePtr known = judge_->proofs_.Find(item, claim, signer)) {
      CS_RETURN_IF_ERROR(PayForCheapOne());
      return known;
    }
    if (!place_.has_value()) CS_RETURN_IF_ERROR(Enter());
    CS_RETURN_IF_ERROR(PayForReading(item));
    // What is of another image buys no public-key work.
    if (std::optional<cosign::Refusal> refusal = cosign::FindRefusal(item, claim)) {
      CS_RETURN_IF_ERROR(PayForCheapOne());
      return std::make_shared<const cosign::Outcome>(*std::move(refusal));
    }
    CS_ASSIGN_OR_RETURN(policy::OutcomePtr outcome, Verify(item, claim, signer));
    judge_->proofs_.Keep(item, claim, signer, outcome);
    return outcome;
  }

  size_t of_image() const { return of_image_; }
  bool is_image_at_its_end() const { return is_image_at_its_end_; }

 private:
  // Each part is paid for before it is done; what is refused early is cheap.
  absl::StatusOr<policy::OutcomePtr> Verify(const cosign::Item& item, const cosign::Claim& claim,
                                            const cosign::Signer& signer) {
    absl::Status paid = absl::OkStatus();
    bool is_free = true;
    cosign::Outcome outcome = cosign::Verify(item, claim, signer, [&](size_t units) {
      is_free = false;
      if (paid.ok()) paid = Spend(units);
      return paid.ok();
    });
    CS_RETURN_IF_ERROR(paid);
    if (is_free) CS_RETURN_IF_ERROR(PayForCheapOne());
    return std::make_shared<const cosign::Outcome>(std::move(outcome));
  }

  // Waits for the next slice.
  absl::Status Enter() {
    place_.reset();
    CS_ASSIGN_OR_RETURN(base::Turnstile::Place place,
                        judge_->turnstile_.Enter(allowance_->share(), is_wanted_, deadline_));
    place_.emplace(std::move(place));
    of_slice_ = 0;
    return absl::OkStatus();
  }

  // It is read once, whoever signed it. Short ones cost something together.
  absl::Status PayForReading(const cosign::Item& item) {
    const cosign::Content content = cosign::ContentOf(item);
    if (content.id == nullptr || !read_.insert(content.id).second) return absl::OkStatus();
    const size_t paid = cosign::CostToRead(bytes_read_);
    bytes_read_ += content.bytes;
    const size_t units = cosign::CostToRead(bytes_read_) - paid;
    return units == 0 ? absl::OkStatus() : Spend(units);
  }

  // Few are for nothing, and need no turn; there can be a thousand for each of many keys.
  absl::Status PayForCheapOne() {
    if (++cheap_ % kCheapPerUnit != 0) return absl::OkStatus();
    if (!place_.has_value()) CS_RETURN_IF_ERROR(Enter());
    return Spend(1);
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
      return base::NobodyWaits();
    }
    if (base::HasPassed(deadline_)) return absl::DeadlineExceededError("they were too many");
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

  SignatureJudge* const judge_;
  Allowance* const allowance_;
  const Wanted& is_wanted_;
  const absl::Time deadline_;
  std::optional<base::Turnstile::Place> place_;
  absl::flat_hash_set<const void*> read_;  // contents
  size_t bytes_read_ = 0;                  // of those
  size_t cheap_ = 0;                       // outcomes so far
  size_t of_slice_ = 0;
  size_t of_image_;
  bool is_image_at_its_end_ = false;
};

std::optional<policy::Examination> SignatureJudge::ExamineAtOnce(
    const policy::Requirement& requirement, const policy::Evidence& evidence, size_t& room) {
  size_t asked = 0;
  bool is_known = true;
  policy::Examination examination =
      policy::Examine(requirement, evidence,
                      [&](const cosign::Item& item, const cosign::Claim& claim,
                          const cosign::Signer& signer) -> absl::StatusOr<policy::OutcomePtr> {
                        if (++asked < kCheapPerUnit && room > 0) {
                          --room;
                          policy::OutcomePtr known = proofs_.Find(item, claim, signer);
                          if (known != nullptr) return known;
                        }
                        is_known = false;
                        return absl::UnavailableError("it is not remembered");
                      });
  if (!is_known) return std::nullopt;
  return examination;
}

absl::StatusOr<policy::Examination> SignatureJudge::Examine(
    const policy::Requirement& requirement, const policy::Evidence& evidence, Allowance& allowance,
    const Wanted& is_wanted, absl::Time deadline, ChildrenWork* children) {
  const base::PhaseTimer timer(options_.duration);
  Work work(this, &allowance, is_wanted, deadline, children == nullptr ? 0 : children->units);
  policy::Examination examination = policy::Examine(
      requirement, evidence,
      [&work](const cosign::Item& item, const cosign::Claim& claim, const cosign::Signer& signer) {
        return work.Prove(item, claim, signer);
      });
  if (children != nullptr) children->units = work.of_image();
  const bool is_undecided =
      !IsEnough(requirement, examination, children) && !examination.verification.stopped.ok();
  if (!is_undecided) return examination;
  if (!work.is_image_at_its_end()) return examination.verification.stopped;
  if (options_.image_ends != nullptr) options_.image_ends->Increment();
  return examination;
}

}  // namespace countersign::verifier
