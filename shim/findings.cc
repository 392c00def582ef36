#include "shim/findings.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/printable.h"
#include "proto/verdicts.h"
#include "shim/verifier_answer.h"

namespace countersign::shim {
namespace {

// Of images that are verified by what was found before, in the audit log.
constexpr size_t kMaxStaleTold = 10;
constexpr size_t kMaxStaleBytes = 300;

ImageMarks MarksForObject(const kube::AdmissionRequest& request, const Findings& findings) {
  ImageMarks marks = findings.asked;
  if (findings.unchanged.empty()) return marks;
  ImageMarks stored = ReadMarks(request.old_object);
  for (const std::string& reference : findings.unchanged) {
    AddMark(reference, stored[reference], marks);
  }
  return marks;
}

}  // namespace

Findings FindingsOf(const Question& question, const v1::VerifyImagesResponse& verdicts) {
  Findings findings = {.unchanged = question.unchanged};
  for (const AskedUse& use : question.uses) {
    const v1::Verdict& verdict = VerdictOn(use, verdicts);
    std::string text = TextAfter(use, verdict);
    AddMark(text, MarkOf(verdict), findings.asked);
    if (text != use.reference) findings.changes.push_back({use.pointer, std::move(text)});
  }
  return findings;
}

Findings FindingsUnasked(const Question& question) {
  Findings findings = {.unchanged = question.unchanged};
  for (const AskedUse& use : question.uses) AddMark(use.reference, ImageMark{}, findings.asked);
  return findings;
}

bool LacksPins(const Question& question, const v1::VerifyImagesResponse& verdicts) {
  return absl::c_any_of(question.uses, [&](const AskedUse& use) {
    const v1::Verdict& verdict = VerdictOn(use, verdicts);
    return use.may_be_pinned && v1::IsVerified(verdict) && verdict.pinned_reference().empty();
  });
}

std::string DescribeStaleEvidence(const Question& question,
                                  const v1::VerifyImagesResponse& verdicts) {
  std::vector<std::string> told;
  absl::flat_hash_set<std::string_view> seen;
  for (const AskedUse& use : question.uses) {
    const v1::Verdict& verdict = VerdictOn(use, verdicts);
    if (verdict.stale_evidence_seconds() == 0 || !seen.insert(use.reference).second) continue;
    if (seen.size() > kMaxStaleTold) continue;
    told.push_back(absl::StrCat(base::Printable(use.reference, kMaxStaleBytes), " (",
                                verdict.stale_evidence_seconds(), " s)"));
  }
  if (seen.size() > kMaxStaleTold) {
    told.push_back(absl::StrCat("and ", seen.size() - kMaxStaleTold, " more"));
  }
  return absl::StrJoin(told, ", ");
}

ImageMarks MarksForAudit(const Findings& findings) {
  ImageMarks marks = findings.asked;
  for (const std::string& reference : findings.unchanged) {
    AddMark(reference, {.status = ImageStatus::kNotCheckedAgain}, marks);
  }
  return marks;
}

std::string PatchOf(const kube::AdmissionRequest& request, const Findings& findings) {
  Patch patch = PatchTexts(findings.changes);
  // The API server keeps no annotation that comes with an update of a subresource.
  if (request.sub_resource.empty()) {
    Patch annotations =
        PatchAnnotations(request.object, WriteMarks(MarksForObject(request, findings)));
    for (std::string& operation : annotations) patch.push_back(std::move(operation));
  }
  return WritePatch(patch);
}

}  // namespace countersign::shim
