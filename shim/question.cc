#include "shim/question.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "kube/workload.h"

namespace countersign::shim {
namespace {

// The references of the stored object; none if it cannot be read, so that all are asked about.
absl::flat_hash_set<std::string> StoredReferences(const kube::AdmissionRequest& review,
                                                  std::string_view template_path) {
  absl::flat_hash_set<std::string> references;
  if (review.operation != "UPDATE") return references;
  const absl::StatusOr<kube::Workload> stored = kube::FindImages(review.old_object, template_path);
  if (!stored.ok()) return references;
  for (const kube::ImageUse& use : stored->images) references.insert(use.reference);
  return references;
}

// Everything but the images. The namespace is the request's: an object may claim any.
v1::VerifyImagesRequest DescribeWorkload(const kube::AdmissionRequest& review,
                                         const kube::Workload& workload) {
  v1::VerifyImagesRequest request;
  request.set_namespace_(review.request_namespace);
  request.set_service_account(workload.service_account);
  request.mutable_image_pull_secrets()->Assign(workload.image_pull_secrets.begin(),
                                               workload.image_pull_secrets.end());
  v1::Subject* subject = request.mutable_subject();
  subject->set_kind(review.kind.kind);
  subject->set_name(review.name);
  subject->set_operation(review.operation);
  subject->set_dry_run(review.dry_run);
  return request;
}

}  // namespace

absl::StatusOr<Question> BuildQuestion(const kube::AdmissionRequest& review,
                                       std::string_view template_path, bool ask_about_unchanged) {
  CS_ASSIGN_OR_RETURN(const kube::Workload workload,
                      kube::FindImages(review.object, template_path));
  absl::flat_hash_set<std::string> stored;
  if (!ask_about_unchanged) stored = StoredReferences(review, template_path);
  Question question;
  question.request = DescribeWorkload(review, workload);
  for (const kube::ImageUse& use : workload.images) {
    if (stored.contains(use.reference)) {
      question.unchanged.push_back(use.reference);
      continue;
    }
    v1::Image* image = question.request.add_images();
    image->set_container(use.container);
    image->set_reference(use.reference);
  }
  if (question.request.images_size() > kMaxImages) {
    return absl::InvalidArgumentError(
        absl::StrCat("the object has ", question.request.images_size(),
                     " images to check; at most ", kMaxImages, " are checked in one object"));
  }
  return question;
}

bool Answers(const v1::VerifyImagesRequest& request, const v1::VerifyImagesResponse& response) {
  if (response.verdicts_size() != request.images_size()) return false;
  for (int i = 0; i < request.images_size(); ++i) {
    if (response.verdicts(i).reference() != request.images(i).reference()) return false;
  }
  return true;
}

}  // namespace countersign::shim
