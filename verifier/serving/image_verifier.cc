#include "verifier/serving/image_verifier.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/log.h"
#include "base/share.h"
#include "base/status_macros.h"
#include "oci/image_reference.h"
#include "policy/requirement.h"
#include "policy/verdict.h"
#include "verifier/serving/question_limits.h"
#include "verifier/serving/verdict_message.h"

namespace countersign::verifier {
namespace {

// In the order in which they are named first.
std::vector<std::string> DistinctPullSecrets(const v1::VerifyImagesRequest& request) {
  std::vector<std::string> distinct;
  absl::flat_hash_set<std::string_view> seen;
  for (const std::string& name : request.image_pull_secrets()) {
    if (seen.insert(name).second) distinct.push_back(name);
  }
  return distinct;
}

// What all images of one request have in common.
class Request {
 public:
  Request(const v1::VerifyImagesRequest& message, absl::StatusOr<PolicySnapshot> snapshot,
          const ImageVerifier::Options& options, CredentialUse credentials, AllowancePtr allowance)
      : message_(message),
        snapshot_(std::move(snapshot)),
        options_(options),
        credentials_(credentials),
        allowance_(std::move(allowance)) {}

  const v1::VerifyImagesRequest& message() const { return message_; }
  const absl::StatusOr<PolicySnapshot>& snapshot() const { return snapshot_; }
  const ImageVerifier::Options& options() const { return options_; }
  const AllowancePtr& allowance() const { return allowance_; }

  // Which credentials an image is looked at with. One scope for all images that the policy has the
  // same secrets for: it may be large, and there may be a thousand of them.
  ScopePtr ScopeOf(const policy::Requirement& requirement) {
    std::vector<policy::SecretName> secrets = requirement.Secrets();
    ScopePtr& scope = scopes_[secrets];
    if (scope != nullptr) return scope;
    if (credentials_ != CredentialUse::kCluster) {
      return scope = ShareScope({.anonymous_only = true});
    }
    return scope = ShareScope({.workload_namespace = message_.namespace_(),
                               .service_account = message_.service_account(),
                               .image_pull_secrets = DistinctPullSecrets(message_),
                               .policy_secrets = std::move(secrets)});
  }

  // The requirement, once for all images that the same patterns of the policy match.
  std::shared_ptr<const policy::Requirement> Share(policy::Requirement requirement) {
    if (const auto known = requirements_.find(requirement.rules); known != requirements_.end()) {
      return known->second;
    }
    auto shared = std::make_shared<const policy::Requirement>(std::move(requirement));
    requirements_.emplace(shared->rules, shared);
    return shared;
  }

 private:
  const v1::VerifyImagesRequest& message_;
  const absl::StatusOr<PolicySnapshot> snapshot_;
  const ImageVerifier::Options& options_;
  const CredentialUse credentials_;
  const AllowancePtr allowance_;
  absl::flat_hash_map<std::vector<policy::SecretName>, ScopePtr> scopes_;
  // By their rules.
  absl::flat_hash_map<absl::Span<const policy::Rule* const>,
                      std::shared_ptr<const policy::Requirement>>
      requirements_;
};

// One distinct image on its way from ask through look to judge.
class Inquiry {
 public:
  // Asks, and starts looking if anything must be known that is not at hand.
  Inquiry(const std::string& text, Request& request, Examiner* examiner)
      : text_(text), examiner_(examiner) {
    verdict_ = Ask(request);
    if (verdict_.has_value()) return;
    known_ = examiner_->Recall(*question_);
    if (!known_.has_value()) ticket_ = examiner_->Examine(*question_);
  }

  // Checks what is at hand, and starts looking if that is not enough.
  void UseMemory(absl::Time deadline) {
    if (!known_.has_value()) return;
    const std::optional<Examiner::ExaminationPtr> examination =
        examiner_->ExamineRemembered(*question_, **known_, deadline);
    known_.reset();
    if (examination.has_value()) {
      verdict_ = policy::Judge(*question_->requirement, text_, **examination);
    } else {
      ticket_ = examiner_->Examine(*question_);
    }
  }

  // Waits for what is being looked at, and judges.
  v1::Verdict Conclude(absl::Time deadline) {
    if (ticket_.has_value()) {
      const absl::StatusOr<Examiner::ExaminationPtr> examination = ticket_->Wait(deadline);
      ticket_.reset();
      verdict_ = examination.ok()
                     ? policy::Judge(*question_->requirement, text_, **examination)
                     : policy::Judge(*question_->requirement, text_, examination.status());
    }
    v1::Verdict proto = ToProto(*verdict_);
    if (verdict_->reason == policy::Reason::kVerified) {
      // A digest that was verified is well formed.
      proto.set_pinned_reference(question_->image.PinnedTo(*oci::Digest::Parse(verdict_->digest)));
    }
    return proto;
  }

 private:
  // The verdict, if nothing must be looked up for it; otherwise what is to be found out is in
  // `question_`.
  std::optional<policy::Verdict> Ask(Request& request) {
    const absl::Status unasked = absl::InternalError("no evidence was asked for");
    if (!request.snapshot().ok()) {
      return policy::JudgeWithoutPolicyRead(text_, request.snapshot().status());
    }
    const PolicySnapshot& policy = *request.snapshot();
    const std::string& workload_namespace = request.message().namespace_();
    if (std::optional<policy::Requirement> any =
            policy::RequirementForAnyImage(policy.get(), workload_namespace)) {
      return policy::Judge(*any, text_, unasked);
    }
    absl::StatusOr<oci::ImageReference> image = oci::ImageReference::Parse(text_);
    if (!image.ok()) return policy::JudgeUnparsable(text_, image.status());
    policy::Requirement requirement = policy::RequirementFor(
        policy, request.options().allow_unmatched_images, workload_namespace, *image);
    if (!requirement.NeedsEvidence()) return policy::Judge(requirement, text_, unasked);
    if (request.message().require_digest() && !image->digest().has_value()) {
      return policy::JudgeNotPinned(text_);
    }
    if (request.options().deny_short_names && !image->names_registry()) {
      return policy::JudgeShortName(text_);
    }
    ScopePtr scope = request.ScopeOf(requirement);
    question_.emplace(ImageQuestion{.image = *std::move(image),
                                    .scope = std::move(scope),
                                    .requirement = request.Share(std::move(requirement)),
                                    .allowance = request.allowance()});
    return std::nullopt;
  }

  const std::string& text_;
  Examiner* const examiner_;
  std::optional<ImageQuestion> question_;
  std::optional<Examiner::FindingPtr> known_;
  std::optional<Examiner::Ticket> ticket_;
  std::optional<policy::Verdict> verdict_;
};

// "default/web (Deployment)"; parts that are not known are left out.
std::string DescribeSubject(const v1::VerifyImagesRequest& request) {
  std::string subject = absl::StrCat(request.namespace_(), "/", request.subject().name());
  if (!request.subject().kind().empty())
    absl::StrAppend(&subject, " (", request.subject().kind(), ")");
  return subject;
}

void LogVerdict(const v1::VerifyImagesRequest& request, const std::string& image,
                const v1::Verdict& verdict) {
  const base::LogFields fields = {{"object", DescribeSubject(request)},
                                  {"image", image},
                                  {"reason", v1::Reason_Name(verdict.reason())}};
  if (verdict.decision() != v1::DECISION_ALLOW) {
    base::LogWarning("verifier", verdict.message(), fields);
  } else if (!verdict.message().empty()) {
    base::LogInfo("verifier", verdict.message(), fields);
  } else if (!verdict.warning().empty()) {
    base::LogInfo("verifier", verdict.warning(), fields);
  }
}

}  // namespace

ImageVerifier::ImageVerifier(const PolicyStore* policies, Examiner* examiner,
                             base::ByteBudget* bytes, Options options)
    : policies_(policies), examiner_(examiner), bytes_(bytes), options_(options) {}

absl::StatusOr<v1::VerifyImagesResponse> ImageVerifier::VerifyImages(
    const v1::VerifyImagesRequest& message, absl::Time deadline, CredentialUse credentials,
    std::string_view caller) {
  CS_RETURN_IF_ERROR(CheckQuestion(message));
  base::Share share = {
      .caller = std::string(caller), .group = message.namespace_(), .request = ++requests_};
  Request request(
      message, policies_->Get(), options_, credentials,
      std::make_shared<Allowance>(std::move(share), bytes_->OpenAccount(), options_.allowance));

  // All inquiries are under way before the first is waited for.
  std::vector<Inquiry> inquiries;
  inquiries.reserve(message.images_size());
  absl::flat_hash_map<std::string_view, size_t> inquiry_of;
  for (const v1::Image& image : message.images()) {
    if (!inquiry_of.try_emplace(image.reference(), inquiries.size()).second) continue;
    inquiries.emplace_back(image.reference(), request, examiner_);
  }
  for (Inquiry& inquiry : inquiries) inquiry.UseMemory(deadline);

  std::vector<v1::Verdict> verdicts;
  v1::VerifyImagesResponse response;
  absl::flat_hash_set<std::string> warnings;
  verdicts.reserve(inquiries.size());
  for (const v1::Image& image : message.images()) {
    const size_t index = inquiry_of.at(image.reference());
    if (index == verdicts.size()) {
      verdicts.push_back(inquiries[index].Conclude(deadline));
      LogVerdict(message, image.reference(), verdicts.back());
      const std::string& warning = verdicts.back().warning();
      if (!warning.empty() && warnings.insert(warning).second) response.add_warnings(warning);
    }
    v1::Verdict* verdict = response.add_verdicts();
    *verdict = verdicts[index];
    verdict->set_container(image.container());
    verdict->set_reference(image.reference());
  }
  return response;
}

}  // namespace countersign::verifier
