#include "verifier/serving/asked_workload.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "oci/image_reference.h"
#include "policy/judge.h"

namespace countersign::verifier {
namespace {

std::optional<policy::ObjectDescription> ObjectOf(const WorkloadQuestion& question) {
  if (!question.object.has_value()) return std::nullopt;
  return policy::ObjectDescription{.api_group = question.object->api_group,
                                   .api_version = question.object->api_version,
                                   .resource = question.object->resource,
                                   .labels = question.object->labels};
}

}  // namespace

AskedWorkload::AskedWorkload(const WorkloadQuestion* question,
                             absl::StatusOr<PolicySnapshot> policies, const ImageRules& rules,
                             CredentialUse credentials, AllowancePtr allowance,
                             Circumstances circumstances, RequirementMemory* memory)
    : question_(*question),
      policies_(std::move(policies)),
      rules_(rules),
      credentials_(credentials),
      allowance_(std::move(allowance)),
      workload_({.workload_namespace = question->workload_namespace,
                 .allow_unmatched_images = rules.allow_unmatched_images,
                 .namespace_labels = std::move(circumstances.namespace_labels),
                 .object = ObjectOf(*question),
                 .now = circumstances.now}) {
  if (policies_.ok() && *policies_ != nullptr)
    remembered_.emplace(memory->For(*policies_, workload_));
}

std::variant<policy::Verdict, ImageQuestion> AskedWorkload::Ask(
    const std::string& image, const std::optional<oci::Digest>& resolved) {
  const absl::Status unasked = absl::InternalError("no evidence was asked for");
  if (!policies_.ok()) return policy::JudgeWithoutPolicyRead(image, policies_.status());
  if (const std::optional<policy::Requirement> any =
          policy::RequirementForAnyImage(*policies_, workload_)) {
    return policy::Judge(*any, image, unasked);
  }
  const absl::StatusOr<RememberedRequirementPtr> found = Find(image, resolved);
  if (!found.ok()) return policy::JudgeUnparsable(**policies_, image, found.status());
  const auto& [reference, requirement] = **found;
  if (!requirement->NeedsEvidence()) return policy::Judge(*requirement, image, unasked);
  if (requirement->MayDenyByEvidence()) {
    if (question_.require_digest && !reference.digest().has_value()) {
      return policy::JudgeNotPinned(image);
    }
    if (rules_.deny_short_names && !reference.names_registry()) {
      return policy::JudgeShortName(image);
    }
  }
  ImageQuestion question = {.image = reference,
                            .scope = ScopeOf(*requirement),
                            .requirement = requirement,
                            .allowance = allowance_};
  if (resolved.has_value()) {
    // What was asked is about this digest, and so is what is looked at.
    absl::StatusOr<oci::ImageReference> pinned =
        oci::ImageReference::Parse(reference.PinnedTo(*resolved));
    if (!pinned.ok()) return policy::JudgeUnparsable(**policies_, image, pinned.status());
    question.image = *std::move(pinned);
  }
  return question;
}

absl::StatusOr<RememberedRequirementPtr> AskedWorkload::Find(
    const std::string& image, const std::optional<oci::Digest>& resolved) {
  const bool is_remembered = remembered_.has_value() && !resolved.has_value();
  if (is_remembered) {
    if (RememberedRequirementPtr known = remembered_->Find(image)) return known;
  }
  CS_ASSIGN_OR_RETURN(oci::ImageReference reference, oci::ImageReference::Parse(image));
  std::shared_ptr<const policy::Requirement> requirement =
      Share(policy::RequirementFor(*policies_, workload_, reference, resolved));
  auto found = std::make_shared<const RememberedRequirement>(
      RememberedRequirement{std::move(reference), std::move(requirement)});
  if (is_remembered) remembered_->Keep(image, found);
  return found;
}

ScopePtr AskedWorkload::ScopeOf(const policy::Requirement& requirement) {
  std::vector<policy::SecretReference> secrets = requirement.Secrets();
  ScopePtr& scope = scopes_[secrets];
  if (scope != nullptr) return scope;
  if (credentials_ != CredentialUse::kCluster) {
    return scope = ShareScope({.anonymous_only = true});
  }
  return scope = ShareScope({.workload_namespace = question_.workload_namespace,
                             .service_account = question_.service_account,
                             .image_pull_secrets = question_.image_pull_secrets,
                             .policy_secrets = std::move(secrets)});
}

std::shared_ptr<const policy::Requirement> AskedWorkload::Share(policy::Requirement requirement) {
  Difference difference(requirement.selection, requirement.sources);
  std::shared_ptr<const policy::Requirement>& shared = requirements_[std::move(difference)];
  if (shared == nullptr) {
    shared = std::make_shared<const policy::Requirement>(std::move(requirement));
  }
  return shared;
}

}  // namespace countersign::verifier
