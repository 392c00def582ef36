#include "cli/certificates/certificate_plan.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "cli/certificates/authorities.h"
#include "cli/certificates/certificate_authority.h"
#include "cli/certificates/certificate_secret.h"
#include "cli/certificates/certificate_users.h"
#include "cli/certificates/leaf_certificate.h"
#include "cli/certificates/webhook_bundle.h"

namespace countersign::cli {
namespace {

using crypto::Certificate;

absl::Status CheckLifetimes(const CertificateOptions& options) {
  constexpr absl::Duration kLongest = absl::Hours(24 * 365 * 100);
  if (options.propagation_time < absl::ZeroDuration() ||
      options.leaf_lifetime < absl::Seconds(10) || options.ca_lifetime > kLongest ||
      options.leaf_lifetime > options.ca_lifetime) {
    return absl::InvalidArgumentError(
        "a certificate must live at least ten seconds and no longer than its authority, and that "
        "at most a hundred years");
  }
  // Both steps of a replacement must fit into the last third of a life.
  if (options.ca_lifetime < 6 * options.propagation_time ||
      options.leaf_lifetime < 3 * options.propagation_time) {
    return absl::InvalidArgumentError(
        "an authority must live six times, another certificate three times as long as the "
        "propagation time");
  }
  return absl::OkStatus();
}

bool IsSignedByAny(const Leaf& leaf, const std::vector<Certificate>& authorities) {
  return leaf.pair.has_value() &&
         std::any_of(authorities.begin(), authorities.end(), [&](const Certificate& authority) {
           return leaf.pair->certificate.IsSignedBy(authority);
         });
}

// One planning. Each step changes what is to be, in memory; what then differs is written.
class Planner {
 public:
  Planner(const CertificateObjects& objects, const CertificateOptions& options, absl::Time now)
      : objects_(objects),
        options_(options),
        now_(now),
        authority_secret_(objects.authorities.path, objects.authorities.object) {
    leaves_.specs = LeafSpecs(options);
    for (const FoundObject& found : objects.leaves) {
      leaves_.secrets.emplace_back(found.path, found.object);
      leaves_.leaves.push_back(ReadLeaf(leaves_.secrets.back()));
    }
  }

  absl::StatusOr<CertificatePlan> Plan() {
    CS_RETURN_IF_ERROR(CheckMayWrite());
    CS_RETURN_IF_ERROR(SettleAuthorities());
    LetNextIssue();
    LetOldGo();
    CS_ASSIGN_OR_RETURN(
        CertificateUsersPlan users,
        PlanCertificateUsers(authorities_, leaves_, objects_.webhooks, options_, now_));
    WaitUntil(users.next);
    plan_.is_waiting_for_webhooks = users.is_waiting_for_webhooks;
    plan_.notes.insert(plan_.notes.end(), users.notes.begin(), users.notes.end());
    NoteThatNextIsTrusted(users.is_bundle_written);
    PlanAuthoritySecret();
    for (CertificateWrite& write : users.leaves) plan_.writes.push_back(std::move(write));
    for (CertificateWrite& write : users.webhooks) plan_.writes.push_back(std::move(write));
    return std::move(plan_);
  }

 private:
  absl::Status CheckMayWrite() const {
    CS_RETURN_IF_ERROR(authority_secret_.CheckMayBeWritten(options_.take_over));
    for (const CertificateSecret& secret : leaves_.secrets) {
      CS_RETURN_IF_ERROR(secret.CheckMayBeWritten(options_.take_over));
    }
    for (const FoundObject& webhook : objects_.webhooks) {
      CS_RETURN_IF_ERROR(CheckMayBeWritten(webhook.path, webhook.object));
    }
    return absl::OkStatus();
  }

  // Afterwards there is an authority that issues, or one that is to.
  absl::Status SettleAuthorities() {
    AuthoritiesRead read = ReadAuthorities(authority_secret_, now_);
    authorities_ = std::move(read.authorities);
    reasons_ = std::move(read.faults);
    if (!authorities_.issuing.has_value() && !authorities_.next.has_value()) return StartAnew();
    const bool is_near_end =
        authorities_.issuing.has_value() && IsNearItsEnd(authorities_.issuing->certificate, now_);
    if (!options_.replace_authority && (!is_near_end || authorities_.next.has_value())) {
      return absl::OkStatus();
    }
    CS_ASSIGN_OR_RETURN(authorities_.next, NewAuthority());
    authorities_.next_trusted_since.reset();
    reasons_.push_back(absl::StrCat(
        "new authority ", DescribeCertificate(authorities_.next->certificate), " until ",
        DescribeTime(authorities_.next->certificate.not_after()),
        ", to be trusted before it issues, as ",
        options_.replace_authority
            ? "the old one is to be replaced"
            : absl::StrCat("the old one ends at ",
                           DescribeTime(authorities_.issuing->certificate.not_after()))));
    return absl::OkStatus();
  }

  absl::Status StartAnew() {
    KeepLostAuthorities();
    CS_ASSIGN_OR_RETURN(KeyPair fresh, NewAuthority());
    const std::string name = absl::StrCat(DescribeCertificate(fresh.certificate), " until ",
                                          DescribeTime(fresh.certificate.not_after()));
    if (IsAnyLeafUsable()) {
      reasons_.push_back(absl::StrCat("new authority ", name,
                                      ", to be trusted before it issues, as the key of the old one "
                                      "is lost"));
      authorities_.next = std::move(fresh);
    } else {
      reasons_.push_back(absl::StrCat("first authority ", name));
      authorities_.issuing = std::move(fresh);
    }
    return absl::OkStatus();
  }

  // Those of which a certificate is in a Secret, as far as somebody's bundle still has them.
  void KeepLostAuthorities() {
    std::vector<Certificate> known;
    for (const Leaf& leaf : leaves_.leaves) {
      known.insert(known.end(), leaf.bundle.begin(), leaf.bundle.end());
    }
    for (const FoundObject& webhook : objects_.webhooks) {
      const std::vector<Certificate> more = TrustedByWebhooks(webhook.object, options_);
      known.insert(known.end(), more.begin(), more.end());
    }
    std::vector<Certificate>& old = authorities_.old;
    for (const Certificate& candidate : known) {
      const bool is_in_use =
          std::any_of(leaves_.leaves.begin(), leaves_.leaves.end(),
                      [&](const Leaf& leaf) { return IsSignedByAny(leaf, {candidate}); });
      if (!is_in_use || candidate.not_after() < now_) continue;
      if (std::find(old.begin(), old.end(), candidate) == old.end()) old.push_back(candidate);
    }
  }

  bool IsAnyLeafUsable() const {
    const std::vector<Certificate> trusted = authorities_.Trusted(now_);
    for (size_t i = 0; i < leaves_.leaves.size(); ++i) {
      if (FaultOf(leaves_.leaves[i], leaves_.specs[i], trusted, now_).empty()) return true;
    }
    return false;
  }

  // With a name that differs from the last one's, so that nobody takes one for the other.
  absl::StatusOr<KeyPair> NewAuthority() const {
    return MakeAuthority(absl::StrCat("countersign-ca ", DescribeTime(now_)),
                         ValidityFrom(now_, options_.ca_lifetime));
  }

  void LetNextIssue() {
    if (!authorities_.next.has_value()) return;
    const Certificate next = authorities_.next->certificate;
    const std::optional<absl::Time>& since = authorities_.next_trusted_since;
    if (since.has_value() && now_ >= *since + options_.propagation_time) {
      reasons_.push_back(absl::StrCat("authority ", DescribeCertificate(next),
                                      " issues from now on, as it is trusted everywhere since ",
                                      DescribeTime(*since)));
    } else if (!authorities_.issuing.has_value() && !IsAnyLeafUsable()) {
      reasons_.push_back(absl::StrCat("authority ", DescribeCertificate(next),
                                      " issues from now on, as nothing else holds any more"));
    } else {
      return;
    }
    if (authorities_.issuing.has_value()) {
      authorities_.old.insert(authorities_.old.begin(), authorities_.issuing->certificate);
    }
    authorities_.issuing = std::move(authorities_.next);
    authorities_.next.reset();
    authorities_.next_trusted_since.reset();
    authorities_.old_unused_since.reset();
  }

  void LetOldGo() {
    if (authorities_.old.empty()) return;
    std::optional<absl::Time>& since = authorities_.old_unused_since;
    const bool is_in_use =
        std::any_of(leaves_.leaves.begin(), leaves_.leaves.end(),
                    [&](const Leaf& leaf) { return IsSignedByAny(leaf, authorities_.old); });
    if (is_in_use) {
      since.reset();
    } else if (!since.has_value()) {
      since = now_;
      reasons_.push_back("no certificate of the old authority is left in a Secret");
    } else if (now_ >= *since + options_.propagation_time) {
      reasons_.push_back(absl::StrCat("authority ", DescribeCertificate(authorities_.old.front()),
                                      " is trusted no longer, as nothing of it is in use since ",
                                      DescribeTime(*since)));
      authorities_.old.clear();
      since.reset();
    }
    if (since.has_value()) {
      const absl::Time end = *since + options_.propagation_time;
      WaitUntil(end);
      plan_.notes.push_back(
          absl::StrCat("the old authority stays trusted until ", DescribeTime(end),
                       ", when nobody can have a certificate of it in use any more"));
    }
  }

  void NoteThatNextIsTrusted(bool is_bundle_written) {
    if (!authorities_.next.has_value()) return;
    std::optional<absl::Time>& since = authorities_.next_trusted_since;
    if (is_bundle_written) {
      // Seen in every bundle only by who reads them again.
      since.reset();
      return;
    }
    if (!since.has_value()) {
      since = now_;
      reasons_.push_back(absl::StrCat("authority ",
                                      DescribeCertificate(authorities_.next->certificate),
                                      " is in every bundle"));
    }
    const absl::Time from = *since + options_.propagation_time;
    WaitUntil(from);
    plan_.notes.push_back(absl::StrCat(
        "authority ", DescribeCertificate(authorities_.next->certificate), " issues from ",
        DescribeTime(from), " on, when everybody has read that it is trusted"));
  }

  void PlanAuthoritySecret() {
    if (authorities_.issuing.has_value() && !authorities_.next.has_value()) {
      WaitUntil(NearItsEndFrom(authorities_.issuing->certificate));
    }
    WriteAuthorities(authorities_, now_, &authority_secret_);
    if (!authority_secret_.is_changed()) {
      plan_.notes.push_back(
          absl::StrCat(authority_secret_.path().Describe(), ": as it is, holds until ",
                       DescribeTime(authorities_.Trusted(now_).front().not_after())));
      return;
    }
    if (reasons_.empty()) reasons_.push_back("what has ended is left out");
    plan_.writes.push_back({.path = authority_secret_.path(),
                            .object = authority_secret_.Write("Opaque"),
                            .is_new = !authority_secret_.exists(),
                            .reason = absl::StrJoin(reasons_, "; ")});
  }

  void WaitUntil(absl::Time time) { plan_.next = std::min(plan_.next, time); }

  const CertificateObjects& objects_;
  const CertificateOptions& options_;
  const absl::Time now_;
  CertificateSecret authority_secret_;
  LeafSecrets leaves_;  // as they are
  Authorities authorities_;
  std::vector<std::string> reasons_;  // why the authorities' Secret changes
  CertificatePlan plan_;
};

}  // namespace

absl::StatusOr<CertificatePlan> PlanCertificates(const CertificateObjects& objects,
                                                 const CertificateOptions& options,
                                                 absl::Time now) {
  CS_RETURN_IF_ERROR(CheckLifetimes(options));
  return Planner(objects, options, now).Plan();
}

}  // namespace countersign::cli
