#include "verifier/evidence/children_look.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "oci/image_reference.h"
#include "policy/children.h"
#include "verifier/evidence/image_check.h"
#include "verifier/evidence/platform_lister.h"

namespace countersign::verifier {
namespace {

// The same, of a manifest of the image's index, beside which its evidence lies.
absl::StatusOr<ImageQuestion> QuestionOf(const ImageQuestion& question, const oci::Digest& child) {
  CS_ASSIGN_OR_RETURN(oci::ImageReference image,
                      oci::ImageReference::Parse(absl::StrCat(
                          question.image.repository().ToString(), "@", child.ToString())));
  return ImageQuestion{.image = std::move(image),
                       .scope = question.scope,
                       .requirement = question.requirement,
                       .allowance = question.allowance};
}

policy::Children ChildrenOf(const PlatformList& list) {
  return {.is_index = list.is_index, .count = list.manifests.size(), .unknown = list.fault};
}

// Why not all was found out of a manifest, as far as was looked; OK: all was.
absl::Status WhyUndecided(const policy::Examination& child) {
  return child.verification.stopped.ok() ? child.transient : child.verification.stopped;
}

// The manifests that lack something, before anybody is told of them: whoever asks must be let in to read
// what was remembered.
absl::Status ListAnew(EvidenceGatherer& gatherer, const ImageQuestion& question,
                      const Looking& looking, policy::Examination& examination) {
  const absl::StatusOr<PlatformListPtr> list = gatherer.platforms().List(
      question.image.repository(), examination.digest, question.scope, looking);
  if (absl::IsNotFound(list.status()) || absl::IsCancelled(list.status())) return list.status();
  if (!list.ok()) examination.children = policy::Children{.unknown = list.status()};
  return absl::OkStatus();
}

}  // namespace

absl::Status LookAtChildren(EvidenceGatherer& gatherer, SignatureJudge& judge,
                            const ImageQuestion& question, EvidenceGatherer::Freshness freshness,
                            const Looking& looking, policy::Examination& examination) {
  const policy::Requirement& requirement = *question.requirement;
  if (!policy::ChildrenMatter(requirement, examination)) return absl::OkStatus();
  PlatformListPtr list = gatherer.platforms().Recall(examination.digest);
  const bool was_remembered = list != nullptr;
  if (!was_remembered) {
    absl::StatusOr<PlatformListPtr> listed = gatherer.platforms().List(
        question.image.repository(), examination.digest, question.scope, looking);
    if (absl::IsNotFound(listed.status()) || absl::IsCancelled(listed.status())) {
      return listed.status();
    }
    if (!listed.ok()) {
      examination.children = policy::Children{.unknown = listed.status()};
      return absl::OkStatus();
    }
    list = *std::move(listed);
  }
  examination.children = ChildrenOf(*list);
  ChildrenWork work;
  for (const PlatformList::Manifest& manifest : list->manifests) {
    if (!policy::ChildrenMatter(requirement, examination)) break;
    CS_ASSIGN_OR_RETURN(const ImageQuestion asked, QuestionOf(question, manifest.digest));
    absl::StatusOr<policy::Examination> child =
        GatherAndCheck(gatherer, judge, asked, freshness, looking, &work);
    if (absl::IsCancelled(child.status())) return child.status();
    const absl::Status undecided = child.ok() ? WhyUndecided(*child) : child.status();
    if (!child.ok()) child = policy::Examination{.digest = manifest.digest};
    policy::AddChild(requirement, manifest.platform, *child, undecided, *examination.children);
  }
  if (!was_remembered || policy::Holds(requirement, examination)) return absl::OkStatus();
  return ListAnew(gatherer, question, looking, examination);
}

void RecallChildren(EvidenceGatherer& gatherer, const policy::Requirement& requirement,
                    RecallChild recall, ExamineRecalled examine, policy::Examination& examination) {
  if (!policy::ChildrenMatter(requirement, examination)) return;
  const PlatformListPtr list = gatherer.platforms().Recall(examination.digest);
  if (list == nullptr) return;
  examination.children = ChildrenOf(*list);
  ChildrenWork work;
  for (const PlatformList::Manifest& manifest : list->manifests) {
    if (!policy::ChildrenMatter(requirement, examination)) return;
    const std::optional<GatheredPtr> known = recall(manifest.digest);
    if (!known.has_value()) return;
    const absl::StatusOr<policy::Examination> child = examine((*known)->evidence, &work);
    if (!child.ok()) return;
    policy::AddChild(requirement, manifest.platform, *child, WhyUndecided(*child),
                     *examination.children);
  }
}

}  // namespace countersign::verifier
