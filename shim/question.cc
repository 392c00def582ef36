#include "shim/question.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/workload.h"

namespace countersign::shim {
namespace {

// The pod template of another kind is elsewhere, so the review must not lie about the kind; and the
// annotations are going to be patched.
absl::Status CheckObject(const kube::AdmissionRequest& review) {
  const base::Json& object = review.object;
  CS_ASSIGN_OR_RETURN(const std::string kind, base::StringMember(object, "kind", ""));
  CS_ASSIGN_OR_RETURN(const std::string version, base::StringMember(object, "apiVersion", ""));
  const std::string stated = absl::StrCat(version, " ", kind);
  if (!(kind.empty() && version.empty()) && stated != review.kind.ToString()) {
    return absl::InvalidArgumentError(absl::StrCat("it is a ", base::Printable(stated),
                                                   ", but the review is about a ",
                                                   base::Printable(review.kind.ToString())));
  }
  CS_ASSIGN_OR_RETURN(const base::Json* metadata, base::ObjectMember(object, "metadata", ""));
  if (metadata == nullptr) return absl::OkStatus();
  return base::ObjectMember(*metadata, "annotations", "/metadata").status();
}

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
  absl::flat_hash_set<std::string_view> seen;
  for (const std::string& name : workload.image_pull_secrets) {
    if (seen.insert(name).second) request.add_image_pull_secrets(name);
  }
  v1::Subject* subject = request.mutable_subject();
  subject->set_kind(review.kind.kind);
  subject->set_name(review.name);
  subject->set_operation(review.operation);
  subject->set_dry_run(review.dry_run);
  return request;
}

std::string DescribePlace(const kube::ImageUse& use) {
  if (use.container.empty()) return base::Printable(use.pointer);
  const bool is_volume = use.pointer.ends_with("/image/reference");
  return absl::StrCat(is_volume ? "volume " : "container ", base::Printable(use.container));
}

// Adds to `question` the images that `stored` does not have.
void AddImages(const std::vector<kube::ImageUse>& uses,
               const absl::flat_hash_set<std::string>& stored, Question& question) {
  absl::flat_hash_map<std::string_view, size_t> index_of;
  for (const kube::ImageUse& use : uses) {
    if (stored.contains(use.reference)) {
      question.unchanged.push_back(use.reference);
      continue;
    }
    const auto [entry, is_new] = index_of.try_emplace(use.reference, question.places.size());
    if (is_new) {
      v1::Image* image = question.request.add_images();
      image->set_container(use.container);
      image->set_reference(use.reference);
      question.places.emplace_back();
    }
    question.places[entry->second].push_back(DescribePlace(use));
  }
}

absl::Status CheckSize(const Question& question) {
  size_t images = 0;
  for (const std::vector<std::string>& places : question.places) images += places.size();
  if (images > kMaxImages) {
    return absl::InvalidArgumentError(absl::StrCat("it has ", images, " images to check; at most ",
                                                   kMaxImages, " are checked in one object"));
  }
  const v1::VerifyImagesRequest& request = question.request;
  // A verifier would call this ResourceExhausted, which might pass for a busy one.
  if (request.ByteSizeLong() > kMaxQuestionBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the names in it are ", request.ByteSizeLong(),
                                                   " bytes together; at most ", kMaxQuestionBytes,
                                                   " are looked at in one object"));
  }
  return absl::OkStatus();
}

bool IsDigest(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  const auto is_hex = [](char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); };
  return text.starts_with(kPrefix) && text.size() == kPrefix.size() + 64 &&
         std::all_of(text.begin() + kPrefix.size(), text.end(), is_hex);
}

// What is wrong with an answer about one image, or "".
std::string_view FaultOf(const v1::Image& image, const v1::Verdict& verdict) {
  constexpr int kFirstDenyingReason = 100;
  if (verdict.reference() != image.reference()) return "is about another image";
  if (verdict.decision() == v1::DECISION_DENY) return "";
  if (verdict.decision() != v1::DECISION_ALLOW) return "is no decision";
  if (verdict.reason() <= v1::REASON_UNSPECIFIED || verdict.reason() >= kFirstDenyingReason) {
    return "allows it without a reason to";
  }
  if (verdict.reason() == v1::REASON_VERIFIED && !IsDigest(verdict.digest())) {
    return "does not say which digest was verified";
  }
  return "";
}

}  // namespace

absl::StatusOr<Question> BuildQuestion(const kube::AdmissionRequest& review,
                                       std::string_view template_path, bool ask_about_unchanged,
                                       const std::vector<std::string>& template_placeholders) {
  CS_RETURN_IF_ERROR(CheckObject(review));
  CS_ASSIGN_OR_RETURN(const kube::Workload workload,
                      kube::FindImages(review.object, template_path, template_placeholders));
  absl::flat_hash_set<std::string> stored;
  if (!ask_about_unchanged) stored = StoredReferences(review, template_path);
  Question question;
  question.request = DescribeWorkload(review, workload);
  AddImages(workload.images, stored, question);
  CS_RETURN_IF_ERROR(CheckSize(question));
  return question;
}

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

}  // namespace countersign::shim
