#include "verifier/evidence/image_check.h"

#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "policy/evidence.h"
#include "verifier/evidence/look_phases.h"

namespace countersign::verifier {
namespace {

// Checks what is found of one manifest, stage by stage.
class Check {
 public:
  Check(SignatureJudge& judge, const ImageQuestion& question, const Looking& looking,
        ChildrenWork* children)
      : judge_(judge), question_(question), looking_(looking), children_(children) {}

  // Whether it is. Then that is not checked again.
  bool IsEnough(const policy::Evidence& evidence) {
    absl::StatusOr<policy::Examination> examination = Examine(evidence);
    if (!Suffices(examination)) return false;
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

  bool Suffices(const absl::StatusOr<policy::Examination>& examination) const {
    return examination.ok() &&
           SignatureJudge::IsEnough(*question_.requirement, *examination, children_);
  }

 private:
  absl::StatusOr<policy::Examination> Examine(const policy::Evidence& evidence) const {
    const LookPhases::Stay stay = looking_.In(LookPhase::kVerify);
    return judge_.Examine(*question_.requirement, evidence, *question_.allowance,
                          looking_.is_wanted, looking_.deadline, children_);
  }

  SignatureJudge& judge_;
  const ImageQuestion& question_;
  const Looking& looking_;
  ChildrenWork* const children_;
  std::optional<policy::Examination> enough_;  // what ended the look before its last stage
};

}  // namespace

absl::StatusOr<policy::Examination> GatherAndCheck(EvidenceGatherer& gatherer,
                                                   SignatureJudge& judge,
                                                   const ImageQuestion& question,
                                                   EvidenceGatherer::Freshness freshness,
                                                   const Looking& looking, ChildrenWork* children) {
  Check check(judge, question, looking, children);
  const auto is_enough = [&](const policy::Evidence& evidence) { return check.IsEnough(evidence); };
  const EvidenceGatherer::Search search = {.image = question.image,
                                           .scope = question.scope,
                                           .plan = question.requirement->plan,
                                           .is_enough = is_enough};
  CS_ASSIGN_OR_RETURN(GatheredPtr gathered, gatherer.Gather(search, freshness, looking));
  absl::StatusOr<policy::Examination> examination = check.Conclude(gathered->evidence);
  if (gathered->may_only_allow && !check.Suffices(examination)) {
    gathered.reset();  // and with it the bytes of whoever read it
    CS_ASSIGN_OR_RETURN(gathered,
                        gatherer.Gather(search, EvidenceGatherer::Freshness::kFresh, looking));
    examination = check.Conclude(gathered->evidence);
  }
  CS_RETURN_IF_ERROR(examination.status());
  gatherer.Remember(question.image.repository(), *question.scope, *gathered,
                    examination->verification);
  return examination;
}

}  // namespace countersign::verifier
