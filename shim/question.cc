#include "shim/question.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/admission/workload.h"
#include "kube/metadata.h"
#include "proto/limits.h"
#include "shim/image_marks.h"
#include "shim/pinning.h"

namespace countersign::shim {
namespace {

// Each that is not ours has to be removed by an operation of its own.
constexpr size_t kMaxOwnAnnotations = 64;
constexpr std::string_view kEphemeralSubResource = "ephemeralcontainers";

// The pod template of another kind is elsewhere, so the review must not lie about the kind; and the
// annotations are going to be patched.
absl::Status CheckObject(const kube::AdmissionRequest& review) {
  const base::JsonPlace object(review.object);
  CS_ASSIGN_OR_RETURN(const std::string kind, object.OptionalString("kind"));
  CS_ASSIGN_OR_RETURN(const std::string version, object.OptionalString("apiVersion"));
  const std::string stated = absl::StrCat(version, " ", kind);
  if (!(kind.empty() && version.empty()) && stated != review.kind.ToString()) {
    return absl::InvalidArgumentError(absl::StrCat("it is a ", base::Printable(stated),
                                                   ", but the review is about a ",
                                                   base::Printable(review.kind.ToString())));
  }
  CS_ASSIGN_OR_RETURN(const auto metadata, object.OptionalObject("metadata"));
  return metadata ? metadata->OptionalObject("annotations").status() : absl::OkStatus();
}

// The images of the stored object by where they are; none if it cannot be read, so that all are
// asked about.
class StoredImages {
 public:
  StoredImages(const kube::AdmissionRequest& review, std::string_view template_path) {
    if (review.operation != "UPDATE") return;
    absl::StatusOr<kube::Workload> stored = kube::ReadWorkload(review.old_object, template_path);
    if (!stored.ok()) return;
    for (kube::ImageUse& use : stored->images) {
      texts_[{std::string(use.list), std::move(use.container)}].insert(std::move(use.reference));
    }
  }

  bool Has(const kube::ImageUse& use) const {
    const auto* texts = At(use);
    return texts != nullptr && texts->contains(use.reference);
  }

  // Whether something is at the place of `use`, whatever its text.
  bool HasPlace(const kube::ImageUse& use) const { return At(use) != nullptr; }

  // The text at the place of `use` that is its own and a digest, or "".
  std::string PinnedFormOf(const kube::ImageUse& use) const {
    const auto* texts = At(use);
    if (texts == nullptr) return "";
    for (const std::string& text : *texts) {
      if (IsPinnedFormOf(text, use.reference)) return text;
    }
    return "";
  }

 private:
  // A name belongs to one container of a list, but templates of the operator's kinds are checked by
  // nobody.
  using Texts = std::set<std::string>;

  const Texts* At(const kube::ImageUse& use) const {
    const auto found = texts_.find(std::pair(std::string(use.list), use.container));
    return found == texts_.end() ? nullptr : &found->second;
  }

  absl::flat_hash_map<std::pair<std::string, std::string>, Texts> texts_;
};

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

// What the object is, and its labels, which some policies are limited to.
absl::Status DescribeObject(const kube::AdmissionRequest& review,
                            v1::VerifyImagesRequest& request) {
  CS_ASSIGN_OR_RETURN(const auto labels, kube::ReadLabels(review.object));
  if (labels.size() > v1::kMaxLabels) {
    return absl::InvalidArgumentError(absl::StrCat("it has ", labels.size(), " labels; at most ",
                                                   v1::kMaxLabels, " are looked at"));
  }
  v1::ObjectDescription& object = *request.mutable_object();
  object.set_api_group(review.resource.group);
  object.set_api_version(review.resource.version);
  object.set_resource(review.resource.resource);
  size_t bytes = 0;
  for (const auto& [name, value] : labels) {
    bytes += name.size() + value.size();
    (*object.mutable_labels())[name] = value;
  }
  if (bytes <= v1::kMaxLabelBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "its labels are ", bytes, " bytes together; at most ", v1::kMaxLabelBytes, " are looked at"));
}

std::string DescribePlace(const kube::ImageUse& use) {
  if (use.container.empty()) return base::Printable(use.pointer);
  const bool is_volume = use.pointer.ends_with("/image/reference");
  return absl::StrCat(is_volume ? "volume " : "container ", base::Printable(use.container));
}

// Whether a use that must be judged may be given a digest, which the API server would have to store.
bool MayBePinned(const kube::ImageUse& use, const kube::AdmissionRequest& review, bool is_pod,
                 const StoredImages& stored) {
  if (review.operation != "UPDATE") return true;
  if (stored.Has(use)) return false;
  if (!is_pod) return true;
  if (!review.sub_resource.empty()) {
    return use.list == kube::kEphemeralContainers && !stored.HasPlace(use);
  }
  return use.list == kube::kContainers || use.list == kube::kInitContainers;
}

// Makes the images of a question, each reference once.
class ImageList {
 public:
  explicit ImageList(v1::VerifyImagesRequest* request) : request_(request) {}

  int Add(const std::string& container, const std::string& reference) {
    const auto [entry, is_new] = index_of_.try_emplace(reference, request_->images_size());
    if (is_new) {
      v1::Image* image = request_->add_images();
      image->set_container(container);
      image->set_reference(reference);
    }
    return entry->second;
  }

 private:
  v1::VerifyImagesRequest* const request_;
  absl::flat_hash_map<std::string, int> index_of_;
};

void AddUses(const std::vector<kube::ImageUse>& uses, const kube::AdmissionRequest& review,
             std::string_view template_path, const QuestionOptions& options, Question& question) {
  const StoredImages stored(review, template_path);
  ImageList images(&question.request);
  for (const kube::ImageUse& use : uses) {
    if (!options.ask_about_unchanged && stored.Has(use)) {
      question.unchanged.push_back(use.reference);
      continue;
    }
    AskedUse asked = {.reference = use.reference,
                      .pointer = use.pointer,
                      .place = DescribePlace(use),
                      .image = images.Add(use.container, use.reference),
                      .is_unchanged = stored.Has(use)};
    if (options.pins_images) {
      asked.may_be_pinned = MayBePinned(use, review, template_path.empty(), stored);
      const std::string pinned = stored.PinnedFormOf(use);
      if (!pinned.empty()) asked.stored_image = images.Add(use.container, pinned);
    }
    question.uses.push_back(std::move(asked));
  }
}

absl::Status CheckSize(const Question& question) {
  const size_t images = std::max<size_t>(question.uses.size(), question.request.images_size());
  if (images > size_t{v1::kMaxImages}) {
    return absl::InvalidArgumentError(absl::StrCat("it has ", images, " images to check; at most ",
                                                   v1::kMaxImages, " are checked in one object"));
  }
  const v1::VerifyImagesRequest& request = question.request;
  // A verifier would call this ResourceExhausted, which might pass for a busy one.
  if (request.ByteSizeLong() > v1::kMaxQuestionBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the names in it are ", request.ByteSizeLong(), " bytes together; at most ",
                     v1::kMaxQuestionBytes, " are looked at in one object"));
  }
  return absl::OkStatus();
}

}  // namespace

bool NeedsNoCheck(const kube::AdmissionRequest& review) {
  if (review.operation == "DELETE" || review.operation == "CONNECT") return true;
  if (!review.sub_resource.empty() && review.sub_resource != kEphemeralSubResource) return true;
  // Only what is stored tells: the API server wipes a deletionTimestamp that a new object claims to
  // have, but not before it has asked this webhook.
  return review.operation == "UPDATE" && kube::IsBeingDeleted(review.old_object);
}

std::optional<std::string> WhatIsTooMuch(const kube::AdmissionRequest& review) {
  if (!review.is_complete) {
    return "The object has more containers, volumes, pull secrets, labels or annotations than "
           "Countersign looks at, so its images cannot be checked.";
  }
  const base::Json* const ours = kube::FindAnnotations(review.object);
  if (ours == nullptr || ours->size() <= kMaxOwnAnnotations) return std::nullopt;
  return absl::StrCat("The object has more than ", kMaxOwnAnnotations, " annotations under ",
                      kAnnotationPrefix, ", where only Countersign writes. Remove them.");
}

absl::StatusOr<Question> BuildQuestion(const kube::AdmissionRequest& review,
                                       std::string_view template_path,
                                       const QuestionOptions& options) {
  CS_RETURN_IF_ERROR(CheckObject(review));
  CS_ASSIGN_OR_RETURN(
      const kube::Workload workload,
      kube::ReadWorkload(review.object, template_path, options.template_placeholders));
  Question question = {.is_pod = template_path.empty(), .pins_images = options.pins_images};
  question.request = DescribeWorkload(review, workload);
  question.request.set_require_digest(options.require_digest);
  AddUses(workload.images, review, template_path, options, question);
  // An object without an image to judge is no business of any policy, whatever its labels.
  if (!question.uses.empty()) CS_RETURN_IF_ERROR(DescribeObject(review, question.request));
  CS_RETURN_IF_ERROR(CheckSize(question));
  return question;
}

}  // namespace countersign::shim
