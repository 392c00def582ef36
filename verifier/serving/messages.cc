#include "verifier/serving/messages.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "policy/verdict_lists.h"
#include "proto/limits.h"
#include "verifier/serving/evidence_message.h"

namespace countersign::verifier {
namespace {

// The same said to those who see the contract alone.
static_assert(v1::kMaxPolicyFailures == policy::kMaxPolicyFailures &&
              v1::kMaxPolicyFailureBytes == policy::kMaxPolicyFailureBytes);

absl::Status CheckLength(std::string_view field, const std::string& value, size_t limit) {
  if (value.size() <= limit) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": has ", value.size(), " bytes; at most ", limit, " are allowed"));
}

absl::Status CheckCount(std::string_view field, int count, int limit) {
  if (count <= limit) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": has ", count, " elements; at most ", limit, " are allowed"));
}

absl::Status CheckImages(const v1::VerifyImagesRequest& message) {
  if (message.images().empty()) return absl::InvalidArgumentError("images: at least one is needed");
  CS_RETURN_IF_ERROR(CheckCount("images", message.images_size(), v1::kMaxImages));
  for (int i = 0; i < message.images_size(); ++i) {
    const v1::Image& image = message.images(i);
    CS_RETURN_IF_ERROR(CheckLength(absl::StrCat("images[", i, "].container"), image.container(),
                                   v1::kMaxNameBytes));
    CS_RETURN_IF_ERROR(CheckLength(absl::StrCat("images[", i, "].reference"), image.reference(),
                                   v1::kMaxReferenceBytes));
  }
  return absl::OkStatus();
}

absl::Status CheckPullSecrets(const v1::VerifyImagesRequest& message) {
  const absl::flat_hash_set<std::string_view> distinct(message.image_pull_secrets().begin(),
                                                       message.image_pull_secrets().end());
  CS_RETURN_IF_ERROR(
      CheckCount("image_pull_secrets", static_cast<int>(distinct.size()), v1::kMaxPullSecrets));
  for (int i = 0; i < message.image_pull_secrets_size(); ++i) {
    CS_RETURN_IF_ERROR(CheckLength(absl::StrCat("image_pull_secrets[", i, "]"),
                                   message.image_pull_secrets(i), v1::kMaxNameBytes));
  }
  return absl::OkStatus();
}

absl::Status CheckObject(const v1::ObjectDescription& object) {
  CS_RETURN_IF_ERROR(CheckLength("object.api_group", object.api_group(), v1::kMaxNameBytes));
  CS_RETURN_IF_ERROR(CheckLength("object.api_version", object.api_version(), v1::kMaxNameBytes));
  CS_RETURN_IF_ERROR(CheckLength("object.resource", object.resource(), v1::kMaxNameBytes));
  CS_RETURN_IF_ERROR(CheckCount("object.labels", static_cast<int>(object.labels().size()),
                                static_cast<int>(v1::kMaxLabels)));
  size_t bytes = 0;
  for (const auto& [name, value] : object.labels()) bytes += name.size() + value.size();
  if (bytes <= v1::kMaxLabelBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("object.labels: have ", bytes, " bytes; at most ",
                                                 v1::kMaxLabelBytes, " are allowed"));
}

absl::Status Check(const v1::VerifyImagesRequest& message) {
  CS_RETURN_IF_ERROR(CheckImages(message));
  CS_RETURN_IF_ERROR(CheckLength("namespace", message.namespace_(), v1::kMaxNameBytes));
  CS_RETURN_IF_ERROR(CheckLength("service_account", message.service_account(), v1::kMaxNameBytes));
  CS_RETURN_IF_ERROR(CheckPullSecrets(message));
  CS_RETURN_IF_ERROR(CheckObject(message.object()));
  const v1::Subject& subject = message.subject();
  CS_RETURN_IF_ERROR(CheckLength("subject.kind", subject.kind(), v1::kMaxNameBytes));
  CS_RETURN_IF_ERROR(CheckLength("subject.name", subject.name(), v1::kMaxNameBytes));
  return CheckLength("subject.operation", subject.operation(), v1::kMaxNameBytes);
}

// The names, each once, in the order in which they come first: no more than CheckPullSecrets lets.
std::vector<std::string> TakeDistinct(google::protobuf::RepeatedPtrField<std::string>& names) {
  std::vector<std::string> distinct;
  // So that what has been seen stays where it is.
  distinct.reserve(v1::kMaxPullSecrets);
  absl::flat_hash_set<std::string_view> seen;
  for (std::string& name : names) {
    if (seen.contains(name)) continue;
    distinct.push_back(std::move(name));
    seen.insert(distinct.back());
  }
  return distinct;
}

std::optional<WorkloadQuestion::ObjectDescription> TakeObject(v1::VerifyImagesRequest& message) {
  if (!message.has_object()) return std::nullopt;
  v1::ObjectDescription& object = *message.mutable_object();
  WorkloadQuestion::ObjectDescription taken = {
      .api_group = std::move(*object.mutable_api_group()),
      .api_version = std::move(*object.mutable_api_version()),
      .resource = std::move(*object.mutable_resource())};
  for (auto& [name, value] : *object.mutable_labels()) taken.labels[name] = std::move(value);
  return taken;
}

// What is of any age is of one.
uint32_t SecondsOf(absl::Duration age) {
  if (age <= absl::ZeroDuration()) return 0;
  return static_cast<uint32_t>(
      std::clamp<int64_t>(absl::ToInt64Seconds(age), 1, std::numeric_limits<uint32_t>::max()));
}

v1::Decision DecisionOf(const policy::Verdict& verdict) {
  switch (verdict.decision) {
    case policy::Decision::kAllow:
      return v1::DECISION_ALLOW;
    case policy::Decision::kDeny:
    case policy::Decision::kUnspecified:
      break;
  }
  return v1::DECISION_DENY;
}

}  // namespace

absl::Status CheckCaller(const std::string& caller) {
  return CheckLength("caller", caller, v1::kMaxNameBytes);
}

absl::StatusOr<WorkloadQuestion> ReadQuestion(v1::VerifyImagesRequest message) {
  CS_RETURN_IF_ERROR(Check(message));
  WorkloadQuestion question;
  question.images.reserve(message.images_size());
  for (v1::Image& image : *message.mutable_images()) {
    question.images.push_back({.container = std::move(*image.mutable_container()),
                               .reference = std::move(*image.mutable_reference())});
  }
  question.object = TakeObject(message);
  question.workload_namespace = std::move(*message.mutable_namespace_());
  question.service_account = std::move(*message.mutable_service_account());
  question.image_pull_secrets = TakeDistinct(*message.mutable_image_pull_secrets());
  question.subject = {.kind = std::move(*message.mutable_subject()->mutable_kind()),
                      .name = std::move(*message.mutable_subject()->mutable_name())};
  question.require_digest = message.require_digest();
  return question;
}

void WriteVerdict(const ImageVerdict& image, v1::Verdict& message) {
  const policy::Verdict& verdict = image.verdict;
  message.set_decision(DecisionOf(verdict));
  message.set_reason(ToProto(verdict.reason));
  message.set_message(verdict.message);
  message.set_warning(verdict.warning);
  message.set_digest(verdict.digest);
  message.mutable_patterns()->Assign(verdict.patterns.begin(), verdict.patterns.end());
  message.mutable_keys()->Assign(verdict.keys.begin(), verdict.keys.end());
  message.set_pinned_reference(image.pinned_reference);
  for (const policy::Held& held : verdict.evidence) WriteEvidence(held, *message.add_evidence());
  message.set_left_out(static_cast<uint32_t>(verdict.left_out));
  for (const policy::PolicyFailure& failure : verdict.policy_failures) {
    v1::PolicyFailure& written = *message.add_policy_failures();
    written.set_summary(failure.summary);
    written.set_details(failure.details);
    written.set_is_warning(failure.is_warning);
  }
  message.set_pinning_required(verdict.pinning_required);
  message.set_policy_message(verdict.policy_message);
  message.set_stale_evidence_seconds(SecondsOf(verdict.evidence_age));
}

v1::VerifyImagesResponse WriteAnswer(const WorkloadQuestion& question,
                                     const WorkloadAnswer& answer) {
  v1::VerifyImagesResponse response;
  for (size_t i = 0; i < answer.verdicts.size(); ++i) {
    v1::Verdict& message = *response.add_verdicts();
    WriteVerdict(*answer.verdicts[i], message);
    message.set_container(question.images[i].container);
    message.set_reference(question.images[i].reference);
  }
  response.mutable_warnings()->Assign(answer.warnings.begin(), answer.warnings.end());
  return response;
}

v1::Reason ToProto(policy::Reason reason) {
  switch (reason) {
    case policy::Reason::kUnspecified:
      return v1::REASON_UNSPECIFIED;
    case policy::Reason::kVerified:
      return v1::REASON_VERIFIED;
    case policy::Reason::kNoPolicy:
      return v1::REASON_NO_POLICY;
    case policy::Reason::kExcludedNamespace:
      return v1::REASON_EXCLUDED_NAMESPACE;
    case policy::Reason::kUnmatchedAllowed:
      return v1::REASON_UNMATCHED_ALLOWED;
    case policy::Reason::kUnmatched:
      return v1::REASON_UNMATCHED;
    case policy::Reason::kNotSigned:
      return v1::REASON_NOT_SIGNED;
    case policy::Reason::kInvalidReference:
      return v1::REASON_INVALID_REFERENCE;
    case policy::Reason::kNotFound:
      return v1::REASON_NOT_FOUND;
    case policy::Reason::kPolicyBroken:
      return v1::REASON_POLICY_BROKEN;
    case policy::Reason::kUndecided:
      return v1::REASON_UNDECIDED;
    case policy::Reason::kNotPinned:
      return v1::REASON_NOT_PINNED;
    case policy::Reason::kShortName:
      return v1::REASON_SHORT_NAME;
    case policy::Reason::kAllowedByPolicy:
      return v1::REASON_ALLOWED_BY_POLICY;
    case policy::Reason::kDeniedByPolicy:
      return v1::REASON_DENIED_BY_POLICY;
    case policy::Reason::kRegistryAway:
      return v1::REASON_REGISTRY_AWAY;
  }
  return v1::REASON_UNSPECIFIED;
}

}  // namespace countersign::verifier
