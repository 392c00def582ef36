#include "verifier/image_verifier.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/share.h"
#include "base/status_macros.h"
#include "oci/image_reference.h"
#include "policy/requirement.h"
#include "policy/verdict.h"

namespace countersign::verifier {
namespace {

using FindingPtr = SignatureFetcher::FindingPtr;
using Freshness = SignatureFetcher::Freshness;

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

absl::Status CheckRequest(const v1::VerifyImagesRequest& request) {
  if (request.images().empty()) return absl::InvalidArgumentError("images: at least one is needed");
  CS_RETURN_IF_ERROR(CheckCount("images", request.images_size(), kMaxImages));
  for (int i = 0; i < request.images_size(); ++i) {
    const v1::Image& image = request.images(i);
    CS_RETURN_IF_ERROR(
        CheckLength(absl::StrCat("images[", i, "].container"), image.container(), kMaxNameBytes));
    CS_RETURN_IF_ERROR(CheckLength(absl::StrCat("images[", i, "].reference"), image.reference(),
                                   kMaxReferenceBytes));
  }
  CS_RETURN_IF_ERROR(CheckLength("namespace", request.namespace_(), kMaxNameBytes));
  CS_RETURN_IF_ERROR(CheckLength("service_account", request.service_account(), kMaxNameBytes));
  const absl::flat_hash_set<std::string_view> pull_secrets(request.image_pull_secrets().begin(),
                                                           request.image_pull_secrets().end());
  CS_RETURN_IF_ERROR(
      CheckCount("image_pull_secrets", static_cast<int>(pull_secrets.size()), kMaxPullSecrets));
  for (int i = 0; i < request.image_pull_secrets_size(); ++i) {
    CS_RETURN_IF_ERROR(CheckLength(absl::StrCat("image_pull_secrets[", i, "]"),
                                   request.image_pull_secrets(i), kMaxNameBytes));
  }
  CS_RETURN_IF_ERROR(CheckLength("subject.kind", request.subject().kind(), kMaxNameBytes));
  CS_RETURN_IF_ERROR(CheckLength("subject.name", request.subject().name(), kMaxNameBytes));
  return CheckLength("subject.operation", request.subject().operation(), kMaxNameBytes);
}

// In the order in which they are named first.
std::vector<std::string> DistinctPullSecrets(const v1::VerifyImagesRequest& request) {
  std::vector<std::string> distinct;
  absl::flat_hash_set<std::string_view> seen;
  for (const std::string& name : request.image_pull_secrets()) {
    if (seen.insert(name).second) distinct.push_back(name);
  }
  return distinct;
}

CredentialScope ScopeOf(const v1::VerifyImagesRequest& request,
                        const policy::Requirement& requirement, CredentialUse credentials) {
  if (credentials != CredentialUse::kCluster) return CredentialScope{.anonymous_only = true};
  return CredentialScope{
      .workload_namespace = request.namespace_(),
      .service_account = request.service_account(),
      .image_pull_secrets = DistinctPullSecrets(request),
      .policy_secrets = requirement.secrets,
  };
}

v1::Decision ToProto(policy::Decision decision) {
  switch (decision) {
    case policy::Decision::kAllow:
      return v1::DECISION_ALLOW;
    case policy::Decision::kDeny:
    case policy::Decision::kUnspecified:
      break;
  }
  return v1::DECISION_DENY;
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
  }
  return v1::REASON_UNSPECIFIED;
}

v1::Verdict ToProto(const policy::Verdict& verdict) {
  v1::Verdict proto;
  proto.set_decision(ToProto(verdict.decision));
  proto.set_reason(ToProto(verdict.reason));
  proto.set_message(verdict.message);
  proto.set_warning(verdict.warning);
  proto.set_digest(verdict.digest);
  proto.mutable_patterns()->Assign(verdict.patterns.begin(), verdict.patterns.end());
  proto.mutable_keys()->Assign(verdict.keys.begin(), verdict.keys.end());
  return proto;
}

// One distinct image on its way from ask through look to judge.
class Inquiry {
 public:
  // Asks, and starts looking if anything must be known that is not at hand.
  Inquiry(const std::string& text, const absl::StatusOr<PolicySnapshot>& snapshot,
          const ImageVerifier::Options& options, const v1::VerifyImagesRequest& request,
          CredentialUse credentials, const base::Share& share, SignatureFetcher* signatures)
      : text_(text), share_(share), signatures_(signatures) {
    if (!snapshot.ok()) {
      verdict_ = policy::JudgeWithoutPolicyRead(text_, snapshot.status());
      return;
    }
    const policy::ImagePolicy* policy = snapshot->get();
    if (std::optional<policy::Requirement> any =
            policy::RequirementForAnyImage(policy, request.namespace_())) {
      verdict_ = policy::Judge(*any, text_, absl::InternalError("no evidence was asked for"));
      return;
    }
    absl::StatusOr<oci::ImageReference> image = oci::ImageReference::Parse(text_);
    if (!image.ok()) {
      verdict_ = policy::JudgeUnparsable(text_, image.status());
      return;
    }
    requirement_ = policy::RequirementFor(policy, options.allow_unmatched_images,
                                          request.namespace_(), *image);
    if (!requirement_.NeedsEvidence()) {
      verdict_ =
          policy::Judge(requirement_, text_, absl::InternalError("no evidence was asked for"));
      return;
    }
    if (request.require_digest() && !image->digest().has_value()) {
      verdict_ = policy::JudgeNotPinned(text_);
      return;
    }
    if (options.deny_short_names && !image->names_registry()) {
      verdict_ = policy::JudgeShortName(text_);
      return;
    }
    image_ = *std::move(image);
    scope_ = ScopeOf(request, requirement_, credentials);
    const std::optional<FindingPtr> known = signatures_->Recall(*image_, scope_);
    if (known.has_value()) verdict_ = AllowFrom(**known);
    if (verdict_.has_value()) return;
    ticket_ = signatures_->Fetch(
        *image_, scope_, known.has_value() ? Freshness::kFresh : Freshness::kRemembered, share_);
  }

  // Waits for what is being looked at, and judges.
  v1::Verdict Conclude(absl::Time deadline) {
    const policy::Verdict verdict = Judge(deadline);
    v1::Verdict proto = ToProto(verdict);
    if (verdict.reason == policy::Reason::kVerified) {
      // A digest that was verified is well formed.
      proto.set_pinned_reference(image_->PinnedTo(*oci::Digest::Parse(verdict.digest)));
    }
    return proto;
  }

 private:
  policy::Verdict Judge(absl::Time deadline) {
    if (verdict_.has_value()) return *verdict_;
    absl::StatusOr<FindingPtr> finding = ticket_->Wait(deadline);
    if (finding.ok() && (*finding)->from_memory) {
      if (std::optional<policy::Verdict> allowed = AllowFrom(**finding)) return *allowed;
      finding = signatures_->Fetch(*image_, scope_, Freshness::kFresh, share_).Wait(deadline);
    }
    if (!finding.ok()) return policy::Judge(requirement_, text_, finding.status());
    return policy::Judge(requirement_, text_, (*finding)->evidence);
  }

  // What was remembered may only allow.
  std::optional<policy::Verdict> AllowFrom(const SignatureFetcher::Finding& remembered) const {
    policy::Verdict verdict = policy::Judge(requirement_, text_, remembered.evidence);
    if (verdict.decision != policy::Decision::kAllow) return std::nullopt;
    return verdict;
  }

  const std::string& text_;
  const base::Share& share_;
  SignatureFetcher* const signatures_;
  policy::Requirement requirement_;
  std::optional<oci::ImageReference> image_;
  CredentialScope scope_;
  std::optional<policy::Verdict> verdict_;
  std::optional<SignatureFetcher::Ticket> ticket_;
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

ImageVerifier::ImageVerifier(const PolicyStore* policies, SignatureFetcher* signatures,
                             Options options)
    : policies_(policies), signatures_(signatures), options_(options) {}

absl::StatusOr<v1::VerifyImagesResponse> ImageVerifier::VerifyImages(
    const v1::VerifyImagesRequest& request, absl::Time deadline, CredentialUse credentials,
    std::string_view caller) {
  CS_RETURN_IF_ERROR(CheckRequest(request));
  const absl::StatusOr<PolicySnapshot> snapshot = policies_->Get();

  const base::Share share = {
      .caller = std::string(caller), .group = request.namespace_(), .request = ++requests_};

  // All inquiries are under way before the first is waited for.
  std::vector<Inquiry> inquiries;
  inquiries.reserve(request.images_size());
  absl::flat_hash_map<std::string_view, size_t> inquiry_of;
  for (const v1::Image& image : request.images()) {
    if (!inquiry_of.try_emplace(image.reference(), inquiries.size()).second) continue;
    inquiries.emplace_back(image.reference(), snapshot, options_, request, credentials, share,
                           signatures_);
  }

  std::vector<v1::Verdict> verdicts;
  v1::VerifyImagesResponse response;
  absl::flat_hash_set<std::string> warnings;
  verdicts.reserve(inquiries.size());
  for (const v1::Image& image : request.images()) {
    const size_t index = inquiry_of.at(image.reference());
    if (index == verdicts.size()) {
      verdicts.push_back(inquiries[index].Conclude(deadline));
      LogVerdict(request, image.reference(), verdicts.back());
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
