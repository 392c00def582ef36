#include "shim/verifier_answer.h"

#include <cstddef>
#include <string_view>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "proto/verdicts.h"
#include "shim/pinning.h"

namespace countersign::shim {
namespace {

bool HasDigest(std::string_view reference) {
  const size_t at = reference.rfind('@');
  return at != std::string_view::npos && IsDigest(reference.substr(at + 1));
}

bool IsPinnedAsJudged(const v1::Verdict& verdict) {
  const std::string& pinned = verdict.pinned_reference();
  if (pinned.empty() || pinned == verdict.reference()) return true;
  return pinned.ends_with("@" + verdict.digest()) && IsPinnedFormOf(pinned, verdict.reference());
}

// What is wrong with an answer about one image, or "".
std::string_view FaultOf(const v1::Image& image, const v1::Verdict& verdict) {
  if (verdict.reference() != image.reference()) return "is about another image";
  if (verdict.decision() == v1::DECISION_DENY) return "";
  if (!v1::IsAllowed(verdict)) return "is no decision";
  if (!v1::IsReasonToAllow(verdict.reason())) return "allows it without a reason to";
  if (v1::IsVerified(verdict) && !IsDigest(verdict.digest())) {
    return "does not say which digest was verified";
  }
  return IsPinnedAsJudged(verdict) ? "" : "is pinned to something else";
}

}  // namespace

absl::Status CheckAnswer(const v1::VerifyImagesRequest& request,
                         const v1::VerifyImagesResponse& response) {
  if (response.verdicts_size() != request.images_size()) {
    return absl::InternalError(absl::StrCat(response.verdicts_size(), " verdicts about ",
                                            request.images_size(), " images"));
  }
  for (int i = 0; i < request.images_size(); ++i) {
    const std::string_view fault = FaultOf(request.images(i), response.verdicts(i));
    if (fault.empty()) continue;
    return absl::InternalError(
        absl::StrCat("the one about ", base::Printable(request.images(i).reference()), " ", fault));
  }
  return absl::OkStatus();
}

const v1::Verdict& VerdictOn(const AskedUse& use, const v1::VerifyImagesResponse& response) {
  if (use.stored_image.has_value()) {
    const v1::Verdict& stored = response.verdicts(*use.stored_image);
    // Where a digest had to be looked up, the one that was let in before stays, too.
    const bool was_looked_up = !response.verdicts(use.image).pinned_reference().empty();
    if (v1::IsAllowedByPolicy(stored) || (v1::IsAllowed(stored) && was_looked_up)) return stored;
  }
  return response.verdicts(use.image);
}

std::string TextAfter(const AskedUse& use, const v1::Verdict& verdict) {
  // The stored text.
  if (verdict.reference() != use.reference) return verdict.reference();
  const bool is_pinned =
      use.may_be_pinned && v1::IsAllowed(verdict) && !verdict.pinned_reference().empty();
  return is_pinned ? verdict.pinned_reference() : use.reference;
}

bool LacksRequiredPin(const Question& question, const AskedUse& use, const v1::Verdict& verdict) {
  return question.is_pod && !use.is_unchanged && verdict.pinning_required() &&
         v1::IsAllowed(verdict) && !HasDigest(TextAfter(use, verdict));
}

bool MayRun(const Question& question, const AskedUse& use, const v1::Verdict& verdict) {
  return v1::IsAllowed(verdict) && !LacksRequiredPin(question, use, verdict);
}

bool AllMayRun(const Question& question, const v1::VerifyImagesResponse& response) {
  return absl::c_all_of(question.uses, [&](const AskedUse& use) {
    return MayRun(question, use, VerdictOn(use, response));
  });
}

}  // namespace countersign::shim
